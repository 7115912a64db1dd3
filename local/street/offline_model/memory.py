"""What the customer wants by now, re-read from the messages since the last thing that was settled."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, time

from local.street.offline_model import dates
from local.street.offline_model.conversation import Conversation, Said
from local.street.offline_model.dates import Period
from local.street.offline_model.lexicon import Intent
from local.street.offline_model.understanding import Heard, hear
from local.street.offline_model.wording import Act, recognise

# A wish older than this many messages is asked again rather than guessed.
LONGEST_MEMORY = 60

BOOKING = (Intent.BOOK, Intent.FREE_TIMES)
CANCELLING = (Intent.CANCEL, Intent.RESCHEDULE)
# In the order in which they win when one message says several.
GOALS = (*CANCELLING, *BOOKING, Intent.REGISTER_PET)

SETTLING = frozenset({Act.BOOKED, Act.CANCELLED, Act.HANDED_OVER, Act.APOLOGY, Act.EMERGENCY, Act.TEAM_TOLD, Act.FAREWELL})
NOT_UNDERSTOOD = frozenset({Act.UNKNOWN, Act.UNREADABLE})
ABOUT_A_NEW_PET = frozenset({Act.ASK_NEW_PET, Act.ASK_PET_DETAILS})
# Someone else of the shop, or another model, telling that it is done.
SETTLED_ELSEWHERE = re.compile(r"\b(?:agendad|marcad|confirmad|cancelad)[oa]s?\b(?!.*\?)", re.IGNORECASE | re.DOTALL)


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
    wishes: Wishes
    # This turn's messages of the customer.
    now: tuple[Heard, ...]
    last_act: Act | None
    # The last act but for "I did not understand", which leaves the question before it open.
    open_act: Act | None

    @property
    def intents(self) -> frozenset[Intent]:
        return frozenset(intent for heard in self.now for intent in heard.intents)

    @property
    def tells_something(self) -> bool:
        return any(heard.tells_something for heard in self.now)


def recall(conversation: Conversation) -> Memory:
    today = conversation.context.today
    wishes, last_act, open_act = Wishes(), None, None
    offered: list[tuple[date, time]] = []
    now: list[Heard] = []

    earlier = conversation.earlier[-LONGEST_MEMORY:]
    for place, said in enumerate((*earlier, *conversation.now)):
        if said.by == "shop":
            last_act = recognise(said.text)
            open_act = open_act if last_act in NOT_UNDERSTOOD else last_act
            offered = list(dates.days_and_hours(said.text, today)) or offered
            wishes = after_reply(wishes, said, last_act)
        elif said.by == "customer":
            heard = hear(said.text, today, describes_a_pet=open_act in ABOUT_A_NEW_PET)
            wishes = with_message(wishes, heard, offered, today)
            now += [heard] if place >= len(earlier) else []
    return Memory(wishes, tuple(now), last_act, open_act)


def after_reply(wishes: Wishes, said: Said, act: Act | None) -> Wishes:
    if act in SETTLING or (act is None and SETTLED_ELSEWHERE.search(said.text)):
        return Wishes()
    if act is Act.PET_REGISTERED:
        return replace(wishes, goal=None)
    if act is Act.DECLINED:
        return replace(wishes, hour=None)
    return wishes


def with_message(wishes: Wishes, heard: Heard, offered: Sequence[tuple[date, time]], today: date) -> Wishes:
    goal = next((goal for goal in GOALS if goal in heard.intents), None)
    if heard.intents == {Intent.GREETING} and not heard.tells_something:
        wishes = Wishes()
    elif goal is Intent.RESCHEDULE and wishes.goal in BOOKING:
        # Nothing is booked yet, so another time is meant.
        goal = None
    elif goal and wishes.goal and (goal in CANCELLING) != (wishes.goal in CANCELLING):
        wishes = Wishes()

    week = heard.week or wishes.week
    day = dates.day_in(heard.plain, today, week=week) or (None if heard.week else wishes.day)
    hour, period = heard.hour, heard.period
    if chosen := choice(heard, day if heard.day else None, offered):
        day, hour = chosen
    return replace(
        wishes,
        goal=goal or wishes.goal,
        heard=(*wishes.heard, heard),
        week=week,
        day=day,
        hour=hour or agreeing(wishes.hour, period),
        period=period or (wishes.period if wishes.period and (not hour or wishes.period.holds(hour)) else None),
    )


def agreeing(hour: time | None, period: Period | None) -> time | None:
    return hour if hour and (period is None or period.holds(hour)) else None


def choice(heard: Heard, day: date | None, offered: Sequence[tuple[date, time]]) -> tuple[date, time] | None:
    """The slot of the shop's last offer that the customer points at."""
    if not offered:
        return None
    if heard.ordinal is not None and heard.hour is None:
        return offered[heard.ordinal] if heard.ordinal < len(offered) else None
    if heard.hour is None and heard.number is None and Intent.YES in heard.intents and len(offered) == 1:
        return None if heard.day or heard.period else offered[0]
    hours = {heard.hour, *number_as_hours(heard.number)} - {None}
    pointed = [slot for slot in offered if slot[1] in hours and day in (None, slot[0])]
    if len(pointed) == 1:
        return pointed[0]
    if heard.number and not pointed and heard.number <= len(offered):
        return offered[heard.number - 1]
    return None


def number_as_hours(number: int | None) -> list[time]:
    return [time(hour) for hour in (number, number + 12) if hour < 24] if number else []
