"""Archives for Lambda: named by their content, built once, the same bytes from every machine and every run."""

import compileall
import hashlib
import importlib.util
import shutil
import tempfile
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path, PurePosixPath
from py_compile import PycInvalidationMode

from aws_cdk import aws_lambda as lambda_

type Files = Mapping[PurePosixPath, Path]

# The earliest that a zip file can say.
NO_TIME = (1980, 1, 1, 0, 0, 0)


def digest(files: Files, *also: bytes) -> str:
    """The same for the same content, wherever it lies and whenever it was written."""
    total = hashlib.sha256(importlib.util.MAGIC_NUMBER)
    for name, path in sorted(files.items()):
        total.update(f"{name}\0{hashlib.sha256(path.read_bytes()).hexdigest()}\0".encode())
    for value in also:
        total.update(hashlib.sha256(value).digest())
    return total.hexdigest()[:32]


def archive(place: Path, content: str, build: Callable[[Path], None]) -> lambda_.Code:
    """What `build` lays out in a folder, as an archive that is kept for as long as its content is asked for."""

    def pack(target: Path) -> None:
        with tempfile.TemporaryDirectory(dir=target.parent) as folder:
            build(Path(folder))
            _zip(Path(folder), target)

    return lambda_.Code.from_asset(str(kept(place, f"{content}.zip", pack)), asset_hash=content)


def kept(place: Path, name: str, make: Callable[[Path], None]) -> Path:
    """The file or folder `place/name`, made unless it is there; what was kept there before goes away."""
    target = place / name
    if target.exists():
        return target
    place.mkdir(parents=True, exist_ok=True)
    # Next to its place, and put there when it is whole: two runs at once do not see each other's halves.
    with tempfile.TemporaryDirectory(dir=place.parent) as temporary:
        unfinished = Path(temporary) / name
        make(unfinished)
        if not target.exists():
            for older in place.iterdir():
                shutil.rmtree(older) if older.is_dir() else older.unlink(missing_ok=True)
            unfinished.rename(target)
    return target


def lay_out(files: Files, target: Path, *, home: str) -> None:
    for name, path in files.items():
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target / name)
    compile_bytecode(target, home=home)


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


def _zip(folder: Path, target: Path) -> None:
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as packed:
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            entry = zipfile.ZipInfo(path.relative_to(folder).as_posix(), NO_TIME)
            entry.compress_type = zipfile.ZIP_DEFLATED
            # Lambda runs as another user than the one that owns the files.
            entry.external_attr = 0o100644 << 16
            packed.writestr(entry, path.read_bytes())
