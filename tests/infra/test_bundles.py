"""What is shipped depends on what it is made of, and on nothing else."""

import marshal
import os
import shutil
import ssl
import zipfile
from pathlib import Path
from types import CodeType

import pytest

from infra.bundle import digest
from infra.function_code import function_code, function_files, shared_files
from infra.layers import layer_code, rds_authorities
from infra.settings import ROOT


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project of the same shape, small enough to build."""
    files = {
        "functions/__init__.py": "",
        "functions/greet/__init__.py": "",
        "functions/greet/handler.py": "from auzap.words import HELLO\n\n\ndef handler(event, context):\n    return HELLO\n",
        "shared/auzap/__init__.py": "",
        "shared/auzap/words.py": 'HELLO = "hello"\n',
        "shared/auzap/db/first.sql": "SELECT 1;",
        "tests/unit/test_words.py": "",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def named(project: Path) -> str:
    return digest({**function_files("greet", root=project), **shared_files(root=project)})


def built(project: Path) -> Path:
    function_code("greet", root=project)
    (archive,) = (project / ".build/functions/greet").iterdir()
    return archive


def test_tests_times_and_caches_do_not_change_a_function(project: Path) -> None:
    before = named(project)

    (project / "tests/unit/test_words.py").write_text("assert True")
    os.utime(project / "shared/auzap/words.py", (0, 0))
    (project / "shared/auzap/__pycache__").mkdir()
    (project / "shared/auzap/__pycache__/words.cpython-313.pyc").write_bytes(b"stale")

    assert named(project) == before


@pytest.mark.parametrize(
    "changed", ["functions/greet/handler.py", "shared/auzap/words.py", "shared/auzap/db/first.sql"]
)
def test_a_change_of_what_it_ships_changes_a_function(project: Path, changed: str) -> None:
    before = named(project)
    with (project / changed).open("a") as file:
        file.write("\n")
    assert named(project) != before


def test_the_same_sources_give_the_same_bytes_anywhere(project: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    first = built(project).read_bytes()
    elsewhere = tmp_path_factory.mktemp("elsewhere") / "project"
    shutil.copytree(project, elsewhere, ignore=shutil.ignore_patterns(".build"))

    assert built(elsewhere).read_bytes() == first


def test_a_function_ships_bytecode_that_needs_no_look_at_its_source_and_knows_no_machine(project: Path) -> None:
    with zipfile.ZipFile(built(project)) as archive:
        names = set(archive.namelist())
        sources = {name for name in names if name.endswith(".py")}
        assert sources == {
            "functions/__init__.py",
            "functions/greet/__init__.py",
            "functions/greet/handler.py",
            "auzap/__init__.py",
            "auzap/words.py",
        }
        for source in sources:
            folder, _, module = source.rpartition("/")
            bytecode = archive.read(f"{folder}/__pycache__/{module.removesuffix('.py')}.cpython-313.pyc")
            # Flags of PEP 552: a hash that is not checked.
            assert bytecode[4:8] == b"\x01\x00\x00\x00"
            code = marshal.loads(bytecode[16:])
            assert isinstance(code, CodeType)
            assert code.co_filename == f"/var/task/{source}"
        assert "auzap/db/first.sql" in names


def test_only_what_is_asked_for_now_is_kept(project: Path) -> None:
    before = built(project)
    (project / "shared/auzap/words.py").write_text('HELLO = "hi"\n')
    after = built(project)
    assert (before.exists(), after.exists()) == (False, True)


@pytest.mark.parametrize(
    ("layer", "packages"),
    [
        ("data", {"psycopg", "psycopg_binary", "cryptography", "aws_lambda_powertools"}),
        ("api", {"fastapi", "mangum"}),
        ("agent", {"openai"}),
    ],
)
def test_a_layer_carries_its_packages_for_lambdas_machine(layer: str, packages: set[str]) -> None:
    layer_code(layer, "arm64")
    (archive,) = (ROOT / ".build/layers" / f"{layer}-arm64").iterdir()
    with zipfile.ZipFile(archive) as content:
        names = content.namelist()
    assert packages <= {name.removeprefix("python/").split("/")[0] for name in names}
    assert not any("x86_64" in name for name in names)
    assert any(name.endswith(".cpython-313.pyc") for name in names)


def test_the_data_layer_trusts_amazons_database_authorities() -> None:
    layer_code("data", "arm64")
    (archive,) = (ROOT / ".build/layers/data-arm64").iterdir()
    with zipfile.ZipFile(archive) as content:
        shipped = content.read("rds-ca.pem").decode()
    assert shipped == rds_authorities()

    context = ssl.create_default_context(cadata=shipped)
    assert "Amazon RDS sa-east-1 Root CA RSA2048 G1" in str(context.get_ca_certs())
