"""What the model is told: who it is, whom it serves, what is known, what was said."""

from datetime import date
from typing import Any

from auzap.agent import guard
from auzap.agent.persona import Persona
from auzap.agent.turn import Said, Step, Turn
from auzap.organizations.shop import Shop

EARLIER = "[what was said in the last conversation, some time ago]"
UNREADABLE = {
    "image": "[the customer sent a photo, which you cannot see]",
    "audio": "[the customer sent a voice message, which you cannot hear: ask them kindly to write it]",
    "video": "[the customer sent a video, which you cannot see]",
    "document": "[the customer sent a document, which you cannot read]",
    "sticker": "[the customer sent a sticker]",
    "location": "[the customer sent a location]",
    "contacts": "[the customer sent a contact]",
    "order": "[the customer sent an order from the catalogue]",
    "unsupported": "[the customer sent something WhatsApp does not pass on]",
}
CAPTIONED = frozenset({"image", "video", "document"})


def build(turn: Turn, persona: Persona) -> list[dict[str, Any]]:
    """The whole conversation as the model reads it, up to what the journal replays."""
    messages = [system(rules(turn, persona)), system(context(turn)), *said(turn)]
    for step in turn.steps:
        messages += replay(step)
    return messages


def said(turn: Turn) -> list[dict[str, Any]]:
    """Everything here was written by somebody: for the reply gate none of it is a fact of the shop's."""
    spoken = [_spoken(message) for message in (*turn.history, *turn.unanswered)]
    if turn.earlier:
        spoken.insert(0, {"role": "assistant", "content": f"{EARLIER}\n{guard.cleaned(turn.earlier)}"})
    return spoken


def rules(turn: Turn, persona: Persona) -> str:
    return persona.rules.format(agent_name=turn.shop.agent_name, shop_name=turn.shop.name)


def system(text: str) -> dict[str, Any]:
    return {"role": "system", "content": text}


def replay(step: Step) -> list[dict[str, Any]]:
    match step.kind:
        case "model":
            return [step.content["message"]]
        case "tool":
            return [{"role": "tool", "tool_call_id": step.content["call_id"], "content": step.content["result"]}]
        case _:
            return [system(step.content["result"])]


def context(turn: Turn) -> str:
    local = turn.shop.local(turn.now)
    lines = [
        f"Today: {turn.shop.weekday(local.date())} {local:%Y-%m-%d %H:%M} ({turn.shop.zone.key})",
        f"Shop: {turn.shop.name}",
        *([f"Address: {turn.shop.address}"] if turn.shop.address else []),
        *([f"About: {turn.shop.about}"] if turn.shop.about else []),
        "Hours: " + _hours(turn.shop),
    ]
    if turn.contact.is_owner:
        return "\n".join(lines)
    name = _plain_name(turn.contact.name or "")
    if name:
        lines.append(f"Customer: {name}")
    if turn.open_proposal and turn.now < turn.open_proposal.expires_at:
        lines.append(f"Waiting for the customer's yes: {turn.open_proposal.summary}")
    return "\n".join(lines)


def _plain_name(name: str) -> str:
    """People choose the name that WhatsApp shows: nothing in it may pass for a rule, a price or a link."""
    return " ".join("".join(c for c in name if c.isalpha() or c in " '’-").split())[:60]


def _hours(shop: Shop) -> str:
    known = [
        f"{shop.weekday(date(2024, 1, 1 + hours.weekday))} {hours.opens:%H:%M}-{hours.closes:%H:%M}"
        for hours in shop.openings
    ]
    return "; ".join(known) or "not told"


def _spoken(message: Said) -> dict[str, Any]:
    written = guard.cleaned(message.text) if message.sender == "customer" else message.text
    text = written or UNREADABLE.get(message.kind, "[a message without text]")
    if message.sender == "customer":
        # A caption alone speaks of something that is not there.
        shown = f"{UNREADABLE[message.kind]}\n" if written and message.kind in CAPTIONED else ""
        return {"role": "user", "content": shown + text}
    by = "" if message.sender == "agent" else "[a person of the shop wrote] "
    return {"role": "assistant", "content": by + text}
