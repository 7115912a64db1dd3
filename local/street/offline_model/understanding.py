"""What one message of the customer says: what it asks for, and the facts it carries."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, time
from typing import Literal

from local.street.offline_model import dates, describing, lexicon, service_words, spans
from local.street.offline_model.dates import Period
from local.street.offline_model.describing import Described, unknown_words
from local.street.offline_model.lexicon import Intent
from local.street.offline_model.text import alike, content_words, plain, words

# A chat message is short; what comes after this many characters does not change what is wanted.
LONGEST_READ = 2_000
# "Beleza, valeu" ends a talk, and says yes to nothing.
POLITE_END = re.compile(r"^(?:beleza|ok|okay|certo|perfeito|otimo|show|joia|entendi|esta bom|esta certo)\b")
NAMES_ALONE = re.compile(
    r"(?:(?:sao|e|eles|elas|se|chamam|o|a|os|as) )*[a-z]{2,}(?:, ?(?:(?:o|a) )?[a-z]{2,})*,? e (?:(?:o|a) )?[a-z]{2,}[ .!]*"
)


@dataclass(frozen=True)
class Heard:
    text: str
    plain: str
    intents: frozenset[Intent] = frozenset()
    week: date | None = None
    day: date | None = None
    period: Period | None = None
    hour: time | None = None
    ordinal: int | None = None
    number: int | None = None
    name: str | None = None
    # Where it speaks of several pets: what it says of each.
    each: tuple[Described, ...] = ()
    species: str | None = None
    breed: str | None = None
    size: str | None = None
    coat: str | None = None
    age_months: int | None = None
    temperament: str | None = None
    # First day, and last day where one was told.
    span: tuple[date, date | None] | None = None
    repeat: tuple[int, str] | None = None

    @property
    def tells_something(self) -> bool:
        """Whether it carries a fact, beside what it asks for."""
        times = (self.week, self.day, self.period, self.hour, self.ordinal, self.number, self.span, self.repeat)
        return self.tells_of_a_pet or any(fact is not None for fact in times)

    @property
    def tells_of_a_pet(self) -> bool:
        facts = (self.name, self.species, self.breed, self.size, self.coat, self.age_months, self.temperament)
        return any(fact is not None for fact in facts)

    @property
    def names(self) -> list[str]:
        return [pet.name for pet in self.each if pet.name] or ([self.name] if self.name else [])

    def of(self, name: str) -> "Heard | Described | None":
        """What it says of this pet; what names no pet is about whichever was spoken of."""
        if any(pet.tells_anything for pet in self.each):
            return next((pet for pet in self.each if pet.name == name), None)
        return self if not self.names or name in self.names else None

    @property
    def only_describes(self) -> bool:
        return self.tells_of_a_pet and Intent.BOOK not in self.intents and bool(self.size or self.breed or self.coat)

    @property
    def asks_only(self) -> bool:
        """Something is asked, and nothing wanted."""
        return bool(self.intents & lexicon.ASKING) and Intent.BOOK not in self.intents


def hear(
    text: str,
    today: date,
    *,
    asked_for: Literal["new pet", "pet details"] | None = None,
    known: frozenset[str] = frozenset(),
) -> Heard:
    """Read one message; words it leaves unexplained may be what the shop has just asked for.

    `known` are names that were said before, which need no capital any more.
    """
    text = text[:LONGEST_READ]
    said = plain(text)
    intents = unambiguous({intent for intent, phrase in lexicon.PHRASES.items() if phrase.search(said)}, said)
    unknown = unknown_words(text) if asked_for and Intent.REFUSES not in intents else []
    pets = describing.pets_in(text, said, known) or (names_alone(text, said) if asked_for == "new pet" else [])
    told = describing.described(text, said, lone_letter=asked_for is not None)
    named = pets[0].name if pets else None
    return Heard(
        text=text,
        plain=said,
        intents=intents,
        week=dates.week_in(said, today),
        day=dates.day_in(said, today) or spans.holiday_in(said, today),
        period=dates.period_in(said),
        hour=dates.hour_in(said),
        ordinal=next((position for pattern, position in service_words.ORDINALS if pattern.search(said)), None),
        number=int(said.strip(" .!")) if re.fullmatch(r"\d{1,2}[ .!]*", said) else None,
        name=named or (unknown[0] if unknown and asked_for == "new pet" else None),
        each=tuple(pets) if len(pets) > 1 else (),
        species=told.species,
        breed=told.breed or (" ".join(unknown[:3]) or None if asked_for == "pet details" and not named else None),
        size=told.size,
        coat=told.coat,
        age_months=told.age_months,
        temperament=told.temperament,
        span=spans.span_in(said, today),
        repeat=spans.repeat_in(said),
    )


def unambiguous(intents: set[Intent], said: str) -> frozenset[Intent]:
    if Intent.THANKS in intents and POLITE_END.search(said):
        intents -= {Intent.YES}
    return frozenset(intents - {Intent.NO} if Intent.RESCHEDULE in intents else intents)


def names_alone(text: str, said: str) -> list[Described]:
    """ "lola e fred", of who was asked what they are called."""
    if not NAMES_ALONE.fullmatch(said):
        return []
    return [Described(name=name) for name in unknown_words(text)]


def pointed_at(names: Sequence[str], said: str, *, shortest: int = 5) -> list[str]:
    """The names a text points at: the longest of those it says in full, else all it says the most of."""
    spoken = [stem(word) for word in words(said)]
    parts = {name: [stem(word) for word in content_words(name)] for name in names}
    hits = {
        name: sum(any(alike(word, part, shortest=shortest) for word in spoken) for part in parts[name])
        for name in names
    }
    full = [name for name in names if parts[name] and hits[name] == len(parts[name])]
    if full:
        longest = max(len(parts[name]) for name in full)
        return [name for name in full if len(parts[name]) == longest]
    most = max(hits.values(), default=0)
    return [name for name in names if most and hits[name] == most]


def named_in(names: Sequence[str], said: str) -> list[str]:
    """All names that a text says by a word of their own, as what goes beside a service is said."""
    spoken = [stem(word) for word in words(said)]
    return [
        name
        for name in names
        if any(
            alike(word, stem(part))
            for part in content_words(name)
            if part not in service_words.COMMON_IN_NAMES
            for word in spoken
        )
    ]


def stem(word: str) -> str:
    singular = word.removesuffix("s") if len(word) > 3 else word
    return service_words.SERVICE_WORDS.get(singular, singular)
