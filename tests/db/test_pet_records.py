"""The health record of a pet: what was done and what was only said, what is overdue, which alerts are open."""

from collections.abc import Callable
from datetime import date, timedelta

import psycopg
import pytest

from auzap.customers import health, listing, pets
from auzap.customers.health import NoSuchAlert, NoSuchEvent, NotThen
from auzap.customers.pets import UnknownPet
from auzap.db.connection import Database, Tx
from auzap.ids import HealthAlertId, HealthEventId, PetId
from tests import factories
from tests.factories_customers import pet

TODAY = date(2027, 3, 10)
DAY = timedelta(days=1)


@pytest.fixture
def theirs(owner: psycopg.Connection, connect: Callable[[], Database]) -> tuple[PetId, HealthEventId, HealthAlertId]:
    """A pet of another shop with everything overdue, an event and an alert."""
    with connect().transaction(factories.make_organization(owner), "test") as tx:
        pet_id = pet(tx, factories.make_contact(tx), "Bidu")
        event = done(tx, pet_id, "vaccine", TODAY - 900 * DAY)
        return pet_id, event.id, alert(tx, pet_id)


@pytest.fixture
def rex(theirs: tuple[PetId, HealthEventId, HealthAlertId], tx: Tx) -> PetId:
    return pet(tx, factories.make_contact(tx))


def done(
    tx: Tx,
    pet_id: PetId,
    kind: health.Kind,
    on: date,
    *,
    name: str = "V10",
    due_on: date | None = None,
    by: str | None = None,
) -> health.Event:
    return health.note(tx, pet_id, kind=kind, name=name, done_on=on, today=TODAY, due_on=due_on, verified_by=by)


def alert(
    tx: Tx,
    pet_id: PetId,
    kind: health.AlertKind = "urgent_health",
    severity: health.Severity = "high",
    text: str = "Manca",
) -> HealthAlertId:
    return health.raise_alert(tx, pet_id, kind=kind, severity=severity, description=text, today=TODAY)


def late(tx: Tx, pet_id: PetId, kind: health.Kind, days: int, name: str = "V10") -> None:
    """Done once, and due so many days ago."""
    due = TODAY - days * DAY
    done(tx, pet_id, kind, due - 100 * DAY, name=name, due_on=due)


def found(tx: Tx) -> list[tuple[str, str, int | None]]:
    return [(each.kind, each.severity, each.days_late) for each in health.overdue(tx, TODAY)]


def lasts(tx: Tx, pet_id: PetId) -> set[tuple[str, date]]:
    return {*tx.execute("SELECT name, done_on FROM health_events WHERE pet_id = %s AND is_last", [pet_id]).fetchall()}


NEVER_SEEN = ("exam_overdue", "medium", None)


# Events


def test_nothing_is_known_of_a_new_pet_but_that_nobody_has_examined_it(tx: Tx, rex: PetId) -> None:
    record = health.record_of(tx, rex, TODAY)

    assert (record.events, record.grade, record.next_assessment_on, record.due("vaccine")) == ([], None, None, None)
    assert [(each.kind, each.severity) for each in record.alerts] == [("exam_overdue", "medium")]


def test_what_a_customer_says_is_not_verified_and_is_due_by_its_kind(tx: Tx, rex: PetId) -> None:
    said = done(tx, rex, "vaccine", date(2026, 9, 1))

    assert (said.is_verified, said.verified_by, said.due_on) == (False, None, date(2027, 9, 1))


def test_a_person_who_has_seen_the_proof_makes_it_true_and_no_word_takes_that_away(tx: Tx, rex: PetId) -> None:
    said = done(tx, rex, "vaccine", date(2026, 9, 1))
    health.verify(tx, said.id, by="user:bia", due_on=date(2027, 8, 1))

    again = done(tx, rex, "vaccine", date(2026, 9, 1), name="v10", due_on=date(2030, 1, 1))

    assert (again.id, again.is_verified, again.verified_by, again.due_on) == (
        said.id,
        True,
        "user:bia",
        date(2027, 8, 1),
    )


def test_a_proof_of_one_vaccine_is_none_of_another(tx: Tx, rex: PetId) -> None:
    done(tx, rex, "vaccine", date(2026, 9, 1), by="user:bia")
    done(tx, rex, "vaccine", date(2026, 9, 2), name="Antirrábica")

    assert [(event.name, event.is_verified) for event in health.record_of(tx, rex, TODAY).events] == [
        *(("Antirrábica", False), ("V10", True)),
    ]


def test_the_last_dose_of_a_family_counts_whatever_its_number(tx: Tx, rex: PetId) -> None:
    done(tx, rex, "vaccine", date(2025, 2, 1), name="V8", by="user:bia")
    done(tx, rex, "vaccine", date(2026, 5, 1), name="V10", by="user:bia")

    record = health.record_of(tx, rex, TODAY)

    assert [event.name for event in record.events] == ["V10"]
    assert record.due("vaccine") == date(2027, 5, 1)
    assert [event.name for event in health.history(tx, rex)] == ["V10", "V8"]


