"""A claimed turn, and what its transactions may rely on."""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from auzap.agent import incidents
from auzap.db.connection import Database, Tx
from auzap.db.retrying import retried
from auzap.errors import StaleTurn
from auzap.ids import ContactId, ConversationId, EscalationId, MessageId, PendingActionId, TurnId
from auzap.leads.scoring import Lead
from auzap.organizations.shop import Shop

ACTOR = "agent"
# The latest messages stay as they are; those before them are folded in blocks, so that a long talk is folded now and then.
RAW = 10
BLOCK = 6
# Acts by which something is to come.
AGREED = frozenset({"booked", "rescheduled", "confirmed", "waitlisted", "reserved", "planned"})


@dataclass(frozen=True, slots=True)
class Contact:
    id: ContactId
    name: str | None
    phone: str | None
    is_owner: bool
    # Whose answers to customers' questions are passed on: an owner, or whom the shop has named for it.
    is_asked: bool = False


@dataclass(frozen=True, slots=True)
class Said:
    """A message of the conversation, as the agent reads it."""

    id: MessageId
    sender: str
    kind: str
    text: str
    reply_id: str | None
    provider_id: str | None
    provider_at: datetime
    recorded_at: datetime
    # What the prompt guard found in it.
    flags: tuple[str, ...] = ()
    severity: incidents.Severity | None = None
    # The question to the team that it quotes.
    answers: EscalationId | None = None
    # What it gave to choose from, where it is ours.
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Background:
    """What the shop knows of the customer, as each part of it tells; an owner has none."""

    card: dict[str, Any] = field(default_factory=dict[str, Any])
    upcoming: dict[str, Any] = field(default_factory=dict[str, Any])
    stays: dict[str, Any] = field(default_factory=dict[str, Any])
    # What it has taught that may answer the customer's words.
    hits: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    # The shop's own wordings by kind, the fittest first.
    wordings: dict[str, list[dict[str, str]]] = field(default_factory=dict[str, list[dict[str, str]]])

    @property
    def visits(self) -> int:
        return self.card.get("bookings_completed", 0)

    @property
    def last_visit(self) -> datetime | None:
        at = self.card.get("last_visit")
        return datetime.fromisoformat(at) if at else None

    @property
    def client_type(self) -> str:
        return self.card.get("type", "new")

    @property
    def pet_names(self) -> list[str]:
        return [pet["name"] for pet in self.card.get("pets", [])]

    @property
    def is_expected(self) -> bool:
        """Something of the customer's is to come."""
        return bool(self.upcoming.get("bookings") or self.stays.get("stays") or self.stays.get("plans"))


@dataclass(frozen=True, slots=True)
class Proposal:
    """The act that waits for the customer's yes."""

    id: PendingActionId
    kind: str
    arguments: dict[str, Any]
    summary: str
    proposed_at: datetime
    expires_at: datetime


@dataclass(slots=True)
class Progress:
    """What the tools of a turn leave behind for the next step; journalled with each, so that a retry has it again."""

    handles: dict[str, Any] = field(default_factory=dict[str, Any])
    acts_done: list[str] = field(default_factory=list[str])
    proposal: str | None = None
    handoff_reason: str | None = None
    # A tool has learned that an animal is in danger: the reply is the emergency's own.
    is_emergency: bool = False
    # What the shop has taught was looked through for what the customer asks.
    has_searched: bool = False
    # Other conversations in whose outbox something waits by now.
    wakes: list[str] = field(default_factory=list[str])

    def give(self, prefix: str, value: Any) -> str:
        """A handle for the model to use in this turn, in place of an id."""
        handle = f"{prefix}{1 + sum(known.startswith(prefix) for known in self.handles)}"
        self.handles[handle] = value
        return handle

    def as_json(self) -> dict[str, Any]:
        return {
            "handles": self.handles,
            "acts_done": self.acts_done,
            "proposal": self.proposal,
            "handoff_reason": self.handoff_reason,
            "is_emergency": self.is_emergency,
            "has_searched": self.has_searched,
            "wakes": self.wakes,
        }


@dataclass(frozen=True, slots=True)
class Step:
    kind: str
    content: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Usage:
    input_tokens: int = 0
    output_tokens: int = 0
    cost_micros: int = 0

    @property
    def tokens(self) -> int:
        return self.input_tokens + self.output_tokens

    def __add__(self, other: "Usage") -> "Usage":
        return Usage(
            self.input_tokens + other.input_tokens,
            self.output_tokens + other.output_tokens,
            self.cost_micros + other.cost_micros,
        )


@dataclass(frozen=True, slots=True)
class SpentBefore:
    """What the model has cost before this worker asked it: in this turn, and today for this customer and this shop."""

    turn_tokens: int
    turn_cost_micros: int
    contact_tokens: int
    tokens: int
    cost_micros: int


@dataclass(slots=True)
class Turn:
    """A turn this worker holds until its lease ends or its fence is overtaken."""

    id: TurnId
    conversation_id: ConversationId
    fence: int
    lease_token: UUID
    attempt: int
    shop: Shop
    contact: Contact
    reply_to: str
    channel: str
    account_external_id: str
    credentials: bytes | None
    wrapped_key: bytes | None
    history: list[Said]
    # What was said in the last conversation, in three lines, where that is long ago.
    earlier: str | None
    # What was said in this one before the history begins, summed up.
    memory: str | None
    background: Background
    unanswered: list[Said]
    open_proposal: Proposal | None
    spent: SpentBefore
    lead: Lead
    # Answers of the agent since it has the conversation, and whether a person is there to take it.
    agent_turns: int
    is_staffed: bool
    steps: list[Step]
    progress: Progress
    now: datetime
    database: Database
    new_steps: int = 0
    joins: int = 0

    @property
    def is_long(self) -> bool:
        """With its answer, more than is kept as it is: the older part is worth folding."""
        return len(self.history) + len(self.unanswered) + 1 >= RAW + BLOCK

    @property
    def is_booked(self) -> bool:
        """Something of the customer's is to come, or about to be agreed."""
        agreed = AGREED.intersection(self.progress.acts_done)
        return bool(agreed or self.open_proposal or self.background.is_expected)

    @contextmanager
    def step(self) -> Generator[Tx]:
        """A transaction in which the turn may act: the conversation is locked, and still this turn's."""
        with self.database.transaction(self.shop.organization_id, ACTOR) as tx:
            self.hold(tx)
            yield tx

    def act[Result](self, work: Callable[[Tx], Result]) -> Result:
        """One step, done again where the database asks for it, as if it had not been begun."""
        progress, steps, new_steps = deepcopy(self.progress), len(self.steps), self.new_steps

        def attempt() -> Result:
            self.progress, self.new_steps = deepcopy(progress), new_steps
            del self.steps[steps:]
            with self.step() as tx:
                return work(tx)

        return retried(attempt)

    def hold(self, tx: Tx) -> None:
        held = tx.execute(
            "SELECT fence, lease_token, state, lease_until > app.now() FROM conversations WHERE id = %s FOR UPDATE",
            [self.conversation_id],
        ).fetchone()
        if held != (self.fence, self.lease_token, "ai", True):
            raise StaleTurn

    def with_more(self, messages: list[Said]) -> "Turn":
        """The same turn, reading also what arrived while it thought."""
        return replace(self, unanswered=[*self.unanswered, *messages], joins=self.joins + 1)
