"""The trail of a shop: who has changed what, from what to what, and whether it is as it was written."""

import json
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from auzap.customers import csv_files
from auzap.db.connection import Tx
from auzap.ids import AuditId, id_floor

type Operation = Literal["insert", "update", "delete"]

HEADERS = ("id", "recorded_at", "table", "row", "operation", "actor", "address", "before", "after")
# What is wrong is listed as far as this: with a broken trail, how many places it has does not matter.
MOST_BROKEN = 100
# Looked at in one transaction: some seconds' work.
MOST_SEGMENTS = 1_000
MOST_ROWS = 50_000


@dataclass(frozen=True, slots=True)
class Change:
    id: AuditId
    table_name: str
    row_key: dict[str, Any]
    operation: Operation
    # user:…, support:…, key:…, agent, clock, system.
    actor: str
    # Where the request came from.
    address: str | None
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    recorded_at: datetime
    # Of the chain; null until it is sealed.
    segment: int | None


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which changes: None is any. Of one row, its table is known."""

    table_name: str | None = None
    row_id: UUID | None = None
    actor: str | None = None
    operation: Operation | None = None
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Broken:
    segment: int | None
    row_id: AuditId | None
    # The last two where heads are kept outside of the database: another one is there, or none after a day.
    problem: Literal["changed", "broken", "rewritten", "unkept"]


@dataclass(frozen=True, slots=True)
class Verified:
    """What does not hold of some segments of the trail, and where the others begin."""

    is_whole: bool
    # Of the whole trail.
    segments: int
    sealed_until: datetime | None
    # The last segment that was looked at.
    verified_until: int
    # Whether others come after it.
    goes_on: bool
    broken: list[Broken]


def page(tx: Tx, wanted: Wanted, *, zone: ZoneInfo, before: AuditId | None, limit: int) -> list[Change]:
    """The latest first. Days are the shop's own, the last one included."""
    return tx.rows(
        Change,
        """
        SELECT id, table_name, row_key, operation, actor, address, before, after, recorded_at, segment FROM audit
        WHERE (%(table)s::text IS NULL OR table_name = %(table)s) AND (%(row)s::uuid IS NULL OR row_id = %(row)s)
          AND (%(actor)s::text IS NULL OR actor = %(actor)s) AND (%(operation)s::text IS NULL OR operation = %(operation)s)
          AND (%(since)s::uuid IS NULL OR id >= %(since)s) AND (%(until)s::uuid IS NULL OR id < %(until)s)
          AND (%(before)s::uuid IS NULL OR id < %(before)s)
        ORDER BY id DESC LIMIT %(limit)s
        """,
        {
            "table": wanted.table_name,
            "row": wanted.row_id,
            "actor": wanted.actor,
            "operation": wanted.operation,
            "since": wanted.since and _floor(wanted.since, zone),
            "until": wanted.until and _floor(wanted.until + timedelta(days=1), zone),
            "before": before,
            "limit": limit,
        },
    ).fetchall()


def as_table(changes: list[Change], zone: ZoneInfo) -> bytes:
    """For a spreadsheet, which is to run nothing of it."""
    rows = (
        [
            str(change.id),
            change.recorded_at.astimezone(zone).isoformat(),
            change.table_name,
            _compact(change.row_key),
            change.operation,
            change.actor,
            change.address or "",
            _compact(change.before),
            _compact(change.after),
        ]
        for change in changes
    )
    return csv_files.write(HEADERS, rows, separator=";")


def verify(tx: Tx, *, since: int = 0, most_rows: int = MOST_ROWS) -> Verified:
    """The segments after `since`, as many as one transaction has time for: sealed rows, each against its seal."""
    row = tx.execute(
        """
        SELECT count(*), max(number), max(sealed_at), (
          SELECT max(number) FROM (
            SELECT number, sum(row_count) OVER (ORDER BY number) - row_count AS rows_before
            FROM audit_segments WHERE number > %(since)s ORDER BY number LIMIT %(segments)s) AS next
          WHERE rows_before < %(rows)s)
        FROM audit_segments
        """,
        {"since": since, "segments": MOST_SEGMENTS, "rows": most_rows},
    ).fetchone()
    count, last, sealed_until, upto = row or (0, None, None, None)
    upto = since if upto is None else upto
    broken = tx.rows(
        Broken,
        "SELECT segment, row_id, problem FROM app.broken_audit(%s, %s) ORDER BY segment, row_id LIMIT %s",
        [since, upto, MOST_BROKEN],
    ).fetchall()
    return Verified(not broken, count, sealed_until, upto, upto < (last or 0), broken)


def _floor(day: date, zone: ZoneInfo) -> UUID:
    return id_floor(datetime.combine(day, time(0), zone))


def _compact(value: dict[str, Any] | None) -> str:
    return "" if value is None else json.dumps(value, ensure_ascii=False, separators=(",", ":"))
