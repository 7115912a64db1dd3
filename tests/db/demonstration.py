"""The demonstration shop with the offline model in it: a customer writes, the real turn answers, and all is stored."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, cast

import psycopg

from auzap.agent.model import Completion, Embedded, Model, ToolCall
from auzap.agent.turn import Turn, Usage
from auzap.db.connection import Database
from auzap.ids import ConversationId, OrganizationId
from auzap.knowledge.retrieval import Embedding
from auzap.turns import answering
from auzap.turns.claiming import claim
from local import seed
from local.demonstration import shop as shops
from local.street.offline_model import embeddings
from local.street.offline_model.completion import complete
from local.street.offline_model.dialect import ChatRequest
from tests.db.committed import read
from tests.factories import Account, PetShop, say
from tests.postgres import Clock, Place

# A Friday morning in São Paulo.
NOW = datetime(2026, 11, 27, 12, 12, tzinfo=UTC)
FREE = Usage(1, 1, 0)
BURST = timedelta(seconds=9)


class Kms:
    """AWS's part: a data key of 32 bytes, and how it is wrapped."""

    def generate_data_key(self, **_: Any) -> dict[str, bytes]:
        return {"Plaintext": b"k" * 32, "CiphertextBlob": b"wrapped"}


@dataclass
class OfflineModel:
    """Asked as `auzap.agent.model.Model` is."""

    calls: list[str] = field(default_factory=list[str])
    results: dict[str, str] = field(default_factory=dict[str, str])
    answered: dict[str, Any] = field(default_factory=dict[str, Any])
    embeds: bool = True

    def ask(self, messages: list[dict[str, Any]], tools: list[dict[str, Any]], *, deadline: float) -> Completion:
        body = json.dumps({"model": "offline", "messages": messages, "tools": tools, "tool_choice": "auto"}).encode()
        message = complete(ChatRequest.parse(body).check(), today=date(2000, 1, 1))
        (call,) = message["tool_calls"]
        name, arguments = call["function"]["name"], call["function"]["arguments"]
        self.calls.append(name)
        if name == "answer":
            self.answered = json.loads(arguments)
        return Completion("", [ToolCall(call["id"], name, arguments)], FREE, refused=False)

    def embed(self, texts: Sequence[str], *, deadline: float) -> Embedded:
        return Embedded([Embedding("offline", embeddings.embed(text)) for text in texts], FREE)


@dataclass
class Demonstration:
    database: Database
    place: Place
    clock: Clock
    shop: PetShop
    model: OfflineModel = field(default_factory=OfflineModel)

    def at(self, moment: datetime) -> None:
        self.clock.move(moment - self.clock.now())

    def phone(self, who: str = "Gabi") -> "Phone":
        known = {"Ana": "5511900000001", "Bruno": "5511900000002", "Carla": "5511900000003", "Diego": "5511900000004"}
        return Phone(self, who, known.get(who, "5511900000007"))

    def rows(self, query: str, *parameters: Any) -> list[tuple[Any, ...]]:
        return read(self.database, self.shop, query, *parameters)


@dataclass
class Phone:
    demonstration: Demonstration
    name: str
    wa_id: str
    # Tools of the last turn, `answer` left out, and what was to press below its reply.
    used: list[str] = field(default_factory=list[str])
    shown: dict[str, Any] = field(default_factory=dict[str, Any])

    def say(self, *texts: str) -> str:
        """One whole turn; what the shop answered."""
        place = self.demonstration
        place.clock.move(timedelta(seconds=1))
        heard = [
            say(place.database, place.shop, text, wa_id=self.wa_id, name=self.name, at=place.clock.now())
            for text in texts
        ]
        return self._answer(heard[-1].conversation_id)

    def press(self, title: str) -> str:
        """A button or a row of the last message, by its title."""
        place, content = self.demonstration, self.shown
        options = content.get("buttons", content.get("rows", []))
        chosen = next(option for option in options if option["title"] == title)
        kind = "button_reply" if "buttons" in content else "list_reply"
        place.clock.move(timedelta(seconds=1))
        heard = say(
            place.database,
            place.shop,
            wa_id=self.wa_id,
            name=self.name,
            at=place.clock.now(),
            kind="interactive",
            content={"type": kind, kind: {"id": chosen["id"], "title": chosen["title"]}},
        )
        return self._answer(heard.conversation_id)

    def _answer(self, conversation_id: ConversationId) -> str:
        place = self.demonstration
        place.clock.move(BURST)
        place.model.calls.clear()
        turn = claim(place.database, place.shop.organization_id, conversation_id)
        assert isinstance(turn, Turn), turn
        answered = answering.answer(turn, cast(Model, place.model), seconds=20)
        assert answered.outcome in {"replied", "handed_over"}, answered
        self.used = [name for name in place.model.calls if name != "answer"]
        ((state, content),) = place.rows(
            "SELECT t.validation, o.content FROM turns t LEFT JOIN outbox o ON o.turn_id = t.id WHERE t.id = %s",
            turn.id,
        )
        assert state in {"valid", None}, (state, place.model.answered, self.trace(turn))
        self.shown = content
        return content["text"]

    def trace(self, turn: Turn) -> str:
        steps = self.demonstration.rows(
            "SELECT content FROM turn_steps WHERE turn_id = %s AND kind <> 'model' ORDER BY step", turn.id
        )
        return "\n".join(f"{step.get('name')} {step.get('arguments')} -> {step.get('result')}" for (step,) in steps)

    @property
    def choices(self) -> list[str]:
        return [option["title"] for option in self.shown.get("buttons", self.shown.get("rows", []))]


def fill(place: Place, now: datetime = NOW) -> None:
    """The demonstration shop in a database whose clock stands at this moment."""
    with psycopg.connect(place.owner, autocommit=True) as owner:
        clock = Clock(owner)
        clock.move(now - clock.now())
    made = seed.seed(place.admin, Kms(), "alias/key", now=now)
    with psycopg.connect(place.admin) as connection:
        connection.execute("SELECT set_config('app.organization', %s, true)", [str(made.organization_id)])
        # Appointments of the demonstration's own would stand in the way now and then.
        connection.execute("UPDATE bookings SET status = 'cancelled' WHERE status = 'confirmed'")


def opened(database: Database, place: Place, clock: Clock) -> Demonstration:
    with psycopg.connect(place.admin) as connection:
        row = connection.execute("SELECT organization_id, id FROM channel_accounts").fetchone()
    assert row
    shop = PetShop(OrganizationId(row[0]), Account(row[1], shops.ACCOUNT.phone_number_id))
    demo = Demonstration(database, place, clock, shop)
    demo.at(NOW)
    return demo
