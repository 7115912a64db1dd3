"""A reply of several parts, and the way back from a text to the acts it is made of."""

import re
from dataclasses import dataclass
from functools import cache

from local.street.offline_model import owner_phrases, phrases
from local.street.offline_model.acts import Act

# What a tool names in the middle of its sentence begins one here.
SENTENCE = re.compile(r"(?<=[?!] )[a-zà-ú]")
CATALOGUE = {**phrases.CATALOGUE, **owner_phrases.CATALOGUE}
# Around facts alone there are no words to know them by.
UNKNOWABLE = frozenset({Act.INTRODUCTION, Act.KNOWN})


@dataclass(frozen=True)
class Part:
    act: Act
    facts: dict[str, str]
    # What may be pressed instead of written.
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Reply:
    parts: tuple[Part, ...] = ()

    def __add__(self, other: "Reply") -> "Reply":
        return Reply(self.parts + other.parts)

    def __bool__(self) -> bool:
        return bool(self.parts)

    @property
    def act(self) -> Act:
        """What the reply comes down to: its last part."""
        return self.parts[-1].act

    @property
    def choices(self) -> list[str]:
        """Of its last parts that give any: two questions at once would share one list."""
        return list(dict.fromkeys(choice for part in self.parts for choice in part.choices))

    def text(self, variant: int) -> str:
        return "\n\n".join(phrase(part.act, variant, **part.facts) for part in self.parts)


def say(act: Act, *, choices: tuple[str, ...] = (), **facts: str) -> Reply:
    return Reply((Part(act, facts, choices),))


def phrase(act: Act, variant: int, **facts: str) -> str:
    variants = CATALOGUE[act]
    return SENTENCE.sub(lambda found: found[0].upper(), variants[variant % len(variants)].format(**facts))


def acts_in(text: str) -> list[Act]:
    """The acts a reply of the shop is made of, in their order; none for words that are not the catalogue's."""
    ends = [(end, act) for act, fixed in fixed_words() if (end := end_of(fixed, text)) is not None]
    return [act for _, act in sorted(ends)]


def fact_in(act: Act, name: str, text: str) -> str | None:
    """One of the facts that a reply was made with, read back."""
    found = (pattern.search(text) for pattern in patterns_of(act))
    return next((match[name] for match in found if match), None)


@cache
def patterns_of(act: Act) -> tuple[re.Pattern[str], ...]:
    return tuple(
        re.compile(re.sub(r"\\{(\w+)\\}", r"(?P<\1>.+?)", re.escape(variant)), re.DOTALL) for variant in CATALOGUE[act]
    )


@cache
def fixed_words() -> tuple[tuple[Act, tuple[str, ...]], ...]:
    """Each variant as the words around its facts."""
    return tuple(
        (act, tuple(words for words in re.split(r"\{\w+\}", variant) if words))
        for act, variants in CATALOGUE.items()
        if act not in UNKNOWABLE
        for variant in variants
    )


def end_of(fixed: tuple[str, ...], text: str) -> int | None:
    place = 0
    for words in fixed:
        found = text.find(words, place)
        if found < 0:
            return None
        place = found + len(words)
    return place
