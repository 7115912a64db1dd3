"""Leads as staff see them: who is warm, where each stands, and what has happened to one."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, TypedDict
from uuid import UUID

from psycopg import errors

from auzap.db.connection import Tx
from auzap.ids import ContactId, ConversationId, LeadEventId, PipelineStageId, UserId
from auzap.leads.pipeline import Stage
from auzap.leads.settling import UnknownLead
from auzap.organizations.team import NotAMember

type LeadStage = Literal["new", "qualifying", "hot", "human", "converted", "lost"]
type Sort = Literal["score", "latest"]


@dataclass(frozen=True, slots=True)
class Lead:
    # Of the lead itself, which its customer names.
    id: UUID
    contact_id: ContactId
    contact_name: str | None
    contact_phone: str | None
    stage: LeadStage
    score: int
    pipeline_stage_id: PipelineStageId | None
    assigned_user_id: UserId | None
    is_priority: bool
    needs_review: bool
    source: str
    utm: dict[str, str]
    first_contact_at: datetime
    last_contact_at: datetime
    converted_at: datetime | None
    # Where they are talked to, if they are.
    conversation_id: ConversationId | None


# `from` is a word of Python.
EventDetail = TypedDict(
    "EventDetail",
    {
        # A stage, a stage of the pipeline, or a score.
        "from": str | int | None,
        "to": str | int | None,
        "reason": str | None,
        "trigger": str,
        "signals": list[str],
        "user_id": str,
        "tag": str,
    },
    total=False,
)


@dataclass(frozen=True, slots=True)
class Event:
    id: LeadEventId
    kind: str
    detail: EventDetail
    created_by: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Column:
    """A stage of the pipeline, and how many leads stand there."""

    stage: Stage
    leads: int


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which leads: None is any."""

    stages: list[LeadStage] | None = None
    pipeline_stage_id: PipelineStageId | None = None
    is_outside_pipeline: bool = False
    assigned_user_id: UserId | None = None
    is_priority: bool | None = None
    needs_review: bool | None = None


def page(tx: Tx, wanted: Wanted, *, sort: Sort, after: tuple[Any, UUID] | None, limit: int) -> list[Lead]:
    """The warmest first, or those who wrote last. The owner's people are no leads."""
    by_score = sort == "score"
    return tx.rows(
        Lead,
        """
        WITH listed AS MATERIALIZED (
          SELECT l.* FROM leads l
          WHERE l.contact_id <> ALL ((SELECT app.owner_contacts())::uuid[])
            AND (%(stages)s::text[] IS NULL OR l.stage = ANY (%(stages)s))
            AND (%(pipeline)s::uuid IS NULL OR l.pipeline_stage_id = %(pipeline)s)
            AND (NOT %(outside)s OR l.pipeline_stage_id IS NULL)
            AND (%(user)s::uuid IS NULL OR l.assigned_user_id = %(user)s)
            AND (%(priority)s::boolean IS NULL OR l.is_priority = %(priority)s)
            AND (%(review)s::boolean IS NULL OR l.needs_review = %(review)s)
            AND (%(score)s::integer IS NULL OR (l.score, l.id) < (%(score)s, %(id)s))
            AND (%(at)s::timestamptz IS NULL OR (l.last_contact_at, l.id) < (%(at)s, %(id)s))
          ORDER BY CASE WHEN %(by_score)s THEN l.score END DESC, CASE WHEN NOT %(by_score)s THEN l.last_contact_at END DESC,
            l.id DESC LIMIT %(limit)s
        )
        SELECT l.id, l.contact_id, coalesce(p.name, p.profile_name, p.username) AS contact_name, p.phone AS contact_phone, l.stage,
          l.score, l.pipeline_stage_id, l.assigned_user_id, l.is_priority, l.needs_review, l.source, l.utm, l.first_contact_at,
          l.last_contact_at, l.converted_at, (
            SELECT c.id FROM conversations c WHERE c.contact_id = l.contact_id AND c.state <> 'closed'
            ORDER BY c.last_message_at DESC LIMIT 1) AS conversation_id
        FROM listed l JOIN contacts p ON p.id = l.contact_id
        ORDER BY CASE WHEN %(by_score)s THEN l.score END DESC, CASE WHEN NOT %(by_score)s THEN l.last_contact_at END DESC, l.id DESC
        """,
        {
            "stages": wanted.stages,
            "pipeline": wanted.pipeline_stage_id,
            "outside": wanted.is_outside_pipeline,
            "user": wanted.assigned_user_id,
            "priority": wanted.is_priority,
            "review": wanted.needs_review,
            "by_score": by_score,
            "score": after[0] if after and by_score else None,
            "at": after[0] if after and not by_score else None,
            "id": after and after[1],
            "limit": limit,
        },
    ).fetchall()


