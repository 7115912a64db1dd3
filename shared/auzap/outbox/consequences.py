"""What a refusal means beyond its message: for the number, its campaigns, and what the customer wants to hear."""

from datetime import datetime, timedelta

from auzap.channels.whatsapp.errors import Fate, Meaning
from auzap.db.connection import Tx
from auzap.ids import AccountId, ConversationId

# A number that stopped is tried again after this long, if no health check has found it in order before.
PAUSE = timedelta(minutes=15)
CAMPAIGN_PAUSE = timedelta(hours=24)


def follow(
    tx: Tx,
    meaning: Meaning,
    conversation_id: ConversationId,
    account_id: AccountId,
    *,
    code: int,
    detail: str,
    at: datetime | None = None,
) -> None:
    """Counted from when it was refused: however late or often one is told, it means the same."""
    if meaning.fate == Fate.PAUSE_ACCOUNT:
        _pause_account(tx, account_id, meaning.reason, code, detail, at)
    if meaning.pauses_campaigns:
        _pause_campaigns(tx, account_id, meaning.reason, at)
    if meaning.fate == Fate.SUPPRESS_MARKETING:
        tx.execute(
            """
            INSERT INTO consents (contact_id, purpose, is_given, source, recorded_at)
            SELECT p.id, 'marketing', false, 'channel', coalesce(%(at)s, app.now()) FROM conversations c
            JOIN contacts p ON p.id = c.contact_id WHERE c.id = %(conversation)s AND p.opted_out_at IS NULL
            """,
            {"conversation": conversation_id, "at": at},
        )


def _pause_account(tx: Tx, account_id: AccountId, reason: str, code: int, detail: str, at: datetime | None) -> None:
    tx.execute(
        """
        WITH paused AS (
          UPDATE channel_accounts SET status = 'failing', status_reason = %(told)s,
            sending_paused_until = greatest(sending_paused_until, coalesce(%(at)s, app.now()) + %(pause)s)
          WHERE id = %(account)s AND status <> 'disconnected' AND coalesce(%(at)s, app.now()) + %(pause)s > app.now()
          RETURNING id, OLD.status AS was
        ), noticed AS (
          INSERT INTO channel_events (channel_account_id, kind, was, is_now, reason)
          SELECT paused.id, 'status', paused.was, 'failing', %(told)s FROM paused WHERE paused.was <> 'failing'
        )
        INSERT INTO notifications (kind, level, detail, once_key)
        SELECT 'send_paused', 'error', jsonb_build_object('channel_account_id', paused.id, 'reason', %(reason)s::text),
          concat('send_paused:', paused.id, ':', (app.now() AT TIME ZONE 'UTC')::date) FROM paused
        ON CONFLICT DO NOTHING
        """,
        {"account": account_id, "at": at, "pause": PAUSE, "told": f"{code}: {detail}", "reason": reason},
    )


def _pause_campaigns(tx: Tx, account_id: AccountId, reason: str, at: datetime | None) -> None:
    tx.execute(
        """
        WITH paused AS (
          UPDATE channel_accounts
          SET campaigns_paused_until = greatest(campaigns_paused_until, coalesce(%(at)s, app.now()) + %(pause)s)
          WHERE id = %(account)s RETURNING id
        )
        INSERT INTO notifications (kind, level, detail, once_key)
        SELECT 'campaigns_paused', 'warning', jsonb_build_object('channel_account_id', paused.id, 'reason', %(reason)s::text),
          concat('campaigns_paused:', paused.id, ':', (app.now() AT TIME ZONE 'UTC')::date) FROM paused
        ON CONFLICT DO NOTHING
        """,
        {"account": account_id, "at": at, "pause": CAMPAIGN_PAUSE, "reason": reason},
    )
