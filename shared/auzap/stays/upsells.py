"""What else a stay could do with. The rules are ours; the services and their prices are the shop's own, or there are none."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from auzap.catalog.services import Service, services
from auzap.customers.pets import months_between
from auzap.db.connection import Tx
from auzap.errors import Refusal
from auzap.ids import ServiceId, StayId
from auzap.stays import staying
from auzap.stays.listing import WholeStay
from auzap.stays.places import DAY
from auzap.stays.queries import Stay
from auzap.text import folded

type Priority = Literal["high", "medium", "low"]

GROOMED_FROM_DAYS = 3


@dataclass(frozen=True, slots=True)
class Rule:
    """For which stays, and which service of the catalogue: of these categories, with one of these words in its name."""

    priority: Priority
    why: str
    categories: frozenset[str]
    words: frozenset[str]
    suits: Callable[[Stay], bool]


RULES = (
    Rule("high", "goes home clean", frozenset({"grooming"}), frozenset({"banho", "bath"}), lambda stay: True),
    Rule(
        "high",
        "its vaccines are not proved",
        frozenset({"veterinary"}),
        frozenset({"exame", "consulta", "avaliacao", "check-up", "checkup", "exam", "consultation"}),
        lambda stay: stay.vaccines_ok is not True,
    ),
    Rule(
        "medium",
        "stays for some days",
        frozenset({"grooming"}),
        frozenset({"tosa", "grooming", "haircut"}),
        lambda stay: stay.kind == "hotel" and stay.days >= GROOMED_FROM_DAYS,
    ),
    Rule(
        "medium",
        "is anxious, or not at ease with others",
        frozenset({"training"}),
        frozenset(),
        lambda stay: stay.anxiety == "high" or stay.socialisation == "low",
    ),
    Rule(
        "low",
        "likes to go out",
        frozenset({"hotel", "daycare", "other", "training"}),
        frozenset({"passeio", "walk"}),
        lambda stay: stay.species == "dog",
    ),
)


@dataclass(frozen=True, slots=True)
class Extra:
    service_id: ServiceId
    name: str
    price_cents: int


@dataclass(frozen=True, slots=True)
class Suggestion(Extra):
    priority: Priority
    why: str


class AddedAlready(Refusal):
    def __init__(self) -> None:
        super().__init__("That is part of the stay already. Say so.")


class NotInTheCatalogue(Refusal):
    def __init__(self) -> None:
        super().__init__("The shop does not offer that for this stay. Call suggest_extras for what it offers.")


def suggest(tx: Tx, stay: Stay) -> list[Suggestion]:
    return suggested(stay, services(tx), _added(tx, stay.id))


def suggest_for(tx: Tx, stay: WholeStay) -> list[Suggestion]:
    """Of one whose extras are known."""
    return suggested(stay, services(tx), {extra.service_id for extra in stay.extras})


def suggested(stay: Stay, catalogue: Sequence[Service], added: Collection[ServiceId]) -> list[Suggestion]:
    """One service for each rule that suits the stay and that nothing of it meets yet; what matters most first."""
    had, found = [each for each in catalogue if each.id in added], list[Suggestion]()
    for rule in RULES:
        if not rule.suits(stay) or any(_meets(each, rule) for each in had):
            continue
        fitting = [each for each in catalogue if _meets(each, rule) and suits(each, stay)]
        # The plainest by its name: a bath before a bath with all there is.
        service = min(fitting, key=lambda each: len(each.name.split()), default=None)
        if service:
            had.append(service)
            price = service.price_for(stay.size, stay.coat)
            found.append(Suggestion(service.id, service.name, price, rule.priority, rule.why))
    return found


def suits(service: Service, stay: Stay) -> bool:
    """Whether the agent may add it: done by itself, for such a pet, while the stay lasts, at a price that is known."""
    return (
        service.is_bookable_by_agent
        and not service.is_addon
        and service.prerequisite_id is None
        and (service.species is None or stay.species in service.species)
        and _is_of_age(service, stay.birth_date, stay.from_day)
        and any(service.is_offered_on(stay.from_day + passed * DAY) for passed in range(stay.days))
        and service.lacks(stay.size, stay.coat) is None
    )


def add(tx: Tx, stay_id: StayId, service_id: ServiceId) -> Extra:
    """At the catalogue's price of now, whatever was said before."""
    stay = staying.locked(tx, stay_id)
    staying.expect(stay, "awaiting_assessment", "approved", "staying")
    service = next((each for each in services(tx) if each.id == service_id and suits(each, stay)), None)
    if service is None:
        raise NotInTheCatalogue
    price = service.price_for(stay.size, stay.coat)
    added = tx.execute(
        """
        INSERT INTO stay_extras (stay_id, service_id, price_cents) VALUES (%s, %s, %s)
        ON CONFLICT (organization_id, stay_id, service_id) DO NOTHING
        """,
        [stay_id, service_id, price],
    )
    if added.rowcount == 0:
        raise AddedAlready
    return Extra(service.id, service.name, price)


def remove(tx: Tx, stay_id: StayId, service_id: ServiceId) -> None:
    stay = staying.locked(tx, stay_id)
    staying.expect(stay, "awaiting_assessment", "approved", "staying")
    tx.execute("DELETE FROM stay_extras WHERE stay_id = %s AND service_id = %s", [stay_id, service_id])


def _added(tx: Tx, stay_id: StayId) -> set[ServiceId]:
    rows = tx.execute("SELECT service_id FROM stay_extras WHERE stay_id = %s", [stay_id])
    return {ServiceId(row[0]) for row in rows}


def _meets(service: Service, rule: Rule) -> bool:
    return service.category in rule.categories and (
        not rule.words or not rule.words.isdisjoint(folded(service.name).split())
    )


def _is_of_age(service: Service, born: date | None, day: date) -> bool:
    if service.youngest_months is None and service.oldest_months is None:
        return True
    if born is None:
        return False
    return (service.youngest_months or 0) <= months_between(born, day) <= (service.oldest_months or 10_000)
