"""What a turn understands of its customer beside the words: how urgent it is, and where on the way they are."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal

from auzap.agent.rules import compiled
from auzap.agent.rules.emergencies import URGENT
from auzap.agent.tools.talking import Urgency
from auzap.text import folded

type Journey = Literal["discovery", "interest", "consideration", "decision", "after_sale", "loyal", "at_risk"]

URGENCIES: tuple[Urgency, ...] = ("low", "normal", "high", "critical")
# Shouted.
MOST_CAPITALS = 10
MANY_VISITS = 5
FEW_MESSAGES = 5
LOYAL_VISITS = 3
AWAY_AFTER = timedelta(days=60)
DECIDING = frozenset({"booking", "reschedule", "confirmation", "availability", "lodging", "training", "purchase"})


def urgency(messages: Sequence[str], *, told: Urgency, intent: str, visits: int) -> Urgency:
    """As the model says, or more: an emergency, loud or urgent words, a complaint, and a customer who comes often."""
    if intent == "emergency":
        return "critical"
    is_high = (
        intent == "complaint"
        or visits > MANY_VISITS
        or any(_is_loud(said) or compiled(URGENT).search(folded(said)) for said in messages)
    )
    return "high" if is_high and URGENCIES.index(told) < URGENCIES.index("high") else told


def _is_loud(said: str) -> bool:
    return sum(letter.isupper() for letter in said) > MOST_CAPITALS


def journey(
    *, visits: int, last_visit: datetime | None, is_booked: bool, intent: str, heard: int, now: datetime
) -> Journey:
    """Where the customer is on the way, by what the shop knows; `heard` is how many messages of theirs came before."""
    if last_visit is not None and now - last_visit > AWAY_AFTER and not is_booked:
        return "at_risk"
    if visits >= LOYAL_VISITS:
        return "loyal"
    if visits:
        return "after_sale"
    if is_booked or intent in DECIDING:
        return "decision"
    if not heard:
        return "discovery"
    return "interest" if heard < FEW_MESSAGES else "consideration"
