"""The shop's own stages of a sale: how they are called, in which order, and which lead stands where."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, LiteralString

from psycopg import errors

from auzap.db.connection import Tx
from auzap.errors import Refusal
from auzap.ids import ContactId, PipelineStageId
from auzap.leads import settling
from auzap.leads.settling import UnknownLead
from auzap.text import clean

LONGEST_NAME = 60
COLOUR = re.compile(r"#[0-9a-f]{6}")


@dataclass(frozen=True, slots=True)
class Stage:
    id: PipelineStageId
    name: str
    colour: str
    is_won: bool
    is_lost: bool


class UnknownStage(Refusal):
    def __init__(self) -> None:
        super().__init__("There is no such stage. Load the list again.")


class UnusableStage(Refusal):
    def __init__(self) -> None:
        super().__init__(
            f"A stage has a name of 1 to {LONGEST_NAME} characters, a colour like #8b8fa3, and one meaning."
        )


class NameTaken(Refusal):
    def __init__(self) -> None:
        super().__init__("Another stage has this name. Choose a different one.")


def stages(tx: Tx) -> list[Stage]:
    return tx.rows(
        Stage, "SELECT id, name, colour, is_won, is_lost FROM pipeline_stages ORDER BY position, id"
    ).fetchall()


def add(tx: Tx, name: str, colour: str, *, is_won: bool = False, is_lost: bool = False) -> PipelineStageId:
    """The last one, until they are put in another order."""
    if is_won and is_lost:
        raise UnusableStage
    return _stored(
        tx,
        """
        INSERT INTO pipeline_stages (name, colour, is_won, is_lost, position)
        SELECT %(name)s, %(colour)s, %(won)s, %(lost)s, coalesce(max(position) + 1, 0) FROM pipeline_stages RETURNING id
        """,
        _looks(name, colour) | {"won": is_won, "lost": is_lost},
    )


def rename(tx: Tx, stage_id: PipelineStageId, name: str, colour: str) -> None:
    _stored(
        tx,
        "UPDATE pipeline_stages SET name = %(name)s, colour = %(colour)s WHERE id = %(stage)s RETURNING id",
        _looks(name, colour) | {"stage": stage_id},
    )


def arrange(tx: Tx, stage_ids: Sequence[PipelineStageId]) -> None:
    """In this order; those that are not named come after them, as they were."""
    tx.execute(
        """
        UPDATE pipeline_stages s SET position = sorted.place FROM (
          SELECT id, row_number() OVER (ORDER BY array_position(%(named)s::uuid[], id), position, id) AS place FROM pipeline_stages
        ) sorted
        WHERE s.id = sorted.id AND s.position <> sorted.place
          -- Of stages that are not there nothing is put in order.
          AND EXISTS (SELECT FROM pipeline_stages named WHERE named.id = ANY (%(named)s))
        """,
        {"named": list(stage_ids)},
    )


def remove(tx: Tx, stage_id: PipelineStageId) -> bool:
    """Leads that stand there stand nowhere from then on. Whether there was such a stage."""
    return tx.execute("DELETE FROM pipeline_stages WHERE id = %s", [stage_id]).rowcount == 1


def move(tx: Tx, contact_id: ContactId, stage_id: PipelineStageId, *, by: str) -> None:
    """A lead goes to a stage. At the end of the pipeline it is sold, or lost."""
    stage = next((known for known in stages(tx) if known.id == stage_id), None)
    if stage is None:
        raise UnknownStage
    moved = tx.execute(
        """
        WITH moved AS (
          UPDATE leads SET pipeline_stage_id = %(stage)s WHERE contact_id = %(contact)s
          RETURNING contact_id, OLD.pipeline_stage_id AS was
        ), told AS (
          INSERT INTO lead_events (contact_id, kind, detail, created_by)
          SELECT contact_id, 'pipeline_stage_moved', jsonb_build_object('from', was, 'to', %(stage)s::uuid), %(by)s
          FROM moved WHERE was IS DISTINCT FROM %(stage)s
        )
        SELECT FROM moved
        """,
        {"contact": contact_id, "stage": stage_id, "by": by},
    )
    if moved.rowcount == 0:
        raise UnknownLead
    if stage.is_won or stage.is_lost:
        settling.settle(tx, contact_id, "converted" if stage.is_won else "lost", by=by)


def _stored(tx: Tx, query: LiteralString, parameters: dict[str, Any]) -> PipelineStageId:
    try:
        with tx.savepoint():
            row = tx.execute(query, parameters).fetchone()
    except errors.UniqueViolation as taken:
        raise NameTaken from taken
    if row is None:
        raise UnknownStage
    return PipelineStageId(row[0])


def _looks(name: str, colour: str) -> dict[str, str]:
    usable = " ".join(clean(name).split())
    if not 1 <= len(usable) <= LONGEST_NAME or not COLOUR.fullmatch(colour):
        raise UnusableStage
    return {"name": usable, "colour": colour}