@pytest.mark.parametrize("on", [TODAY + DAY, date(1980, 1, 1), date(2026, 6, 1)])
def test_a_date_that_cannot_be_is_refused(tx: Tx, rex: PetId, on: date) -> None:
    tx.execute("UPDATE pets SET birth_date = '2026-08-15' WHERE id = %s", [rex])

    with pytest.raises(NotThen):
        done(tx, rex, "vaccine", on)
    with pytest.raises(NotThen):
        done(tx, rex, "vaccine", date(2026, 9, 1), due_on=date(2026, 9, 1))

    assert health.history(tx, rex) == []


def test_what_was_written_down_by_mistake_is_struck_out(tx: Tx, rex: PetId) -> None:
    event = done(tx, rex, "vaccine", TODAY)

    health.strike_out(tx, event.id)

    assert health.history(tx, rex) == []
    with pytest.raises(NoSuchEvent):
        health.strike_out(tx, event.id)


# What is overdue


@pytest.mark.parametrize(
    ("kind", "alert_kind", "days", "severity"),
    [
        ("vaccine", "vaccine_overdue", 30, None),
        ("vaccine", "vaccine_overdue", 31, "high"),
        ("vaccine", "vaccine_overdue", 90, "high"),
        ("vaccine", "vaccine_overdue", 91, "critical"),
        ("deworming", "deworming_overdue", 90, None),
        ("deworming", "deworming_overdue", 91, "medium"),
        ("deworming", "deworming_overdue", 180, "medium"),
        ("deworming", "deworming_overdue", 181, "high"),
        ("checkup", "exam_overdue", 180, None),
        ("checkup", "exam_overdue", 181, "medium"),
        ("checkup", "exam_overdue", 365, "medium"),
        ("checkup", "exam_overdue", 366, "high"),
    ],
)
def test_what_is_late_is_an_alert_by_how_late_it_is(
    tx: Tx, rex: PetId, kind: health.Kind, alert_kind: str, days: int, severity: str | None
) -> None:
    if kind != "checkup":
        done(tx, rex, "checkup", TODAY)
    late(tx, rex, kind, days)

    assert found(tx) == ([(alert_kind, severity, days)] if severity else [])


def test_a_pet_is_told_once_of_its_worst_vaccine(tx: Tx, rex: PetId) -> None:
    done(tx, rex, "checkup", TODAY)
    late(tx, rex, "vaccine", 40)
    late(tx, rex, "vaccine", 120, "Antirrábica")

    assert [(each.kind, each.severity, each.name) for each in health.overdue(tx, TODAY)] == [
        ("vaccine_overdue", "critical", "Antirrábica")
    ]


def test_what_was_done_again_is_not_overdue(tx: Tx, rex: PetId) -> None:
    done(tx, rex, "checkup", TODAY)
    late(tx, rex, "vaccine", 200)
    done(tx, rex, "vaccine", TODAY - DAY, name="v8")

    assert found(tx) == []


def test_the_last_of_a_kind_is_known_in_whatever_order_it_is_written_and_struck_out(tx: Tx, rex: PetId) -> None:
    latest = done(tx, rex, "vaccine", TODAY - 10 * DAY, name="V8")
    done(tx, rex, "vaccine", TODAY - 400 * DAY)
    done(tx, rex, "vaccine", TODAY - 300 * DAY, name="Antirrábica")
    older = done(tx, rex, "vaccine", TODAY - 200 * DAY)
    assert lasts(tx, rex) == {("V8", TODAY - 10 * DAY), ("Antirrábica", TODAY - 300 * DAY)}

    health.strike_out(tx, latest.id)
    assert lasts(tx, rex) == {("V10", older.done_on), ("Antirrábica", TODAY - 300 * DAY)}


def test_what_is_no_longer_the_last_is_news_to_nobody(tx: Tx, rex: PetId) -> None:
    done(tx, rex, "deworming", TODAY - 200 * DAY, name="Drontal")
    done(tx, rex, "deworming", TODAY, name="Bravecto")
    told = tx.execute("SELECT operation FROM changes WHERE table_name = 'health_events'").fetchall()
    kept = tx.execute("SELECT operation FROM audit WHERE table_name = 'health_events'").fetchall()
    assert told == kept == [("insert",), ("insert",)]


