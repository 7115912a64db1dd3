"""The prompt guard: what a customer wrote, cleaned for the model, and which tricks it resembles. It flags, and blocks nothing."""

from dataclasses import dataclass

from auzap.agent import incidents
from auzap.agent.rules import compiled
from auzap.agent.rules.injection import RULES, Rule
from auzap.agent.rules.wishes import NO_WISH, PERSON, WISH_WORDS
from auzap.text import folded

LONGEST_MESSAGE = 2_000
# A tag as markup languages and chat templates write it; "preço < 50 e > 30" is none.
TAG = r"</?[a-zA-Z!?|][^<>\n]{0,200}>|\[/?(?:INST|SYS|SYSTEM|ASSISTANT|USER)\]|<<\/?SYS>>"

# What has no width or is no character; the joiners of emoji stay.
HIDDEN = (
    r"(?<=\w)[\u200d\ufe0e\ufe0f]+"
    r"|[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200c\u200e\u200f\u202a-\u202e\u2060-\u206f"
    r"\u3164\ufeff\uffa0\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e0fff]"
)
# Put between letters to hide a word.
MARKS = r"(?<=\w)[*_~`]+(?=\w)"


@dataclass(frozen=True, slots=True)
class Seen:
    """A message as the model may read it, and the rules that it matched."""

    text: str
    flags: tuple[str, ...]
    severity: incidents.Severity | None


def look(text: str) -> Seen:
    """The rules look at what was written, before anything is taken out of it."""
    visible = _visible(text)
    said = compiled(MARKS).sub("", folded(visible))
    found = [rule for rule in RULES if _matches(rule, said)]
    return Seen(
        text=_without_tags(visible),
        flags=tuple(rule.name for rule in found),
        severity=incidents.worst([rule.severity for rule in found]) if found else None,
    )


def cleaned(text: str) -> str:
    """As the model may read it, without looking for tricks."""
    return _without_tags(_visible(text))


def wants_person(text: str) -> bool:
    """Whether the customer asks for somebody of the shop in so many words."""
    said = folded(_visible(text))
    if not any(word in said for word in WISH_WORDS):
        return False
    return compiled(PERSON).search(compiled(NO_WISH).sub(" ", said)) is not None


def _matches(rule: Rule, said: str) -> bool:
    # The words are cheap to look for, and nearly every message has none of them.
    return any(word in said for word in rule.words) and any(compiled(pattern).search(said) for pattern in rule.patterns)


def _visible(text: str) -> str:
    return compiled(HIDDEN).sub("", text[: 2 * LONGEST_MESSAGE])


def _without_tags(visible: str) -> str:
    bare = compiled(TAG).sub(" ", visible) if "<" in visible or "[" in visible else visible
    return bare.strip()[:LONGEST_MESSAGE].strip()
