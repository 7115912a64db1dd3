"""What the agent has to say at the end of a turn, and how it came about."""

from dataclasses import dataclass
from typing import Any, Literal

from auzap import texts
from auzap.agent import incidents
from auzap.agent.tools.talking import Sentiment, Urgency
from auzap.organizations.shop import Shop

# Why there is no answer of the model's to send.
type Failure = Literal["gave_up", "model_unavailable", "cap_reached", "stuck", "refused", "reply_refused"]

FALLBACKS: dict[Failure, texts.TextKey] = {
    "gave_up": "gave_up",
    "model_unavailable": "apology",
    "cap_reached": "apology",
    "stuck": "unsure",
    "refused": "unsure",
    "reply_refused": "unsure",
}


@dataclass(frozen=True, slots=True)
class Incident:
    """What the gate refused, and what was done about it."""

    kind: incidents.Kind
    severity: incidents.Severity
    action: incidents.Action
    rules: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reply:
    kind: Literal["reply", "apology"]
    content: dict[str, Any]
    intent: str = "other"
    urgency: Urgency = "normal"
    sentiment: Sentiment | None = None
    # None where no model said how sure it is.
    confidence: int | None = None
    # Why the model wants a person.
    handoff_reason: str | None = None
    failure: Failure | None = None
    validation: Literal["valid", "regenerated", "blocked"] | None = None
    incidents: tuple[Incident, ...] = ()


def emergency(shop: Shop, *, reason: str | None = None) -> Reply:
    """An animal may be in danger: the same words each time, whatever a model would say."""
    locale, contact = shop.locale, shop.voice.emergency_contact
    parts = [texts.text("emergency", locale)]
    if contact:
        parts.append(texts.text("emergency_contact", locale).format(contact=contact))
    return Reply(
        kind="reply",
        content={"type": "text", "text": "\n\n".join(parts)},
        intent="emergency",
        urgency="critical",
        handoff_reason=reason,
    )


def fallback(shop: Shop, failure: Failure, *, to_owner: bool, wording: str | None = None) -> Reply:
    """What is said in place of an answer. A shop may have words of its own for it."""
    key = FALLBACKS[failure]
    text = texts.text("apology_to_owner" if to_owner else key, shop.locale)
    if key != "gave_up" and not to_owner:
        text = wording or shop.fallback_message or text
    return Reply(
        kind="reply" if key == "unsure" else "apology", content={"type": "text", "text": text}, failure=failure
    )
