"""Two shops that have the same, one that is closed, and the API before them: with what is done kept, or undone."""

import functools
from collections.abc import Generator, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any, LiteralString
from uuid import UUID, uuid4

import httpx
import psycopg
import pytest
from psycopg.rows import TupleRow
from starlette.testclient import TestClient

from auzap import runtime
from auzap.channels.whatsapp import graph
from auzap.channels.whatsapp.graph import Graph
from auzap.db.connection import Database, Parameters, Tx
from auzap.identity import sessions, tokens
from auzap.identity.tokens import Challenged
from auzap.ids import OrganizationId
from auzap.realtime import house as sockets_house
from functions.serve_api import dependencies
from functions.serve_api.access import ROUTES
from functions.serve_api.app import Api
from local.street.accounts import APP_ID
from local.street.config import Account
from tests.api import authenticator
from tests.api.at_work import ZONE
from tests.api.counting import Counter, writers
from tests.api.furnishing import Furnished, Furnisher, ask
from tests.api.granted import ALSO, GRANTED, Granted, Route
from tests.api.people import Person
from tests.api.surroundings import Surroundings
from tests.db.counting_proxy import counting
from tests.factories_identity import HOME, KEYS, Owner, make_owner
from tests.functions.outside import street
from tests.postgres import Clock, Place

PIN = "123456"
PICTURE = (Path(__file__).parents[2] / "local/street/samples/foto-da-mel.jpg").read_bytes()
# Lists of which one must say of what.
NARROW = {
    ("GET", "/v1/availability"),
    ("GET", "/v1/stays/availability"),
    ("GET", "/v1/stays/offers"),
    ("GET", "/v1/training-sessions/days"),
    ("GET", "/v1/knowledge/search"),
    ("GET", "/v1/knowledge/similar"),
}
CONNECTIONS = "connections-of-the-matrix"


class Undone(Exception):
    """Ends what a request has done."""


class Undoing(Database):
    """What a request does is done whole, looked at by every constraint, and then undone."""

    @contextmanager
    def transaction_begun(self, begin: LiteralString, parameters: Parameters) -> Generator[tuple[Tx, TupleRow]]:
        with suppress(Undone), super().transaction_begun(begin, parameters) as begun:
            yield begun
            begun[0].execute("SET CONSTRAINTS ALL IMMEDIATE")
            raise Undone


@dataclass(frozen=True)
class Town:
    ours: Furnished
    theirs: Furnished
    closed: Person
    undoing: TestClient
    database: Database
    counter: Counter

    def granted(self, route: Route) -> Any:
        """The answer to its rightful asker: whoever has just the role that it takes."""
        person = self.asker(route)
        if not GRANTED[route].is_kept:
            person = replace(person, client=self.undoing)
        return self.asked_by(person, route)

    def granted_too(self, route: Route) -> Any:
        """The same for the other thing that the route takes."""
        return self._asked(replace(self.asker(route), client=self.undoing), route, ALSO[route], self.ours.own)

    def read(self, shop: Furnished, route: Route) -> Any:
        """The answer to the owner of a shop: all that there is, where not something must be named."""
        person = replace(shop.people["owner"], client=self.undoing)
        request = GRANTED[route]
        if route not in NARROW:
            request = replace(request, query="")
        return self._asked(person, route, request, shop.own)

    def asker(self, route: Route) -> Person:
        role = GRANTED[route].by or {"anybody": "staff", "signed_in": "staff"}.get(ROUTES[route], ROUTES[route])
        return self.ours.people[role]

    def asked_by(self, person: Person, route: Route) -> Any:
        return self._asked(person, route, GRANTED[route], self.ours.own)

    def asked_for(self, route: Route, request: Granted, name: str, other: str) -> Any:
        """Its rightful asker asks for something else than what the shop has by a name."""
        return self._asked(self.asker(route), route, request, self.ours.own | {name: other})

    def _asked(self, person: Person, route: Route, request: Granted, own: dict[str, str]) -> Any:
        method, path = route
        headers = {name: value.format_map(own) for name, value in request.headers.items()}
        return ask(person, method, request.path(path, own), request.said(own), **headers)


