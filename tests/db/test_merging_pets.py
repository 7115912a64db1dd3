"""A merge of two contacts who have a pet of one name each: one animal, with all that was kept of either."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import psycopg
import pytest

from auzap.conversations import merging_pets
from auzap.conversations.merging import merge
from auzap.customers import consents, health, memory, pets
from auzap.db.connection import Tx
from auzap.ids import ContactId, PetId
from tests import factories, factories_customers
from tests.db.test_merging import referring
from tests.factories_customers import pet, photo, service, stay, visit

NOON = datetime(2027, 3, 10, 15, tzinfo=UTC)
TODAY = date(2027, 3, 10)
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Twins:
    """Two contacts that will be one, and the dog of one name that both have."""

    tx: Tx
    kept: ContactId
    merged: ContactId
    rex: PetId
    double: PetId

    def merge(self) -> None:
        assert merge(self.tx, self.kept, self.merged, "by_staff")

    def all(self, query: str, *parameters: Any) -> list[tuple[Any, ...]]:
        return self.tx.execute(query, parameters).fetchall()  # pyright: ignore[reportArgumentType]


@pytest.fixture
def twins(tx: Tx) -> Twins:
    factories.make_shop(tx)
    kept, merged = factories.make_contact(tx, "Ana"), factories.make_contact(tx, "Ana S.")
    return Twins(tx, kept, merged, pet(tx, kept, "Rex"), pet(tx, merged, "REX"))


def test_a_merge_knows_every_table_that_refers_to_a_pet(owner: psycopg.Connection) -> None:
    carried = " ".join(merging_pets.CARRIED)

    for table, column in referring(owner, "pets"):
        assert column == "pet_id", table
        assert f"UPDATE {table} " in carried, f"a merge must carry {table} over"


def test_no_column_that_names_a_pet_is_without_its_reference(owner: psycopg.Connection) -> None:
    rows = owner.execute(
        "SELECT table_name FROM information_schema.columns WHERE table_schema = 'public' AND column_name = 'pet_id'"
    )
    assert {table for (table,) in rows} == {table for table, _ in referring(owner, "pets")}


def test_a_merge_knows_every_field_of_a_pet_and_of_a_contact(owner: psycopg.Connection) -> None:
    carried = " ".join(merging_pets.CARRIED)
    own = {"organization_id", "id", "contact_id", "name", "species", "is_active", "died_on"}
    columns = owner.execute("SELECT attname FROM pg_attribute WHERE attrelid = 'pets'::regclass AND attnum > 0")

    assert [name for (name,) in columns if name not in own and f"{name} = " not in carried] == []


def test_what_only_one_of_them_knew_of_the_pet_is_kept(twins: Twins) -> None:
    pets.change(twins.tx, twins.kept, twins.rex, {"colour": "preto", "medical_notes": "Sopro leve"})
    pets.change(
        twins.tx,
        twins.merged,
        twins.double,
        {"colour": "caramelo", "allergies": "frango", "birth_date": TODAY - 700 * DAY, "medical_notes": "Otite"},
    )

    twins.merge()

    (known,) = pets.pets_of(twins.tx, twins.kept)
    found = pets.profile(twins.tx, known.id)
    assert (found.id, found.colour, found.allergies, found.birth_date) == (
        *(twins.rex, "preto", "frango", TODAY - 700 * DAY),
    )
    assert found.medical_notes == "Sopro leve\nOtite"


def test_bookings_stays_and_plans_of_both_are_the_ones(twins: Twins) -> None:
    tx = twins.tx
    visit(tx, twins.merged, twins.double, NOON)
    stay(tx, twins.merged, twins.double, NOON - 9 * DAY, cents=9000)
    tx.execute(
        "INSERT INTO training_plans (contact_id, pet_id, source) VALUES (%s, %s, 'agent')", [twins.merged, twins.double]
    )

    twins.merge()

    for table in ("bookings", "stays", "training_plans"):
        assert twins.all(f"SELECT contact_id, pet_id FROM {table}") == [(twins.kept, twins.rex)], table


def test_what_would_put_one_animal_in_two_places_stays_with_its_double(twins: Twins) -> None:
    tx = twins.tx
    for contact_id, pet_id in ((twins.kept, twins.rex), (twins.merged, twins.double)):
        visit(tx, contact_id, pet_id, NOON, status="no_show")
        stay(tx, contact_id, pet_id, NOON - 9 * DAY, cents=9000)
        tx.execute(
            "INSERT INTO training_plans (contact_id, pet_id, source) VALUES (%s, %s, 'agent')", [contact_id, pet_id]
        )

    twins.merge()

    assert {row[0] for row in twins.all("SELECT pet_id FROM bookings")} == {twins.rex}
    for table in ("stays", "training_plans"):
        assert {row[0] for row in twins.all(f"SELECT pet_id FROM {table}")} == {twins.rex, twins.double}, table
        assert {row[0] for row in twins.all(f"SELECT contact_id FROM {table}")} == {twins.kept}, table
    assert [known.id for known in pets.pets_of(tx, twins.kept)] == [twins.rex]


def test_one_of_two_equal_series_and_waits_goes_on(twins: Twins) -> None:
    tx, bath = twins.tx, service(twins.tx)
    account = factories.make_account(tx)
    for contact_id, pet_id in ((twins.kept, twins.rex), (twins.merged, twins.double)):
        tx.execute(
            """
            INSERT INTO booking_series (contact_id, pet_id, service_id, every, unit, starts_on, at)
            VALUES (%s, %s, %s, 2, 'week', '2027-03-10', '10:00')
            """,
            [contact_id, pet_id, bath],
        )
        tx.execute(
            """
            INSERT INTO waitlist_entries (contact_id, conversation_id, pet_id, service_id, from_day, until_day)
            VALUES (%s, %s, %s, %s, '2027-03-10', '2027-03-12')
            """,
            [contact_id, factories.make_conversation(tx, account, contact_id), pet_id, bath],
        )

    twins.merge()

    assert sorted(twins.all("SELECT pet_id, state FROM booking_series")) == [
        (twins.rex, "active"),
        (twins.rex, "ended"),
    ]
    assert sorted(twins.all("SELECT pet_id, state FROM waitlist_entries")) == [
        *((twins.rex, "cancelled"), (twins.rex, "waiting")),
    ]


def test_the_record_is_one_and_a_proof_of_either_is_its_proof(twins: Twins) -> None:
    tx, on = twins.tx, TODAY - 100 * DAY
    health.note(tx, twins.rex, kind="vaccine", name="V10", done_on=on, today=TODAY)
    health.note(tx, twins.double, kind="vaccine", name="v10", done_on=on, today=TODAY, verified_by="user:bia")
    health.note(tx, twins.double, kind="deworming", name="Vermífugo", done_on=on, today=TODAY)

    twins.merge()

    assert [(event.kind, event.is_verified) for event in health.history(tx, twins.rex)] == [
        *(("deworming", False), ("vaccine", True)),
    ]
    assert health.history(tx, twins.double) == []


def test_of_two_alerts_of_a_kind_the_worse_is_open_with_the_words_of_both(twins: Twins) -> None:
    tx = twins.tx
    told: list[tuple[PetId, health.AlertKind, health.Severity, str]] = [
        (twins.rex, "urgent_health", "medium", "Coça"),
        (twins.double, "urgent_health", "high", "Coça muito"),
        (twins.double, "behaviour_critical", "low", "Rosna"),
    ]
    for pet_id, kind, severity, text in told:
        health.raise_alert(tx, pet_id, kind=kind, severity=severity, description=text, today=TODAY)

    twins.merge()

    assert [(alert.kind, alert.severity, alert.description) for alert in health.open_alerts(tx)] == [
        *(("urgent_health", "high", "Coça\nCoça muito"), ("behaviour_critical", "low", "Rosna")),
    ]
    assert twins.all("SELECT DISTINCT pet_id FROM health_alerts") == [(twins.rex,)]


def test_photos_of_both_are_kept_and_one_stands_for_the_pet(twins: Twins) -> None:
    tx = twins.tx
    account = factories.make_account(tx)
    for contact_id, pet_id in ((twins.kept, twins.rex), (twins.merged, twins.double)):
        place = factories.make_conversation(tx, account, contact_id)
        pets.add_photo(tx, pet_id, photo(tx, place))

    twins.merge()

    assert [shown.is_main for shown in pets.photos(tx, twins.rex)] == [True, False]


def test_of_two_memories_of_one_thing_the_surer_holds(twins: Twins) -> None:
    tx = twins.tx
    for contact_id, pet_id, heard, times in (
        (twins.kept, twins.rex, "Google", 1),
        (twins.merged, twins.double, "um amigo", 2),
    ):
        for _ in range(times):
            memory.remember(tx, contact_id, key="heard_from", value=heard, source="said", now=NOON)
        memory.remember(tx, contact_id, key="other_fact", value="gosta de água", source="said", pet_id=pet_id, now=NOON)

    twins.merge()

    held = [(known.key, known.value, known.pet_id) for known in memory.remembered(tx, twins.kept, now=NOON)]
    assert sorted(held, key=str) == [("heard_from", "um amigo", None), ("other_fact", "gosta de água", twins.rex)]
    assert twins.all("SELECT count(*), count(*) FILTER (WHERE forgotten_at IS NULL) FROM memories") == [(4, 2)]


def test_an_open_question_about_the_pet_goes_with_it(twins: Twins) -> None:
    tx = twins.tx
    place = factories.make_conversation(tx, factories.make_account(tx), twins.merged)
    tx.execute(
        "INSERT INTO escalations (conversation_id, question, pet_id) VALUES (%s, 'Pode tosar?', %s)",
        [place, twins.double],
    )

    twins.merge()

    assert twins.all("SELECT pet_id FROM escalations") == [(twins.rex,)]


def test_a_cat_and_a_dog_of_one_name_stay_two(twins: Twins) -> None:
    cat = pet(twins.tx, twins.merged, "Mia", species="cat")
    pet(twins.tx, twins.kept, "mia", species="dog")

    twins.merge()

    assert {(known.name, known.species) for known in pets.pets_of(twins.tx, twins.kept)} == {
        *(("Rex", "dog"), ("mia", "dog"), ("Mia (cat)", "cat")),
    }
    assert pets.profile(twins.tx, cat).contact_id == twins.kept


def test_what_the_shop_wrote_of_either_contact_is_kept(twins: Twins) -> None:
    twins.tx.execute(
        """
        UPDATE contacts SET email = 'ana@example.com', tags = '{gato,vip}', notes = 'Liga à tarde', is_vip = true,
          custom = '{"bairro": "Centro", "pontos": 1}', birth_date = '1990-01-02' WHERE id = %s
        """,
        [twins.merged],
    )
    twins.tx.execute(
        "UPDATE contacts SET tags = '{banho,vip}', notes = 'Portão azul', custom = '{\"pontos\": 7}' WHERE id = %s",
        [twins.kept],
    )

    twins.merge()

    assert twins.all("SELECT email, tags, notes, is_vip, custom, birth_date FROM contacts") == [
        (
            *("ana@example.com", ["banho", "gato", "vip"], "Portão azul\nLiga à tarde", True),
            *({"bairro": "Centro", "pontos": 7}, date(1990, 1, 2)),
        )
    ]


@pytest.mark.parametrize(
    ("kept", "merged", "is_out"),
    [
        (((False, 2),), ((True, 1),), True),
        (((False, 1),), ((True, 2),), False),
        (((True, 1),), ((False, 2),), True),
        ((), ((False, 1),), True),
        (((False, 1),), (), True),
    ],
)
def test_the_last_word_of_either_on_news_counts(
    twins: Twins, kept: tuple[tuple[bool, int], ...], merged: tuple[tuple[bool, int], ...], is_out: bool
) -> None:
    for contact_id, words in ((twins.kept, kept), (twins.merged, merged)):
        for is_given, hour in words:
            consents.record(
                twins.tx,
                contact_id,
                purpose="marketing",
                is_given=is_given,
                source="said",
                now=NOON + timedelta(hours=hour),
            )

    twins.merge()

    assert twins.all("SELECT opted_out_at IS NOT NULL FROM contacts") == [(is_out,)]
    assert len(twins.all("SELECT FROM consents")) == len(kept) + len(merged)


def test_twins_of_another_customer_are_left_alone(twins: Twins) -> None:
    other = factories.make_contact(twins.tx, "Carla")
    theirs = factories_customers.pet(twins.tx, other, "Rex")

    twins.merge()

    assert [known.id for known in pets.pets_of(twins.tx, other)] == [theirs]
