"""What one message of the customer says: what it asks for, and the facts it carries."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, time
from typing import Literal

from local.street.offline_model import dates, lexicon, pet_words, service_words, spans
from local.street.offline_model.dates import Period
from local.street.offline_model.lexicon import Intent
from local.street.offline_model.text import alike, content_words, fold, plain, words

# A chat message is short; what comes after this many characters does not change what is wanted.
LONGEST_READ = 2_000
LETTERS = re.compile(r"[^\W\d_]+")

type Pair = tuple[re.Pattern[str], str]


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
    def asks_only(self) -> bool:
        """Something is asked, and nothing wanted."""
        return bool(self.intents & lexicon.ASKING) and Intent.BOOK not in self.intents


def hear(text: str, today: date, *, asked_for: Literal["new pet", "pet details"] | None = None) -> Heard:
    """Read one message; words it leaves unexplained may be what the shop has just asked for."""
    text = text[:LONGEST_READ]
    said = plain(text)
    breed, species = breed_in(said)
    intents = frozenset(intent for intent, phrase in lexicon.PHRASES.items() if phrase.search(said))
    unknown = unknown_words(text) if asked_for and Intent.REFUSES not in intents else []
    named = name_in(text, said)
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
        species=last_of(pet_words.SPECIES, said) or species,
        breed=breed or (" ".join(unknown[:3]) or None if asked_for == "pet details" and not named else None),
        size=size_in(pet_words.COAT.sub(" ", said), lone_letter=asked_for is not None),
        coat=coat_in(said),
        age_months=age_in(said),
        temperament=temperament_in(text, said),
        span=spans.span_in(said, today),
        repeat=spans.repeat_in(said),
    )


def last_of(pairs: Iterable[Pair], said: str) -> str | None:
    found = [(match.start(), meaning) for pattern, meaning in pairs for match in pattern.finditer(said)]
    return max(found)[1] if found else None


def size_in(said: str, *, lone_letter: bool) -> str | None:
    if weight := pet_words.WEIGHT.search(said):
        return next(size for kilos, size in pet_words.WEIGHT_SIZES if int(weight["kilos"]) <= kilos)
    pattern = pet_words.LONE_SIZE_LETTER if lone_letter else pet_words.SIZE_LETTER
    if letter := pattern.search(said):
        return pet_words.SIZE_LETTERS[letter["letter"]]
    return last_of(pet_words.SIZES, said)


def coat_in(said: str) -> str | None:
    found = pet_words.COAT.search(said)
    return pet_words.COATS.get(found["said"] or found["lone"] or "", "long") if found else None


def age_in(said: str) -> int | None:
    found = pet_words.AGES.search(pet_words.NOT_AGES.sub(" ", said))
    if not found:
        return None
    if found["months"]:
        return counted(found["months"])
    half = 6 if found["half"] else int(found["more"] or 0)
    return 12 * counted(found["years"]) + half


def counted(said: str) -> int:
    return dates.NUMBERS.get(said) or int(said)


def temperament_in(text: str, said: str) -> str | None:
    """The customer's own words, so that accents stay."""
    found = [match[0] for match in pet_words.TEMPERAMENTS.finditer(said)]
    as_written = {fold(word): word.lower() for word in re.findall(r"[^\W\d_]+", text)}
    return ", ".join(" ".join(as_written.get(word, word) for word in phrase.split()) for phrase in found) or None


def breed_in(said: str) -> tuple[str, str] | tuple[None, None]:
    return next(
        (known for spelling, known in pet_words.BREEDS.items() if re.search(rf"\b{spelling}\b", said)), (None, None)
    )


def name_in(text: str, said: str) -> str | None:
    """A name the customer gives a pet: `pro Thor`, `chama Mel`, `minha gata Mia`."""
    as_written = {fold(word): word for word in LETTERS.findall(text)}
    for pattern, needs_capital in pet_words.NAMINGS:
        for found in pattern.finditer(said):
            written = as_written.get(found["name"], "")
            if can_be_name(found["name"]) and (written[:1].isupper() or (written and not needs_capital)):
                return capitalised(written)
    return None


def unknown_words(text: str) -> list[str]:
    return [capitalised(word) for word in LETTERS.findall(text) if can_be_name(fold(word))]


def capitalised(word: str) -> str:
    return word[0].upper() + word[1:]


def can_be_name(word: str) -> bool:
    return len(word) > 1 and word not in pet_words.NOT_NAMES and word not in pet_words.BREED_WORDS


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
