"""What the tests of a shop's own things need: whose shop it is, in which role somebody asks, and what was refused."""

from typing import Any
from uuid import UUID

import psycopg

from auzap.ids import OrganizationId
from tests.api.people import Person


def organization_of(person: Person) -> OrganizationId:
    return OrganizationId(UUID(person.get("/v1/me")["organization_id"]))


def become(owner: psycopg.Connection, person: Person, role: str) -> None:
    """From the next request on they are this, in their own shop."""
    organization_id = organization_of(person)
    with owner.transaction():
        owner.execute("SELECT app.begin_tenant(%s, 'test')", [organization_id])
        owner.execute("UPDATE memberships SET role = %s", [role])


def made(answer: Any) -> Any:
    assert answer.status_code == 201, answer.text
    return answer.json()["data"]


def changed(answer: Any) -> Any:
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]


def refused(answer: Any) -> tuple[int, str]:
    assert answer.json()["error"] is True
    return answer.status_code, answer.json()["code"]


def fields(answer: Any) -> list[str]:
    """Which fields of what was sent are wrong."""
    assert refused(answer) == (422, "invalid"), answer.text
    return [wrong["field"] for wrong in answer.json()["details"]]


def pages(person: Person, path: str, *, limit: int) -> list[list[Any]]:
    """All pages of a list, each following the cursor of the one before."""
    found: list[list[Any]] = []
    cursor = ""
    while True:
        joined = "&" if "?" in path else "?"
        answer = person.ask("GET", f"{path}{joined}limit={limit}{cursor}").json()
        found.append(answer["data"])
        if answer["meta"]["cursor"] is None:
            return found
        cursor = f"&cursor={answer['meta']['cursor']}"
