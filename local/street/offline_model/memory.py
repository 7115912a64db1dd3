"""What the customer wants by now, re-read from the messages since the last thing that was settled."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, time
from typing import Literal

from local.street.offline_model import dates
from local.street.offline_model.conversation import Conversation
from local.street.offline_model.dates import Period
from local.street.offline_model.lexicon import APART, Intent
from local.street.offline_model.outcome import Outcome, outcome_in
from local.street.offline_model.understanding import Heard, hear
from local.street.offline_model.wording import Act, acts_in

# A wish older than this many messages is asked again rather than guessed.
LONGEST_MEMORY = 60
# A day or an hour alone is a wish in a short message, and part of a story in a long one.
SHORT_MESSAGE = 6

BOOKING = (Intent.BOOK, Intent.FREE_TIMES)
CANCELLING = (Intent.CANCEL, Intent.RESCHEDULE)
# In the order in which they win when one message says several.
GOALS = (*CANCELLING, *BOOKING, Intent.REGISTER_PET)

SETTLING = frozenset({Act.BOOKED, Act.CANCELLED, Act.DONE, Act.HANDED_OVER, Act.APOLOGY, Act.EMERGENCY, Act.FAREWELL})
NOT_UNDERSTOOD = frozenset({Act.UNKNOWN, Act.UNREADABLE})
SLOT_OFFERS = frozenset({Act.OFFER_SLOTS, Act.OFFER_OTHER_SLOTS, Act.OFFER_OTHER_DAYS})
OFFERS = SLOT_OFFERS | {Act.WHICH_BOOKING}
ASKED_FOR: dict[Act | None, Literal["new pet", "pet details"]] = {
    Act.ASK_NEW_PET: "new pet",
    Act.ASK_PET_DETAILS: "pet details",
}
# What a yes, or a fact given instead of a yes, says after these.
ACCEPTED: dict[Act | None, Intent] = {
    Act.OFFER_BOOKING: Intent.BOOK,
    Act.PET_REGISTERED: Intent.BOOK,
    Act.NO_BOOKINGS: Intent.BOOK,
    Act.NO_PETS: Intent.REGISTER_PET,
}
# Someone else of the shop, or another model, telling that it is done.
SETTLED_ELSEWHERE = re.compile(r"\b(?:agendad|marcad|confirmad|cancelad)[oa]s?\b(?!.*\?)", re.IGNORECASE | re.DOTALL)

type Offer = tuple[date, time]


@dataclass(frozen=True)
class Wishes:
    goal: Intent | None = None
    # Oldest first. Services and known pets are looked up in them once a tool has named them.
    heard: tuple[Heard, ...] = ()
    week: date | None = None
    day: date | None = None
    period: Period | None = None
    hour: time | None = None

    def latest[T](self, fact: Callable[[Heard], T | None]) -> T | None:
        return next((told for heard in reversed(self.heard) if (told := fact(heard)) is not None), None)


@dataclass(frozen=True)
class Memory:
    today: date
    wishes: Wishes = Wishes()
    # What the shop offered to choose from, as its last offer wrote it.
    offers: tuple[Offer, ...] = ()
    last_act: Act | None = None
    # The last act but for "I did not understand", which leaves the question before it open.
    open_act: Act | None = None
    open_text: str = ""
    # This turn: what the server did, what the customer wanted before it, and what the customer said since.
    outcome: Outcome | None = None
    goal_before: Intent | None = None
    now: tuple[Heard, ...] = ()

    @property
    def intents(self) -> frozenset[Intent]:
        return frozenset(intent for heard in self.now for intent in heard.intents)

    @property
    def goal_said_now(self) -> bool:
        return self.wishes.goal in self.intents

    @property
    def tells_something(self) -> bool:
        return any(heard.tells_something for heard in self.now)


def recall(conversation: Conversation) -> Memory:
    memory = Memory(conversation.context.today)
    for said in conversation.earlier[-LONGEST_MEMORY:]:
        match said.by:
            case "customer":
                memory = with_message(memory, said.text)
            case "shop":
                memory = with_reply(memory, said.text)
            case "server":
                memory = with_outcome(memory, said.text)
    memory = replace(memory, now=(), outcome=None, goal_before=None)
    for said in conversation.now:
        memory = with_message(memory, said.text) if said.by == "customer" else with_outcome(memory, said.text)
    return memory


def with_reply(memory: Memory, text: str) -> Memory:
    acts = acts_in(text)
    last_act = acts[-1] if acts else None
    offers = tuple(dates.days_and_hours(text, memory.today)) if not acts or last_act in OFFERS else ()
    after = replace(memory, offers=offers or memory.offers, last_act=last_act)
    if last_act not in NOT_UNDERSTOOD:
        after = replace(after, open_act=last_act, open_text=text)
    if SETTLING.intersection(acts) or (not acts and SETTLED_ELSEWHERE.search(text)):
        # Cancelled for another time: what it was is what is wanted again.
        again = (hear(text, memory.today),) if last_act is Act.OFFER_BOOKING else ()
        return replace(after, wishes=Wishes(heard=again), offers=())
    if last_act is Act.PET_REGISTERED:
        return replace(after, wishes=replace(memory.wishes, goal=None))
    if last_act is Act.DECLINED:
        return replace(after, wishes=replace(memory.wishes, hour=None))
    return after


def with_outcome(memory: Memory, line: str) -> Memory:
    outcome = outcome_in(line)
    settled = outcome.act in SETTLING
    return replace(
        memory,
        wishes=Wishes() if settled else memory.wishes,
        offers=() if settled else memory.offers,
        outcome=outcome,
        goal_before=memory.wishes.goal,
        # The yes or no is dealt with; a question that joined the turn is not.
        now=tuple(heard for heard in memory.now if heard.intents & APART),
    )


def with_message(memory: Memory, text: str) -> Memory:
    heard = hear(text, memory.today, asked_for=ASKED_FOR.get(memory.open_act))
    goal = goal_of(heard, memory)
    wishes = Wishes() if begins_anew(heard, goal, memory.wishes) else reopened(heard, memory.wishes)

    week = heard.week or wishes.week
    day_said = dates.day_in(heard.plain, memory.today, week=week)
    if heard.number and memory.open_act is Act.ASK_DAY:
        day_said = dates.next_day_of_month(heard.number, memory.today)
    day = day_said or (None if heard.week else wishes.day)
    hour = heard.hour
    if chosen := choice(heard, day_said, memory.offers):
        day, hour = chosen
    return replace(
        memory,
        now=(*memory.now, heard),
        wishes=Wishes(
            goal=goal or wishes.goal,
            heard=(*wishes.heard, heard),
            week=week,
            day=day,
            hour=hour or agreeing_hour(wishes.hour, heard.period),
            period=heard.period or agreeing_period(wishes.period, hour),
        ),
    )


def begins_anew(heard: Heard, goal: Intent | None, wishes: Wishes) -> bool:
    only_greets = heard.intents == {Intent.GREETING} and not heard.tells_something
    turns_around = goal and wishes.goal and (goal in CANCELLING) != (wishes.goal in CANCELLING)
    return bool(only_greets or turns_around)


def reopened(heard: Heard, wishes: Wishes) -> Wishes:
    """Who wants another time before anything is booked takes back the one wished so far."""
    if Intent.RESCHEDULE not in heard.intents or wishes.goal not in BOOKING:
        return wishes
    other_day = re.search(r"\b(?:dia|data)\b", heard.plain)
    return replace(wishes, hour=None, day=None if other_day else wishes.day)


def goal_of(heard: Heard, memory: Memory) -> Intent | None:
    goal = next((goal for goal in GOALS if goal in heard.intents), None)
    if goal is Intent.RESCHEDULE and memory.wishes.goal in BOOKING:
        return None
    if goal or Intent.NO in heard.intents:
        return goal
    offered = ACCEPTED.get(memory.open_act)
    names_a_time = heard.day or heard.week or heard.period or heard.hour
    if offered and (Intent.YES in heard.intents or names_a_time or heard.name):
        return offered
    if names_a_time and not heard.intents and not memory.wishes.goal and len(heard.plain.split()) <= SHORT_MESSAGE:
        return Intent.FREE_TIMES
    return None


def agreeing_hour(hour: time | None, period: Period | None) -> time | None:
    return hour if hour and (period is None or period.holds(hour)) else None


def agreeing_period(period: Period | None, hour: time | None) -> Period | None:
    return period if period and (hour is None or period.holds(hour)) else None


def choice(heard: Heard, day: date | None, offers: Sequence[Offer]) -> Offer | None:
    """The one of the shop's offers that the customer points at."""
    if heard.hour is None and heard.ordinal is not None:
        return offers[heard.ordinal] if heard.ordinal < len(offers) else None
    accepts = Intent.YES in heard.intents and not heard.tells_something
    if accepts and len(offers) == 1:
        return offers[0]
    hours = {heard.hour, *hours_of_number(heard.number)}
    pointed = [offer for offer in offers if offer[1] in hours and day in (None, offer[0])]
    if len(pointed) == 1:
        return pointed[0]
    # "2" is the second one where it is nobody's hour.
    if heard.number and not pointed and heard.number <= len(offers):
        return offers[heard.number - 1]
    return None


def hours_of_number(number: int | None) -> list[time]:
    return [time(hour) for hour in (number, number + 12) if hour < 24] if number else []
