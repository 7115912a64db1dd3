"""What the pages name is there: tests, files, and other pages."""

import re
from functools import cache
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
TESTS = PROJECT / "tests"
PAGES = [PROJECT / "README.md", *sorted((PROJECT / "docs").rglob("*.md"))]
FAULTS = (PROJECT / "docs/faults.md").read_text("utf-8")
SECURITY = (PROJECT / "docs/security.md").read_text("utf-8")
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
# By the tables of the page, in their order.
RISKS = {
    "OWASP API Top 10 (2023)": [f"API{number}" for number in range(1, 11)],
    "OWASP LLM Top 10 and agents": [
        *(f"LLM{number:02}" for number in range(1, 11)),
        *("ASI03", "ASI06", "ASI08", "ASI09", "confirmation", "output"),
    ],
    "ASVS 5.0": [
        *(
            "V1.3.6",
            "V2.3.3",
            "V2.3.4",
            "V2.4.1",
            "V3.4",
            "V3.5",
            "V4.1.3",
            "V4.1.5",
            "V5.2",
            "V6.2",
            "V6.3.1",
            "V6.3.8",
        ),
        *("V7.2.4", "V7.4", "V8.2", "V8.3.2", "V8.3.3", "V8.4.1", "V9", "V11.4.2", "V13.2", "V13.3", "V14.2"),
        *("V15.3.1", "V15.3.2", "V15.4.2", "V16.2.5", "V16.3", "V16.4", "V16.5"),
    ],
    "Signing in": ["access", "refresh", "logout", "password", "second factor", "limits"],
    "Edge, webhooks, files": ["edge", "webhooks", "files"],
    "Personal data": ["data map", "retention", "access", "erasure", "consent", "a person decides", "trail"],
    "The platform": ["secrets", "KMS", "IAM", "cdk-nag", "dependencies", "static", "logs", "backups"],
    "Goals": ["G23", *(f"G{number}" for number in range(28, 34))],
}


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


@pytest.mark.parametrize(("path", "name"), sorted(set(NAMED.findall(SECURITY))))
def test_a_test_that_the_page_of_security_names_exists_and_is_run(path: str, name: str) -> None:
    assert name in functions_of(path)
    assert name.startswith("test_")


def test_every_risk_has_a_row_and_every_row_a_test() -> None:
    found: dict[str, list[str]] = {}
    for section in SECURITY.split("\n## ")[1:]:
        title, _, text = section.partition("\n")
        rows = [line.split("|") for line in text.splitlines() if line.startswith("|") and "::" in line]
        assert all(NAMED.search(row[3]) for row in rows)
        if rows:
            found[title] = [row[1].strip() for row in rows]
            assert len(rows) == len(re.findall(r"^\| (?!id \|)", text, re.MULTILINE)), title

    assert found == RISKS
    assert not re.findall(r"`[^`]*::[^`]*`", NAMED.sub("", SECURITY))


def test_the_page_of_faults_names_only_what_is_run() -> None:
    others = {(path, name) for path, name in NAMED.findall(FAULTS) if not name.startswith("test_")}

    assert {path for path, _ in others} == {"chaos/scenarios.py"}
    assert not re.findall(r"`[^`]*::[^`]*`", NAMED.sub("", FAULTS))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_page_links_to_what_is_there(page: Path) -> None:
    gone = [link for link in LINK.findall(page.read_text("utf-8")) if not (page.parent / link).exists()]

    assert gone == []
