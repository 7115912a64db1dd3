"""How warm a customer is: the signals of what was said, and their points."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Literal

from auzap.leads.words import Said, said_in

type Signal = Literal["first_contact", "answered", "media", "asks_person"] | Said

POINTS: dict[Signal, int] = {
    "first_contact": 10,
    "answered": 5,
    "asked_price": 20,
    "asked_duration": 15,
    "wants_to_buy": 30,
    "media": 5,
    "names_competitor": 10,
    "asks_person": 15,
    "complains": 5,
    "asks_to_stop": -50,
}
# Counts each time; every other signal once a day.
ALWAYS: frozenset[Signal] = frozenset({"answered"})
# What the model understood, where the words alone do not tell.
INTENTS: dict[str, Signal] = {
    "prices": "asked_price",
    "booking": "wants_to_buy",
    "lodging": "wants_to_buy",
    "training": "wants_to_buy",
    "purchase": "wants_to_buy",
    "complaint": "complains",
    "person": "asks_person",
}
MEDIA = frozenset({"audio", "image"})


@dataclass(frozen=True, slots=True)
class Lead:
    """What is known of a customer as a lead. `today`: the signals that have counted on the shop's present day."""

    stage: str = "new"
    score: int = 0
    is_known: bool = False
    today: tuple[str, ...] = ()


def heard(said: Iterable[tuple[str, str]], *, intent: str | None, after_agent: bool) -> set[Signal]:
    """The signals of a turn's messages, each a kind and a text."""
    signals: set[Signal] = set()
    for kind, text in said:
        signals.update(said_in(text))
        if kind in MEDIA:
            signals.add("media")
    if intent in INTENTS:
        signals.add(INTENTS[intent])
    if after_agent:
        signals.add("answered")
    return signals


def counting(lead: Lead, signals: Collection[Signal]) -> list[Signal]:
    """Those that count now, in the order of the table."""
    found: set[Signal] = set(signals) if lead.is_known else {*signals, "first_contact"}
    return [signal for signal in POINTS if signal in found and (signal in ALWAYS or signal not in lead.today)]


def score_after(lead: Lead, signals: Iterable[Signal]) -> int:
    return max(0, lead.score + sum(POINTS[signal] for signal in signals))
