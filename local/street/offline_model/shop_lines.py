"""The lines in which the tools tell of services, free times and appointments, read leniently."""

import re
from dataclasses import dataclass
from datetime import date, time

from local.street.offline_model import dates
from local.street.offline_model.table import table, with_handle
from local.street.offline_model.text import fold

MONEY = r"R\$ ?[\d.]+,\d{2}"
TIME = r"\d+ ?(?:min|h)\b"
# `pequeno pelo longo R$ 65,00`, and `grande R$ 120,00 in 90 min` where it takes another time than usual.
OF_SIZE = re.compile(rf"(?:^|[(,]) ?(?P<label>[^\W\d_][^\d,()$]*?):? (?P<price>{MONEY})(?: in (?P<time>{TIME}))?")
DAY = re.compile(r"\b\d{1,2}/\d{1,2}(?:/\d{4})?\b|\b\d{4}-\d{2}-\d{2}\b")
HOUR = re.compile(r"\b(\d{1,2}):(\d{2})\b")
IN_TURN = "one after the other: "
TOGETHER = re.compile(r"^b\d{1,3} and b\d{1,3}.* together")


@dataclass(frozen=True)
class Service:
    name: str
    duration: str
    price: str
    # By what the line calls it: a size, a coat, or both.
    prices: dict[str, str]
    durations: dict[str, str]
    # Beside which services it is done, where it is not done alone.
    hosts: tuple[str, ...] = ()
    is_only_by_team: bool = False

    @property
    def is_addon(self) -> bool:
        return bool(self.hosts)


@dataclass(frozen=True)
class Product:
    name: str
    price: str
    is_available: bool


@dataclass(frozen=True)
class Slot:
    handle: str
    day: date
    hour: time
    day_name: str
    # Of several pets that cannot be served together: who comes when.
    turns: str = ""

    @property
    def label(self) -> str:
        turns = f" ({self.turns})" if self.turns else ""
        return f"{self.day_name} às {self.hour:%H:%M}{turns}"

    @property
    def short_label(self) -> str:
        """As a button of twenty letters takes it."""
        return f"{self.day_name[:3].lower()} {self.day:%d/%m} às {self.hour:%H:%M}"


@dataclass(frozen=True)
class Booking:
    handle: str
    pet: str
    # With what is done beside it: `Banho + Corte de unhas`.
    service: str
    when: str
    day: date | None
    hour: time | None

    @property
    def label(self) -> str:
        return f"{self.pet}, {self.service}, {self.when}"

    @property
    def main_service(self) -> str:
        return self.service.split(" + ")[0]

    @property
    def addons(self) -> list[str]:
        return self.service.split(" + ")[1:]


@dataclass(frozen=True)
class Waiting:
    handle: str
    label: str


def services_in(result: str) -> list[Service]:
    return [service_of(name, rest) for name, *rest in table(result) if any(re.search(MONEY, column) for column in rest)]


def service_of(name: str, rest: list[str]) -> Service:
    cost = next(column for column in rest if re.search(MONEY, column))
    money = re.search(MONEY, cost)
    hosts = next((column.removeprefix("with ") for column in rest if column.startswith("with ")), "")
    duration = next((column for column in rest if re.match(TIME, column)), "")
    by_size = list(OF_SIZE.finditer(cost.partition("(")[2]))
    return Service(
        name=name,
        duration=duration,
        price=money[0] if money else "",
        prices={found["label"]: found["price"] for found in by_size},
        durations={found["label"]: found["time"] or duration for found in by_size},
        hosts=tuple(host.strip() for host in hosts.split(",") if host.strip()),
        is_only_by_team=any(column.startswith("only people") for column in rest),
    )


def products_in(result: str) -> list[Product]:
    return [
        Product(name, price, not any("not available" in column for column in rest))
        for name, price, *rest in (row for row in table(result) if len(row) > 1)
        if re.search(MONEY, price)
    ]


def slots_in(result: str, today: date) -> list[Slot]:
    slots = (slot_of(columns, today) for columns in with_handle(result, "s"))
    return [slot for slot in slots if slot]


def slot_of(columns: list[str], today: date) -> Slot | None:
    day, hour = day_in(columns, today), hour_in(columns)
    if not day or not hour:
        return None
    day_name = next(column for column in columns if DAY.search(column))
    in_turn = next((column for column in columns if column.startswith(IN_TURN)), "")
    return Slot(columns[0], day, hour, HOUR.sub("", day_name).strip(), in_turn.removeprefix(IN_TURN))


def bookings_in(result: str, today: date) -> list[Booking]:
    return [
        Booking(handle, pet, service, when, day_in([when], today), hour_in([when]))
        for handle, pet, service, when, *_ in (row for row in with_handle(result, "b") if len(row) >= 4)
    ]


def together_in(result: str) -> str | None:
    """The handle of appointments that were booked together."""
    return next((handle for handle, *rest in with_handle(result, "b") if TOGETHER.match(rest[0])), None)


def waiting_in(result: str, prefix: str) -> list[Waiting]:
    """Entries of the waitlist, and appointments that repeat: a handle, and what is said of it."""
    return [Waiting(handle, ", ".join(rest[:3])) for handle, *rest in with_handle(result, prefix)]


def day_in(columns: list[str], today: date) -> date | None:
    return next((dates.day_in(found[0], today) for column in columns if (found := DAY.search(column))), None)


def hour_in(columns: list[str]) -> time | None:
    found = next((found for column in columns if (found := HOUR.search(column))), None)
    return time(int(found[1]), int(found[2])) if found and int(found[1]) < 24 and int(found[2]) < 60 else None


def told_for(values: dict[str, str], size: str | None, coat: str | None) -> tuple[str, str] | None:
    """What the line calls a pet of this size and coat, and what it says of it; None where it names no such pet."""
    labels = [f"{size} pelo {coat}" if size and coat else "", size or "", f"pelo {coat}" if coat else ""]
    by_label = {fold(label): (label, value) for label, value in values.items()}
    return next((by_label[fold(label)] for label in labels if label and fold(label) in by_label), None)
