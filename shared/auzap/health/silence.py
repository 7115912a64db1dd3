"""A number that is normally busy and hears nothing: perhaps nobody writes, perhaps nothing reaches us."""

from datetime import datetime, timedelta
from statistics import median

from auzap.db.connection import Tx
from auzap.health.changes import Change, record
from auzap.ids import AccountId, id_floor

WINDOW = timedelta(hours=3)
WEEKS = 4
# So many messages in the same hours of the weeks before make a number a busy one.
BUSY = 10


def look(tx: Tx, account_id: AccountId, now: datetime) -> bool:
    """Whether the number is silent against its habit. The beginning and the end of a silence are events of the number."""
    was_silent = _last_said(tx, account_id) == "silent"
    if _has_heard(tx, account_id, now):
        if was_silent:
            record(tx, account_id, [Change("silence", "silent", "heard")], once=_occasion(account_id, "heard", now))
        return False
    if median(_heard_in_weeks_before(tx, account_id, now)) < BUSY:
        return False
    if not was_silent:
        record(tx, account_id, [Change("silence", "heard", "silent")], once=_occasion(account_id, "silent", now))
    return True


def _occasion(account_id: AccountId, state: str, now: datetime) -> str:
    return f"{state}:{account_id}:{now:%Y-%m-%d}"


def _last_said(tx: Tx, account_id: AccountId) -> str | None:
    row = tx.execute(
        "SELECT is_now FROM channel_events WHERE channel_account_id = %s AND kind = 'silence' ORDER BY id DESC LIMIT 1",
        [account_id],
    ).fetchone()
    return row[0] if row else None


def _has_heard(tx: Tx, account_id: AccountId, now: datetime) -> bool:
    # A customer's message moves last_message_at as well, and that one has an index.
    row = tx.execute(
        """
        SELECT 1 FROM conversations
        WHERE last_message_at > %(since)s AND last_inbound_at > %(since)s AND channel_account_id = %(account)s LIMIT 1
        """,
        {"account": account_id, "since": now - WINDOW},
    ).fetchone()
    return row is not None


def _heard_in_weeks_before(tx: Tx, account_id: AccountId, now: datetime) -> list[int]:
    """Messages of customers in the same hours of each of the weeks before, found by the time in their ids."""
    ends = [now - timedelta(weeks=week) for week in range(1, WEEKS + 1)]
    rows = tx.execute(
        """
        SELECT (
          SELECT count(*) FROM messages m JOIN conversations c ON c.id = m.conversation_id
          WHERE m.id >= span.since AND m.id < span.until AND m.sender = 'customer' AND NOT m.imported
            AND c.channel_account_id = %(account)s)
        FROM unnest(%(since)s::uuid[], %(until)s::uuid[]) AS span (since, until)
        """,
        {
            "account": account_id,
            "since": [id_floor(end - WINDOW) for end in ends],
            "until": [id_floor(end) for end in ends],
        },
    )
    return [row[0] for row in rows]
