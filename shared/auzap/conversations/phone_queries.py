"""SQL of what a person of the shop wrote on its own phone."""

from typing import Any

from psycopg import Cursor

from auzap.channels.whatsapp.inbound import SILENT_KINDS, InboundMessage
from auzap.conversations.recording_queries import Stored, lock_open, parameters_of, take_back
from auzap.db.connection import Tx
from auzap.ids import AccountId


def store_echo(tx: Tx, account_id: AccountId, message: InboundMessage) -> Cursor[Stored]:
    """Stored as theirs, and the agent is silent; unless it was on its way for longer than a phone keeps the agent away."""
    # Who reacts to something, or corrects what they said before, has answered nobody.
    answers = message.kind not in SILENT_KINDS
    parameters = parameters_of(account_id, message) | {"answers": answers}
    lock_open(tx, parameters)
    if answers:
        # Two moves, as for everybody: a conversation is handed over before a person has it.
        _hand_over(tx, parameters)
    if message.kind == "edit":
        _rewrite(tx, parameters)
    elif message.kind == "revoke":
        take_back(tx, parameters)
    stored = tx.rows(
        Stored,
        """
        WITH place AS (
          SELECT c.id FROM conversations c
          WHERE c.contact_id = (SELECT app.contact_of(%(kinds)s, %(shown)s))
            AND c.channel_account_id = %(account)s AND c.state <> 'closed'
        ), key AS (
          INSERT INTO message_keys (channel_account_id, provider_id, message_id)
          SELECT %(account)s, %(provider_id)s, %(id)s FROM place
          ON CONFLICT DO NOTHING RETURNING message_id
        ), stored AS (
          INSERT INTO messages (
            id, conversation_id, sender, kind, text, details, provider_id, provider_at, quoted_provider_id, delivery)
          SELECT key.message_id, place.id, 'staff', %(message_kind)s, %(text)s, %(details)s, %(provider_id)s,
            %(provider_at)s, %(quoted)s, 'sent' FROM key, place RETURNING id
        ), raw AS (
          INSERT INTO raw_elements (id, element) SELECT message_id, %(raw)s FROM key
        ), copy AS (
          INSERT INTO media (message_id, conversation_id, provider_media_id, kind, declared_type, filename)
          SELECT stored.id, place.id, %(media_id)s, %(message_kind)s, %(media_type)s, %(media_name)s
          FROM stored, place WHERE %(media_id)s::text IS NOT NULL RETURNING id
        ), newer AS (
          -- What the customer wrote after it, and came before it, is not answered by it.
          SELECT m.id FROM messages m, place
          WHERE m.conversation_id = place.id AND m.awaits_answer AND m.turn_id IS NULL AND m.provider_at > %(provider_at)s
        ), answered AS (
          UPDATE messages m SET awaits_answer = false FROM stored, place
          WHERE m.conversation_id = place.id AND m.awaits_answer AND m.turn_id IS NULL AND m.provider_at <= %(provider_at)s
            AND %(answers)s
        ), found AS (
          -- What somebody was called for before they wrote.
          UPDATE staff_tasks t SET done_at = app.now() FROM stored, place
          WHERE t.conversation_id = place.id AND t.kind IN ('handoff', 'call_back', 'arrived_late') AND t.done_at IS NULL
            AND t.created_at <= %(provider_at)s AND %(answers)s
        ), held AS (
          UPDATE conversations c SET last_message_at = app.now(),
            unread_count = CASE WHEN %(answers)s THEN (SELECT count(*) FROM newer) ELSE c.unread_count END,
            answer_at = CASE WHEN NOT %(answers)s OR EXISTS (SELECT FROM newer) THEN c.answer_at END,
            state = CASE WHEN pause.ends_at > app.now() THEN 'human' ELSE c.state END,
            handoff_reason = CASE WHEN pause.ends_at > app.now() THEN 'answered_on_phone' ELSE c.handoff_reason END,
            -- Who has it in the panel keeps it at least as long as the panel says, which may be until they give it back.
            returns_at = CASE WHEN pause.ends_at > app.now() AND (c.state <> 'human' OR c.returns_at IS NOT NULL)
              THEN greatest(CASE c.state WHEN 'human' THEN c.returns_at END, pause.ends_at) ELSE c.returns_at END
          FROM stored, place, (
            SELECT CASE WHEN %(answers)s THEN least(%(provider_at)s, app.now()) + s.phone_pause END AS ends_at
            FROM organization_settings s) pause
          WHERE c.id = place.id
        )
        SELECT place.id AS conversation_id, EXISTS (SELECT FROM stored) AS is_new, NULL::float8 AS answer_in,
          (SELECT copy.id FROM copy) AS media_id FROM place
        """,
        parameters,
    )
    if message.kind == "edit":
        _take_back_again(tx, parameters)
    return stored


def _hand_over(tx: Tx, parameters: dict[str, Any]) -> None:
    tx.execute(
        """
        UPDATE conversations c SET state = 'waiting_human', handoff_reason = 'answered_on_phone', handoff_at = app.now(),
          returns_at = %(provider_at)s + s.phone_pause
        FROM organization_settings s
        WHERE c.contact_id = (SELECT app.contact_of(%(kinds)s, %(shown)s)) AND c.channel_account_id = %(account)s AND c.state = 'ai'
          AND %(provider_at)s + s.phone_pause > app.now()
          AND NOT EXISTS (SELECT FROM message_keys k WHERE k.channel_account_id = %(account)s AND k.provider_id = %(provider_id)s)
        """,
        parameters,
    )


def _rewrite(tx: Tx, parameters: dict[str, Any]) -> None:
    tx.execute(
        """
        UPDATE messages m SET text = %(text)s, edited_at = %(provider_at)s
        FROM message_keys k, conversations c
        WHERE k.channel_account_id = %(account)s AND k.provider_id = %(original)s AND m.id = k.message_id
          AND m.sender = 'staff' AND m.revoked_at IS NULL AND c.id = m.conversation_id
          AND c.contact_id = (SELECT app.contact_of(%(kinds)s, %(shown)s)) AND (m.edited_at <= %(provider_at)s) IS NOT FALSE
          AND NOT EXISTS (
            SELECT FROM message_keys seen WHERE seen.channel_account_id = %(account)s AND seen.provider_id = %(provider_id)s)
        """,
        parameters,
    )


def _take_back_again(tx: Tx, parameters: dict[str, Any]) -> None:
    """What was deleted is not told by an edit that came after the deletion."""
    tx.execute(
        """
        SELECT app.take_back(%(account)s, app.contact_of(%(kinds)s, %(shown)s), %(original)s, %(sender)s)
        FROM message_keys k JOIN messages m ON m.id = k.message_id
        WHERE k.channel_account_id = %(account)s AND k.provider_id = %(original)s AND m.revoked_at IS NOT NULL
        """,
        parameters,
    )
