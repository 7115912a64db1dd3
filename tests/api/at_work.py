"""A shop whose people work through the API, and what lies in its database."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from auzap.db.connection import Database, Tx
from auzap.ids import OrganizationId
from auzap.organizations.shop import Shop
from tests import factories
from tests.api.people import People, Person
from tests.postgres import Clock

ZONE = ZoneInfo("America/Sao_Paulo")


@dataclass(frozen=True)
class Place:
    """A shop, open all week, with the person who has registered it."""

    person: Person
    organization_id: OrganizationId
    database: Database
    clock: Clock
    shop: Shop

    @contextmanager
    def tx(self) -> Iterator[Tx]:
        with self.database.transaction(self.organization_id, "test") as tx:
            yield tx

    @property
    def now(self) -> datetime:
        return self.clock.now()

    @property
    def today(self) -> date:
        return self.shop.today(self.now)

    def at(self, hour: int, *, days: int = 1) -> datetime:
        """That hour of the shop's own clock, so many days from today."""
        return self.shop.instant(self.today + timedelta(days=days), time(hour))

    def become(self, role: str) -> None:
        """Whoever registered it has another role from now on."""
        with self.tx() as tx:
            tx.execute("UPDATE memberships SET role = %s", [role])

    def get(self, path: str) -> Any:
        return self.person.get(path)

    def post(self, path: str, body: Any = None, *, status: int | None = None) -> Any:
        return self._done("POST", path, body, status)

    def patch(self, path: str, body: Any) -> Any:
        return self._done("PATCH", path, body, 200)

    def put(self, path: str, body: Any = None) -> Any:
        return self._done("PUT", path, body, None)

    def delete(self, path: str) -> None:
        self._done("DELETE", path, None, 204)

    def refused(self, method: str, path: str, body: Any = None) -> tuple[int, str]:
        """Status and code of what is refused."""
        answer = self.person.ask(method, path, body)
        assert answer.status_code >= 400, answer.text
        # A sentence for people, and not the one that is left when there is none.
        assert answer.json()["message"] != "Não foi possível fazer isso agora."
        return answer.status_code, answer.json()["code"]

    def details(self, method: str, path: str, body: Any = None) -> Any:
        return self.person.ask(method, path, body).json()["details"]

    def page(self, path: str) -> tuple[list[Any], str | None]:
        answer = self.person.ask("GET", path)
        assert answer.status_code == 200, answer.text
        return answer.json()["data"], answer.json()["meta"]["cursor"]

    def all_pages(self, path: str) -> list[Any]:
        """The whole list, two rows at a time."""
        rows: list[Any] = []
        cursor = ""
        while True:
            found, more = self.page(f"{path}{'&' if '?' in path else '?'}limit=2{cursor}")
            assert len(found) <= 2
            rows += found
            if more is None:
                return rows
            cursor = f"&cursor={more}"

    def _done(self, method: str, path: str, body: Any, status: int | None) -> Any:
        answer = self.person.ask(method, path, body)
        assert answer.status_code == status if status else answer.status_code < 300, answer.text
        return answer.json()["data"] if answer.content else None

    def contact(self, name: str = "Ana", *, phone: str | None = None) -> str:
        with self.tx() as tx:
            return str(factories.make_contact(tx, name, phone=phone))

    def pet(self, contact_id: str, name: str = "Rex", **known: Any) -> str:
        with self.tx() as tx:
            return str(factories.make_pet(tx, UUID(contact_id), name, **known).id)  # pyright: ignore[reportArgumentType]


@pytest.fixture
def morning(clock: Clock) -> Clock:
    """Ten o'clock in the shop, whenever the test runs."""
    local = clock.now().astimezone(ZONE)
    clock.move(datetime.combine(local.date() + timedelta(days=1), time(10), ZONE) - local)
    return clock


@pytest.fixture
def open_place(people: People, database: Database, morning: Clock) -> Callable[[], Place]:
    """One more shop whenever it is called."""

    def make() -> Place:
        person = people.owner()
        organization_id = OrganizationId(UUID(person.get("/v1/me")["organization_id"]))
        with database.transaction(organization_id, "test") as tx:
            shop = factories.make_shop(tx)
        return Place(person, organization_id, database, morning, shop)

    return make


@pytest.fixture
def place(open_place: Callable[[], Place]) -> Place:
    return open_place()


@pytest.fixture
def elsewhere(open_place: Callable[[], Place]) -> Place:
    return open_place()
