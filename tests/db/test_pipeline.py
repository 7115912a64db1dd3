"""The shop's own stages of a sale, and what staff say has become of a lead."""

import psycopg
import pytest

from auzap.db.connection import Database, Tx
from auzap.errors import Refusal
from auzap.ids import ContactId, PipelineStageId, new_id
from auzap.leads import pipeline, settling
from auzap.leads.pipeline import NameTaken, UnknownStage, UnusableStage
from auzap.leads.settling import UnknownLead
from tests import factories

GREY = "#8b8fa3"
BIA = "agent:bia"


@pytest.fixture
def contact_id(tx: Tx) -> ContactId:
    """A lead of the shop."""
    known = factories.make_contact(tx)
    tx.execute("INSERT INTO leads (contact_id, stage, score) VALUES (%s, 'human', 40)", [known])
    return known


def names(tx: Tx) -> list[str]:
    return [stage.name for stage in pipeline.stages(tx)]


def lead(tx: Tx) -> tuple[object, ...]:
    (row,) = tx.execute("SELECT stage, pipeline_stage_id, converted_at IS NOT NULL FROM leads").fetchall()
    return row


def events(tx: Tx) -> list[tuple[object, ...]]:
    return tx.execute("SELECT kind, detail, created_by FROM lead_events ORDER BY id").fetchall()


def test_stages_stand_in_the_order_in_which_they_are_arranged(tx: Tx) -> None:
    first, second, third = (pipeline.add(tx, name, GREY) for name in ("Novo", "Orçamento", "Agendou"))
    assert names(tx) == ["Novo", "Orçamento", "Agendou"]

    pipeline.arrange(tx, [third, first])
    assert names(tx) == ["Agendou", "Novo", "Orçamento"]

    pipeline.remove(tx, first)
    pipeline.rename(tx, second, "  Pediu   preço ", "#ff0000")
    assert [(stage.name, stage.colour) for stage in pipeline.stages(tx)] == [
        ("Agendou", GREY),
        ("Pediu preço", "#ff0000"),
    ]


def test_a_name_is_given_once_however_it_is_written_and_the_transaction_goes_on(tx: Tx) -> None:
    pipeline.add(tx, "Novo", GREY)
    other = pipeline.add(tx, "Agendou", GREY)

    with pytest.raises(NameTaken):
        pipeline.add(tx, "NOVO", GREY)
    with pytest.raises(NameTaken):
        pipeline.rename(tx, other, "novo", GREY)

    assert names(tx) == ["Novo", "Agendou"]


@pytest.mark.parametrize(
    ("name", "colour"), [("", GREY), (" \n", GREY), ("x" * 61, GREY), ("Novo", "red"), ("Novo", "#FFF")]
)
def test_a_stage_has_a_name_and_a_colour(tx: Tx, name: str, colour: str) -> None:
    with pytest.raises(UnusableStage):
        pipeline.add(tx, name, colour)


def test_no_stage_is_won_and_lost(tx: Tx) -> None:
    with pytest.raises(UnusableStage):
        pipeline.add(tx, "Fim", GREY, is_won=True, is_lost=True)


def test_a_lead_that_is_moved_is_moved_once(tx: Tx, contact_id: ContactId) -> None:
    stage = pipeline.add(tx, "Orçamento", GREY)

    for _ in range(2):
        pipeline.move(tx, contact_id, stage, by=BIA)

    assert lead(tx) == ("human", stage, False)
    assert events(tx) == [("pipeline_stage_moved", {"from": None, "to": str(stage)}, BIA)]


@pytest.mark.parametrize(("end", "becomes"), [("is_won", "converted"), ("is_lost", "lost")])
def test_at_the_end_of_the_pipeline_a_lead_is_sold_or_lost(
    tx: Tx, contact_id: ContactId, end: str, becomes: str
) -> None:
    stage = pipeline.add(tx, "Fim", GREY, **{end: True})

    for _ in range(2):
        pipeline.move(tx, contact_id, stage, by=BIA)

    assert lead(tx) == (becomes, stage, becomes == "converted")
    assert [kind for kind, _, _ in events(tx)] == ["pipeline_stage_moved", "stage_change", becomes]


def test_a_stage_that_goes_leaves_its_leads(tx: Tx, contact_id: ContactId) -> None:
    stage = pipeline.add(tx, "Orçamento", GREY)
    pipeline.move(tx, contact_id, stage, by=BIA)

    pipeline.remove(tx, stage)

    assert lead(tx) == ("human", None, False)


def test_a_person_says_what_has_become_of_a_lead(tx: Tx, contact_id: ContactId) -> None:
    settling.settle(tx, contact_id, "lost", by=BIA, reason="too expensive")
    for _ in range(2):
        settling.settle(tx, contact_id, "converted", by=BIA)

    assert lead(tx) == ("converted", None, True)
    assert events(tx) == [
        ("stage_change", {"from": "human", "to": "lost"}, BIA),
        ("lost", {"reason": "too expensive"}, BIA),
        ("stage_change", {"from": "lost", "to": "converted"}, BIA),
        ("converted", {}, BIA),
    ]


def test_what_is_not_there_is_refused(tx: Tx, contact_id: ContactId) -> None:
    stage = pipeline.add(tx, "Orçamento", GREY)
    unknown = PipelineStageId(new_id())

    with pytest.raises(UnknownStage):
        pipeline.move(tx, contact_id, unknown, by=BIA)
    with pytest.raises(UnknownStage):
        pipeline.rename(tx, unknown, "Novo", GREY)
    for stranger in (factories.make_contact(tx), ContactId(new_id())):
        with pytest.raises(UnknownLead):
            pipeline.move(tx, stranger, stage, by=BIA)
        with pytest.raises(UnknownLead):
            settling.settle(tx, stranger, "lost", by=BIA)


def test_another_shop_sees_and_moves_nothing(owner: psycopg.Connection, database: Database) -> None:
    ours, theirs = (factories.make_organization(owner) for _ in range(2))
    with database.transaction(ours, "test") as tx:
        contact = factories.make_contact(tx)
        tx.execute("INSERT INTO leads (contact_id) VALUES (%s)", [contact])
        stage = pipeline.add(tx, "Novo", GREY)

    with database.transaction(theirs, "test") as tx:
        own = pipeline.add(tx, "Novo", GREY, is_won=True)
        assert [each.id for each in pipeline.stages(tx)] == [own]
        pipeline.remove(tx, stage)
        pipeline.arrange(tx, [stage, own])
        acts = (
            lambda: pipeline.rename(tx, stage, "Deles", GREY),
            lambda: pipeline.move(tx, contact, own, by=BIA),
            lambda: pipeline.move(tx, contact, stage, by=BIA),
            lambda: settling.settle(tx, contact, "lost", by=BIA),
        )
        for act in acts:
            with pytest.raises(Refusal):
                act()

    with database.transaction(ours, "test") as tx:
        assert [(each.id, each.name) for each in pipeline.stages(tx)] == [(stage, "Novo")]
        assert lead(tx) == ("new", None, False)
        assert events(tx) == []
