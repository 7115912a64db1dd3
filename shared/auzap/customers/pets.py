"""The pets of one customer."""

import functools
import json
from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal, LiteralString

from psycopg import errors
from psycopg.types.json import Jsonb

from auzap.db.connection import Tx
from auzap.errors import Refusal
from auzap.ids import ContactId, MediaId, PetId
from auzap.text import folded

type Species = Literal["dog", "cat", "bird", "rabbit", "other"]
type Size = Literal["small", "medium", "large", "giant"]
type Coat = Literal["short", "medium", "long"]
# Of a field of the shop's own.
type CustomValue = str | int | float | bool
type Field = Literal[
    "name",
    "nickname",
    "breed",
    "size",
    "coat",
    "birth_date",
    "weight_grams",
    "colour",
    "gender",
    "is_neutered",
    "microchip",
    "temperament",
    "energy",
    "sociability",
    "fears",
    "likes",
    "allergies",
    "medication",
    "diet",
    "handling",
    "medical_notes",
    "vet",
    "behaviour_score",
    "assessed_on",
]

# A size by its upper bound in grams, where nobody has said one.
HEAVIEST: tuple[tuple[int, Size], ...] = ((10_000, "small"), (25_000, "medium"), (45_000, "large"))
OLDEST_MONTHS = 480

# Dates as JSON has them.
_dumps = functools.partial(json.dumps, default=str)

# What a customer's sentence offers in place of a name: species, breeds, and words for "mine".
# fmt: off
NOT_A_NAME = frozenset(
    {
        "cachorro", "cachorra", "cachorrinho", "cachorrinha", "cao", "caes", "caozinho", "doguinho", "dog", "doggo", "puppy",
        "gato", "gata", "gatinho", "gatinha", "cat", "kitten", "felino", "canino", "pet", "bicho", "bichinho", "animal",
        "filhote", "passaro", "passarinho", "ave", "calopsita", "papagaio", "periquito", "bird", "coelho", "coelha", "rabbit",
        "hamster", "tartaruga", "macho", "femea", "meu", "minha", "ele", "ela", "nome", "name", "my dog", "my cat", "outro",
        "meu cachorro", "minha cachorra", "meu gato", "minha gata", "meu pet", "vira lata", "vira-lata", "srd", "poodle",
        "shih tzu", "shih-tzu", "shihtzu", "yorkshire", "york", "lhasa apso", "lhasa", "maltes", "pug", "pinscher", "spitz",
        "spitz alemao", "lulu da pomerania", "labrador", "golden", "golden retriever", "pastor alemao", "rottweiler",
        "pit bull", "pitbull", "border collie", "beagle", "dachshund", "salsicha", "schnauzer", "cocker", "chow chow",
        "husky", "akita", "boxer", "dalmata", "bulldog", "bulldog frances", "buldogue", "chihuahua", "siames", "persa",
        "maine coon", "angora", "nao sei", "sem nome", "desconhecido", "unknown", "nenhum", "none", "n/a",
    }
)
# fmt: on


@dataclass(frozen=True, slots=True)
class Pet:
    """What a booking needs to know of a pet."""

    id: PetId
    name: str
    species: str
    breed: str | None
    size: str | None
    coat: str | None = None
    birth_date: date | None = None

    def age_in_months(self, today: date) -> int | None:
        return None if self.birth_date is None else months_between(self.birth_date, today)


@dataclass(frozen=True, slots=True)
class Profile:
    """All that is known of a pet beside its health."""

    id: PetId
    contact_id: ContactId
    name: str
    nickname: str | None
    species: str
    breed: str | None
    size: str | None
    coat: str | None
    birth_date: date | None
    weight_grams: int | None
    colour: str | None
    gender: str | None
    is_neutered: bool | None
    microchip: str | None
    temperament: str | None
    energy: str | None
    sociability: str | None
    fears: str | None
    likes: str | None
    allergies: str | None
    medication: str | None
    diet: str | None
    handling: str | None
    medical_notes: str
    vet: str | None
    behaviour_score: int | None
    assessed_on: date | None
    died_on: date | None
    is_active: bool
    custom: dict[str, CustomValue]


@dataclass(frozen=True, slots=True)
class Photo:
    media_id: MediaId
    is_main: bool
    object_key: str
    content_type: str


PROFILE: LiteralString = """
  SELECT id, contact_id, name, nickname, species, breed, size, coat, birth_date, weight_grams, colour, gender, is_neutered,
    microchip, temperament, energy, sociability, fears, likes, allergies, medication, diet, handling, medical_notes, vet,
    behaviour_score, assessed_on, died_on, is_active, custom
  FROM pets WHERE id = %(pet)s
"""


