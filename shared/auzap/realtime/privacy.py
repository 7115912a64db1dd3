"""What is not for everybody of a shop: whoever it is not for hears of it by its position alone."""

from collections.abc import Iterable
from typing import Any

from auzap.ids import UserId
from auzap.loose import items, mapping
from auzap.realtime.events import event_of, nothing_of


def is_private(change: dict[str, Any]) -> bool:
    return bool(change.get("told_to"))


def is_for(change: dict[str, Any], person: UserId) -> bool:
    told_to = mapping(change.get("told_to", {}))
    return told_to.get("reader", str(person)) == str(person) and str(person) not in items(told_to.get("muted_by"))


def events_for(changes: Iterable[dict[str, Any]], person: UserId) -> list[dict[str, Any]]:
    """Every position is told, so that nobody looks for what they have missed."""
    return [event_of(change) if is_for(change, person) else nothing_of(change) for change in changes]
