"""What the pages name is there: tests, files, and other pages."""

import re
from functools import cache
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
TESTS = PROJECT / "tests"
PAGES = [PROJECT / "README.md", *sorted((PROJECT / "docs").rglob("*.md"))]
FAULTS = (PROJECT / "docs/faults.md").read_text("utf-8")
NAMED = re.compile(r"`([\w/]+\.py)::(\w+)`")
LINK = re.compile(r"\]\((?!https?://)([^)#\s]+)[^)]*\)")
IDS = [
    *(f"W{number}" for number in range(1, 15)),
    *(f"Q{number}" for number in range(1, 10)),
    *(f"D{number}" for number in range(1, 12)),
    *(f"L{number}" for number in range(1, 11)),
    *(f"S{number}" for number in range(1, 11)),
    "T1",
    "T3",
]


@cache
def functions_of(path: str) -> set[str]:
    return set(re.findall(r"^def (\w+)", (TESTS / path).read_text("utf-8"), re.MULTILINE))


@pytest.mark.parametrize(("path", "name"), sorted(set(NAMED.findall(FAULTS))))
def test_a_test_that_the_page_of_faults_names_exists(path: str, name: str) -> None:
    assert name in functions_of(path)


def test_every_fault_has_a_row_and_every_row_a_test() -> None:
    rows = [line for line in FAULTS.splitlines() if re.match(r"\| [A-Z]\d+ \|", line)]

    assert [line.split("|")[1].strip() for line in rows] == IDS
    assert all(NAMED.search(line.split("|")[4]) for line in rows)


def test_the_page_of_faults_names_only_what_is_run() -> None:
    others = {(path, name) for path, name in NAMED.findall(FAULTS) if not name.startswith("test_")}

    assert {path for path, _ in others} == {"chaos/scenarios.py"}
    assert not re.findall(r"`[^`]*::[^`]*`", NAMED.sub("", FAULTS))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_page_links_to_what_is_there(page: Path) -> None:
    gone = [link for link in LINK.findall(page.read_text("utf-8")) if not (page.parent / link).exists()]

    assert gone == []
