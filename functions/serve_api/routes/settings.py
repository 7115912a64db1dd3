"""What the shop sets for itself and its agent."""

from datetime import time
from typing import Annotated, Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field

from auzap.agent.personality import sample
from auzap.organizations import settings
from auzap.organizations.shop import Voice, known_shop
from functions.serve_api.answers import Answer
from functions.serve_api.bodies import Body, Change, Hour
from functions.serve_api.dependencies import Now, Request_

router = APIRouter(prefix="/v1/settings", tags=["settings"])

Locale = Literal["pt-BR", "en"]
PaymentMethod = Literal["pix", "card", "cash", "boleto"]
Style = Literal["friendly", "professional", "energetic"]
Tone = Literal["casual", "semi_formal", "formal"]
Emoji = Literal["none", "low", "medium", "high"]
AuroraStyle = Literal["partner", "consultant"]
AuroraTone = Literal["friend", "mentor"]
AuroraManner = Literal["celebrating", "analytical", "proactive"]
Assignment = Literal["everyone", "round_robin", "least_busy"]
Every = Literal["day", "week", "never"]
ClientType = Literal["new", "returning", "vip", "inactive"]
Intent = Literal[
    "greeting", "prices", "service_info", "location", "booking", "reschedule", "cancellation", "confirmation", "question",
    "complaint", "praise", "follow_up", "emergency", "small_talk", "farewell", "registration", "availability", "lodging",
    "training", "health", "purchase", "person", "other",
]  # fmt: skip
Empathy = Annotated[int, Field(ge=1, le=10)]


class ShopPart(BaseModel):
    name: str = Field(examples=["Patas & Cia"])
    time_zone: str = Field(examples=["America/Sao_Paulo"])
    locale: Locale
    currency: str
    about: str
    address: str
    payment_methods: list[PaymentMethod]


class BookingPart(BaseModel):
    minimum_notice_minutes: int
    horizon_days: int
    slot_grid_minutes: int
    parallel_bookings: int
    asks_before_booking: bool
    staff_confirms: bool
    tells_of_changes: bool
    cancellation_notice_minutes: int


class AgentPart(BaseModel):
    name: str
    style: Style
    tone: Tone
    emoji: Emoji
    slang: bool
    empathy: int
    instructions: str
    emergency_contact: str
    fallback_message: str | None


class AuroraPart(BaseModel):
    """How Aurora speaks with the owner."""

    style: AuroraStyle
    tone: AuroraTone
    manner: AuroraManner


class PacePart(BaseModel):
    human_delay_seconds: int
    burst_window_seconds: int
    burst_cap_seconds: int


class HandoffPart(BaseModel):
    score: int | None
    most_turns: int
    confidence: int
    intents: list[str]
    on_price: bool
    in_hours_only: bool
    waiting_timeout_minutes: int
    phone_pause_minutes: int
    panel_pause_minutes: int | None
    stale_after_days: int
    assignment: Assignment


class EscalationPart(BaseModel):
    phone: str | None
    reminder_minutes: int
    expiry_minutes: int


class SummariesPart(BaseModel):
    daily_at: time
    opportunities_at: time
    opportunities_every: Every


class TrainingPart(BaseModel):
    sessions_a_day: int


class AccessPart(BaseModel):
    second_factor_required: bool


class LimitsPart(BaseModel):
    """What may be spent on the model: tokens, and millionths of a US dollar. They are the plan's, and not changed here."""

    turn_tokens: int
    turn_cost_micros: int
    contact_daily_tokens: int
    daily_tokens: int
    daily_cost_micros: int
    lead_allowance: int | None


class Settings(BaseModel):
    shop: ShopPart
    booking: BookingPart
    agent: AgentPart
    aurora: AuroraPart
    pace: PacePart
    handoff: HandoffPart
    escalation: EscalationPart
    summaries: SummariesPart
    training: TrainingPart
    access: AccessPart
    limits: LimitsPart


class ShopChange(Change):
    name: str | None = Field(default=None, min_length=1, max_length=80)
    time_zone: str | None = Field(default=None, min_length=1, max_length=60)
    locale: Locale | None = None
    about: str | None = Field(default=None, max_length=4000)
    address: str | None = Field(default=None, max_length=300)
    payment_methods: list[PaymentMethod] | None = Field(default=None, max_length=4)


class BookingChange(Change):
    minimum_notice_minutes: int | None = Field(default=None, ge=0, le=43_200, examples=[120])
    horizon_days: int | None = Field(default=None, ge=1, le=365)
    slot_grid_minutes: int | None = Field(default=None, ge=10, le=240)
    parallel_bookings: int | None = Field(default=None, ge=1, le=20)
    asks_before_booking: bool | None = None
    staff_confirms: bool | None = None
    tells_of_changes: bool | None = Field(
        default=None, description="Customers hear of it when the shop's people cancel or move their appointment"
    )
    cancellation_notice_minutes: int | None = Field(default=None, ge=0, le=10_080)


