"""The demonstration shop at a scenario's hour, in a database of its own, with the street and the model around it."""

import os
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import LiteralString, cast

import psycopg

from local import seed
from local.seed import SeededShop
from local.street.chats import Chat
from tests.evals.scenarios import OWNER, Scenario
from tests.functions import house as houses
from tests.functions.house import House, Installation
from tests.postgres import Clock, cloned, template

OFFLINE = "offline"
# As the shop itself would write it down: at its price and length for this pet, with a tub and a groomer.
BOOK: LiteralString = """
    WITH asked AS (
      SELECT p.contact_id, p.id AS pet_id, s.id AS service_id, (%(at)s::timestamp AT TIME ZONE 'America/Sao_Paulo') AS starts_at,
        coalesce(r.duration, s.duration) AS duration, coalesce(r.price_cents, s.price_cents) AS cents, s.resource_kind
      FROM pets p, services s
      LEFT JOIN LATERAL (
        SELECT v.* FROM service_prices v, pets q
        WHERE v.service_id = s.id AND q.name = %(pet)s AND v.size = q.size AND v.coat IN ('any', q.coat)
        ORDER BY v.coat = 'any' LIMIT 1) r ON true
      WHERE p.name = %(pet)s AND s.name = %(service)s
    ), made AS (
      INSERT INTO bookings (contact_id, pet_id, service_id, starts_at, ends_at, price_cents, status, source)
      SELECT contact_id, pet_id, service_id, starts_at, starts_at + duration, cents, 'confirmed', 'staff' FROM asked
      RETURNING id, service_id, starts_at, ends_at
    )
    INSERT INTO booking_places (booking_id, resource_id, staff_id, number, starts_at, ends_at)
    SELECT made.id, place.resource_id, place.staff_id, 1, made.starts_at, made.ends_at
    FROM made CROSS JOIN LATERAL (
      (SELECT r.id AS resource_id, NULL::uuid AS staff_id FROM resources r, services s
       WHERE s.id = made.service_id AND r.kind = s.resource_kind ORDER BY r.name OFFSET %(turn)s %% 2 LIMIT 1)
      UNION ALL
      (SELECT NULL, t.staff_id FROM service_staff t JOIN staff_members m ON m.id = t.staff_id
       WHERE t.service_id = made.service_id ORDER BY m.name OFFSET %(turn)s %% 2 LIMIT 1)) place
    """
BLOCK: LiteralString = """
    INSERT INTO blocked_times (resource_id, staff_id, starts_at, ends_at)
    VALUES ((SELECT id FROM resources WHERE name = %(whose)s), (SELECT id FROM staff_members WHERE name = %(whose)s),
      %(from)s::timestamp AT TIME ZONE 'America/Sao_Paulo', %(until)s::timestamp AT TIME ZONE 'America/Sao_Paulo')
    """


@dataclass(frozen=True)
class Endpoint:
    """A model of somebody's behind an OpenAI-compatible address, as the product is told of it."""

    base_url: str = ""
    api_key: str = ""
    name: str = OFFLINE
    fallback_name: str = ""

    @property
    def is_offline(self) -> bool:
        return not self.base_url


def endpoint() -> Endpoint:
    """What AUZAP_MODEL_BASE_URL, _API_KEY, _NAME and _FALLBACK_NAME say; the offline model where they say nothing."""
    if not (base_url := os.environ.get("AUZAP_MODEL_BASE_URL", "")):
        return Endpoint()
    told = {name: os.environ.get(f"AUZAP_MODEL_{name.upper()}", "") for name in ("api_key", "name", "fallback_name")}
    return Endpoint(base_url.rstrip("/"), **told)


@contextmanager
def opened(installation: Installation, scenario: Scenario, model: Endpoint | None = None) -> Generator[House]:
    now = scenario.now
    with cloned(template(clock=True)) as place, psycopg.connect(place.owner, autocommit=True) as owner:
        clock = Clock(owner)
        clock.move(now - clock.now())
        seeded = seed.seed(place.admin, installation.clients["kms"], installation.master_key, now=now)
        with houses.around(
            installation, place, seeded.accounts[0], seeded.organization_id, clock=clock.now, **_people(seeded)
        ) as house:
            _arrange(house, scenario)
            if model and not model.is_offline:
                house.environment |= _settings(installation, model)
            yield house


def chat_of(house: House, who: str) -> Chat:
    """The telephone of the owner, of one of the demonstration's people, or of somebody new."""
    found = house.outside.street.chats.snapshot()["chats"]
    fitting = [chat["id"] for chat in found if (chat["is_owner"] if who == OWNER else chat["name"] == who)]
    chat = house.outside.street.chats.chat(fitting[0]) if fitting else None
    return chat or house.person(who)


def _arrange(house: House, scenario: Scenario) -> None:
    with house.database.transaction(house.organization_id, "test") as tx:
        if scenario.has_empty_agenda:
            tx.execute("UPDATE bookings SET status = 'cancelled' WHERE ends_at > app.now() AND status = 'confirmed'")
            tx.execute("UPDATE waitlist_entries SET state = 'cancelled'")
        for number, (pet, service, at) in enumerate(scenario.booked):
            tx.execute(BOOK, {"pet": pet, "service": service, "at": at, "turn": number})
        for starts_at, ends_at, *whose in scenario.blocked:
            tx.execute(BLOCK, {"from": starts_at, "until": ends_at, "whose": "".join(whose)})
        for statement in scenario.setup:
            tx.execute(cast(LiteralString, statement))


def _people(seeded: SeededShop) -> dict[str, object]:
    return {
        "owner_phone": seeded.owner_phone,
        "owner_name": seeded.owner_name,
        "customers": seeded.customers,
        "templates": seeded.templates,
    }


def _settings(installation: Installation, model: Endpoint) -> dict[str, str]:
    return {
        "AUZAP_MODEL_BASE_URL": model.base_url,
        "AUZAP_MODEL_NAME": model.name,
        "AUZAP_MODEL_FALLBACK_NAME": model.fallback_name,
        "AUZAP_MODEL_SECRET": installation.keep_secret({"api_key": model.api_key}),
    }
