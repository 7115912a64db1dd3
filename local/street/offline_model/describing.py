"""What a message says of pets: their names, and of each what it is and how big."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace

from local.street.offline_model import dates, pet_words
from local.street.offline_model.text import fold

LETTERS = re.compile(r"[^\W\d_]+")
# Between the names of pets that are spoken of together: "Luna e Max", "pra Luna, pro Max".
JOINED = re.compile(r" ?(?:,|e|,? e) ?(?:(?:o|a|pro|pra|do|da|para|meu|minha) )*")
OF_ALL = re.compile(r"\b(?:sao|os dois|as duas|ambos|ambas|todos|todas)\b")

type Pair = tuple[re.Pattern[str], str]


@dataclass(frozen=True)
class Described:
    name: str | None = None
    species: str | None = None
    breed: str | None = None
    size: str | None = None
    coat: str | None = None
    age_months: int | None = None
    temperament: str | None = None

    @property
    def tells_anything(self) -> bool:
        """More than a name."""
        return replace(self, name=None) != Described()


@dataclass(frozen=True)
class Naming:
    name: str
    # With what leads to it: `minha gata Mia`.
    begins: int
    start: int
    end: int


def described(text: str, said: str, *, lone_letter: bool = False) -> Described:
    """What is said, as of one pet."""
    breed, species = breed_in(said)
    return Described(
        species=last_of(pet_words.SPECIES, said) or species,
        breed=breed,
        size=size_in(pet_words.COAT.sub(" ", said), lone_letter=lone_letter),
        coat=coat_in(said),
        age_months=age_in(said),
        temperament=temperament_in(text, said),
    )


def pets_in(text: str, said: str, known: Iterable[str] = ()) -> list[Described]:
    """The pets that are named: the surest of the names, those beside it, and those of which something is told."""
    found = list(namings(text, said, frozenset(fold(name) for name in known)))
    if not found:
        return []
    surest, named = found[0], in_their_order(found)
    kept = [
        naming
        for place, (naming, pet) in enumerate(zip(named, each_described(text, said, named), strict=True))
        if naming.name == surest.name
        or pet.tells_anything
        or (place and JOINED.fullmatch(said[named[place - 1].end : naming.start]))
    ]
    return merged(each_described(text, said, kept))


def in_their_order(found: Sequence[Naming]) -> list[Naming]:
    """Each time that a name is said, once, with the longest of what leads to it."""
    by_place = {naming.start: naming for naming in sorted(found, key=lambda naming: -naming.begins)}
    return sorted(by_place.values(), key=lambda naming: naming.begins)


def each_described(text: str, said: str, named: Sequence[Naming]) -> list[Described]:
    """What stands between a name and the next is told of it, what is told of all at the end of them all."""
    ends = [*(naming.begins for naming in named[1:]), len(said)]
    pets = [described(text, said[naming.begins : end]) for naming, end in zip(named, ends, strict=True)]
    if OF_ALL.search(said) and not any(pet.tells_anything for pet in pets[:-1]):
        pets = [pets[-1] for _ in pets]
    return [replace(pet, name=naming.name) for pet, naming in zip(pets, named, strict=True)]


def merged(pets: Sequence[Described]) -> list[Described]:
    """One of each name, with all that was told of it."""
    by_name: dict[str | None, Described] = {}
    for pet in pets:
        told = {field: value for field, value in asdict(pet).items() if value is not None}
        by_name[pet.name] = replace(by_name.get(pet.name, pet), **told)
    return list(by_name.values())


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
        (known for spelling, known in pet_words.BREEDS.items() if re.search(rf"\b{spelling}(?:e?s)?\b", said)),
        (None, None),
    )


def namings(text: str, said: str, known: frozenset[str] = frozenset()) -> Iterator[Naming]:
    """The names that a customer gives pets, the surest first: `pro Thor`, `chama Mel`, `minha gata Mia`."""
    as_written = {fold(word): word for word in LETTERS.findall(text)}
    of_pets = pet_words.INTRODUCTIONS.sub(lambda found: " " * len(found[0]), said)
    for pattern, needs_capital in pet_words.NAMINGS:
        for found in pattern.finditer(of_pets):
            written = as_written.get(found["name"], "")
            is_sure = written[:1].isupper() or found["name"] in known or not needs_capital
            if written and can_be_name(found["name"]) and is_sure:
                yield Naming(capitalised(written), found.start(), *found.span("name"))


def may_name_a_pet(said: str) -> bool:
    """Whatever its first letter: "banho do thor"."""
    return any(can_be_name(found["name"]) for pattern, _ in pet_words.NAMINGS for found in pattern.finditer(said))


def unknown_words(text: str) -> list[str]:
    return [capitalised(word) for word in LETTERS.findall(text) if can_be_name(fold(word))]


def capitalised(word: str) -> str:
    return word[0].upper() + word[1:]


def can_be_name(word: str) -> bool:
    return len(word) > 1 and word not in pet_words.NOT_NAMES and word not in pet_words.BREED_WORDS