class AgentChange(Change):
    MAY_BE_EMPTY = frozenset({"fallback_message"})

    name: str | None = Field(default=None, min_length=1, max_length=40, examples=["Luna"])
    style: Style | None = None
    tone: Tone | None = None
    emoji: Emoji | None = None
    slang: bool | None = None
    empathy: Empathy | None = None
    instructions: str | None = Field(default=None, max_length=2000)
    emergency_contact: str | None = Field(default=None, max_length=200)
    fallback_message: str | None = Field(default=None, min_length=1, max_length=500)


class AuroraChange(Change):
    style: AuroraStyle | None = None
    tone: AuroraTone | None = None
    manner: AuroraManner | None = None


class PaceChange(Change):
    human_delay_seconds: int | None = Field(default=None, ge=0, le=10)
    burst_window_seconds: int | None = Field(default=None, ge=1, le=8)
    burst_cap_seconds: int | None = Field(default=None, ge=2, le=30)


class HandoffChange(Change):
    MAY_BE_EMPTY = frozenset({"score", "panel_pause_minutes"})

    score: int | None = Field(default=None, ge=1, le=1000)
    most_turns: int | None = Field(default=None, ge=3, le=100)
    confidence: int | None = Field(default=None, ge=0, le=100)
    intents: list[Intent] | None = Field(default=None, max_length=23, examples=[["complaint"]])
    on_price: bool | None = None
    in_hours_only: bool | None = None
    waiting_timeout_minutes: int | None = Field(default=None, ge=1, le=10_080)
    phone_pause_minutes: int | None = Field(default=None, ge=1, le=10_080)
    panel_pause_minutes: int | None = Field(default=None, ge=1, le=43_200)
    stale_after_days: int | None = Field(default=None, ge=1, le=90)
    assignment: Assignment | None = None


class EscalationChange(Change):
    MAY_BE_EMPTY = frozenset({"phone"})

    phone: str | None = Field(default=None, min_length=8, max_length=40, examples=["+5511987654321"])
    reminder_minutes: int | None = Field(default=None, ge=5, le=2_880)
    expiry_minutes: int | None = Field(default=None, ge=30, le=10_080)


class SummariesChange(Change):
    daily_at: Hour | None = None
    opportunities_at: Hour | None = None
    opportunities_every: Every | None = None


class TrainingChange(Change):
    sessions_a_day: int | None = Field(default=None, ge=1, le=50)


class AccessChange(Change):
    second_factor_required: bool | None = Field(
        default=None, description="Whoever of the team has no second factor may only set one up, until that is done"
    )


class SettingsChange(Change):
    """Any fields of any parts; the rest stays."""

    shop: ShopChange | None = None
    booking: BookingChange | None = None
    agent: AgentChange | None = None
    aurora: AuroraChange | None = None
    pace: PaceChange | None = None
    handoff: HandoffChange | None = None
    escalation: EscalationChange | None = None
    summaries: SummariesChange | None = None
    training: TrainingChange | None = None
    access: AccessChange | None = None

    def parts(self) -> dict[str, dict[str, object]]:
        return {name: getattr(self, name).given() for name in self.given()}


class VoiceToHear(Body):
    """As the agent is to speak; what is not given is as the settings have it."""

    style: Style | None = None
    tone: Tone | None = None
    emoji: Emoji | None = None
    slang: bool | None = None
    empathy: Empathy | None = None
    client_type: ClientType = "returning"


class Heard(BaseModel):
    text: str = Field(examples=["Boa tarde, Ana! Que alegria falar com você."])


@router.get("")
def show_settings(begun: Request_) -> Answer[Settings]:
    """All settings of the shop."""
    return Answer[Settings].of(settings.settings(begun.tx))


@router.patch("")
def change_settings(body: SettingsChange, begun: Request_) -> Answer[Settings]:
    """Change some settings. They hold from the next message on."""
    settings.change(begun.tx, body.parts())
    return Answer[Settings].of(settings.settings(begun.tx))


@router.post("/voice-preview")
def preview_voice(body: VoiceToHear, begun: Request_, at: Now) -> Answer[Heard]:
    """How the agent would greet a customer with this voice. Nothing is kept, so no Idempotency-Key is taken."""
    shop = known_shop(begun.tx)
    voice = Voice(
        style=body.style or shop.voice.style,
        tone=body.tone or shop.voice.tone,
        emoji=body.emoji or shop.voice.emoji,
        slang=shop.voice.slang if body.slang is None else body.slang,
        empathy=body.empathy or shop.voice.empathy,
        instructions=shop.voice.instructions,
        emergency_contact=shop.voice.emergency_contact,
    )
    return Answer[Heard].of(Heard(text=sample(shop, voice, body.client_type, now=at)))
