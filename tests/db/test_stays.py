"""Stays: a place on every day or none, and approved only by proof."""

from typing import Any

import pytest
from psycopg import errors

from auzap.customers import health
from auzap.customers.pets import Pet
from auzap.db.connection import Tx
from auzap.organizations.shop import Shop
from auzap.stays import places, staying
from auzap.stays.rooms import SizeUnknown
from auzap.stays.staying import (
    BY_RECORD,
    Assessment,
    NotProved,
    PetStaysAlready,
    StayFull,
)
from tests import factories
from tests.db.lodging import FROM, LAST_PROVED, NOW, TODAY, approved_stay, days_held, moves, proved_guest
from tests.factories_stays import DAY, SEEN, guest, make_rate, make_room, prove, stay_for


@pytest.fixture
def shop(tx: Tx) -> Shop:
    return factories.make_shop(tx)


# Reserving


def test_a_reservation_holds_a_place_on_each_of_its_days_and_waits_for_an_assessment(tx: Tx, shop: Shop) -> None:
    stay = stay_for(tx, shop, guest(tx), make_room(tx), FROM, 3, now=NOW, requests="dorme com a manta")

    assert days_held(tx, stay) == [FROM, FROM + DAY, FROM + 2 * DAY]
    assert (stay.state, stay.total_cents, stay.vaccines_ok, stay.deworming_ok) == (
        "awaiting_assessment",
        30000,
        None,
        None,
    )
    assert stay.requests == "dorme com a manta"
    assert moves(tx, stay) == [(None, "awaiting_assessment", None, "test")]
    assert tx.execute("SELECT kind, detail FROM notifications").fetchall() == [
        ("stay_assessment", {"stay": str(stay.id)})
    ]


def test_the_last_place_is_given_once_and_nothing_is_left_of_the_other_try(tx: Tx, shop: Shop) -> None:
    room = make_room(tx)
    stay_for(tx, shop, guest(tx), room, FROM + DAY, 1, now=NOW)

    with pytest.raises(StayFull) as refused:
        stay_for(tx, shop, guest(tx, "Mel"), room, FROM, 3, now=NOW)

    assert refused.value.day == FROM + DAY
    assert tx.execute("SELECT count(*) FROM stays").fetchone() == (1,)
    assert tx.execute("SELECT count(*) FROM stay_days").fetchone() == (1,)


def test_a_shop_that_has_fewer_places_now_gives_none_until_enough_have_left(tx: Tx, shop: Shop) -> None:
    room = make_room(tx, capacity=3)
    for name in ("Rex", "Mel", "Bob"):
        stay_for(tx, shop, guest(tx, name), room, FROM, 1, now=NOW)
    tx.execute("UPDATE room_types SET capacity = 2")
    tx.execute("DELETE FROM stay_days WHERE number = 1")

    (day,) = places.by_day(tx, "hotel", FROM, FROM + DAY)
    assert day.free == 0
    with pytest.raises(StayFull):
        stay_for(tx, shop, guest(tx, "Nina"), room, FROM, 1, now=NOW)


def test_a_pet_is_not_in_two_places_at_once(tx: Tx, shop: Shop) -> None:
    pet, suite, daycare = guest(tx), make_room(tx), make_room(tx, "Creche", kind="daycare")
    stay_for(tx, shop, pet, suite, FROM, 2, now=NOW)

    with pytest.raises(PetStaysAlready):
        stay_for(tx, shop, pet, daycare, FROM + DAY, 1, now=NOW)
    stay_for(tx, shop, pet, daycare, FROM + 2 * DAY, 1, now=NOW)


def test_a_cancelled_stay_is_in_nobodys_way(tx: Tx, shop: Shop) -> None:
    pet, room = guest(tx), make_room(tx)
    first = stay_for(tx, shop, pet, room, FROM, 2, now=NOW)

    staying.cancel(tx, first.id, reason="viagem adiada")

    assert days_held(tx, first) == []
    assert stay_for(tx, shop, pet, room, FROM, 2, now=NOW).state == "awaiting_assessment"
    assert moves(tx, first)[-1] == ("awaiting_assessment", "cancelled", "viagem adiada", "test")


