"""The shop as its agent knows it: name, zone, hours and house rules."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Literal, Self
from zoneinfo import ZoneInfo

from auzap.db.connection import Tx
from auzap.db.kept import Kept
from auzap.ids import OrganizationId

WEEKDAYS = {
    "pt-BR": ("segunda-feira", "terça-feira", "quarta-feira", "quinta-feira", "sexta-feira", "sábado", "domingo"),
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
}


@dataclass(frozen=True, slots=True)
class Opening:
    weekday: int
    opens: time
    closes: time


@dataclass(frozen=True, slots=True)
class SpecialDay:
    """A day that is not like its weekday: closed, or open at other hours."""

    day: date
    label: str
    opens: time | None
    closes: time | None


@dataclass(frozen=True, slots=True)
class Voice:
    """How the shop wants its agent to speak."""

    style: Literal["friendly", "professional", "energetic"]
    tone: Literal["casual", "semi_formal", "formal"]
    emoji: Literal["none", "low", "medium", "high"]
    slang: bool
    # 1 to 10.
    empathy: int
    # What the agent is to keep in mind, in the shop's own words.
    instructions: str
    # Where an emergency is sent.
    emergency_contact: str


@dataclass(frozen=True, slots=True)
class AuroraVoice:
    """How the owner wants Aurora to speak."""

    style: Literal["partner", "consultant"]
    tone: Literal["friend", "mentor"]
    manner: Literal["celebrating", "analytical", "proactive"]


@dataclass(frozen=True, slots=True)
class HandOverRules:
    """When the shop wants a person to go on, beside what always needs one."""

    # None: a hot lead is no reason, because the agent sells too.
    score: int | None
    most_turns: int
    confidence: int
    intents: frozenset[str]
    on_price: bool
    in_hours_only: bool


@dataclass(frozen=True, slots=True)
class Caps:
    """What may be spent on the model: tokens, and millionths of a US dollar."""

    turn_tokens: int
    turn_cost_micros: int
    contact_daily_tokens: int
    daily_tokens: int
    daily_cost_micros: int


@dataclass(frozen=True, slots=True)
class Shop:
    organization_id: OrganizationId
    name: str
    zone: ZoneInfo
    locale: str
    agent_name: str
    about: str
    address: str
    minimum_notice: timedelta
    booking_horizon: timedelta
    slot_grid: timedelta
    parallel_bookings: int
    asks_before_booking: bool
    staff_confirms: bool
    cancellation_notice: timedelta
    payment_methods: tuple[str, ...]
    # Of lodging, training and products those that it has.
    offers: frozenset[str]
    human_delay: timedelta
    voice: Voice
    aurora: AuroraVoice
    hand_over: HandOverRules
    caps: Caps
    # What the agent says when it cannot answer; the catalogue's words where the shop has none.
    fallback_message: str | None
    openings: tuple[Opening, ...]
    # Those from yesterday on, for more than a year.
    special_days: tuple[SpecialDay, ...]

    @classmethod
    def from_json(cls, organization_id: OrganizationId, known: dict[str, Any]) -> Self:
        """From the columns of its settings, intervals in seconds, with its opening hours."""
        return cls(
            organization_id=organization_id,
            name=known["shop_name"],
            zone=ZoneInfo(known["time_zone"]),
            locale=known["locale"],
            agent_name=known["agent_name"],
            about=known["about"],
            address=known["address"],
            minimum_notice=timedelta(seconds=known["minimum_notice"]),
            booking_horizon=timedelta(seconds=known["booking_horizon"]),
            slot_grid=timedelta(seconds=known["slot_grid"]),
            parallel_bookings=known["parallel_bookings"],
            asks_before_booking=known["asks_before_booking"],
            staff_confirms=known["staff_confirms"],
            cancellation_notice=timedelta(seconds=known["cancellation_notice"]),
            payment_methods=tuple(known["payment_methods"]),
            offers=frozenset(known["offers"]),
            human_delay=timedelta(seconds=known["human_delay"]),
            voice=Voice(**known["voice"]),
            aurora=AuroraVoice(**known["aurora"]),
            hand_over=HandOverRules(
                score=known["handoff_score"],
                most_turns=known["handoff_most_turns"],
                confidence=known["handoff_confidence"],
                intents=frozenset(known["handoff_intents"]),
                on_price=known["handoff_on_price"],
                in_hours_only=known["handoff_in_hours_only"],
            ),
            caps=Caps(
                turn_tokens=known["turn_token_cap"],
                turn_cost_micros=known["turn_cost_cap_micros"],
                contact_daily_tokens=known["contact_daily_token_cap"],
                daily_tokens=known["daily_token_cap"],
                daily_cost_micros=known["daily_cost_cap_micros"],
            ),
            fallback_message=known["fallback_message"],
            openings=tuple(
                Opening(hours["weekday"], time.fromisoformat(hours["opens"]), time.fromisoformat(hours["closes"]))
                for hours in known["openings"]
            ),
            special_days=tuple(
                SpecialDay(
                    date.fromisoformat(special["day"]),
                    special["label"],
                    _time(special["opens"]),
                    _time(special["closes"]),
                )
                for special in known["special_days"]
            ),
        )

    def local(self, moment: datetime) -> datetime:
        return moment.astimezone(self.zone)

    def today(self, now: datetime) -> date:
        return self.local(now).date()

    def weekday(self, day: date) -> str:
        return WEEKDAYS[self.locale][day.weekday()]

    def spoken_day(self, moment: datetime) -> str:
        """Weekday and date, as the shop's customers read them: sábado 28/11."""
        day = self.local(moment).date()
        return f"{self.weekday(day)} {day:%d/%m}"

    def spoken(self, moment: datetime) -> str:
        return f"{self.spoken_day(moment)} {self.local(moment):%H:%M}"

    def is_open(self, moment: datetime) -> bool:
        return any(opens <= moment < closes for opens, closes in self.openings_on(self.today(moment)))

    def specials_on(self, day: date) -> list[SpecialDay]:
        return [special for special in self.special_days if special.day == day]

    def hours_on(self, day: date) -> list[tuple[time, time]]:
        """When it is open on that day, by the clock on its wall: a special day's own hours in place of the weekday's."""
        specials = self.specials_on(day)
        if specials:
            hours = [(special.opens, special.closes) for special in specials]
            return [] if (None, None) in hours else sorted((a, b) for a, b in hours if a and b)
        return sorted((hours.opens, hours.closes) for hours in self.openings if hours.weekday == day.weekday())

    def openings_on(self, day: date) -> list[tuple[datetime, datetime]]:
        """The intervals the shop is open on its own day, as instants; hours that touch are one."""
        found: list[tuple[datetime, datetime]] = []
        for opens, closes in (
            (self.instant(day, opens), self.instant(day, closes)) for opens, closes in self.hours_on(day)
        ):
            # A night on which clocks are put forward may skip the whole of an interval.
            if opens < closes and found and opens <= found[-1][1]:
                found[-1] = (found[-1][0], max(closes, found[-1][1]))
            elif opens < closes:
                found.append((opens, closes))
        return found

    def instant(self, day: date, at: time) -> datetime:
        """In UTC: two moments of one zone are compared by its clock, which a change of the clock makes wrong."""
        return datetime.combine(day, at, self.zone).astimezone(UTC)


def _time(written: str | None) -> time | None:
    return None if written is None else time.fromisoformat(written)


def find_shop(tx: Tx) -> Shop:
    (known,) = tx.execute("SELECT app.shop()").fetchone() or ({},)
    return Shop.from_json(tx.organization_id, known)


_shops = Kept(find_shop)


def known_shop(tx: Tx) -> Shop:
    """The shop as it was when the transaction began, which is seldom asked for anew."""
    return _shops.of(tx)
