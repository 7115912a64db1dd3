"""The Graph API: takes messages, refuses some, loses its own answer to some, and tells what became of each."""

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

from tests.chaos.sim.clock import Clock
from tests.chaos.sim.wire import Answer, HangUp, Later, Reply, Request

SLOW = 0.15
FILE = (Path(__file__).parents[3] / "local/street/samples/figurinha.webp").read_bytes()
FILE_DIGEST = sha256(FILE).hexdigest()


@dataclass(frozen=True, slots=True)
class Accepted:
    """A message that is on its way to a customer. `was_told` is false where our side never heard of it."""

    at: float
    account: str
    to: str
    tracker: str
    wamid: str
    text: str
    buttons: tuple[str, ...]
    was_told: bool


@dataclass(slots=True)
class Shares:
    """Of each message sent: what goes wrong with it."""

    too_many: float = 0.0
    failing: float = 0.0
    # Accepted, and the answer is lost.
    ambiguous: float = 0.0
    # Answered a moment late.
    slow: float = 0.0
    # Taken for good, and no status ever tells.
    without_status: float = 0.0


@dataclass(slots=True)
class Graph:
    clock: Clock
    shares: Shares
    chance: random.Random
    # Where files are.
    origin: str = ""
    on_accept: Callable[[Accepted], None] = lambda _: None
    accepted: list[Accepted] = field(default_factory=list)
    attempts: Counter[str] = field(default_factory=Counter)
    met: Counter[str] = field(default_factory=Counter)
    # Messages of which no status will ever tell.
    silent: set[str] = field(default_factory=set)

    def __call__(self, request: Request) -> Reply:
        if request.method == "GET":
            return self._read(request.path)
        account = request.path.split("/")[-2]
        asked = request.json()
        if asked.get("status") == "read":
            self.met["read_mark"] += 1
            return Answer.of({"success": True})
        self.attempts[asked["biz_opaque_callback_data"]] += 1
        return self._send(account, asked)

    def _send(self, account: str, asked: dict[str, Any]) -> Reply:
        fate = self.chance.random()
        shares = self.shares
        if fate < shares.too_many:
            self.met["429"] += 1
            return Answer.of({"error": {"code": 130429, "message": "too many"}}, 429)
        fate -= shares.too_many
        if fate < shares.failing:
            self.met["500"] += 1
            return Answer.of({"error": {"code": 131000, "message": "failing"}}, 500)
        fate -= shares.failing
        was_told = fate >= shares.ambiguous
        accepted = self._accept(account, asked, was_told=was_told)
        if not was_told:
            self.met["accepted_then_timeout"] += 1
            return HangUp()
        answer = Answer.of({"messaging_product": "whatsapp", "messages": [{"id": accepted.wamid}]})
        return Later(SLOW, lambda: answer) if shares.slow and self.chance.random() < shares.slow else answer

    def _accept(self, account: str, asked: dict[str, Any], *, was_told: bool) -> Accepted:
        interactive = asked.get("interactive", {})
        accepted = Accepted(
            at=self.clock.now(),
            account=account,
            to=asked.get("to") or asked["recipient"],
            tracker=asked["biz_opaque_callback_data"],
            wamid=f"wamid.out{len(self.accepted)}",
            text=asked.get("text", {}).get("body") or interactive.get("body", {}).get("text", ""),
            buttons=tuple(each["reply"]["id"] for each in interactive.get("action", {}).get("buttons", [])),
            was_told=was_told,
        )
        self.accepted.append(accepted)
        if self.shares.without_status and self.chance.random() < self.shares.without_status:
            self.silent.add(accepted.tracker)
        self.on_accept(accepted)
        return accepted

    def _read(self, path: str) -> Reply:
        """The link of a file, and the file."""
        self.met["GET"] += 1
        identifier = path.split("?")[0].rsplit("/", 1)[-1]
        if path.startswith("/files/"):
            return Answer(200, FILE)
        if identifier.startswith("media"):
            known = {"id": identifier, "url": f"{self.origin}/files/{identifier}", "mime_type": "image/webp"}
            return Answer.of({**known, "sha256": FILE_DIGEST, "file_size": len(FILE)})
        return Answer.of({"id": identifier, "data": []})
