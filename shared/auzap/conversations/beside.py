"""What stands beside a conversation, as the database tells it: moments and days are text in it, as they are answered."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, TypedDict
from uuid import UUID

from auzap.conversations.inbox import State

type Level = Literal["low", "medium", "high", "critical"]


class Alert(TypedDict):
    kind: str
    severity: Level


class CardPet(TypedDict):
    id: str
    name: str
    species: str
    breed: str | None
    size: str | None
    coat: str | None
    age_months: int | None
    temperament: str | None
    allergies: str | None
    handling: str | None
    alerts: list[Alert]
    vaccine_due: str | None
    vaccines_verified: bool


class CardMemory(TypedDict):
    key: str
    value: str
    pet: str | None
    confidence: int
    source: str


class Card(TypedDict):
    """Name, type, pets with their alerts, what the agent remembers: as the agent is told it."""

    name: str | None
    is_new: bool
    type: Literal["new", "returning", "vip", "inactive"]
    last_visit: str | None
    bookings_completed: int
    tags: list[str]
    agent_off: bool
    is_blocked: bool
    pets: list[CardPet]
    memories: list[CardMemory]


class UpcomingBooking(TypedDict):
    id: str
    pet: str
    service: str
    addons: list[str]
    starts_at: str
    status: Literal["requested", "confirmed"]


class UpcomingWait(TypedDict):
    service: str
    pet: str
    from_day: str
    until_day: str
    state: Literal["waiting", "offered"]


class Upcoming(TypedDict):
    """What is booked or asked for."""

    bookings: list[UpcomingBooking]
    waitlist: list[UpcomingWait]


class NearStay(TypedDict):
    id: str
    pet: str
    kind: Literal["daycare", "hotel"]
    room: str
    from_day: str
    until_day: str
    state: Literal["awaiting_assessment", "approved", "staying"]
    total_cents: int
    vaccines_ok: bool | None
    deworming_ok: bool | None


class OpenPlan(TypedDict):
    id: str
    pet: str
    state: Literal["assessing", "planned", "running"]
    sessions_a_week: int | None
    weeks: int | None
    starts_on: str | None
    missing: list[str]
    next_session_at: str | None


class Stays(TypedDict):
    """Stays that are to come or run, and training that does."""

    stays: list[NearStay]
    plans: list[OpenPlan]


class LeadBeside(TypedDict):
    """As a lead: stage, score, stage of the pipeline, priority."""

    stage: str
    score: int
    pipeline_stage_id: str | None
    is_priority: bool
    needs_review: bool
    source: str
    utm: dict[str, str]
    first_contact_at: str
    converted_at: str | None


class Proposal(TypedDict):
    """The act that waits for the customer's yes."""

    id: str
    kind: str
    summary: str
    proposed_at: str
    expires_at: str


class Details(TypedDict, total=False):
    """Of what a message carries beside its text, what the panel shows, in the provider's own words.

    The rest is the provider's or the machine's.
    """

    address: Any
    answers: Any
    button: Any
    buttons: Any
    choices: Any
    contacts: Any
    emoji: Any
    language: Any
    latitude: Any
    longitude: Any
    name: Any
    parameters: Any
    payload: Any
    product_items: Any
    referral: Any
    reply_id: Any
    rows: Any


class UsedTool(TypedDict):
    name: str | None
    result: Any


class TurnDetail(TypedDict):
    state: str
    intent: str | None
    confidence: int | None
    outcome: str | None
    urgency: str | None
    sentiment: str | None
    handoff_trigger: str | None
    validation: str | None
    attempts: int
    seconds: float | None
    tools: list[UsedTool]


# `from` is a word of Python.
MoveDetail = TypedDict(
    "MoveDetail",
    {
        "from": State,
        "to": State,
        "from_user_id": str | None,
        "to_user_id": str | None,
        "reason": str | None,
        "by": str,
    },
)


class NoteDetail(TypedDict):
    text: str
    by: str


class IncidentDetail(TypedDict):
    kind: str
    severity: Level
    layer: str
    action: str
    rules: list[str]
    resolved_at: str | None


class QuestionDetail(TypedDict):
    kind: str
    question: str
    state: str
    answer: str | None
    answered_by: str | None
    answered_at: str | None


class ActDetail(TypedDict):
    kind: str
    summary: str
    state: str
    result: str | None
    resolved_at: str | None


@dataclass(frozen=True, slots=True)
class Turned:
    """A turn of the agent, with its tools."""

    id: UUID
    kind: Literal["turn"]
    at: datetime
    detail: TurnDetail


@dataclass(frozen=True, slots=True)
class Moved:
    """Who had the conversation, and who has it since."""

    id: UUID
    kind: Literal["move"]
    at: datetime
    detail: MoveDetail


@dataclass(frozen=True, slots=True)
class Noted:
    id: UUID
    kind: Literal["note"]
    at: datetime
    detail: NoteDetail


@dataclass(frozen=True, slots=True)
class Flagged:
    """An incident."""

    id: UUID
    kind: Literal["incident"]
    at: datetime
    detail: IncidentDetail


@dataclass(frozen=True, slots=True)
class Asked:
    """A question to the team."""

    id: UUID
    kind: Literal["question"]
    at: datetime
    detail: QuestionDetail


@dataclass(frozen=True, slots=True)
class Proposed:
    """An act that was proposed to the customer."""

    id: UUID
    kind: Literal["act"]
    at: datetime
    detail: ActDetail


type Happening = Turned | Moved | Noted | Flagged | Asked | Proposed
HAPPENINGS: dict[str, type[Turned | Moved | Noted | Flagged | Asked | Proposed]] = {
    "turn": Turned,
    "move": Moved,
    "note": Noted,
    "incident": Flagged,
    "question": Asked,
    "act": Proposed,
}
