"""Tools for the customer's pets."""

from typing import Annotated, Literal

from pydantic import StringConstraints

from auzap.agent.desk import Desk, quoted
from auzap.customers import pets
from auzap.errors import Refusal
from auzap.text import folded

PetName = Annotated[str, StringConstraints(min_length=1, max_length=60)]
Breed = Annotated[str, StringConstraints(max_length=60)]

# What a customer's sentence offers in place of a name.
# fmt: off
NOT_A_NAME = frozenset(
    {
        "cachorro", "cachorra", "cachorrinho", "cao", "dog", "gato", "gata", "gatinho", "cat", "pet", "bicho",
        "filhote", "passaro", "coelho", "meu", "minha", "ele", "ela", "nome",
    }
)
# fmt: on


def is_plain(words: str) -> bool:
    """Tools show names and breeds as facts: a price, an hour or a link must not come in with one."""
    return all(c.isalpha() or c in " '’(),-/" for c in words.removesuffix("."))


def list_pets(desk: Desk) -> str:
    """List the customer's pets. Call it before booking, and before asking for what the shop already knows."""
    lines = [
        f"- {pet.name} | {pet.species} | {pet.breed or 'breed unknown'} | {pet.size or 'size unknown'}"
        for pet in pets.pets_of(desk.tx, desk.contact_id)
    ]
    return "\n".join(lines) or "This customer has no pets registered. Ask for name, species, breed and size."


def register_pet(
    desk: Desk,
    name: PetName,
    species: Literal["dog", "cat", "bird", "rabbit", "other"],
    breed: Breed,
    size: Literal["small", "medium", "large", "giant"],
) -> str:
    """Register a pet of this customer, or complete one whose size is unknown. Ask for whatever is missing; never guess.

    Args:
        name: The pet's own name, never a species or a breed.
        species: What animal it is.
        breed: The breed as the customer says it; "SRD" for a mixed breed, empty if the customer does not know.
        size: small up to 10 kg, medium up to 25 kg, large up to 45 kg, giant above.
    """
    if folded(name) in NOT_A_NAME:
        raise Refusal(f"{quoted(name)} is not a pet's name. Ask what the pet is called.")
    if not is_plain(name) or not is_plain(breed):
        raise Refusal("Names and breeds have letters only. Ask for the name and the breed, and write just these.")
    pet = pets.register(desk.tx, desk.contact_id, name=name, species=species, breed=breed, size=size)
    desk.progress.acts_done.append("registered")
    return f"Registered: {pet.name} | {pet.species} | {pet.breed or 'breed unknown'} | {pet.size}."
