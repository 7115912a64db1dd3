"""What is shipped is known, pinned and licensed, and no secret was ever committed."""

import json
import re
import runpy
import subprocess
from pathlib import Path
from typing import Any

import pytest

PROJECT = Path(__file__).parents[2]
PINNED = re.compile(r"^([A-Za-z0-9_.-]+)==\S+(.*)$", re.MULTILINE)


@pytest.fixture(scope="module")
def forbidden() -> dict[str, Any]:
    return runpy.run_path(str(PROJECT / ".ci/forbidden.py"))


@pytest.fixture(scope="module")
def sbom() -> dict[str, Any]:
    return runpy.run_path(str(PROJECT / ".ci/sbom.py"))


def test_the_bill_of_materials_has_every_package_of_the_layers(sbom: dict[str, Any], tmp_path: Path) -> None:
    assert sbom["main"](tmp_path / "sbom.json") == 0

    bill = json.loads((tmp_path / "sbom.json").read_text("utf-8"))
    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.6")
    listed = [component["name"] for component in bill["components"]]
    assert listed == sorted(set(listed))
    for lock in (PROJECT / "layers").glob("*.lock"):
        pinned = {name for name, marker in PINNED.findall(lock.read_text("utf-8")) if "emscripten" not in marker}
        assert pinned <= set(listed)
    assert all(
        component["purl"] == f"pkg:pypi/{component['name']}@{component['version']}" for component in bill["components"]
    )


def test_a_licence_that_nobody_has_looked_at_is_told(sbom: dict[str, Any]) -> None:
    said = ("MIT", "Apache-2.0 OR BSD-3-Clause", "MIT AND AGPL-3.0-only", "")
    components = [{"name": f"package{place}", "licenses": [{"expression": each}]} for place, each in enumerate(said)]

    assert sbom["refused"](components) == ["package2: MIT AND AGPL-3.0-only", "package3: no licence"]


@pytest.mark.parametrize(
    "lock",
    ["requirements.lock", "requirements-emulator.lock", *(f"layers/{name}.lock" for name in ("data", "api", "agent"))],
)
def test_every_package_is_pinned_with_its_hashes(lock: str) -> None:
    blocks = re.split(r"\n(?=\S)", (PROJECT / lock).read_text("utf-8").strip())

    assert len(blocks) > 5
    assert [block for block in blocks if not re.match(r"\S+==\S+.*\\\n {4}--hash=sha256:[0-9a-f]{64}", block)] == []


def test_a_secret_that_was_taken_out_again_is_found_in_the_history(forbidden: dict[str, Any], tmp_path: Path) -> None:
    def git(*arguments: str) -> None:
        known = ["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false"]
        subprocess.run(["git", *known, *arguments], cwd=tmp_path, check=True, capture_output=True)

    git("init", "-q")
    key = "AKIA" + "ABCDEFGHIJKLMNOP"
    for text in ("nothing", f"nothing\nkey = {key}", "nothing"):
        (tmp_path / "notes.txt").write_text(text)
        git("add", ".")
        git("commit", "-q", "-m", "another")

    (found,) = forbidden["findings_of_history"](tmp_path)

    assert found.endswith(": AWS access key")


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("ghp_" + "a" * 36, "provider token"),
        ("-----BEGIN RSA PRIVATE " + "KEY-----", "private key"),
        ('token = "' + "0a" * 20 + '"', "long hexadecimal secret"),
    ],
)
def test_a_secret_is_found_where_it_stands(forbidden: dict[str, Any], text: str, what: str) -> None:
    (found,) = forbidden["findings"]("file.py", f"first\n{text}\n")

    assert found.startswith(f"file.py:2: {what}")
