"""A customer's profile: what they have been to the shop decides what they are; what the shop writes down stays."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import psycopg
import pytest

from auzap.customers import custom_fields, health, profiles
from auzap.customers.custom_fields import FieldKnown, TooManyFields, UnfitField, UnfitValue, UnknownField
from auzap.customers.pets import UnknownPet
from auzap.customers.profiles import PhoneKnown, UnfitContact, UnfitTags, UnknownContact, UnknownKeeper
from auzap.db.connection import Database, Tx
from auzap.ids import ContactId, OrganizationId, PetId, UserId, new_id
from tests import factories
from tests.factories_customers import pet, stay, visit
from tests.postgres import Clock

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


@pytest.fixture
def now(clock: Clock) -> datetime:
    return clock.now()


@pytest.fixture
def theirs(owner: psycopg.Connection, connect: Callable[[], Database]) -> ContactId:
    """A faithful customer of another shop."""
    with connect().transaction(factories.make_organization(owner), "test") as tx:
        factories.make_shop(tx)
        contact_id = factories.make_contact(tx, "Beatriz", phone="+5511900000009")
        visit(tx, contact_id, pet(tx, contact_id), datetime(2026, 1, 5, 15, tzinfo=UTC), cents=500_000)
        return contact_id


@pytest.fixture
def ana(theirs: ContactId, tx: Tx) -> ContactId:
    factories.make_shop(tx)
    return factories.make_contact(tx, "Ana", phone="+5511900000001")


def profile(tx: Tx, contact_id: ContactId, now: datetime) -> profiles.ContactProfile:
    return profiles.find(tx, contact_id, today=now.date())


def come(tx: Tx, contact_id: ContactId, now: datetime, *days_ago: int, cents: int = 6000) -> None:
    pet_id = pet(tx, contact_id, f"Rex {next(factories.numbers)}")
    for days in days_ago:
        visit(tx, contact_id, pet_id, now - days * DAY - HOUR, cents=cents)


# What they are


def test_who_has_never_come_is_new(tx: Tx, ana: ContactId, now: datetime) -> None:
    visit(tx, ana, pet(tx, ana), now + DAY, status="confirmed", cents=900_000)
    visit(tx, ana, pet(tx, ana, "Thor"), now - DAY, status="cancelled", cents=900_000)

    found = profile(tx, ana, now)

    assert (found.type, found.status, found.visits, found.spent_cents, found.last_visit) == ("new", "new", 0, 0, None)
    assert (found.cancelled, found.mean_ticket_cents, found.loyalty(now.date())) == (1, None, 0)


def test_who_has_come_is_active_until_sixty_days_have_gone(tx: Tx, ana: ContactId, now: datetime) -> None:
    come(tx, ana, now, 200, 59)
    found = profile(tx, ana, now)
    assert (found.type, found.status, found.bookings_completed, found.spent_cents) == ("returning", "active", 2, 12_000)
    assert (found.mean_ticket_cents, found.last_visit) == (6000, now - 59 * DAY - HOUR)

    carla = factories.make_contact(tx, "Carla")
    come(tx, carla, now, 60)
    assert (profile(tx, carla, now).type, profile(tx, carla, now).status) == ("inactive", "inactive")


@pytest.mark.parametrize(("cents", "expected"), [(100_000, "returning"), (100_001, "vip")])
def test_who_has_spent_more_than_a_thousand_is_a_vip(
    tx: Tx, ana: ContactId, now: datetime, cents: int, expected: str
) -> None:
    come(tx, ana, now, 5, cents=cents)

    assert profile(tx, ana, now).type == expected


@pytest.mark.parametrize(("visits", "expected"), [(9, "returning"), (10, "vip")])
def test_who_has_come_ten_times_is_a_vip(tx: Tx, ana: ContactId, now: datetime, visits: int, expected: str) -> None:
    come(tx, ana, now, *range(1, visits + 1))

    assert profile(tx, ana, now).type == expected


@pytest.mark.parametrize(("word", "expected"), [(True, "vip"), (False, "returning"), (None, "vip")])
def test_the_shops_own_word_decides_who_is_a_vip(
    tx: Tx, ana: ContactId, now: datetime, word: bool | None, expected: str
) -> None:
    come(tx, ana, now, *range(1, 11))

    profiles.change(tx, ana, {"is_vip": word})

    assert profile(tx, ana, now).type == expected


def test_stays_and_their_extras_count_as_visits_and_money(tx: Tx, ana: ContactId, now: datetime) -> None:
    rex = pet(tx, ana)
    visit(tx, ana, rex, now - 30 * DAY, cents=8000)
    stay(tx, ana, rex, now - 3 * DAY, cents=90_000, extra_cents=2_100)

    found = profile(tx, ana, now)

    assert (found.bookings_completed, found.stays_finished, found.spent_cents) == (1, 1, 100_100)
    assert (found.type, found.last_visit) == ("vip", now - 3 * DAY)


def test_loyalty_counts_visits_money_and_months_and_takes_cancellations_away(
    tx: Tx, ana: ContactId, now: datetime
) -> None:
    tx.execute("UPDATE contacts SET created_at = %s", [now - 100 * DAY])
    come(tx, ana, now, 90, 30, 2, cents=25_000)
    visit(tx, ana, pet(tx, ana, "Thor"), now - DAY, status="cancelled")
    found = profile(tx, ana, now)

    months = (now.date() - timedelta(days=100)).replace(day=1)
    assert found.client_since == now - 100 * DAY
    whole = 12 * (now.year - months.year) + now.month - months.month - (now.day < (now - 100 * DAY).day)
    assert found.loyalty(now.date()) == 3 * 10 + 7 + 5 * whole - 20
    for name in ("Bob", "Mel", "Nina"):
        visit(tx, ana, pet(tx, ana, name), now - DAY, status="cancelled")
    assert profile(tx, ana, now).loyalty(now.date()) == 0


@pytest.mark.parametrize("by", ["user:0198a000-0000-7000-8000-000000000001", "key:panel", "clock"])
def test_what_the_shop_cancelled_takes_nothing_from_the_customer(
    tx: Tx, ana: ContactId, now: datetime, by: str
) -> None:
    come(tx, ana, now, 2)
    before = profile(tx, ana, now).loyalty(now.date())

    visit(tx, ana, pet(tx, ana, "Thor"), now - DAY, status="cancelled", by=by)

    found = profile(tx, ana, now)
    assert (found.cancelled, found.loyalty(now.date())) == (0, before)


def test_a_vaccine_that_is_due_within_days_shows_on_the_customer(tx: Tx, ana: ContactId, now: datetime) -> None:
    rex, today = pet(tx, ana), now.date()
    event = health.note(
        tx, rex, kind="vaccine", name="V10", done_on=today - 300 * DAY, today=today, due_on=today + 6 * DAY
    )
    assert profile(tx, ana, now).has_vaccine_due

    health.verify(tx, event.id, by="user:bia", due_on=today + 7 * DAY)
    assert not profile(tx, ana, now).has_vaccine_due


def test_the_shop_in_numbers(tx: Tx, ana: ContactId, now: datetime) -> None:
    carla, davi = factories.make_contact(tx, "Carla"), factories.make_contact(tx, "Davi")
    come(tx, ana, now, 5)
    come(tx, carla, now, 100)
    tx.execute("UPDATE contacts SET blocked_at = app.now() WHERE id = %s", [davi])

    found = profiles.statistics(tx)

    assert (found.contacts, found.new, found.returning, found.vip, found.inactive) == (3, 1, 1, 0, 1)
    assert (found.blocked, found.agent_off, found.opted_out, found.with_pets, found.pets) == (1, 0, 0, 2, 2)


def test_an_empty_shop_has_numbers_too(tx: Tx) -> None:
    assert profiles.statistics(tx).contacts == profiles.statistics(tx).pets == 0


# What is written down


def test_a_customer_who_has_not_written_yet_is_made_once(tx: Tx, ana: ContactId) -> None:
    made = profiles.create(tx, phone="+5511900000002", name="Davi", source="staff")

    with pytest.raises(PhoneKnown) as known:
        profiles.create(tx, phone="+5511900000002", name="Outro", source="staff")
    assert known.value.contact_id == made
    assert tx.execute("SELECT name, source FROM contacts WHERE id = %s", [made]).fetchone() == ("Davi", "staff")


def test_what_the_shop_writes_down_stays_until_it_is_taken_away(tx: Tx, ana: ContactId, now: datetime) -> None:
    profiles.change(tx, ana, {"email": "ANA@Example.com", "birth_date": date(1990, 2, 28), "address": "Rua A, 1"})
    profiles.change(tx, ana, {"notes": "Prefere ligação", "source": "referral"})
    profiles.change(tx, ana, {"address": None})
    profiles.change(tx, ana, {})
    profiles.introduce(tx, ana, "Ana Souza")

    found = profile(tx, ana, now)
    assert (found.name, found.email, found.birth_date, found.address) == (
        *("Ana Souza", "ana@example.com", date(1990, 2, 28), None),
    )
    assert (found.notes, found.source, found.phone) == ("Prefere ligação", "referral", "+5511900000001")


@pytest.mark.parametrize(
    "changes", [{"email": "ana"}, {"notes": None}, {"birth_date": "ontem"}, {"source": "sky"}, {"name": "x" * 121}]
)
def test_what_does_not_fit_is_refused(
    tx: Tx, ana: ContactId, now: datetime, changes: dict[profiles.Field, Any]
) -> None:
    with pytest.raises(UnfitContact):
        profiles.change(tx, ana, changes)

    assert profile(tx, ana, now).name == "Ana"


def test_tags_are_a_set(tx: Tx, ana: ContactId) -> None:
    assert profiles.tag(tx, ana, ["Gato", "banho  semanal", "gato"]) == ["banho semanal", "gato"]
    assert profiles.tag(tx, ana, ["vip"]) == ["banho semanal", "gato", "vip"]
    assert profiles.untag(tx, ana, ["GATO", "nada"]) == ["banho semanal", "vip"]

    for tags in ([" "], ["x" * 41], [str(number) for number in range(21)]):
        with pytest.raises(UnfitTags):
            profiles.tag(tx, ana, tags)


def test_a_customer_has_a_keeper_of_the_team(
    owner: psycopg.Connection, organization_id: OrganizationId, tx: Tx, ana: ContactId, now: datetime
) -> None:
    bia = factories.make_member(owner, organization_id)

    profiles.keep(tx, ana, bia)
    assert profile(tx, ana, now).keeper_user_id == bia
    with pytest.raises(UnknownKeeper):
        profiles.keep(tx, ana, UserId(new_id()))
    profiles.keep(tx, ana, None)
    assert profile(tx, ana, now).keeper_user_id is None


def test_a_customer_of_another_shop_is_unknown(theirs: ContactId, tx: Tx, ana: ContactId, now: datetime) -> None:
    for act in (
        lambda: profile(tx, theirs, now),
        lambda: profiles.change(tx, theirs, {"name": "Ninguém"}),
        lambda: profiles.tag(tx, theirs, ["x"]),
        lambda: profiles.keep(tx, theirs, None),
        lambda: profiles.fill_in(tx, theirs, {}),
    ):
        with pytest.raises(UnknownContact):
            act()
    assert profiles.statistics(tx).contacts == 1


# The shop's own fields


def define(tx: Tx, name: str, kind: custom_fields.Kind = "text", **more: Any) -> None:
    custom_fields.define(tx, **{"subject": "contact", "name": name, "label": name.title(), "kind": kind, **more})


def test_the_shops_own_fields_are_kept_as_their_kind(tx: Tx, ana: ContactId, now: datetime) -> None:
    define(tx, "bairro")
    define(tx, "pontos", "number")
    define(tx, "desde", "date")
    define(tx, "avisar", "boolean")
    define(tx, "plano", "choice", choices=["ouro", "prata"])
    values = {"bairro": " Centro ", "pontos": 7, "desde": date(2024, 5, 1), "avisar": False, "plano": "ouro"}

    profiles.fill_in(tx, ana, values)
    profiles.fill_in(tx, ana, {"pontos": 8.5, "desde": "2024-06-01", "avisar": None})

    assert profile(tx, ana, now).custom == {"bairro": "Centro", "pontos": 8.5, "desde": "2024-06-01", "plano": "ouro"}


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        *(("text", ""), ("text", "x" * 501), ("text", 5), ("number", "7"), ("number", True), ("number", float("nan"))),
        *(("date", "31/12/2024"), ("date", 5), ("boolean", "sim"), ("boolean", 1), ("choice", "bronze")),
    ],
)
def test_a_value_of_another_kind_is_refused(tx: Tx, ana: ContactId, kind: custom_fields.Kind, value: Any) -> None:
    define(tx, "campo", kind, choices=["ouro"] if kind == "choice" else [])

    with pytest.raises(UnfitValue):
        profiles.fill_in(tx, ana, {"campo": value})


def test_a_field_that_there_is_not_takes_no_value(tx: Tx, ana: ContactId, now: datetime) -> None:
    custom_fields.define(tx, subject="pet", name="coleira", label="Coleira", kind="text")

    with pytest.raises(UnknownField):
        profiles.fill_in(tx, ana, {"coleira": "azul"})

    rex = pet(tx, ana)
    profiles.fill_in_pet(tx, rex, {"coleira": "azul"})
    assert tx.execute("SELECT custom FROM pets").fetchone() == ({"coleira": "azul"},)
    with pytest.raises(UnknownPet):
        profiles.fill_in_pet(tx, PetId(new_id()), {"coleira": "azul"})
    assert profile(tx, ana, now).custom == {}


def test_a_field_goes_with_what_was_kept_in_it(tx: Tx, ana: ContactId, now: datetime) -> None:
    define(tx, "bairro")
    define(tx, "pontos", "number")
    profiles.fill_in(tx, ana, {"bairro": "Centro", "pontos": 1})
    (bairro, _) = custom_fields.fields(tx, "contact")

    custom_fields.remove(tx, bairro.id)

    assert profile(tx, ana, now).custom == {"pontos": 1}
    with pytest.raises(UnknownField):
        custom_fields.remove(tx, bairro.id)


def test_a_field_has_a_name_of_its_own_and_choices_where_it_is_one(tx: Tx) -> None:
    define(tx, "bairro")
    with pytest.raises(FieldKnown):
        define(tx, "bairro", "number")
    for name, kind, choices in (
        ("Bairro", "text", []),
        ("plano", "choice", []),
        ("a", "text", ["b"]),
        ("", "text", []),
    ):
        with pytest.raises(UnfitField):
            define(tx, name, kind, choices=choices)  # pyright: ignore[reportArgumentType]


def test_there_are_so_many_fields_and_no_more(tx: Tx) -> None:
    for number in range(custom_fields.MOST_FIELDS):
        define(tx, f"campo_{number}")

    with pytest.raises(TooManyFields):
        define(tx, "mais_um")
