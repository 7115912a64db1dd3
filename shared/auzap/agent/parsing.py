"""The model's final answer, however it is written: JSON or plain text, fenced or not. It is read, or it is None."""

import json
import math
import re
from dataclasses import dataclass
from typing import Any, get_args

from auzap.agent.rules import compiled
from auzap.agent.rules.looks import LOOKS
from auzap.agent.tools.talking import MOST_CHOICES, Intent, Sentiment, Urgency
from auzap.loose import items, mapping, string
from auzap.text import clean, clean_json

LONGEST_TEXT = 4_000
LONGEST_REASON = 200
LONGEST_CHOICE = 96
UNSURE = 50
INTENTS: tuple[str, ...] = get_args(Intent)
URGENCIES: dict[str, Urgency] = {word: word for word in get_args(Urgency)}
SENTIMENTS: dict[str, Sentiment] = {word: word for word in get_args(Sentiment)}
# What an answer may hold. Whatever else a model adds is not ignored: it thinks that it did something with it.
KNOWN = {
    "text",
    "response",
    "intent",
    "confidence",
    "urgency",
    "sentiment",
    "choices",
    "should_handoff",
    "handoff_reason",
    "score_delta",
    "extracted_info",
}
FENCE = re.compile(r"\A```[a-zA-Z]*[ \t]*\n?(.*?)\s*```\Z", re.DOTALL)
NUMBER = re.compile(r"\A\s*(-?\d{1,9}(?:[.,]\d{1,9})?)\s*%?\s*\Z")


@dataclass(frozen=True, slots=True)
class Answer:
    text: str
    intent: str = "other"
    confidence: int = UNSURE
    handoff_reason: str | None = None
    # What a model that forgets them has not said.
    urgency: Urgency = "normal"
    sentiment: Sentiment | None = None
    choices: tuple[str, ...] = ()


def parse_answer(written: str) -> Answer | None:
    """Of a call's arguments or of a text without a call; None for what cannot be sent to anybody."""
    bare = _unfenced(clean(written).strip())
    if not bare.startswith(("{", "[", '"')):
        return _answer(bare, {})
    try:
        found: Any = json.loads(bare)
    except RecursionError:
        return None
    except ValueError:
        # A quotation mark or a bracket may open a plain sentence; a brace opens nothing that a customer should read.
        return None if bare.startswith("{") else _answer(bare, {})
    if isinstance(found, str):
        return _answer(clean(found), {})
    known = mapping(clean_json(found))
    if known.keys() - KNOWN:
        return None
    return _answer(string(known.get("text")) or string(known.get("response")), known)


def _answer(text: str, known: dict[str, Any]) -> Answer | None:
    said = _as_shown(text).strip()[:LONGEST_TEXT]
    if not said:
        return None
    intent = string(known.get("intent")).strip().lower()
    return Answer(
        text=said,
        intent=intent if intent in INTENTS else "other",
        confidence=_confidence(known.get("confidence")),
        handoff_reason=_handoff_reason(known),
        urgency=_one_of(URGENCIES, known.get("urgency"), "normal"),
        sentiment=_one_of(SENTIMENTS, known.get("sentiment"), None),
        choices=_choices(known.get("choices")),
    )


def _one_of[Word, Other](words: dict[str, Word], value: Any, other: Other) -> Word | Other:
    return words.get(string(value).strip().lower(), other)


def _choices(value: Any) -> tuple[str, ...]:
    """Each once, as one line of text; what is none is left out."""
    lines = (" ".join(_as_shown(string(each)).split())[:LONGEST_CHOICE].strip() for each in items(value))
    return tuple(dict.fromkeys(line for line in lines if line))[:MOST_CHOICES]


def _as_shown(text: str) -> str:
    """Headings, rules and bold as a phone shows them, so that nobody reads asterisks."""
    for pattern, place in LOOKS:
        text = compiled(pattern).sub(place, text)
    return text


def _unfenced(text: str) -> str:
    fenced = FENCE.match(text)
    return fenced[1].strip() if fenced else text


def _confidence(value: Any) -> int:
    """0 to 100: of a number, of digits in a string, of a share of one."""
    if isinstance(value, str):
        digits = NUMBER.match(value)
        value = _number(digits[1].replace(",", ".")) if digits else None
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return UNSURE
    share = isinstance(value, float) and 0 < value <= 1
    return max(0, min(100, round(value * 100 if share else value)))


def _number(digits: str) -> int | float:
    return float(digits) if "." in digits else int(digits)


def _handoff_reason(known: dict[str, Any]) -> str | None:
    wanted = known.get("should_handoff")
    if wanted is not True and string(wanted).strip().lower() not in {"true", "sim", "yes"}:
        return None
    return string(known.get("handoff_reason")).strip()[:LONGEST_REASON] or "asked_by_agent"
