"""What the model names in words: services and extras of the shop, and the customer's own pets."""

from collections.abc import Sequence
from typing import Annotated

from pydantic import Field, StringConstraints

from auzap.agent.desk import Desk, quoted
from auzap.bookings.wanted import Wanted, wanted
from auzap.catalog import services as catalog
from auzap.catalog.services import Service
from auzap.customers import pets
from auzap.customers.pets import Pet
from auzap.errors import Refusal
from auzap.text import folded

Handle = Annotated[str, StringConstraints(pattern=r"^[a-z][0-9]{1,3}$")]
ShortText = Annotated[str, StringConstraints(min_length=1, max_length=80)]
PetName = Annotated[str, StringConstraints(min_length=1, max_length=60)]
PetNames = Annotated[list[PetName], Field(max_length=6)]
Extras = Annotated[list[ShortText], Field(max_length=5)]


class NoPetNamed(Refusal):
    def __init__(self, name: str) -> None:
        super().__init__(
            f"This customer has no pet named {quoted(name)}. Ask for the name, or register it with register_pet."
        )


class NoServiceNamed(Refusal):
    def __init__(self, name: str, offered: Sequence[Service]) -> None:
        names = ", ".join(service.name for service in offered)
        super().__init__(f"The shop has no service {quoted(name)}. It has: {names}. Ask which one is meant.")


class OnlyBeside(Refusal):
    def __init__(self, addon: Service, hosts: Sequence[Service]) -> None:
        names = ", ".join(service.name for service in hosts) or "none at present"
        super().__init__(
            f"{addon.name} is only done beside another service: {names}. Ask which, and give {addon.name} in addons."
        )


class UnfitExtra(Refusal):
    def __init__(self, name: str, service: Service, fitting: Sequence[Service]) -> None:
        names = ", ".join(extra.name for extra in fitting) or "nothing"
        super().__init__(
            f"{quoted(name)} cannot be added to {service.name}; what can be added is: {names}. "
            "Another service is booked by itself."
        )


def service_with_extras(desk: Desk, service: str, addons: Sequence[str]) -> tuple[Service, list[Service]]:
    offered = catalog.services(desk.tx)
    found = catalog.named([each for each in offered if not each.is_addon], service) or catalog.named(offered, service)
    if found is None:
        raise NoServiceNamed(service, [each for each in offered if not each.is_addon])
    if found.is_addon:
        raise OnlyBeside(found, [each for each in offered if found.id in each.addon_ids])
    fitting = catalog.addons_of(offered, found)
    extras: list[Service] = []
    for name in addons:
        extra = catalog.named(fitting, name)
        if extra is None:
            raise UnfitExtra(name, found, fitting)
        extras += [extra] if extra not in extras else []
    return found, extras


def own_pet(desk: Desk, name: str) -> Pet:
    (pet,) = own_pets(desk, [name])
    return pet


def own_pets(desk: Desk, names: Sequence[str]) -> list[Pet]:
    """Each once, in the order in which they are named: with or without capitals and accents."""
    owned = pets.pets_of(desk.tx, desk.contact_id)
    found: list[Pet] = []
    for name in names:
        pet = next((each for each in owned if folded(each.name) == folded(name)), None)
        if pet is None:
            raise NoPetNamed(name)
        found += [pet] if pet not in found else []
    return found


def for_each(service: Service, extras: Sequence[Service], of: Sequence[Pet]) -> list[Wanted]:
    return [wanted(service, pet, extras) for pet in of]


def joined(names: Sequence[str], locale: str) -> str:
    last = " e " if locale == "pt-BR" else " and "
    return last.join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else "".join(names)
