"""A request's messages seen as a conversation: the shop's context, what was said, and this turn's tool results."""

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from local.street.offline_model.dates import calendar_day
from local.street.offline_model.dialect import (
    AssistantMessage,
    Message,
    SystemMessage,
    ToolMessage,
    UserMessage,
    text_of,
)
from local.street.offline_model.text import fold

RESULT_MARK = "[result]"
ANSWER_TOOL = "answer"
TODAY = re.compile(r"(?P<day>\d{4}-\d{2}-\d{2})(?:[ T](?P<hour>\d{2}):\d{2})?")
CONTEXT_LINE = re.compile(
    r"^(?P<key>Today|Shop|Customer|Pets|Remembered|Hours|Special days|Address|Endereço): *(?P<rest>.*)$"
)
# What was offered to press, told below the words.
OFFERED = re.compile(r"\n\[to choose from: [^\]]*\]\s*$")
LISTED = re.compile(
    r"^(?:[ \t]*[-•*]|[ \t]+\S|(?:segunda|ter[cç]a|quarta|quinta|sexta|s[aá]bado|domingo|seg|mon|tue|wed|thu|fri|sat|sun))",
    re.IGNORECASE,
)
AGENT = re.compile(r"^You are (?P<name>[^\W\d_]+), the virtual assistant", re.MULTILINE)
# How the server writes what is no text: a photo, a voice message, a sticker.
UNREADABLE = re.compile(r"^\[[^\]]*\](?:\n|$)")
UNSEEN = re.compile(r"^\[the customer sent a (?:photo|voice message|video|document)\b")
UNTOLD = frozenset({"", "-", "unknown", "not told", "none", "name unknown"})


@dataclass(frozen=True)
class Said:
    by: Literal["customer", "shop", "server"]
    text: str
    # With a photo, a voice message or the like, which this model cannot open.
    is_unseen: bool = False


@dataclass(frozen=True)
class ToolResult:
    tool: str
    arguments: dict[str, object]
    text: str


@dataclass(frozen=True)
class Context:
    today: date
    hour: int | None
    agent: str
    shop: str
    customer: str
    # `preferred period: manhã; other fact of Thor: gosta de água morna`
    remembered: str
    opening_hours: str
    special_days: str
    address: str


@dataclass(frozen=True)
class Conversation:
    context: Context
    earlier: tuple[Said, ...]
    # What the customer and the server said since the shop's last reply.
    now: tuple[Said, ...]
    results: tuple[ToolResult, ...]
    # How often this turn's reply was refused and is asked for again.
    refusals: int


def read(messages: Sequence[Message], *, today: date) -> Conversation:
    """`today` stands in when the context block names no day."""
    start = start_of_turn(messages)
    return Conversation(
        context=context_of(messages, today),
        earlier=tuple(said for message in messages[:start] if (said := said_in(message))),
        now=tuple(said for message in messages[start:] if (said := said_in(message)) and said.by != "shop"),
        results=results_of(messages[start:]),
        refusals=refusals_in(messages[start:]),
    )


def start_of_turn(messages: Sequence[Message]) -> int:
    """After the last reply that something followed: a reply that is asked again was never sent."""
    followed = False
    for index in range(len(messages) - 1, -1, -1):
        said = said_in(messages[index])
        if said and said.by == "shop" and followed:
            return index + 1
        followed = followed or bool(said and said.by != "shop")
    return 0


def said_in(message: Message) -> Said | None:
    match message:
        case UserMessage():
            text = text_of(message)
            return Said("customer", UNREADABLE.sub("", text), is_unseen=bool(UNSEEN.match(text)))
        case AssistantMessage() if reply := reply_of(message):
            return Said("shop", reply)
        case SystemMessage() if text_of(message).startswith(RESULT_MARK):
            return Said("server", text_of(message).removeprefix(RESULT_MARK).strip())
        case _:
            return None


def reply_of(message: AssistantMessage) -> str:
    for call in message.tool_calls or ():
        if call.function.name == ANSWER_TOOL:
            return str(arguments_of(call.function.arguments).get("text", ""))
    return "" if message.tool_calls else OFFERED.sub("", text_of(message))


def refusals_in(turn: Sequence[Message]) -> int:
    """The server asks again by a word of its own after the customer's, or by a result for the answer."""
    spoken = next((place for place, message in enumerate(turn) if isinstance(message, UserMessage)), len(turn))
    asked_again = (isinstance(message, SystemMessage) and not said_in(message) for message in turn[spoken:])
    return sum(asked_again) + sum(result.tool == ANSWER_TOOL for result in results_of(turn))


def results_of(messages: Sequence[Message]) -> tuple[ToolResult, ...]:
    calls = {
        call.id: call.function
        for message in messages
        if isinstance(message, AssistantMessage)
        for call in message.tool_calls or ()
    }
    return tuple(
        ToolResult(call.name, arguments_of(call.arguments), text_of(message))
        for message in messages
        if isinstance(message, ToolMessage) and (call := calls.get(message.tool_call_id))
    )


def arguments_of(written: str) -> dict[str, object]:
    try:
        arguments = json.loads(written)
    except (ValueError, RecursionError):
        return {}
    return arguments if isinstance(arguments, dict) else {}


def context_of(messages: Sequence[Message], today: date) -> Context:
    written = "\n".join(text_of(message) for message in messages if isinstance(message, SystemMessage))
    lines = context_lines(written.splitlines())
    agent = AGENT.search(written)
    clock = TODAY.search(lines.get("Today", ""))
    # The name stands before what else is known of the customer.
    customer, hours = lines.get("Customer", "").partition(" | ")[0], lines.get("Hours", "")
    return Context(
        today=(clock and calendar_day(*map(int, clock["day"].split("-")))) or today,
        hour=int(clock["hour"]) if clock and clock["hour"] else None,
        agent=agent["name"] if agent else "",
        shop=lines.get("Shop", ""),
        customer="" if fold(customer) in UNTOLD or re.search(r"\d{4}", customer) else customer,
        remembered=lines.get("Remembered", ""),
        opening_hours="" if fold(hours) in UNTOLD else hours,
        special_days=lines.get("Special days", ""),
        address=lines.get("Address", "") or lines.get("Endereço", ""),
    )


def context_lines(lines: Iterable[str]) -> dict[str, str]:
    """`Key: rest` lines by key, each with the list that stands below it."""
    found: dict[str, str] = {}
    key = None
    for line in lines:
        if named := CONTEXT_LINE.match(line):
            key = named["key"]
            found[key] = named["rest"].strip()
        elif key and LISTED.match(line):
            found[key] = f"{found[key]}\n{line.strip()}".strip()
        else:
            key = None
    return found
