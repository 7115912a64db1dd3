"""The application stack in the emulator, put there by the CDK CLI as it would be on AWS."""

import hashlib
import json
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3

from local import emulator, leash, locks
from local.places import PROJECT
from local.problems import CannotStart
from local.progress import Progress

STACK = "auzap-local-application"
CREDENTIALS_KEY = "auzap/local/credentials"
CDK = PROJECT / "node_modules/.bin/cdk"
# What the deployed stack is made of.
SOURCES = (
    "app.py",
    "cdk.json",
    "package-lock.json",
    "requirements.lock",
    "infra",
    "layers",
    "functions",
    "shared/auzap",
)
# Where the emulator remembers what it holds: it forgets both together.
DEPLOYED_FROM = "/auzap/local/deployed-from"


@dataclass(frozen=True)
class Deployment:
    """What the stack is deployed with. The secrets are there before it, as the data stack's are on AWS."""

    secrets: Mapping[str, Mapping[str, Any]]
    variables: Mapping[str, str]


@dataclass(frozen=True)
class Aws:
    url: str

    @contextmanager
    def client(self, service: str) -> Iterator[Any]:
        opened: Any = boto3.client(
            service,  # pyright: ignore[reportArgumentType]
            endpoint_url=self.url,
            region_name=emulator.REGION,
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )
        with closing(opened):
            yield opened


def is_current(aws: Aws, deployment: Deployment) -> bool:
    with aws.client("ssm") as parameters:
        try:
            found = parameters.get_parameter(Name=DEPLOYED_FROM)["Parameter"]["Value"]
        except parameters.exceptions.ParameterNotFound:
            return False
    return found == fingerprint(aws, deployment)


def outputs(aws: Aws) -> dict[str, str]:
    with aws.client("cloudformation") as stacks:
        stack = stacks.describe_stacks(StackName=STACK)["Stacks"][0]
    return {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}


def put_secrets(aws: Aws, deployment: Deployment) -> None:
    with aws.client("secretsmanager") as manager:
        for name, value in deployment.secrets.items():
            text = json.dumps(value)
            try:
                manager.put_secret_value(SecretId=name, SecretString=text)
            except manager.exceptions.ResourceNotFoundException:
                manager.create_secret(Name=name, SecretString=text)


def deploy(aws: Aws, deployment: Deployment, *, directory: Path, log: Path, progress: Progress) -> None:
    assembly = directory / "cdk.out"
    environment = {
        **os.environ,
        **emulator.client_environment(aws.url),
        **deployment.variables,
        "CDK_DISABLE_CLI_TELEMETRY": "true",
        "JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION": "20",
        # Staging and production are validated by the tests; here it is only time.
        "CDK_VALIDATION": "false",
        "NODE_NO_WARNINGS": "1",
        "NO_COLOR": "1",
        "PYTHON_COLORS": "0",
    }
    # A bundle for another host's certificate would be asked about an emulator that has none.
    environment.pop("AWS_CA_BUNDLE", None)
    environment.pop("AWS_PROFILE", None)

    def cdk(*arguments: str, cwd: Path = PROJECT) -> None:
        command = [str(CDK), *arguments, "--no-notices", "--no-version-reporting", "--ci"]
        process = leash.start(f"cdk {arguments[0]}", command, log=log, env=environment, cwd=cwd)
        try:
            code = process.wait()
        finally:
            process.stop()
        if code != 0:
            raise CannotStart(f"cdk {arguments[0]} failed: {_last_error(log)} (log: {log})")

    # Every stack on this machine builds layers and code in the same folder.
    with progress.step("Preparing the application (cdk synth)"), locks.holding(PROJECT / ".local/synth.lock"):
        app = f"{sys.executable} app.py"
        cdk("synth", "--quiet", "--app", app, "--output", str(assembly), "-c", "env=local")
    with progress.step("Preparing the emulator (cdk bootstrap)"):
        # Outside the project, or the CLI would synthesize it again.
        cdk("bootstrap", f"aws://{emulator.ACCOUNT}/{emulator.REGION}", cwd=directory)
    with progress.step("Deploying and migrating (cdk deploy)"):
        cdk("deploy", STACK, "--app", str(assembly), "--require-approval", "never", "--progress", "events")
    with aws.client("ssm") as parameters:
        made_from = fingerprint(aws, deployment)
        parameters.put_parameter(Name=DEPLOYED_FROM, Value=made_from, Type="String", Overwrite=True)


def fingerprint(aws: Aws, deployment: Deployment, *, project: Path = PROJECT) -> str:
    digest = hashlib.sha256()
    for path in _sources(project):
        digest.update(f"{path.relative_to(project)}\0".encode() + path.read_bytes() + b"\0")
    told = [sorted(deployment.variables.items()), aws.url, sys.version]
    digest.update(json.dumps(told).encode())
    return digest.hexdigest()


def _sources(project: Path) -> Iterator[Path]:
    for source in SOURCES:
        place = project / source
        found = sorted(place.rglob("*")) if place.is_dir() else [place]
        yield from (path for path in found if path.is_file() and "__pycache__" not in path.parts)


def _last_error(log: Path) -> str:
    lines = [line.strip() for line in log.read_text(errors="replace").splitlines() if line.strip()]
    resources = [line.rsplit("|", 1)[-1].strip() for line in lines if "_FAILED " in line]
    errors = [line for line in lines if "Error" in line]
    return (resources or errors or lines or ["it said nothing"])[-1]