@pytest.fixture(scope="module")
def town(shared_database: Place, owner: psycopg.Connection, _around: Surroundings) -> Iterator[Town]:
    """At ten o'clock in the shops."""
    clock = Clock(owner)
    local = clock.now().astimezone(ZONE)
    later = datetime.combine(local.date() + timedelta(days=1), time(10), ZONE) - local
    clock.move(later)
    with ExitStack() as open_:
        open_.callback(clock.reset)
        numbers = _numbers()
        open_.enter_context(_outside(_around, numbers))
        proxy = open_.enter_context(counting(shared_database.app))
        house, undoing = (open_.enter_context(closing(kind(lambda: proxy.conninfo))) for kind in (Database, Undoing))
        clients = [
            open_.enter_context(_client(api, database, later))
            for api, database in zip(_apis(), (house, undoing), strict=True)
        ]
        furnisher = Furnisher(clients[0], house, owner, clock.now())
        ours, theirs = furnisher.shop(), furnisher.shop()
        _Doors(furnisher, clock, ours, numbers).furnish()
        yield Town(ours, theirs, _closed(furnisher), clients[1], house, Counter(proxy, writers(owner)))


@functools.cache
def _apis() -> tuple[Api, Api]:
    """For every town of these tests: their parts are made once."""
    return Api(), Api()


@contextmanager
def _client(api: Api, database: Database, later: timedelta) -> Iterator[TestClient]:
    api.dependency_overrides |= {
        dependencies.database: lambda: database,
        runtime.database: lambda: database,
        dependencies.keys: lambda: KEYS,
        dependencies.now: lambda: datetime.now(UTC) + later,
    }
    with TestClient(api, base_url="https://app.example", raise_server_exceptions=True) as client:
        yield client


def _numbers() -> list[Account]:
    """At Meta, of one business account: one to connect, one that is connected, one to disconnect."""
    business = f"2{uuid4().int % 10**14:014d}"
    return [
        Account(
            phone_number_id=f"1{uuid4().int % 10**14:014d}",
            waba_id=business,
            display_phone=f"+55 11 9{3000 + place}-000{place}",
            shop_name="Patas & Cia",
            access_token=f"token-{place}-{uuid4().hex}",
        )
        for place in range(3)
    ]


@contextmanager
def _outside(around: Surroundings, numbers: list[Account]) -> Iterator[None]:
    """AWS, with a table for sockets and a bucket; and Meta, with the numbers of one business account."""
    dynamodb = around.clients["dynamodb"]
    if CONNECTIONS not in dynamodb.list_tables()["TableNames"]:
        dynamodb.create_table(
            TableName=CONNECTIONS,
            AttributeDefinitions=[{"AttributeName": "connection_id", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "connection_id", "KeyType": "HASH"}],
            BillingMode="PAY_PER_REQUEST",
        )
    secret = {"app_id": APP_ID, "app_secrets": ["of-the-tests"], "verify_token": "x"}
    with street.serving() as server, server.standing(numbers[0], accounts=numbers) as meta:
        environment = {
            **around.environment,
            "AUZAP_CONNECTIONS_TABLE": CONNECTIONS,
            "AUZAP_MEDIA_BUCKET": around.make_bucket().name,
            "AUZAP_GRAPH_URL": meta.graph_url,
            "AUZAP_WORKING_QUEUE_URLS": around.environment["AUZAP_OUTBOX_QUEUE_URL"],
            "AUZAP_DEAD_QUEUE_URLS": around.environment["AUZAP_MEDIA_QUEUE_URL"],
            "AUZAP_WHATSAPP_SECRET": around.keep_secret(secret),
        }
        with pytest.MonkeyPatch.context() as patch:
            for name, value in environment.items():
                patch.setenv(name, value)
            _forget()
            try:
                yield
            finally:
                # Kept by the sandbox that asked it.
                graph._connection("http", f"127.0.0.1:{server.port}", Graph("").timeout).close()
        _forget()


def _forget() -> None:
    runtime.settings.cache_clear()
    sockets_house.connections.cache_clear()


def _closed(furnisher: Furnisher) -> Person:
    """The owner of a shop that is about to leave."""
    made = make_owner(furnisher.database, "Fechada")
    person = furnisher.asks(sessions.begin(furnisher.database, made.user_id, made.organization_id, HOME))
    furnisher.owner.execute("UPDATE organizations SET status = 'closing' WHERE id = %s", [made.organization_id])
    return person


