"""The AWS emulator: ministack, in an environment of its own, on 127.0.0.1."""

import hashlib
import os
import shutil
import subprocess
import sys
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from local import leash, locks
from local.leash import Leashed
from local.places import PROJECT
from local.ports import HOST
from local.problems import CannotStart
from local.waiting import wait_until

REGION = "sa-east-1"
ACCOUNT = "000000000000"
LOCK = PROJECT / "requirements-emulator.lock"
HOME = PROJECT / ".local/emulator"


@dataclass(frozen=True)
class Emulator:
    url: str
    directory: Path
    process: Leashed

    def stop(self) -> None:
        self.process.stop()
        # Workers that were killed leave their unpacked layers behind.
        shutil.rmtree(self.directory / "tmp", ignore_errors=True)


def client_environment(url: str) -> dict[str, str]:
    """What the AWS clients and the CDK CLI need to speak to the emulator and to nothing else."""
    return {
        "AWS_ENDPOINT_URL": url,
        "AWS_ENDPOINT_URL_S3": url,
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def start(directory: Path, port: int, *, log: Path, keep_state: bool) -> Emulator:
    """Its state is written to the directory when it stops, and read back by the next start."""
    python = install()
    temporary = directory / "tmp"
    shutil.rmtree(temporary, ignore_errors=True)
    temporary.mkdir(parents=True)
    process = leash.start(
        "The AWS emulator",
        [str(python), "-m", "ministack"],
        log=log,
        # Its Lambda workers inherit this environment: nothing of the developer's shell may reach them.
        env={
            "PATH": os.environ["PATH"],
            "HOME": str(temporary),
            "TMPDIR": str(temporary),
            "LANG": "C.UTF-8",
            "PYTHONUNBUFFERED": "1",
            "BIND_HOST": HOST,
            "GATEWAY_PORT": str(port),
            "MINISTACK_REGION": REGION,
            "MINISTACK_ACCOUNT_ID": ACCOUNT,
            "PERSIST_STATE": "1" if keep_state else "0",
            "S3_PERSIST": "1" if keep_state else "0",
            "STATE_DIR": str(directory / "state"),
            "S3_DATA_DIR": str(directory / "s3"),
            # A demonstration pauses longer than the five minutes after which idle workers would go.
            "LAMBDA_WARM_TTL_SECONDS": "3600",
            "SFTP_ENABLED": "0",
            "IOT_MTLS_ENABLED": "0",
            "DOCKER_HOST": f"unix://{temporary}/no-docker.sock",
        },
    )
    url = f"http://{HOST}:{port}"
    try:
        wait_until(lambda: healthy(url), process=process, seconds=30)
    except BaseException:
        process.stop()
        raise
    return Emulator(url=url, directory=directory, process=process)


def install() -> Path:
    """The emulator's own interpreter, made from its lock when that changed."""
    python = HOME / "bin/python"
    wanted = hashlib.sha256(LOCK.read_bytes() + sys.version.encode()).hexdigest()
    made = HOME / "made-from"
    with locks.holding(HOME.with_suffix(".lock")):
        if not made.exists() or made.read_text() != wanted:
            shutil.rmtree(HOME, ignore_errors=True)
            _uv("venv", "--python", sys.executable, str(HOME))
            _uv("pip", "sync", "--require-hashes", "--compile-bytecode", "--python", str(python), str(LOCK))
            made.write_text(wanted)
    return python


def healthy(url: str) -> bool:
    return _answers(f"{url}/_localstack/health")


def is_ministack(url: str) -> bool:
    return _answers(f"{url}/_ministack/health")


def check_given(url: str) -> None:
    if not healthy(url):
        raise CannotStart(f"AWS_ENDPOINT_URL does not answer as an AWS emulator: {url}")


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=2) as response:
            return response.status == 200
    except (OSError, ValueError):
        return False


def _uv(*arguments: str) -> None:
    uv = shutil.which("uv", path=str(Path(sys.executable).parent)) or "uv"
    environment = {**os.environ, "UV_PYTHON_DOWNLOADS": "never", "UV_SYSTEM_CERTS": "1"}
    done = subprocess.run([uv, *arguments], env=environment, capture_output=True, text=True)
    if done.returncode != 0:
        raise CannotStart(f"The emulator's environment could not be made: {done.stderr.strip().splitlines()[-1]}")
