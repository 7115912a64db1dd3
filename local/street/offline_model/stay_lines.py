"""The lines in which the tools tell of rooms and stays, read leniently."""

import re
from dataclasses import dataclass

from local.street.offline_model.pet_words import SIZE_NAMES
from local.street.offline_model.shop_lines import MONEY
from local.street.offline_model.table import with_handle

# `hotel (Quarto), de quinta-feira 24/12 a domingo 27/12, 3 diárias × R$ 120,00 = R$ 360,00`
PLACE = re.compile(r"^(?P<kind>[^(]+) \((?P<name>[^)]+)\)(?:, (?P<days>[^,]+), (?P<price>.+))?$")
MISSING = re.compile(r"^Still missing for approval: (?P<missing>.+?)\. Say\b", re.MULTILINE)
SIZES = re.compile(rf"\b(?:{'|'.join(SIZE_NAMES)})\b")
SIZED = re.compile(rf"\(((?:{'|'.join(SIZE_NAMES)}) [^)]+)\)")
OF_SIZES = re.compile(rf"{MONEY}(?P<per> a day)? {SIZED.pattern}")
LONG_STAY = re.compile(r", from (?P<days>\d+) days on ")


@dataclass(frozen=True)
class RoomOffer:
    handle: str
    name: str
    days: str
    price: str


@dataclass(frozen=True)
class Room:
    name: str
    species: tuple[str, ...]
    # As the tool tells it, for each size where they differ.
    rates: str
    about: str

    def price(self, size: str = "") -> str:
        """Of a pet of this size alone, where it is known."""
        return price_in_portuguese(OF_SIZES.sub(lambda found: of_size(found, size), self.rates))


@dataclass(frozen=True)
class Stay:
    handle: str
    label: str

    @property
    def pet(self) -> str:
        return self.label.partition(":")[0]


@dataclass(frozen=True)
class Extra:
    handle: str
    name: str
    price: str


def offers_in(result: str) -> list[RoomOffer]:
    return [
        RoomOffer(handle, found["name"], found["days"] or "", found["price"] or "")
        for handle, what, *_ in with_handle(result, "t")
        if (found := PLACE.match(what))
    ]


def missing_in(result: str) -> str:
    """What a stay still needs before it is approved, in the shop's language."""
    found = MISSING.search(result)
    points = [point.partition(": ")[2] or point for point in found["missing"].split(" / ")] if found else []
    return "; ".join(dict.fromkeys(points))


def rooms_in(result: str) -> list[Room]:
    return [
        Room(found["name"], tuple(species.split(", ")), price, hours_and_more[1] if len(hours_and_more) > 1 else "")
        for _, what, species, price, *hours_and_more in (row for row in with_handle(result, "m") if len(row) > 4)
        if (found := PLACE.match(what)) and re.search(MONEY, price)
    ]


def of_size(found: re.Match[str], size: str) -> str:
    prices = dict(each.split(" ", 1) for each in found[2].split(", "))
    return f"{prices[size]}{found['per'] or ''}" if size in prices else found[0]


def price_in_portuguese(price: str) -> str:
    ordered = SIZED.sub(lambda found: "(" + ", ".join(sorted(found[1].split(", "), key=place_of)) + ")", price)
    sized = SIZES.sub(lambda size: SIZE_NAMES[size[0]], ordered)
    return LONG_STAY.sub(r"; a partir de \g<days> diárias, ", sized).replace(" a day", " por dia")


def place_of(sized: str) -> int:
    return list(SIZE_NAMES).index(sized.partition(" ")[0])


def stays_in(result: str) -> list[Stay]:
    return [Stay(handle, label) for handle, label, *_ in with_handle(result, "y")]


def extras_in(result: str) -> list[Extra]:
    return [
        Extra(handle, name, price)
        for handle, name, price, *_ in (row for row in with_handle(result, "e") if len(row) > 2)
    ]