class PetKnown(Refusal):
    def __init__(self, name: str) -> None:
        super().__init__(
            f"This customer already has a pet named {name}. Use it, change it with update_pet, or ask for another name."
        )


class NoName(Refusal):
    def __init__(self) -> None:
        super().__init__("That is no pet's own name but what it is. Ask what the pet is called.")


class UnknownPet(Refusal):
    def __init__(self) -> None:
        super().__init__("This customer has no such pet. Call list_pets, or register it.")


class UnfitValue(Refusal):
    """The database refuses what a field was to become."""

    def __init__(self, fields: str) -> None:
        super().__init__(f"That does not fit what is known as {fields}. Look at the value again.")


class NoSuchPhoto(Refusal):
    def __init__(self) -> None:
        super().__init__("Only a photo that this customer has sent, and that is stored, can be kept as the pet's.")


def months_between(born: date, today: date) -> int:
    return 12 * (today.year - born.year) + today.month - born.month - (today.day < born.day)


def months_later(day: date, months: int) -> date:
    """The same day of another month, or the last that it has; months may be negative."""
    year, month = divmod(12 * day.year + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def size_of(weight_grams: int) -> Size:
    for heaviest, size in HEAVIEST:
        if weight_grams <= heaviest:
            return size
    return "giant"


def is_name(name: str) -> bool:
    """Whether it can be a pet's own name, and is not its species or breed."""
    return folded(name) not in NOT_A_NAME


def pets_of(tx: Tx, contact_id: ContactId) -> list[Pet]:
    return tx.rows(
        Pet,
        """
        SELECT id, name, species, breed, size, coat, birth_date FROM pets
        WHERE contact_id = %s AND is_active ORDER BY created_at, id
        """,
        [contact_id],
    ).fetchall()


def profile(tx: Tx, pet_id: PetId) -> Profile:
    found = tx.rows(Profile, PROFILE, {"pet": pet_id}).fetchone()
    if found is None:
        raise UnknownPet
    return found


def coming(tx: Tx, pet_id: PetId) -> tuple[ContactId, Pet]:
    """A pet that comes to the shop, and whose it is."""
    known = profile(tx, pet_id)
    if not known.is_active:
        raise UnknownPet
    pet = Pet(known.id, known.name, known.species, known.breed, known.size, known.coat, known.birth_date)
    return known.contact_id, pet


def register(
    tx: Tx,
    contact_id: ContactId,
    *,
    name: str,
    species: str,
    breed: str = "",
    size: str | None = None,
    coat: str | None = None,
    birth_date: date | None = None,
    temperament: str = "",
) -> Pet:
    """A new pet; or a known one of the same species, with what was not known of it."""
    if not is_name(name) or folded(name) == folded(breed):
        raise NoName
    pet = tx.rows(
        Pet,
        """
        INSERT INTO pets AS known (contact_id, name, species, breed, size, coat, birth_date, temperament)
        VALUES (%(contact)s, %(name)s, %(species)s, nullif(%(breed)s, ''), %(size)s, %(coat)s, %(birth_date)s,
          nullif(%(temperament)s, ''))
        ON CONFLICT (organization_id, contact_id, lower(name)) WHERE is_active
        DO UPDATE SET breed = coalesce(known.breed, excluded.breed), size = coalesce(known.size, excluded.size),
          coat = coalesce(known.coat, excluded.coat), birth_date = coalesce(known.birth_date, excluded.birth_date),
          temperament = coalesce(known.temperament, excluded.temperament)
        WHERE known.species = excluded.species AND (
          known.breed IS NULL AND excluded.breed IS NOT NULL OR known.size IS NULL AND excluded.size IS NOT NULL
          OR known.coat IS NULL AND excluded.coat IS NOT NULL
          OR known.birth_date IS NULL AND excluded.birth_date IS NOT NULL
          OR known.temperament IS NULL AND excluded.temperament IS NOT NULL)
        RETURNING id, name, species, breed, size, coat, birth_date
        """,
        {
            "contact": contact_id,
            "name": name,
            "species": species,
            "breed": breed,
            "size": size,
            "coat": coat,
            "birth_date": birth_date,
            "temperament": temperament,
        },
    ).fetchone()
    if pet is None:
        raise PetKnown(name)
    return pet


def change(tx: Tx, contact_id: ContactId, pet_id: PetId, changes: Mapping[Field, Any]) -> None:
    """Fields of a customer's own pet; a weight also says the size, where nobody has said one."""
    if not is_name(changes.get("name") or ""):
        raise NoName
    weight = changes.get("weight_grams")
    try:
        with tx.savepoint():
            changed = tx.execute(
                """
                UPDATE pets p SET name = n.name, nickname = n.nickname, breed = n.breed, size = coalesce(n.size, %(by_weight)s),
                  coat = n.coat, birth_date = n.birth_date, weight_grams = n.weight_grams, colour = n.colour, gender = n.gender,
                  is_neutered = n.is_neutered, microchip = n.microchip, temperament = n.temperament, energy = n.energy,
                  sociability = n.sociability, fears = n.fears, likes = n.likes, allergies = n.allergies,
                  medication = n.medication, diet = n.diet, handling = n.handling, medical_notes = n.medical_notes, vet = n.vet,
                  behaviour_score = n.behaviour_score, assessed_on = n.assessed_on
                FROM pets old CROSS JOIN LATERAL jsonb_populate_record(old, %(changes)s) n
                WHERE old.id = p.id AND p.id = %(pet)s AND p.contact_id = %(contact)s AND p.is_active
                """,
                {
                    "changes": Jsonb(dict(changes), dumps=_dumps),
                    "pet": pet_id,
                    "contact": contact_id,
                    "by_weight": size_of(weight) if weight else None,
                },
            ).rowcount
    except errors.UniqueViolation as taken:
        raise PetKnown(changes["name"]) from taken
    except (errors.CheckViolation, errors.NotNullViolation, errors.DataError) as unfit:
        raise UnfitValue(", ".join(changes)) from unfit
    if changed == 0:
        raise UnknownPet


def let_go(tx: Tx, pet_id: PetId, *, died_on: date | None = None) -> None:
    """It has died, or is no longer this customer's: it is not offered any more, and nothing of it waits to be looked at."""
    gone = tx.execute(
        """
        WITH settled AS (
          UPDATE health_alerts SET state = 'resolved', resolved_at = app.now(), resolved_by = app.current_actor()
          WHERE pet_id = %(pet)s AND state = 'open'
        )
        UPDATE pets SET is_active = false, died_on = coalesce(%(died_on)s, died_on) WHERE id = %(pet)s
        """,
        {"pet": pet_id, "died_on": died_on},
    )
    if gone.rowcount == 0:
        raise UnknownPet


def bring_back(tx: Tx, pet_id: PetId) -> None:
    """It is this customer's again, unless another has its name by now."""
    known = profile(tx, pet_id)
    try:
        with tx.savepoint():
            tx.execute("UPDATE pets SET is_active = true, died_on = NULL WHERE id = %s", [pet_id])
    except errors.UniqueViolation as taken:
        raise PetKnown(known.name) from taken


def add_photo(tx: Tx, pet_id: PetId, media_id: MediaId) -> None:
    """A photo that the pet's own customer has sent; the first one is the main one."""
    added = tx.execute(
        """
        INSERT INTO pet_photos (pet_id, media_id, is_main)
        SELECT p.id, m.id, NOT EXISTS (SELECT FROM pet_photos known WHERE known.pet_id = p.id AND known.is_main)
        FROM pets p JOIN conversations c ON c.contact_id = p.contact_id JOIN media m ON m.conversation_id = c.id
        JOIN messages said ON said.id = m.message_id
        WHERE p.id = %s AND m.id = %s AND m.kind = 'image' AND m.state = 'stored' AND said.sender = 'customer'
        ON CONFLICT (organization_id, pet_id, media_id) DO UPDATE SET is_main = pet_photos.is_main
        """,
        [pet_id, media_id],
    )
    if added.rowcount == 0:
        raise NoSuchPhoto


def show_first(tx: Tx, pet_id: PetId, media_id: MediaId) -> None:
    """The one that stands for the pet. Two statements: only one may be it at any moment."""
    tx.execute("UPDATE pet_photos SET is_main = false WHERE pet_id = %s AND is_main", [pet_id])
    if not tx.execute(
        "UPDATE pet_photos SET is_main = true WHERE pet_id = %s AND media_id = %s", [pet_id, media_id]
    ).rowcount:
        raise NoSuchPhoto


def remove_photo(tx: Tx, pet_id: PetId, media_id: MediaId) -> None:
    """From the pet; the message that it came with keeps it."""
    if not tx.execute("DELETE FROM pet_photos WHERE pet_id = %s AND media_id = %s", [pet_id, media_id]).rowcount:
        raise NoSuchPhoto


def photos(tx: Tx, pet_id: PetId) -> list[Photo]:
    return tx.rows(
        Photo,
        """
        SELECT m.id AS media_id, f.is_main, m.object_key, m.content_type FROM pet_photos f
        JOIN media m ON m.id = f.media_id WHERE f.pet_id = %s AND m.state = 'stored' ORDER BY f.is_main DESC, f.created_at, f.id
        """,
        [pet_id],
    ).fetchall()
