"""What a phone shows of the shop's messages, and what can be pressed on them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from auzap.text import folded
from local.street.chats import Chat, Message
from tests.functions.house import House


@dataclass(frozen=True)
class Option:
    """A button, or a row of a list."""

    title: str
    # The message that pressing it sends.
    sends: dict[str, Any]

    @property
    def decision(self) -> str:
        """`yes` or `no` where it settles a proposal."""
        said = str(self.sends.get("reply_id", "")).partition(":")[0]
        return said if said in {"yes", "no"} else ""


@dataclass(frozen=True)
class Shown:
    """One message of the shop."""

    id: str
    text: str
    options: tuple[Option, ...] = ()

    @property
    def asks_for_a_yes(self) -> bool:
        return any(option.decision for option in self.options)

    def written(self) -> str:
        """As a person would retell it, with its buttons."""
        return " ".join([self.text, *(f"[{option.title}]" for option in self.options)])


def shown(house: House, chat: Chat) -> list[Shown]:
    messages = house.outside.street.chats.messages(chat.id)
    return [_read(message) for message in messages if message.sender == "shop"]


def matches(pattern: str, text: str) -> bool:
    """Whatever the case, and with its accents or without."""
    return re.search(folded(pattern), folded(text)) is not None


def fitting(options: Sequence[Option], patterns: Sequence[str]) -> Option | None:
    return next((option for pattern in patterns for option in options if matches(pattern, option.title)), None)


def _read(message: Message) -> Shown:
    content = message.content
    match message.kind:
        case "interactive":
            return Shown(message.id, content["body"]["text"], tuple(_options(content)))
        case "template":
            buttons = [_button(button["text"], button["payload"], message.id) for button in content["buttons"]]
            return Shown(message.id, content["body"], tuple(buttons))
        case "text":
            return Shown(message.id, content["body"])
        case other:
            return Shown(message.id, f"[{other}]")


def _options(content: dict[str, Any]) -> list[Option]:
    action = content["action"]
    if content["type"] == "button":
        replies = [button["reply"] for button in action["buttons"]]
        return [_option("button_reply", reply["id"], reply["title"]) for reply in replies]
    rows = [row for section in action.get("sections", ()) for row in section["rows"]]
    return [_option("list_reply", row["id"], row["title"], row.get("description", "")) for row in rows]


def _option(kind: str, reply_id: str, title: str, description: str = "") -> Option:
    sends = {"kind": kind, "reply_id": reply_id, "title": title}
    return Option(f"{title} {description}".strip(), sends)


def _button(title: str, payload: str, message_id: str) -> Option:
    return Option(title, {"kind": "button", "text": title, "payload": payload, "quoted_id": message_id})