def test_the_rate_is_of_the_size_and_of_the_length(tx: Tx, shop: Shop) -> None:
    room = make_rate(tx, make_room(tx, capacity=9, long_daily_cents=9000, long_from_days=5), "large", 15000, 14000)

    def total(size: str, days: int) -> int:
        return stay_for(tx, shop, guest(tx, size.title(), size=size), room, FROM, days, now=NOW).total_cents

    assert [total("large", 4), total("small", 5), total("giant", 1)] == [60000, 45000, 10000]


def test_a_price_that_depends_on_an_unknown_size_is_not_guessed(tx: Tx, shop: Shop) -> None:
    room, pet = make_rate(tx, make_room(tx), "large", 15000), guest(tx)
    tx.execute("UPDATE pets SET size = NULL")
    unsized = Pet(pet.id, pet.name, pet.species, None, None)

    with pytest.raises(SizeUnknown):
        stay_for(tx, shop, unsized, room, FROM, now=NOW)


# Proof


def test_what_the_health_record_proves_is_approved_at_once(tx: Tx, shop: Shop) -> None:
    stay = stay_for(tx, shop, proved_guest(tx), make_room(tx), FROM, now=NOW)

    assert (stay.state, stay.vaccines_ok, stay.deworming_ok, stay.assessed_by) == ("approved", True, True, BY_RECORD)
    assert [(was, to) for was, to, *_ in moves(tx, stay)] == [
        (None, "awaiting_assessment"),
        ("awaiting_assessment", "approved"),
    ]
    assert tx.execute("SELECT FROM notifications").rowcount == 0


def test_what_a_tutor_only_says_neither_approves_nor_spoils_a_stay(tx: Tx, shop: Shop) -> None:
    said, both = guest(tx, "Mel"), proved_guest(tx)
    prove(tx, said.id, today=TODAY, until=LAST_PROVED, by=None)
    health.note(tx, both.id, kind="vaccine", name="V10", done_on=TODAY, today=TODAY)
    room = make_room(tx, capacity=2)

    assert stay_for(tx, shop, said, room, FROM, now=NOW).vaccines_ok is None
    assert stay_for(tx, shop, both, room, FROM, now=NOW).state == "approved"


@pytest.mark.parametrize("kind", ["vaccine", "deworming"])
def test_one_of_the_two_alone_approves_nothing(tx: Tx, shop: Shop, kind: str) -> None:
    pet = proved_guest(tx)
    tx.execute("DELETE FROM health_events WHERE kind = %s", [kind])

    stay = stay_for(tx, shop, pet, make_room(tx), FROM, now=NOW)

    assert stay.state == "awaiting_assessment"
    assert {"vaccine": stay.vaccines_ok, "deworming": stay.deworming_ok}[kind] is None


@pytest.mark.parametrize(("kind", "days", "is_proved"), [("hotel", 1, False), ("hotel", 0, True), ("daycare", 1, True)])
def test_a_proof_must_hold_to_the_last_day_that_the_pet_is_there(
    tx: Tx, shop: Shop, kind: str, days: int, is_proved: bool
) -> None:
    pet = guest(tx)
    prove(tx, pet.id, today=TODAY, until=FROM + 2 * DAY - days * DAY)

    stay = stay_for(tx, shop, pet, make_room(tx, kind=kind), FROM, 2, now=NOW)

    assert (stay.vaccines_ok, stay.state == "approved") == (is_proved, is_proved)


def test_a_room_asks_for_its_vaccines_by_name(tx: Tx, shop: Shop) -> None:
    room = make_room(tx, capacity=3, vaccines=["múltipla", "antirrábica"])
    pet = proved_guest(tx)
    first = stay_for(tx, shop, pet, room, FROM, 1, now=NOW)
    health.note(
        tx, pet.id, kind="vaccine", name="Antirrábica", done_on=TODAY - DAY, today=TODAY, verified_by="user:bia"
    )

    assert first.vaccines_ok is None
    assert stay_for(tx, shop, pet, room, FROM + 5 * DAY, 1, now=NOW).state == "approved"