def find(tx: Tx, contact_id: ContactId) -> Lead:
    found = tx.rows(
        Lead,
        """
        SELECT l.id, l.contact_id, coalesce(p.name, p.profile_name, p.username) AS contact_name, p.phone AS contact_phone, l.stage,
          l.score, l.pipeline_stage_id, l.assigned_user_id, l.is_priority, l.needs_review, l.source, l.utm, l.first_contact_at,
          l.last_contact_at, l.converted_at, (
            SELECT c.id FROM conversations c WHERE c.contact_id = l.contact_id AND c.state <> 'closed'
            ORDER BY c.last_message_at DESC LIMIT 1) AS conversation_id
        FROM leads l JOIN contacts p ON p.id = l.contact_id WHERE l.contact_id = %s
        """,
        [contact_id],
    ).fetchone()
    if found is None:
        raise UnknownLead
    return found


def events(tx: Tx, contact_id: ContactId, *, before: UUID | None, limit: int) -> list[Event]:
    """What has happened to a lead, the latest first."""
    if tx.execute("SELECT FROM leads WHERE contact_id = %s", [contact_id]).rowcount == 0:
        raise UnknownLead
    return tx.rows(
        Event,
        """
        SELECT id, kind, detail, created_by, created_at FROM lead_events
        WHERE contact_id = %(contact)s AND (%(before)s::uuid IS NULL OR id < %(before)s) ORDER BY id DESC LIMIT %(limit)s
        """,
        {"contact": contact_id, "before": before, "limit": limit},
    ).fetchall()


def columns(tx: Tx) -> list[Column]:
    """The stages of the pipeline in their order."""
    rows = tx.execute(
        """
        SELECT s.id, s.name, s.colour, s.is_won, s.is_lost, coalesce(held.number, 0)
        FROM pipeline_stages s LEFT JOIN (
          SELECT l.pipeline_stage_id, count(*) AS number FROM leads l WHERE l.pipeline_stage_id IS NOT NULL GROUP BY 1
        ) held ON held.pipeline_stage_id = s.id
        ORDER BY s.position, s.id
        """
    ).fetchall()
    return [Column(Stage(PipelineStageId(row[0]), *row[1:5]), row[5]) for row in rows]


def mark(tx: Tx, contact_id: ContactId, *, is_priority: bool | None = None, needs_review: bool | None = None) -> None:
    """Whom to call first, and whose replies somebody should look at."""
    marked = tx.execute(
        """
        UPDATE leads SET is_priority = coalesce(%(priority)s, is_priority), needs_review = coalesce(%(review)s, needs_review)
        WHERE contact_id = %(contact)s
        """,
        {"contact": contact_id, "priority": is_priority, "review": needs_review},
    )
    if marked.rowcount == 0:
        raise UnknownLead


def assign(tx: Tx, contact_id: ContactId, user_id: UserId | None, *, by: str) -> None:
    """Whose lead it is; None: nobody's in particular."""
    try:
        with tx.savepoint():
            assigned = tx.execute(
                """
                WITH assigned AS (
                  UPDATE leads SET assigned_user_id = %(user)s WHERE contact_id = %(contact)s
                  RETURNING contact_id, OLD.assigned_user_id AS was
                ), told AS (
                  INSERT INTO lead_events (contact_id, kind, detail, created_by)
                  SELECT contact_id, CASE WHEN %(user)s::uuid IS NULL THEN 'unassigned' ELSE 'assigned' END,
                    jsonb_build_object('user_id', coalesce(%(user)s::uuid, was)), %(by)s
                  FROM assigned WHERE was IS DISTINCT FROM %(user)s::uuid
                )
                SELECT FROM assigned
                """,
                {"contact": contact_id, "user": user_id, "by": by},
            )
    except errors.ForeignKeyViolation as stranger:
        raise NotAMember from stranger
    if assigned.rowcount == 0:
        raise UnknownLead
