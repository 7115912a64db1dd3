"""What the database has of appointments, and how a refusal reads."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from auzap.bookings.reasons import Kind, Unbookable
from auzap.db.connection import Tx
from auzap.ids import BookingId

NOON = datetime(2027, 3, 10, 12, tzinfo=ZoneInfo("America/Sao_Paulo"))
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
EARLIER = NOON - 7 * DAY


def booked(tx: Tx) -> list[tuple[datetime, int]]:
    return tx.execute("SELECT starts_at, number FROM booking_places ORDER BY starts_at, number").fetchall()


def rows(tx: Tx, columns: str) -> list[tuple[Any, ...]]:
    return tx.connection.execute(f"SELECT {columns} FROM bookings ORDER BY id").fetchall()  # type: ignore[arg-type]


def history(tx: Tx, booking_id: BookingId) -> list[tuple[Any, ...]]:
    return tx.execute(
        """
        SELECT from_status, to_status, from_starts_at, to_starts_at, reason, actor FROM booking_moves
        WHERE booking_id = %s ORDER BY id
        """,
        [booking_id],
    ).fetchall()


def traces(tx: Tx) -> int:
    """What the panel and the audit trail would show of bookings."""
    row = tx.execute(
        """
        SELECT (SELECT count(*) FROM changes WHERE table_name = 'bookings')
          + (SELECT count(*) FROM audit WHERE table_name = 'bookings') + (SELECT count(*) FROM booking_moves)
        """
    ).fetchone()
    assert row
    return row[0]


def refused(kind: Kind, attempt: Callable[[], object]) -> None:
    with pytest.raises(Unbookable) as unbookable:
        attempt()
    assert unbookable.value.reason.kind is kind


def is_whole(tx: Tx) -> None:
    """As at a commit: what is checked at the end of a transaction holds."""
    tx.execute("SET CONSTRAINTS ALL IMMEDIATE")
    tx.execute("SET CONSTRAINTS ALL DEFERRED")
