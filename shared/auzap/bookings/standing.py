"""What was asked for once and is looked for later: by the ids that were kept of it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from auzap.bookings.wanted import Wanted, objection, price_objection, wanted
from auzap.catalog import services as catalog
from auzap.catalog.services import Service
from auzap.customers.pets import Pet
from auzap.db.connection import Tx
from auzap.ids import PetId, ServiceId


@dataclass(frozen=True, slots=True)
class Standing:
    """The catalogue and the pets of today."""

    services: Mapping[ServiceId, Service]
    pets: Mapping[PetId, Pet]

    def wanted(self, pet_id: PetId, service_id: ServiceId, addon_ids: Sequence[ServiceId]) -> Wanted | None:
        """None where the pet is gone, or the shop does not do all of it for this pet any more."""
        pet, known = self.pets.get(pet_id), [self.services.get(each) for each in (service_id, *addon_ids)]
        services = [service for service in known if service]
        if pet is None or len(services) < len(known):
            return None
        asked = wanted(services[0], pet, services[1:])
        return None if objection(asked) or price_objection(asked) else asked


def standing(tx: Tx, pet_ids: Iterable[PetId]) -> Standing:
    services = {service.id: service for service in catalog.services(tx)}
    pets = tx.rows(
        Pet,
        "SELECT id, name, species, breed, size, coat, birth_date FROM pets WHERE id = ANY (%s) AND is_active",
        [sorted(set(pet_ids))],
    )
    return Standing(services, {pet.id: pet for pet in pets})