@dataclass
class _Doors:
    """What our shop has of numbers at Meta, and of people on their way in."""

    furnisher: Furnisher
    clock: Clock
    ours: Furnished
    numbers: list[Account]

    def furnish(self) -> None:
        self._connected()
        self._upload()
        self._passwords()
        self._links()
        for name in ("confirmed", "renewing", "removing", "house"):
            self._second_factor(name)
        self._offer()

    def _connected(self) -> None:
        spare, *used = self.numbers
        for name, number in zip(("connected", "old_number"), used, strict=True):
            self.ours.own[name] = self._connect(number)
        self.ours.own.update(number=spare.phone_number_id, business=spare.waba_id, signup=_code(spare))

    def _connect(self, number: Account) -> str:
        at_meta = {"phone_number_id": number.phone_number_id, "business_id": number.waba_id}
        signup = {"code": _code(number), "pin": PIN, **at_meta}
        answer = self.ours.people["owner"].ask("POST", "/v1/channel-accounts", signup)
        assert answer.status_code == 201, answer.text
        return answer.json()["data"]["id"]

    def _upload(self) -> None:
        path = f"/v1/conversations/{self.ours.own['filed']}/uploads"
        begun = {"kind": "image", "content_type": "image/jpeg", "size": len(PICTURE)}
        upload = self.ours.people["staff"].ask("POST", path, begun).json()["data"]
        assert httpx.put(upload["url"], content=PICTURE, headers=upload["headers"]).status_code == 200
        self.ours.own["upload"] = upload["id"]

    def _passwords(self) -> None:
        self.ours.own["stranger_email"] = f"registered-{uuid4().hex}@example.com"
        newcomer = self._owner("newcomer")
        self._owner("forgetful")
        self._owner("visitor")
        session = sessions.begin(self.furnisher.database, newcomer.user_id, newcomer.organization_id, HOME)
        self.ours.own["refresh"] = session.refresh_token

    def _owner(self, name: str) -> Owner:
        """Somebody with a password, and a shop of their own."""
        made = make_owner(self.furnisher.database)
        self.ours.own[f"{name}_email"] = made.email
        begun = sessions.begin(self.furnisher.database, made.user_id, made.organization_id, HOME)
        self.ours.people[name] = self.furnisher.asks(begun)
        return made

    def _links(self) -> None:
        answer = self.ours.people["owner"].ask(
            "POST", "/v1/invitations", {"email": f"opened-{uuid4().hex}@example.com"}
        )
        assert answer.status_code == 201, answer.text
        self.ours.own["invited"] = self._link(self.ours.organization_id)
        self.furnisher.client.post("/v1/auth/password-reset", json={"email": self.ours.own["forgetful_email"]})
        shop = self.ours.people["forgetful"].get("/v1/me")["organization_id"]
        self.ours.own["forgotten"] = self._link(OrganizationId(UUID(shop)))

    def _link(self, organization_id: OrganizationId) -> str:
        """What stands behind the # of the mail that waits."""
        with self.furnisher.database.transaction(organization_id, "test") as tx:
            ((link,),) = tx.execute("SELECT content ->> 'link' FROM mails ORDER BY id DESC LIMIT 1").fetchall()
        return link.partition("#")[2]

    def _second_factor(self, name: str) -> None:
        made = self._owner(name)
        person = self.ours.people[name]
        app = authenticator.scan(person, self.clock)
        # The code of the moment is left to the request.
        answer = person.ask("POST", "/v1/auth/second-factor/confirmation", {"code": app.code(periods=-1)})
        assert answer.status_code == 200, answer.text
        self.ours.own[f"{name}_code"] = app.code()
        challenged = Challenged(made.user_id, made.organization_id)
        self.ours.own[f"{name}_challenge"] = tokens.challenge(KEYS, challenged, now=self.furnisher.now)
        if name == "house":
            self.furnisher.owner.execute("UPDATE users SET is_platform = true WHERE id = %s", [made.user_id])

    def _offer(self) -> None:
        self._owner("offered")
        self.ours.own["offered_code"] = authenticator.scan(self.ours.people["offered"], self.clock).code()


def _code(number: Account) -> str:
    return f"signup-{number.phone_number_id}-{uuid4().hex}"
