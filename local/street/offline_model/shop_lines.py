"""The lines in which the shop's tools answer, read leniently: `s1 | sábado 28/11 | 09:00 | Banho | R$ 70,00`."""

import re
from dataclasses import dataclass
from datetime import date, time

from local.street.offline_model import dates

MONEY = r"R\$ ?[\d.]+,\d{2}"
SIZE_PRICE = re.compile(rf"(?P<size>[^\W\d_]+):? (?P<price>{MONEY})")
DAY = re.compile(r"\b\d{1,2}/\d{1,2}(?:/\d{4})?\b|\b\d{4}-\d{2}-\d{2}\b")
HOUR = re.compile(r"\b(\d{1,2}):(\d{2})\b")
HANDLE = re.compile(r"^[sb]\d+$")


@dataclass(frozen=True)
class Service:
    name: str
    duration: str
    price: str
    prices_by_size: dict[str, str]


@dataclass(frozen=True)
class Slot:
    handle: str
    day: date
    hour: time
    day_name: str

    @property
    def label(self) -> str:
        return f"{self.day_name} às {self.hour:%H:%M}"


@dataclass(frozen=True)
class Pet:
    name: str
    species: str = ""
    breed: str = ""
    size: str = ""


@dataclass(frozen=True)
class Booking:
    handle: str
    pet: str
    service: str
    when: str
    day: date | None
    hour: time | None

    @property
    def label(self) -> str:
        return f"{self.pet}, {self.service}, {self.when}"


def services_in(result: str) -> list[Service]:
    return [
        Service(
            name=name,
            duration=next((column for column in rest if re.search(r"\d ?(?:min|h)", column)), ""),
            price=next((money[0] for column in rest if (money := re.search(MONEY, column))), ""),
            prices_by_size={
                found["size"]: found["price"]
                for column in rest
                for found in SIZE_PRICE.finditer(column.partition("(")[2])
            },
        )
        for name, *rest in table(result)
    ]


def slots_in(result: str, today: date) -> list[Slot]:
    slots = (slot_of(columns, today) for columns in table(result) if HANDLE.match(columns[0]))
    return [slot for slot in slots if slot]


def slot_of(columns: list[str], today: date) -> Slot | None:
    day, hour = day_in(columns, today), hour_in(columns)
    if not day or not hour:
        return None
    day_name = next(column for column in columns if DAY.search(column))
    return Slot(columns[0], day, hour, HOUR.sub("", day_name).strip())


def pets_in(result: str) -> list[Pet]:
    rows = ([name, *("" if detail.endswith("unknown") else detail for detail in rest)] for name, *rest in table(result))
    return [Pet(*columns[:4]) for columns in rows]


def bookings_in(result: str, today: date) -> list[Booking]:
    return [
        Booking(handle, pet, service, when, day_in([when], today), hour_in([when]))
        for handle, pet, service, when, *_ in (row for row in table(result) if len(row) >= 4)
        if HANDLE.match(handle)
    ]


def table(result: str) -> list[list[str]]:
    """The lines with columns; sentences around them are for reading, not for choosing."""
    rows = ([column.strip() for column in line.lstrip(" -•*").split("|")] for line in result.splitlines())
    return [columns for columns in rows if len(columns) > 1 and columns[0]]


def day_in(columns: list[str], today: date) -> date | None:
    return next((dates.day_in(found[0], today) for column in columns if (found := DAY.search(column))), None)


def hour_in(columns: list[str]) -> time | None:
    found = next((found for column in columns if (found := HOUR.search(column))), None)
    return time(int(found[1]), int(found[2])) if found and int(found[1]) < 24 and int(found[2]) < 60 else None