def test_a_stay_that_waits_is_approved_when_its_proof_is_verified(tx: Tx, shop: Shop) -> None:
    pet = guest(tx)
    prove(tx, pet.id, today=TODAY, until=LAST_PROVED, by=None)
    stay = stay_for(tx, shop, pet, make_room(tx), FROM, now=NOW)
    assert staying.look_again(tx, shop, pet.id) == []

    prove(tx, pet.id, today=TODAY, until=LAST_PROVED)
    (approved,) = staying.look_again(tx, shop, pet.id)

    assert (approved.stay.id, approved.stay.state, approved.conversation_id) == (stay.id, "approved", None)
    assert staying.look_again(tx, shop, pet.id) == []


def test_a_person_assesses_and_approves_and_the_tutor_hears_of_it(tx: Tx, shop: Shop) -> None:
    pet = guest(tx)
    (contact_id,) = tx.execute("SELECT id FROM contacts").fetchone() or (None,)
    assert contact_id
    conversation_id = factories.make_conversation(tx, factories.make_account(tx), contact_id)
    stay = stay_for(tx, shop, pet, make_room(tx), FROM, now=NOW)
    with pytest.raises(NotProved, match="the assessment"):
        staying.approve(tx, shop, stay.id)

    assessed = staying.assess(tx, stay.id, Assessment(True, None, exams="hemograma", anxiety="high"))
    assert (assessed.state, assessed.assessed_by, assessed.anxiety) == ("awaiting_assessment", "test", "high")
    with pytest.raises(NotProved, match="deworming"):
        staying.approve(tx, shop, stay.id)
    staying.assess(tx, stay.id, SEEN)
    approved = staying.approve(tx, shop, stay.id)

    assert (approved.stay.state, approved.conversation_id) == ("approved", conversation_id)
    assert tx.execute("SELECT author, content ->> 'text' FROM outbox").fetchall() == [
        (
            "person",
            "Boa notícia! A reserva de Rex está aprovada: hotel (Suíte), de quinta-feira 18/03 a sábado 20/03. "
            "Esperamos vocês! 🐾",
        )
    ]


def test_an_assessment_that_finds_a_proof_lacking_takes_an_approval_back(tx: Tx, shop: Shop) -> None:
    stay = approved_stay(tx, shop)

    doubted = staying.assess(tx, stay.id, Assessment(False, True))

    assert (doubted.state, doubted.vaccines_ok) == ("awaiting_assessment", False)
    assert moves(tx, stay)[-1][:3] == ("approved", "awaiting_assessment", "proof_lacking")


@pytest.mark.parametrize(
    "proof", ["vaccines_ok = NULL", "vaccines_ok = false", "deworming_ok = NULL", "assessed_at = NULL"]
)
def test_the_database_approves_nothing_on_trust(tx: Tx, shop: Shop, proof: Any) -> None:
    stay = stay_for(tx, shop, proved_guest(tx), make_room(tx), FROM, now=NOW)

    with pytest.raises(errors.CheckViolation), tx.savepoint():
        tx.execute("UPDATE stays SET " + proof + " WHERE id = %s", [stay.id])


def test_what_the_tutor_tells_of_behaviour_is_kept_and_approves_nothing(tx: Tx, shop: Shop) -> None:
    stay = stay_for(tx, shop, guest(tx), make_room(tx), FROM, now=NOW)

    staying.tell_behaviour(tx, stay.id, socialisation="low", anxiety=None, energy="high", restrictions="frango")
    told = staying.tell_behaviour(tx, stay.id, socialisation=None, anxiety="medium", energy=None, restrictions="")

    assert (told.socialisation, told.anxiety, told.energy, told.restrictions) == ("low", "medium", "high", "frango")
    assert (told.state, told.vaccines_ok, told.assessed_by) == ("awaiting_assessment", None, None)