def test_pages_of_what_is_late_add_up_to_all_of_it(tx: Tx, rex: PetId) -> None:
    contact_id = pets.profile(tx, rex).contact_id
    for number in range(5):
        named = pet(tx, contact_id, f"Pet {number}")
        late(tx, named, "vaccine", 20 + 30 * number)
        late(tx, named, "vaccine", 95 - 10 * number, name="Giárdia")
        late(tx, named, "deworming", 85 + 50 * number, name="Drontal")
        if number % 2:
            late(tx, named, "checkup", 400, name="Check-up")
    found, after = [], None
    while page := listing.overdue(tx, TODAY, after=after, most=2):
        found += page
        after = (page[-1].rank, -(page[-1].days_late or 0), page[-1].pet_id, page[-1].kind)

    def told(each: listing.ListedOverdue | health.Overdue) -> tuple[object, ...]:
        return each.pet_id, each.kind, each.name, each.due_on, each.days_late, each.severity

    assert [each.rank for each in found] == sorted(each.rank for each in found)
    assert sorted(map(told, found), key=str) == sorted(map(told, health.overdue(tx, TODAY)), key=str)
    assert len(found) == 15


def test_the_worst_of_the_shop_comes_first_and_the_dead_are_left_in_peace(tx: Tx, rex: PetId) -> None:
    mia, gone = (pet(tx, factories.make_contact(tx), name) for name in ("Mia", "Bob"))
    late(tx, mia, "vaccine", 100)
    late(tx, gone, "vaccine", 400)
    pets.let_go(tx, gone, died_on=TODAY)

    assert [(each.pet_name, each.kind) for each in health.overdue(tx, TODAY)] == [
        ("Mia", "vaccine_overdue"),
        *(("Rex", "exam_overdue"), ("Mia", "exam_overdue")),
    ]


# Alerts and the whole


def test_one_alert_of_a_kind_is_open_and_grows_with_what_is_told(tx: Tx, rex: PetId) -> None:
    first = alert(tx, rex, severity="high", text="Está mancando")
    again = alert(tx, rex, severity="low", text="Continua mancando")
    worse = alert(tx, rex, severity="critical", text="Não levanta")

    assert first == again == worse
    (opened,) = health.open_alerts(tx)
    assert (opened.pet_name, opened.severity) == ("Rex", "critical")
    assert opened.description.splitlines() == ["Está mancando", "Continua mancando", "Não levanta"]
    assert pets.profile(tx, rex).medical_notes.splitlines() == [
        "10/03/2027: Está mancando",
        "10/03/2027: Continua mancando",
        "10/03/2027: Não levanta",
    ]


def test_a_settled_alert_is_closed_for_good_and_a_new_one_may_be_opened(tx: Tx, rex: PetId) -> None:
    first = alert(tx, rex)
    health.resolve_alert(tx, first)
    assert health.open_alerts(tx) == []
    with pytest.raises(NoSuchAlert):
        health.resolve_alert(tx, first)

    assert alert(tx, rex) != first
    assert tx.execute("SELECT state, resolved_by FROM health_alerts ORDER BY id").fetchall() == [
        *(("resolved", "test"), ("open", None)),
    ]


def test_the_notes_of_a_pet_never_outgrow_their_place(tx: Tx, rex: PetId) -> None:
    for number in range(12):
        alert(tx, rex, text=f"{number} " + "x" * 990)

    notes = pets.profile(tx, rex).medical_notes
    assert len(notes) == 4000
    assert "11 xxx" in notes


def test_the_record_grades_behaviour_and_alerts_together(tx: Tx, rex: PetId) -> None:
    done(tx, rex, "checkup", TODAY)
    tx.execute("UPDATE pets SET behaviour_score = 90, assessed_on = '2026-08-31' WHERE id = %s", [rex])
    record = health.record_of(tx, rex, TODAY)
    assert (record.grade, record.alerts, record.next_assessment_on) == ("excellent", [], date(2027, 2, 28))

    late(tx, rex, "deworming", 100)
    assert health.record_of(tx, rex, TODAY).grade == "good"

    alert(tx, rex, kind="deworming_overdue", severity="high")
    worse = health.record_of(tx, rex, TODAY)
    assert (worse.grade, len(worse.alerts)) == ("poor", 1)

    tx.execute("UPDATE pets SET behaviour_score = 45 WHERE id = %s", [rex])
    assert {each.kind for each in health.record_of(tx, rex, TODAY).alerts} == {
        "deworming_overdue",
        "behaviour_critical",
    }


def test_another_shops_pets_are_neither_seen_nor_touched(
    theirs: tuple[PetId, HealthEventId, HealthAlertId], tx: Tx, rex: PetId
) -> None:
    their_pet, their_event, their_alert = theirs

    assert [each.pet_name for each in health.overdue(tx, TODAY)] == ["Rex"]
    assert health.open_alerts(tx) == []
    assert health.history(tx, their_pet) == []
    for act in (
        lambda: health.record_of(tx, their_pet, TODAY),
        lambda: done(tx, their_pet, "vaccine", TODAY),
        lambda: alert(tx, their_pet),
    ):
        with pytest.raises(UnknownPet):
            act()
    with pytest.raises(NoSuchEvent):
        health.verify(tx, their_event, by="user:bia")
    with pytest.raises(NoSuchEvent):
        health.strike_out(tx, their_event)
    with pytest.raises(NoSuchAlert):
        health.resolve_alert(tx, their_alert)
