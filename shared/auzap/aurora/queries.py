"""SQL of what the owner asks of the shop. The owner's own conversations are no customers'.

A list is cut to what fits an answer, and each of its rows knows the `total` of those that there are.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from auzap.db.connection import Tx
from auzap.ids import id_floor


@dataclass(frozen=True, slots=True)
class Status:
    status: str
    count: int
    cents: int


@dataclass(frozen=True, slots=True)
class Counts:
    """How many in a period: messages of customers and to them, people called to a conversation, people who wrote first."""

    received: int
    sent: int
    hand_offs: int
    leads: int


@dataclass(frozen=True, slots=True)
class Waiting:
    name: str | None
    since: datetime | None
    reason: str | None
    total: int


@dataclass(frozen=True, slots=True)
class Question:
    name: str | None
    since: datetime
    question: str
    total: int


@dataclass(frozen=True, slots=True)
class HotLead:
    name: str | None
    stage: str
    score: int
    last_contact_at: datetime
    total: int


@dataclass(frozen=True, slots=True)
class Number:
    display_name: str
    status: str
    reason: str | None
    health: dict[str, Any]
    checked_at: datetime | None
    token_expires_at: datetime | None


def bookings_by_status(tx: Tx, start: datetime, end: datetime) -> list[Status]:
    return tx.rows(
        Status,
        """
        SELECT status, count(*)::int AS count, sum(price_cents)::int AS cents FROM bookings
        WHERE starts_at >= %s AND starts_at < %s GROUP BY status ORDER BY status
        """,
        [start, end],
    ).fetchall()


def counts(tx: Tx, start: datetime, end: datetime) -> Counts:
    found = tx.rows(
        Counts,
        """
        WITH own AS MATERIALIZED (
          -- Brazil's ninth digit stands before the last eight: they tell nearly everybody who is no owner, for less.
          SELECT c.id FROM conversations c JOIN contacts p ON p.id = c.contact_id
          WHERE right(p.phone, 8) = ANY (ARRAY(SELECT right(phone, 8) FROM authorized_owner_numbers)) AND app.is_owner(p.phone)
        ), said AS (
          SELECT m.sender FROM messages m
          WHERE m.id >= %(first)s AND m.recorded_at >= %(start)s AND m.recorded_at < %(end)s AND NOT m.imported
            AND m.kind <> 'system' AND m.conversation_id NOT IN (SELECT own.id FROM own)
        )
        SELECT (SELECT count(*) FROM said WHERE sender = 'customer')::int AS received,
          (SELECT count(*) FROM said WHERE sender <> 'customer')::int AS sent,
          (SELECT count(*) FROM conversation_moves v
            WHERE v.to_state = 'waiting_human' AND v.moved_at >= %(start)s AND v.moved_at < %(end)s
              AND v.conversation_id NOT IN (SELECT own.id FROM own))::int AS hand_offs,
          (SELECT count(*) FROM leads l WHERE l.first_contact_at >= %(start)s AND l.first_contact_at < %(end)s)::int AS leads
        """,
        {"first": id_floor(start), "start": start, "end": end},
    )
    return next(found)


def waiting(tx: Tx, *, most: int) -> list[Waiting]:
    return tx.rows(
        Waiting,
        """
        SELECT coalesce(p.name, p.profile_name) AS name, c.handoff_at AS since, c.handoff_reason AS reason,
          count(*) OVER ()::int AS total
        FROM conversations c JOIN contacts p ON p.id = c.contact_id
        WHERE c.state = 'waiting_human' AND NOT app.is_owner(p.phone) ORDER BY c.handoff_at LIMIT %s
        """,
        [most],
    ).fetchall()


def open_questions(tx: Tx, *, most: int) -> list[Question]:
    return tx.rows(
        Question,
        """
        SELECT coalesce(p.name, p.profile_name) AS name, e.created_at AS since, e.question, count(*) OVER ()::int AS total
        FROM escalations e JOIN conversations c ON c.id = e.conversation_id JOIN contacts p ON p.id = c.contact_id
        WHERE e.state = 'pending' AND e.kind <> 'technical' ORDER BY e.id LIMIT %s
        """,
        [most],
    ).fetchall()


def hot_leads(tx: Tx, *, most: int) -> list[HotLead]:
    return tx.rows(
        HotLead,
        """
        SELECT coalesce(p.name, p.profile_name) AS name, l.stage, l.score, l.last_contact_at, count(*) OVER ()::int AS total
        FROM leads l JOIN contacts p ON p.id = l.contact_id
        WHERE (l.stage = 'hot' OR l.is_priority AND l.stage IN ('new', 'qualifying', 'human')) AND NOT app.is_owner(p.phone)
        ORDER BY l.score DESC, l.last_contact_at DESC LIMIT %s
        """,
        [most],
    ).fetchall()


def numbers(tx: Tx) -> list[Number]:
    return tx.rows(
        Number,
        """
        SELECT display_name, status, status_reason AS reason, health, checked_at, token_expires_at FROM channel_accounts
        WHERE status <> 'disconnected' ORDER BY display_name, id
        """,
    ).fetchall()
