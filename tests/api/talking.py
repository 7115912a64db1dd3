"""A shop that customers write to, and the people of its team who answer."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest

from auzap.db.connection import Database
from auzap.ids import OrganizationId, UserId
from tests import factories
from tests.api.at_work import Place
from tests.api.people import PASSWORD, People, Person
from tests.factories import Account, PetShop
from tests.postgres import Clock

__all__ = ["open_talk", "other_talk", "talk"]


@dataclass(frozen=True)
class Talk:
    """What its people see is theirs to ask for; what customers say is recorded as it is in production."""

    place: Place
    account: Account
    owner: psycopg.Connection

    @property
    def shop(self) -> PetShop:
        return PetShop(self.place.organization_id, self.account)

    @property
    def user_id(self) -> str:
        return self.place.get("/v1/me")["id"]

    def say(self, text: str = "Oi, quanto custa o banho?", **said: Any) -> str:
        """A customer writes: the conversation in which they do."""
        said.setdefault("at", self.place.now)
        return str(factories.say(self.place.database, self.shop, text, **said).conversation_id)

    def read(self, query: str, *parameters: Any) -> list[tuple[Any, ...]]:
        with self.place.tx() as tx:
            return tx.execute(query.encode(), parameters).fetchall()  # pyright: ignore[reportArgumentType]

    def write(self, statement: str, *parameters: Any) -> None:
        with self.place.tx() as tx:
            tx.execute(statement.encode(), parameters)  # pyright: ignore[reportArgumentType]

    def one(self, query: str, *parameters: Any) -> Any:
        ((value,),) = self.read(query, *parameters)
        return value

    def of(self, conversation_id: str, column: str) -> Any:
        return self.one(f"SELECT {column} FROM conversations WHERE id = %s", conversation_id)

    def member(self, role: str = "staff", name: str = "Bia") -> "Talk":
        """Somebody else of the team, signed in with a password of their own."""
        user_id = factories.make_member(self.owner, self.place.organization_id, name)
        known = self.owner.execute(
            """
            UPDATE users SET password_hash = (SELECT password_hash FROM users WHERE email = %s) WHERE id = %s RETURNING email
            """,
            [self.place.person.email, user_id],
        ).fetchone()
        assert known
        self.write("UPDATE memberships SET role = %s WHERE user_id = %s", role, user_id)
        client = self.place.person.client
        answer = client.post("/v1/auth/session", json={"email": known[0], "password": PASSWORD})
        person = Person(client, known[0], answer.json()["data"]["access_token"])
        return replace(self, place=replace(self.place, person=person))

    def key(self, *scopes: str) -> "Talk":
        """A program of the shop."""
        secret = self.place.post("/v1/api-keys", {"name": "Site", "scopes": list(scopes)})["secret"]
        person = Person(self.place.person.client, "", secret)
        return replace(self, place=replace(self.place, person=person))

    def colleague(self, name: str = "Caio") -> UserId:
        """Somebody of the team who asks for nothing."""
        return factories.make_member(self.owner, self.place.organization_id, name)

    def let_a_day_pass(self) -> None:
        self.place.clock.move(timedelta(days=1, minutes=1))
        self.sign_in_again()

    def sign_in_again(self) -> None:
        answer = self.place.person.client.post(
            "/v1/auth/session", json={"email": self.place.person.email, "password": PASSWORD}
        )
        self.place.person.token = answer.json()["data"]["access_token"]

    def template(self, name: str = "lembrete", *, status: str = "approved", category: str = "utility") -> None:
        self.write(
            """
            INSERT INTO message_templates (business_id, name, language, category, status, body, parameters, buttons)
            VALUES (%s, %s, 'pt_BR', %s, %s, 'Oi, {{1}}! Podemos confirmar o {{2}}?', '{1,2}', '["Sim"]')
            """,
            self.account.external_id,
            name,
            category,
            status,
        )

    def lead(self, conversation_id: str, *, stage: str = "new", score: int = 10) -> str:
        """Whoever writes there is one: their contact."""
        return str(
            self.one(
                """
                INSERT INTO leads (contact_id, stage, score) SELECT contact_id, %s, %s FROM conversations WHERE id = %s
                RETURNING contact_id
                """,
                stage,
                score,
                conversation_id,
            )
        )

    def outbox(self) -> list[tuple[str, str, str]]:
        """Kind, author and text of what is to be sent."""
        return self.read("SELECT kind, author, content ->> 'text' FROM outbox ORDER BY id")


@pytest.fixture
def open_talk(people: People, database: Database, clock: Clock, owner: psycopg.Connection) -> Callable[[], Talk]:
    """One more shop whenever it is called, at the hour that it is: ids tell when their rows were written."""

    def make() -> Talk:
        person = people.owner()
        organization_id = OrganizationId(UUID(person.get("/v1/me")["organization_id"]))
        with database.transaction(organization_id, "test") as tx:
            shop, account = factories.make_shop(tx), factories.make_account(tx)
        return Talk(Place(person, organization_id, database, clock, shop), account, owner)

    return make


@pytest.fixture
def talk(open_talk: Callable[[], Talk]) -> Talk:
    return open_talk()


@pytest.fixture
def other_talk(open_talk: Callable[[], Talk]) -> Talk:
    return open_talk()
