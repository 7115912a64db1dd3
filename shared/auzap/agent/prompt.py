"""What the model is told: who it is, whom it serves, what is known, what was said."""

from typing import Any

from auzap.agent import guard, knowing
from auzap.agent.persona import Persona
from auzap.agent.turn import Said, Step, Turn

EARLIER = "[what was said in the last conversation, some time ago]"
FOLDED = "[what was said before in this conversation, summed up]"
UNREADABLE = {
    "image": "[the customer sent a photo, which you cannot see]",
    "audio": "[the customer sent a voice message, which you cannot hear: ask them kindly to write it]",
    "video": "[the customer sent a video, which you cannot see]",
    "document": "[the customer sent a document, which you cannot read]",
    "sticker": "[the customer sent a sticker]",
    "location": "[the customer sent a location]",
    "contacts": "[the customer sent a contact]",
    "order": "[the customer sent an order from the catalogue]",
    "request_welcome": "[the customer has opened the chat for the first time and written nothing yet: welcome them]",
    "unsupported": "[the customer sent something WhatsApp does not pass on]",
}
CAPTIONED = frozenset({"image", "video", "document"})


def build(turn: Turn, persona: Persona) -> list[dict[str, Any]]:
    """The whole conversation as the model reads it, up to what the journal replays."""
    messages = [system(f"{rules(turn, persona)}\n{persona.manner(turn.shop)}"), system(context(turn)), *said(turn)]
    for step in turn.steps:
        messages += replay(step)
    return messages


def said(turn: Turn) -> list[dict[str, Any]]:
    """Everything here was written by somebody: for the reply gate none of it is a fact of the shop's."""
    spoken = [_spoken(message) for message in (*turn.history, *turn.unanswered)]
    told = [(EARLIER, turn.earlier), (FOLDED, turn.memory)]
    return [{"role": "assistant", "content": f"{of}\n{guard.cleaned(text)}"} for of, text in told if text] + spoken


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
    return "\n".join([known(turn), knowing.calendar_line(turn)])


def known(turn: Turn) -> str:
    """The context without the days to come, of which nothing is known but that they come."""
    lines = knowing.shop_lines(turn)
    return "\n".join(lines if turn.contact.is_owner else [*lines, *knowing.customer_lines(turn)])


def _spoken(message: Said) -> dict[str, Any]:
    written = guard.cleaned(message.text) if message.sender == "customer" else message.text
    text = written or UNREADABLE.get(message.kind, "[a message without text]")
    if message.sender == "customer":
        # A caption alone speaks of something that is not there.
        shown = f"{UNREADABLE[message.kind]}\n" if written and message.kind in CAPTIONED else ""
        return {"role": "user", "content": shown + text}
    by = "" if message.sender == "agent" else "[a person of the shop wrote] "
    offered = [choice for choice in message.choices if choice not in text]
    shown = f"\n[to choose from: {' | '.join(message.choices)}]" if offered else ""
    return {"role": "assistant", "content": by + text + shown}
