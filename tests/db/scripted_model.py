"""A model that says what a test has written down, and watches that nobody holds a transaction while it thinks."""

import itertools
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import psycopg

from auzap.agent.model import Completion, Embedded, ToolCall
from auzap.agent.turn import Usage
from auzap.db.connection import Database
from auzap.errors import ModelUnavailable
from auzap.knowledge.retrieval import Embedding
from tests.postgres import Place

USAGE = Usage(input_tokens=100, output_tokens=10, cost_micros=5)

call_numbers = itertools.count(1)

type Line = Completion | Callable[[list[dict[str, Any]]], Completion]


def calls(*wanted: tuple[str, dict[str, Any]]) -> Completion:
    made = [ToolCall(f"call_{next(call_numbers)}", name, json.dumps(arguments)) for name, arguments in wanted]
    return Completion(text="", calls=made, usage=USAGE, refused=False)


def call(tool: str, /, **arguments: Any) -> Completion:
    return calls((tool, arguments))


def answer(text: str, *, intent: str = "other", confidence: int = 90, **more: Any) -> Completion:
    return call("answer", text=text, intent=intent, confidence=confidence, **more)


class Killed(Exception):
    """The worker is gone, with whatever it had in its memory."""


def dies(_: list[dict[str, Any]]) -> Completion:
    raise Killed


@dataclass
class ScriptedModel:
    """Asked as `auzap.agent.model.Model` is. A line may be a function, which then does what happens meanwhile."""

    place: Place
    database: Database
    script: list[Line] = field(default_factory=list[Line])
    asked: list[list[dict[str, Any]]] = field(default_factory=list[list[dict[str, Any]]])
    # What makes a vector of a text; None: there is no such model, "away": there is one, and it does not answer.
    embedder: Callable[[str], list[float]] | Literal["away"] | None = None
    embeddings: str = "offline"
    embedded: list[str] = field(default_factory=list[str])

    @property
    def embeds(self) -> bool:
        return self.embedder is not None

    def embed(self, texts: Sequence[str], *, deadline: float) -> Embedded:
        assert not self.database.in_transaction
        assert open_transactions(self.place) == []
        self.embedded += texts
        if self.embedder is None or self.embedder == "away":
            raise ModelUnavailable
        return Embedded([Embedding(self.embeddings, self.embedder(text)) for text in texts], Usage(len(texts), 0, 1))

    def says(self, *lines: Line) -> "ScriptedModel":
        self.script += lines
        return self

    def ask(self, messages: list[dict[str, Any]], tools: list[dict[str, Any]], *, deadline: float) -> Completion:
        self.asked.append(messages)
        assert not self.database.in_transaction
        assert open_transactions(self.place) == []
        line = self.script.pop(0)
        return line(messages) if callable(line) else line

    @property
    def last_words(self) -> list[str]:
        """What the customer had said, as the model read it the last time."""
        return [message["content"] for message in self.asked[-1] if message["role"] == "user"]


def open_transactions(place: Place) -> list[str]:
    """Sessions of the application that hold a transaction, as another connection sees them."""
    with psycopg.connect(place.admin, autocommit=True) as administrator:
        rows = administrator.execute(
            "SELECT state FROM pg_stat_activity WHERE datname = current_database() AND usename = 'auzap_app' AND state <> 'idle'"
        )
        return [row[0] for row in rows]
