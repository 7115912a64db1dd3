"""The pets of one customer."""

from dataclasses import dataclass

from auzap.db.connection import Tx
from auzap.errors import Refusal
from auzap.ids import ContactId, PetId


@dataclass(frozen=True, slots=True)
class Pet:
    id: PetId
    name: str
    species: str
    breed: str | None
    size: str | None


class PetKnown(Refusal):
    def __init__(self, name: str) -> None:
        super().__init__(f"This customer already has a pet named {name}. Use it, or ask for another name.")


def pets_of(tx: Tx, contact_id: ContactId) -> list[Pet]:
    return tx.rows(
        Pet,
        "SELECT id, name, species, breed, size FROM pets WHERE contact_id = %s AND is_active ORDER BY created_at, id",
        [contact_id],
    ).fetchall()


def pet_named(tx: Tx, contact_id: ContactId, name: str) -> Pet | None:
    return tx.rows(
        Pet,
        "SELECT id, name, species, breed, size FROM pets WHERE contact_id = %s AND is_active AND lower(name) = lower(%s)",
        [contact_id, name.strip()],
    ).fetchone()


def register(tx: Tx, contact_id: ContactId, *, name: str, species: str, breed: str, size: str) -> Pet:
    """A new pet; or a known one whose size was missing, completed."""
    pet = tx.rows(
        Pet,
        """
        INSERT INTO pets AS known (contact_id, name, species, breed, size)
        VALUES (%(contact)s, %(name)s, %(species)s, nullif(%(breed)s, ''), %(size)s)
        ON CONFLICT (organization_id, contact_id, lower(name)) WHERE is_active
        DO UPDATE SET size = excluded.size, breed = coalesce(known.breed, excluded.breed) WHERE known.size IS NULL
        RETURNING id, name, species, breed, size
        """,
        {"contact": contact_id, "name": name, "species": species, "breed": breed, "size": size},
    ).fetchone()
    if pet is None:
        raise PetKnown(name)
    return pet
