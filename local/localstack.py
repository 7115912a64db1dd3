"""`make test-localstack`: the tests of the local stack with LocalStack in the emulator's place."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from local import emulator, leash, ports
from local.places import PROJECT
from local.ports import HOST
from local.problems import CannotStart
from local.waiting import wait_until

IMAGE = "localstack/localstack:2026.3.0"
TOKEN = "LOCALSTACK_AUTH_TOKEN"
FIRST_START = 600


def main() -> int:
    try:
        with running() as url:
            tests = [sys.executable, "-m", "pytest", "tests/local", *sys.argv[1:]]
            return subprocess.run(tests, cwd=PROJECT, env={**os.environ, "AWS_ENDPOINT_URL": url}).returncode
    except CannotStart as problem:
        print(problem)
        return 1


def docker_runs() -> bool:
    docker = shutil.which("docker")
    return docker is not None and subprocess.run([docker, "info"], capture_output=True).returncode == 0


@contextmanager
def running() -> Iterator[str]:
    if not docker_runs():
        raise CannotStart("LocalStack runs functions in containers: it needs a Docker engine, and none answers here.")
    if not os.environ.get(TOKEN):
        raise CannotStart(f"LocalStack needs an account: set {TOKEN} to its token.")
    port = ports.free()
    url = f"http://{HOST}:{port}"
    with tempfile.TemporaryDirectory() as directory:
        process = leash.start(
            "LocalStack",
            [
                *("docker", "run", "--rm", "--name", f"auzap-localstack-{port}"),
                # The functions reach the database and the street on this machine's own address.
                *("--network", "host", "--env", "LAMBDA_DOCKER_NETWORK=host"),
                *("--env", TOKEN, "--env", f"GATEWAY_LISTEN={HOST}:{port}"),
                *("--volume", "/var/run/docker.sock:/var/run/docker.sock"),
                IMAGE,
            ],
            log=Path(directory) / "localstack.log",
        )
        try:
            wait_until(lambda: emulator.healthy(url), process=process, seconds=FIRST_START, every=0.5)
            yield url
        finally:
            process.stop()


if __name__ == "__main__":
    sys.exit(main())
