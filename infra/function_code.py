"""What a function ships: its folder, the domain package, and the bytecode of both."""

import os
import shutil
from pathlib import Path, PurePosixPath

from aws_cdk import aws_lambda as lambda_

from infra.bundle import Files, archive, digest, kept, lay_out
from infra.settings import ROOT

HOME = "/var/task"


def function_code(folder: str, *, root: Path = ROOT) -> lambda_.Code:
    package, shared = function_files(folder, root=root), shared_files(root=root)
    build = root / ".build" / "functions"
    compiled = kept(build / "shared", digest(shared), lambda target: lay_out(shared, target, home=HOME))

    def put_together(target: Path) -> None:
        lay_out(package, target, home=HOME)
        # Linked, not compiled again: ten functions carry the same package.
        shutil.copytree(compiled, target, copy_function=os.link, dirs_exist_ok=True)

    return archive(build / folder, digest({**package, **shared}), put_together)


def function_files(folder: str, *, root: Path = ROOT) -> Files:
    return _sources(root, "functions/__init__.py", f"functions/{folder}")


def shared_files(*, root: Path = ROOT) -> Files:
    return _sources(root / "shared", "auzap")


def migrations_digest(*, root: Path = ROOT) -> str:
    return digest({name: path for name, path in shared_files(root=root).items() if name.suffix == ".sql"})


def _sources(base: Path, *places: str) -> Files:
    found = [path for place in places for path in (base / place, *(base / place).rglob("*"))]
    return {
        PurePosixPath(path.relative_to(base)): path
        for path in sorted(found)
        if path.is_file() and "__pycache__" not in path.parts
    }
