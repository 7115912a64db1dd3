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


@dataclass(frozen=True, slots=True)
class Contact:
    id: ContactId
    name: str | None
    phone: str | None
    is_owner: bool


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
    account_external_id: str
    credentials: bytes | None
    wrapped_key: bytes | None
    history: list[Said]
    # What was said in the last conversation, in three lines, where that is long ago.
    earlier: str | None
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
