"""What people of the shop ask for, by ids: more than the agent may book, and only of the shop's own pets and services."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from auzap.bookings.wanted import Wanted, wanted
from auzap.catalog import services as catalog
from auzap.catalog.editing import UnknownService
from auzap.catalog.services import Service
from auzap.customers.pets import Pet, UnknownPet
from auzap.db.connection import Tx
from auzap.errors import Refusal
from auzap.ids import ContactId, PetId, ServiceId


@dataclass(frozen=True, slots=True)
class Item:
    pet_id: PetId
    service_id: ServiceId
    addon_ids: tuple[ServiceId, ...] = ()


class NotAddedThere(Refusal):
    def __init__(self) -> None:
        super().__init__("That is not added to this service. Look at what the service takes beside it.")


def asked_for(tx: Tx, items: Sequence[Item], *, contact_id: ContactId | None = None) -> list[Wanted]:
    """In their order; the pets of one customer, where one is named."""
    offered = {service.id: service for service in catalog.known_services(tx)}
    pets = _pets(tx, [item.pet_id for item in items], contact_id)
    return [_asked(item, offered, pets) for item in items]


def _asked(item: Item, offered: dict[ServiceId, Service], pets: dict[PetId, Pet]) -> Wanted:
    if item.pet_id not in pets:
        raise UnknownPet
    if item.service_id not in offered:
        raise UnknownService
    service = offered[item.service_id]
    if not set(item.addon_ids) <= set(service.addon_ids):
        raise NotAddedThere
    addons = [_as_staff(offered[addon_id]) for addon_id in dict.fromkeys(item.addon_ids)]
    return wanted(_as_staff(service), pets[item.pet_id], addons)


def _as_staff(service: Service) -> Service:
    """What the agent leaves to people is theirs to book."""
    return replace(service, is_bookable_by_agent=True)


def _pets(tx: Tx, pet_ids: Sequence[PetId], contact_id: ContactId | None) -> dict[PetId, Pet]:
    found = tx.rows(
        Pet,
        """
        SELECT id, name, species, breed, size, coat, birth_date FROM pets
        WHERE id = ANY (%(pets)s) AND is_active AND (%(contact)s::uuid IS NULL OR contact_id = %(contact)s)
        """,
        {"pets": list(pet_ids), "contact": contact_id},
    )
    return {pet.id: pet for pet in found}
