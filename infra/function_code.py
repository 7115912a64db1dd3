"""What a function ships: its folder, the domain package and their bytecode, named by their content alone."""

import compileall
import hashlib
import importlib.util
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from py_compile import PycInvalidationMode

from aws_cdk import aws_lambda as lambda_

from infra.settings import ROOT

type Files = dict[PurePosixPath, Path]

CODE_HOME = "/var/task"


def function_code(folder: str, *, root: Path = ROOT) -> lambda_.Code:
    package, shared = function_files(folder, root=root), shared_files(root=root)
    build = root / ".build" / "functions"
    compiled = built(build / "shared", digest(shared), lambda target: _lay_out(shared, target))

    def assemble(target: Path) -> None:
        _lay_out(package, target)
        # Linked, not compiled again: ten functions carry the same package.
        shutil.copytree(compiled, target, copy_function=os.link, dirs_exist_ok=True)

    name = digest(package | shared)
    return lambda_.Code.from_asset(str(built(build / folder, name, assemble)), asset_hash=name)


def function_files(folder: str, *, root: Path = ROOT) -> Files:
    functions = root / "functions"
    files = {PurePosixPath("functions") / path: functions / path for path in _sources(functions / folder, functions)}
    return {PurePosixPath("functions/__init__.py"): functions / "__init__.py", **files}


def shared_files(*, root: Path = ROOT) -> Files:
    return {path: root / "shared" / path for path in _sources(root / "shared" / "auzap", root / "shared")}


def migrations_digest(*, root: Path = ROOT) -> str:
    return digest({name: path for name, path in shared_files(root=root).items() if name.suffix == ".sql"})


def _sources(folder: Path, base: Path) -> list[PurePosixPath]:
    found = (path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return sorted(PurePosixPath(path.relative_to(base)) for path in found)


def digest(files: Files, *also: bytes) -> str:
    """The same for the same content, wherever it lies and whenever it was written."""
    total = hashlib.sha256(importlib.util.MAGIC_NUMBER)
    for name, path in sorted(files.items()):
        total.update(f"{name}\0{hashlib.sha256(path.read_bytes()).hexdigest()}\0".encode())
    for value in also:
        total.update(value)
    return total.hexdigest()[:32]


def built(place: Path, name: str, build: Callable[[Path], None]) -> Path:
    """The folder `place/name`, built unless it is there; what was built there for older content goes away."""
    target = place / name
    if target.exists():
        return target
    place.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=place.parent) as temporary:
        unfinished = Path(temporary) / name
        unfinished.mkdir()
        build(unfinished)
        for older in place.iterdir():
            shutil.rmtree(older)
        unfinished.rename(target)
    return target


def _lay_out(files: Files, target: Path) -> None:
    for name, path in files.items():
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target / name)
    compile_bytecode(target, home=CODE_HOME)


def compile_bytecode(folder: Path, *, home: str) -> None:
    """Bytecode that is valid whatever the files' times, and that knows only where it will run."""
    compiled = compileall.compile_dir(
        folder,
        quiet=1,
        force=True,
        optimize=0,
        invalidation_mode=PycInvalidationMode.UNCHECKED_HASH,
        stripdir=str(folder),
        prependdir=home,
    )
    if not compiled:
        raise SyntaxError(f"{folder} does not compile")
