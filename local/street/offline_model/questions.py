"""Questions that are answered from what the shop's tools and its context tell."""

import re
from itertools import groupby

from local.street.offline_model.dates import WEEKDAYS
from local.street.offline_model.lexicon import SIZE_NAMES, SPECIES_NAMES, Intent
from local.street.offline_model.shop_lines import Pet, Service
from local.street.offline_model.talk import Talk
from local.street.offline_model.text import fold
from local.street.offline_model.understanding import pointed_at
from local.street.offline_model.wording import Act, Reply, say

HOURS_OF_A_DAY = re.compile(r"^(?P<day>[^\W\d_]+?)(?:-feira)? (?P<hours>\d{1,2}:\d{2} ?[-–] ?\d{1,2}:\d{2})$")


def tell_prices(talk: Talk) -> Reply:
    services = talk.desk.services()
    if not services:
        return say(Act.NO_SERVICES)
    asked = mentioned_services(talk, services) or services
    size = talk.wishes.latest(lambda heard: heard.size)
    lines = "\n".join(f"• {price_line(service, size)}" for service in asked)
    return say(Act.PRICE if len(asked) == 1 else Act.SERVICES, services=lines)


def mentioned_services(talk: Talk, services: list[Service]) -> list[Service]:
    """Those the latest message with any of them names; who asks what there is means no earlier one."""
    names = [service.name for service in services]
    heard = talk.memory.now if Intent.SERVICES in talk.memory.intents else talk.wishes.heard
    pointed = next((found for message in reversed(heard) if (found := pointed_at(names, message.plain))), [])
    return [service for service in services if service.name in pointed]


def price_line(service: Service, size: str | None) -> str:
    prices = service.prices_by_size
    label = next((name for name in prices if size and fold(name) == fold(SIZE_NAMES[size])), None)
    if label:
        price = f"{prices[label]} (porte {label})"
    elif prices:
        price = ", ".join(f"{name} {price}" for name, price in prices.items())
    else:
        price = service.price
    duration = f" ({service.duration})" if service.duration else ""
    return f"{service.name}{duration}: {price}" if price else f"{service.name}{duration}"


def tell_opening_hours(talk: Talk) -> Reply:
    hours = talk.context.opening_hours
    return say(Act.OPENING_HOURS, hours=week_of(hours)) if hours else say(Act.NO_OPENING_HOURS)


def week_of(hours: str) -> str:
    """`segunda a sexta 08:00-18:00; sábado 08:00-14:00`, from one entry a day; other wordings as they stand."""
    entries = [entry.strip(" -•*.") for line in hours.splitlines() for entry in line.split(";") if entry.strip()]
    found = [match for entry in entries if (match := HOURS_OF_A_DAY.match(entry)) and fold(match["day"]) in WEEKDAYS]
    if len(found) < len(entries):
        return "; ".join(entries)
    days = {match["day"]: " e ".join(m["hours"] for m in found if m["day"] == match["day"]) for match in found}
    # Days that follow one another keep the same distance to their place in the list.
    runs = groupby(enumerate(days), key=lambda day: (WEEKDAYS.index(fold(day[1])) - day[0], days[day[1]]))
    return "; ".join(f"{span([day for _, day in run])} {same}" for (_, same), run in runs)


def span(days: list[str]) -> str:
    return f"{days[0]} a {days[-1]}" if len(days) > 2 else " e ".join(days)


def tell_address(talk: Talk) -> Reply:
    address = talk.context.address.strip(" .")
    return say(Act.ADDRESS, address=address) if address else say(Act.NO_ADDRESS)


def tell_bookings(talk: Talk) -> Reply:
    bookings = talk.desk.bookings()
    if not bookings:
        return say(Act.NO_BOOKINGS)
    return say(Act.MY_BOOKINGS, bookings="\n".join(f"• {booking.label}" for booking in bookings))


def tell_pets(talk: Talk) -> Reply:
    pets = talk.desk.pets()
    return say(Act.MY_PETS, pets="\n".join(f"• {described(pet)}" for pet in pets)) if pets else say(Act.NO_PETS)


def described(pet: Pet) -> str:
    details = (SPECIES_NAMES.get(pet.species, pet.species), pet.breed, SIZE_NAMES.get(pet.size, pet.size))
    known = ", ".join(detail for detail in details if detail)
    return f"{pet.name} ({known})" if known else pet.name
