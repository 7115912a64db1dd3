"""When a person goes on: the triggers, in their order; the first that applies wins."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from auzap.agent.reply import Failure
from auzap.organizations.shop import HandOverRules

type Trigger = (
    Failure | Literal["emergency", "person", "agent", "unreadable", "confidence", "intent", "score", "turns", "price"]
)


@dataclass(frozen=True, slots=True)
class Situation:
    """What the turn knows when its reply is ready."""

    failure: Failure | None = None
    asks_person: bool = False
    # Why the agent itself wants a person.
    reason: str | None = None
    is_unreadable: bool = False
    intent: str = "other"
    confidence: int | None = None
    score: int = 0
    # Answers of the agent since it has the conversation, this one among them.
    answers: int = 1
    is_staffed: bool = True
    is_open: bool = True


type Applies = Callable[[Situation, HandOverRules], bool]

ALWAYS: tuple[tuple[Trigger, Applies], ...] = (
    ("emergency", lambda now, _: now.intent == "emergency"),
    ("person", lambda now, _: now.asks_person),
    ("agent", lambda now, _: now.reason is not None or now.intent == "person"),
    ("unreadable", lambda now, _: now.is_unreadable),
)
# Where the shop's rules decide, in their order among each other. Those marked optional need somebody there to take over.
BY_RULE: tuple[tuple[Trigger, bool, Applies], ...] = (
    ("confidence", True, lambda now, rules: now.confidence is not None and now.confidence < rules.confidence),
    ("intent", False, lambda now, rules: now.intent in rules.intents),
    ("score", True, lambda now, rules: rules.score is not None and now.score >= rules.score),
    ("turns", True, lambda now, rules: now.answers >= rules.most_turns),
    ("price", True, lambda now, rules: rules.on_price and now.intent == "prices"),
)


def trigger(now: Situation, rules: HandOverRules) -> Trigger | None:
    if now.failure:
        return now.failure
    for name, applies in ALWAYS:
        if applies(now, rules):
            return name
    may_choose = now.is_staffed and (now.is_open or not rules.in_hours_only)
    for name, is_optional, applies in BY_RULE:
        if (may_choose or not is_optional) and applies(now, rules):
            return name
    return None
