"""A house whose people listen: their sessions, their sockets, and the functions behind them."""

import itertools
import json
import secrets
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import psycopg

from auzap.aws.client import AwsClient
from auzap.db.connection import Database
from auzap.identity import tokens
from auzap.identity.tokens import Bearer
from auzap.ids import OrganizationId, SessionId, UserId, new_id
from auzap.realtime.audience import Audience
from auzap.realtime.connections import MOST_FRAMES_A_MINUTE, Connections, Holder
from auzap.realtime.sockets import Sockets as Telling
from tests.functions.house import CONNECTIONS, House
from tests.functions.outside import sockets
from tests.functions.outside.sockets import Sockets
from tests.functions.panel import Panel
from tests.functions.sandbox import Invocation

numbers = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Person:
    organization_id: OrganizationId
    user_id: UserId
    session_id: SessionId

    @property
    def holder(self) -> Holder:
        return Holder(self.organization_id, self.user_id, self.session_id, is_support=False)


@dataclass(slots=True)
class Live:
    house: House
    sockets: Sockets
    identity: dict[str, Any]
    connections: Connections
    panels: dict[str, Panel] = field(default_factory=dict[str, Panel])

    def audience(
        self,
        database: Database | None = None,
        *,
        patience: float = 2.0,
        most_frames: int = MOST_FRAMES_A_MINUTE,
    ) -> Audience:
        """As a sandbox has it, in this process: with clients of its own."""
        telling = Telling(self.sockets.url, patience=patience)
        connections = _connections(self.house, most_frames)
        return Audience(database or self.house.database, connections, telling, time.monotonic() + 300)

    def person(self, *, role: str = "staff", shop: OrganizationId | None = None) -> Person:
        """Somebody of the team, signed in."""
        organization_id, user_id = shop or self.house.organization_id, new_id()
        with psycopg.connect(self.house.place.admin) as admin:
            admin.execute(
                "INSERT INTO users (id, email, name, password_hash) VALUES (%s, %s, 'Helena', 'x')",
                [user_id, f"{user_id}@example.com"],
            )
            # The trail of who joined is the shop's.
            admin.execute("SELECT set_config('app.organization', %s, true)", [str(organization_id)])
            admin.execute(
                "INSERT INTO memberships (organization_id, user_id, role) VALUES (%s, %s, %s)",
                [organization_id, user_id, role],
            )
        return self.signed_in(organization_id, UserId(user_id))

    def signed_in(self, organization_id: OrganizationId, user_id: UserId) -> Person:
        ((session_id,),) = self.house.database.lookup(
            "SELECT app.start_session(%s, %s, %s, 'a browser', '1 day', '7 days')",
            [user_id, organization_id, secrets.token_bytes(32)],
        )
        return Person(organization_id, user_id, SessionId(session_id))

    def end_session(self, session_id: SessionId) -> None:
        with psycopg.connect(self.house.place.admin) as admin:
            admin.execute("UPDATE sessions SET ended_at = app.now(), end_reason = 'logout' WHERE id = %s", [session_id])

    def ticket(self, person: Person, *, asked_at: float | None = None) -> str:
        ticket = tokens.new_secret()
        self.connections.keep_ticket(ticket, person.holder, now=asked_at or time.time())
        return ticket

    def enter(self, ticket: str | None, connection_id: str = "", **headers: str) -> tuple[int, str]:
        """What API Gateway is answered when somebody comes with this ticket; let in, their socket is open."""
        connection_id = connection_id or f"L{next(numbers)}x={uuid4().hex[:4]}="
        query = ticket and {"ticket": ticket}
        answer = self.invoke("CONNECT", connection_id, queryStringParameters=query, headers=headers).answer
        if answer["statusCode"] == 200:
            self.sockets.open(connection_id)
        return answer["statusCode"], connection_id

    def open(self, person: Person) -> str:
        """A socket of theirs with a panel behind it, which has heard where all stands."""
        status, connection_id = self.enter(self.ticket(person))
        assert status == 200
        self.panels[connection_id] = Panel()
        self.say(connection_id, **self.panels[connection_id].open())
        self.listen()
        return connection_id

    def say(self, connection_id: str, **frame: Any) -> Invocation:
        return self.say_text(connection_id, json.dumps(frame))

    def say_text(self, connection_id: str, text: str) -> Invocation:
        said = self.invoke("MESSAGE", connection_id, body=text)
        assert said.answer == {"statusCode": 200}, said.output
        return said

    def leave(self, connection_id: str) -> None:
        self.sockets.told.pop(connection_id, None)
        assert self.invoke("DISCONNECT", connection_id).answer == {"statusCode": 200}

    def publish(self) -> list[Invocation]:
        done = self.house.work("changes", settings=self.settings)
        assert not any(invocation.failed for invocation in done if not invocation.was_killed)
        self.listen()
        return done

    def listen(self) -> None:
        """Every panel hears what has come to it, and asks for what it lacks."""
        while asked := [
            (connection_id, question)
            for connection_id, panel in self.panels.items()
            if connection_id in self.sockets.told
            for frame in self.sockets.take(connection_id)
            if (question := panel.hear(frame))
        ]:
            for connection_id, question in asked:
                self.say(connection_id, **question)

    def invoke(self, kind: str, connection_id: str, **event: Any) -> Invocation:
        context = {"eventType": kind, "connectionId": connection_id, "stage": "realtime"}
        return self.house.invoke("serve_realtime", {"requestContext": context, **event}, settings=self.settings)

    @property
    def settings(self) -> dict[str, str]:
        return {"AUZAP_SOCKETS_URL": self.sockets.url}

    def ask(self, person: Person, method: str, path: str, **headers: str) -> tuple[int, Any]:
        """Of the API, as this person."""
        keys = tokens.keys_from(self.identity)
        bearer = Bearer(person.session_id, person.user_id, person.organization_id)
        token = tokens.access_token(keys, bearer, now=datetime.now(UTC))
        event = {
            "version": "2.0",
            "routeKey": "$default",
            "rawPath": path,
            "rawQueryString": "",
            "headers": {"host": "api.example", "authorization": f"Bearer {token}", **headers},
            "requestContext": {
                "http": {
                    "method": method,
                    "path": path,
                    "sourceIp": "127.0.0.1",
                    "protocol": "HTTP/1.1",
                    "userAgent": "t",
                },
                "stage": "$default",
                "requestId": "a-request",
            },
            "isBase64Encoded": False,
        }
        answer = self.house.invoke("serve_api", event).answer
        return answer["statusCode"], json.loads(answer["body"]) if answer.get("body") else None

    def add_contact(self, name: str = "Ana") -> UUID:
        """A change, and the hint of whoever made it."""
        contact_id = self.house.one("INSERT INTO contacts (name) VALUES (%s) RETURNING id", name)
        self.hint()
        return contact_id

    def hint(self, organization_id: OrganizationId | None = None) -> None:
        shop = organization_id or self.house.organization_id
        self.house.traffic.put("changes", json.dumps({"organization_id": str(shop)}))


@contextmanager
def listening(house: House) -> Generator[Live]:
    identity = {"current": secrets.token_urlsafe(48), "former": []}
    house.environment["AUZAP_IDENTITY_SECRET"] = house.installation.keep_secret(identity)
    house.environment["AUZAP_REALTIME_URL"] = "wss://app.example/realtime"
    house.canaries.add(identity["current"])
    with sockets.serving() as served:
        yield Live(house, served, identity, _connections(house))


def _connections(house: House, most_frames: int = MOST_FRAMES_A_MINUTE) -> Connections:
    dynamodb = AwsClient("dynamodb", endpoint=house.installation.aws.url)
    return Connections(dynamodb, CONNECTIONS, most_frames=most_frames)
