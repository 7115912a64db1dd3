"""SQL of recording: one statement where the customer is known, a few more the first time."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from psycopg import Cursor
from psycopg.types.json import Jsonb

from auzap import phone
from auzap.channels.whatsapp.inbound import InboundMessage
from auzap.db.connection import Tx
from auzap.ids import AccountId, ConversationId, new_id

# A photo or a voice note is seldom all that somebody has to say.
MEDIA_PATIENCE = 2.0


@dataclass(frozen=True, slots=True)
class Stored:
    conversation_id: ConversationId
    is_new: bool
    answer_in: float | None
    media_id: UUID | None
    has_held: bool = False


def store_known(tx: Tx, account_id: AccountId, message: InboundMessage, *, too_late: timedelta) -> Cursor[Stored]:
    """The message of a known customer with an open conversation; no row where either is still to be made."""
    parameters = parameters_of(account_id, message) | {"too_late": too_late}
    lock_open(tx, parameters)
    if message.kind == "edit":
        _edit_unread(tx, parameters)
    elif message.kind == "revoke":
        take_back(tx, parameters)
    return tx.rows(
        Stored,
        """
        WITH place AS (
          SELECT c.id, c.contact_id, c.state, c.answer_at, c.lease_until, p.blocked_at IS NOT NULL AS is_blocked,
            app.is_owner(p.phone) AS is_owner
          FROM contacts p JOIN conversations c ON c.contact_id = p.id
          WHERE p.id = (SELECT app.contact_of(%(kinds)s, %(shown)s)) AND c.channel_account_id = %(account)s AND c.state <> 'closed'
        ), amended AS (
          -- Written anew or taken back before it came: nobody promises an order of webhooks.
          SELECT a.kind, a.text FROM messages a, place
          WHERE a.conversation_id = place.id AND a.provider_at >= %(provider_at)s AND a.kind IN ('edit', 'revoke')
            AND a.sender = 'customer' AND a.details ->> 'original_message_id' = %(provider_id)s
          ORDER BY a.kind = 'revoke' DESC, a.provider_at DESC LIMIT 1
        ), asked AS (
          SELECT NOT place.is_blocked AND amended.kind IS DISTINCT FROM 'revoke' AND (%(awaits)s
            -- Who reads the original at this moment must read this before the reply.
            OR %(message_kind)s = 'edit' AND place.lease_until > app.now() AND EXISTS (
              SELECT FROM turns t JOIN message_keys k ON k.message_id = ANY (t.message_ids)
              WHERE t.conversation_id = place.id AND t.state = 'running'
                AND k.channel_account_id = %(account)s AND k.provider_id = %(original)s)) AS is_asked
          FROM place LEFT JOIN amended ON true
        ), late AS (
          SELECT asked.is_asked AND %(provider_at)s < app.now() - %(too_late)s AS is_late FROM asked
        ), unanswered AS (
          SELECT min(m.recorded_at) AS since FROM messages m, place
          WHERE m.conversation_id = place.id AND m.awaits_answer AND m.turn_id IS NULL
        ), key AS (
          INSERT INTO message_keys (channel_account_id, provider_id, message_id)
          SELECT %(account)s, %(provider_id)s, %(id)s FROM place
          ON CONFLICT DO NOTHING RETURNING message_id
        ), stored AS (
          INSERT INTO messages (
            id, conversation_id, sender, kind, text, details, provider_id, provider_at, quoted_provider_id, awaits_answer,
            edited_at, revoked_at)
          SELECT key.message_id, place.id, 'customer', %(message_kind)s,
            CASE amended.kind WHEN 'revoke' THEN '' WHEN 'edit' THEN amended.text ELSE %(text)s END,
            CASE amended.kind WHEN 'revoke' THEN '{}' ELSE %(details)s::jsonb END,
            %(provider_id)s, %(provider_at)s, %(quoted)s, asked.is_asked AND NOT late.is_late,
            CASE amended.kind WHEN 'edit' THEN app.now() END, CASE amended.kind WHEN 'revoke' THEN app.now() END
          FROM key, place, asked, late LEFT JOIN amended ON true RETURNING id, revoked_at
        ), raw AS (
          INSERT INTO raw_elements (id, element) SELECT message_id, %(raw)s FROM key
        ), copy AS (
          INSERT INTO media (message_id, conversation_id, provider_media_id, kind, declared_type, filename)
          SELECT stored.id, place.id, %(media_id)s, %(message_kind)s, %(media_type)s, %(media_name)s
          FROM stored, place WHERE %(media_id)s::text IS NOT NULL AND stored.revoked_at IS NULL RETURNING id
        ), task AS (
          INSERT INTO staff_tasks (conversation_id, kind, detail)
          SELECT place.id, 'arrived_late', %(provider_at)s::text FROM stored, place, late
          WHERE late.is_late AND NOT EXISTS (
            SELECT FROM staff_tasks t WHERE t.conversation_id = place.id AND t.kind = 'arrived_late' AND t.done_at IS NULL)
        ), person AS (
          UPDATE contacts p SET
            profile_name = coalesce(%(profile_name)s, p.profile_name),
            username = coalesce(%(username)s, p.username),
            last_counted_month = date_trunc('month', app.now() AT TIME ZONE s.time_zone)::date
          FROM stored, place, organization_settings s
          WHERE p.id = place.contact_id AND (
            p.profile_name IS DISTINCT FROM coalesce(%(profile_name)s, p.profile_name)
            OR p.username IS DISTINCT FROM coalesce(%(username)s, p.username)
            OR p.last_counted_month IS DISTINCT FROM date_trunc('month', app.now() AT TIME ZONE s.time_zone)::date)
          RETURNING p.last_counted_month, OLD.last_counted_month AS counted_before
        ), lead AS (
          INSERT INTO usage_counters AS u (day, metric, amount)
          SELECT person.last_counted_month, 'leads', 1 FROM person, place
          WHERE person.counted_before IS DISTINCT FROM person.last_counted_month AND NOT place.is_owner
          ON CONFLICT (organization_id, day, metric) DO UPDATE SET amount = u.amount + 1
        ), advertised AS (
          INSERT INTO leads AS l (contact_id, source, utm)
          SELECT place.contact_id, 'advertisement', %(utm)s::jsonb FROM stored, place
          WHERE %(utm)s::jsonb IS NOT NULL AND NOT place.is_owner
          ON CONFLICT (organization_id, contact_id) DO UPDATE SET utm = excluded.utm WHERE l.utm = '{}'
        ), woken AS (
          UPDATE conversations c SET
            last_message_at = app.now(),
            last_inbound_at = greatest(c.last_inbound_at, least(%(provider_at)s, app.now())),
            reply_to = %(reply_to)s,
            unread_count = c.unread_count + 1,
            snoozed_until = NULL,
            state = CASE WHEN late.is_late AND c.state = 'ai' THEN 'waiting_human' ELSE c.state END,
            handoff_reason = CASE WHEN late.is_late AND c.state = 'ai' THEN 'arrived_late' ELSE c.handoff_reason END,
            handoff_at = CASE WHEN late.is_late AND c.state = 'ai' THEN app.now() ELSE c.handoff_at END,
            returns_at = CASE WHEN late.is_late AND c.state = 'ai' THEN app.now() + s.waiting_timeout ELSE c.returns_at END,
            answer_at = CASE
              WHEN asked.is_asked AND NOT late.is_late THEN least(
                coalesce(unanswered.since, app.now()) + s.burst_cap,
                app.now() + s.burst_window * greatest(%(patience)s, CASE WHEN unanswered.since IS NULL THEN 1 ELSE 1.5 END))
              ELSE c.answer_at END
          FROM stored, place, asked, late, unanswered, organization_settings s
          WHERE c.id = place.id
          RETURNING c.state, c.answer_at
        )
        SELECT place.id AS conversation_id, EXISTS (SELECT FROM stored) AS is_new,
          CASE
            WHEN woken.state = 'ai' THEN extract(epoch FROM woken.answer_at - app.now())::float8
            WHEN woken.state IS NULL AND place.state = 'ai' AND unanswered.since IS NOT NULL
              THEN greatest(0, extract(epoch FROM place.answer_at - app.now()))::float8
          END AS answer_in,
          (SELECT copy.id FROM copy) AS media_id,
          EXISTS (SELECT FROM outbox o WHERE o.conversation_id = place.id AND o.state = 'held') AS has_held
        FROM place CROSS JOIN unanswered LEFT JOIN woken ON true
        """,
        parameters,
    )


def lock_open(tx: Tx, parameters: dict[str, Any]) -> None:
    """In a statement of its own: what the next one reads is then from after the wait."""
    tx.execute(
        """
        SELECT 1 FROM conversations
        WHERE contact_id = (SELECT app.contact_of(%(kinds)s, %(shown)s))
          AND channel_account_id = %(account)s AND state <> 'closed' FOR UPDATE
        """,
        parameters,
    )


def take_back(tx: Tx, parameters: dict[str, Any]) -> None:
    """What its own sender deleted is shown to nobody any more, and waits for nothing."""
    tx.execute(
        """
        WITH original AS (
          SELECT m.id, m.conversation_id FROM message_keys k JOIN messages m ON m.id = k.message_id
          JOIN conversations c ON c.id = m.conversation_id
          WHERE k.channel_account_id = %(account)s AND k.provider_id = %(original)s AND m.sender = %(sender)s
            AND c.contact_id = (SELECT app.contact_of(%(kinds)s, %(shown)s))
        ), revoked AS (
          UPDATE messages m SET text = '', details = '{}', revoked_at = app.now(),
            awaits_answer = m.awaits_answer AND m.turn_id IS NOT NULL
          FROM original WHERE m.id = original.id
        ), uncopied AS (
          UPDATE media SET state = 'refused', reason = 'revoked' FROM original
          WHERE media.message_id = original.id AND media.state = 'waiting'
        )
        UPDATE conversations c SET answer_at = NULL FROM original
        WHERE c.id = original.conversation_id AND c.answer_at IS NOT NULL AND NOT EXISTS (
          SELECT FROM messages m WHERE m.conversation_id = c.id AND m.awaits_answer AND m.turn_id IS NULL
            AND m.id <> original.id)
        """,
        parameters,
    )


def _edit_unread(tx: Tx, parameters: dict[str, Any]) -> None:
    """What nobody has read is as its writer last wrote it; what was read stays as it was read."""
    tx.execute(
        """
        UPDATE messages m SET text = %(text)s, edited_at = app.now()
        FROM message_keys k, conversations c
        WHERE k.channel_account_id = %(account)s AND k.provider_id = %(original)s AND m.id = k.message_id
          AND m.sender = 'customer' AND m.turn_id IS NULL AND m.revoked_at IS NULL AND c.id = m.conversation_id
          AND c.contact_id = (SELECT app.contact_of(%(kinds)s, %(shown)s))
          AND NOT (c.lease_until > app.now() AND EXISTS (
            SELECT FROM turns t WHERE t.conversation_id = c.id AND t.state = 'running' AND m.id = ANY (t.message_ids))) IS TRUE
        """,
        parameters,
    )


def open_conversation(tx: Tx, account_id: AccountId, message: InboundMessage) -> None:
    """The one that was closed less than seven days ago goes on; later, or never, a new one begins."""
    parameters = parameters_of(account_id, message)
    tx.execute(
        """
        WITH reopened AS (
          UPDATE conversations c SET state = 'ai', answer_at = NULL
          WHERE c.id = (
            SELECT past.id FROM conversations past
            WHERE past.contact_id = (SELECT app.contact_of(%(kinds)s, %(shown)s))
              AND past.channel_account_id = %(account)s AND past.merged_into IS NULL
              AND past.closed_at > app.now() - interval '7 days'
            ORDER BY past.closed_at DESC LIMIT 1)
          AND NOT EXISTS (
            SELECT FROM conversations live WHERE live.contact_id = c.contact_id
              AND live.channel_account_id = %(account)s AND live.state <> 'closed')
          -- A message seen again is no reason to talk again.
          AND NOT EXISTS (SELECT FROM message_keys k WHERE k.channel_account_id = %(account)s AND k.provider_id = %(provider_id)s)
          RETURNING c.id
        )
        -- Whoever closed it had done with what was said before.
        UPDATE messages m SET awaits_answer = false FROM reopened
        WHERE m.conversation_id = reopened.id AND m.awaits_answer AND m.turn_id IS NULL
        """,
        parameters,
    )
    tx.execute(
        """
        INSERT INTO conversations (contact_id, channel_account_id, reply_to)
        SELECT writer.id, %(account)s, %(reply_to)s FROM app.contact_of(%(kinds)s, %(shown)s) AS writer (id)
        WHERE writer.id IS NOT NULL AND NOT EXISTS (
          SELECT FROM message_keys k WHERE k.channel_account_id = %(account)s AND k.provider_id = %(provider_id)s)
        ON CONFLICT (organization_id, contact_id, channel_account_id) WHERE state <> 'closed' DO NOTHING
        """,
        parameters,
    )


def find_stored(tx: Tx, account_id: AccountId, message: InboundMessage) -> Cursor[Stored]:
    """Where a message was stored that comes again after its conversation was closed."""
    return tx.rows(
        Stored,
        """
        SELECT m.conversation_id, false AS is_new, NULL::float8 AS answer_in, NULL::uuid AS media_id
        FROM message_keys k JOIN messages m ON m.id = k.message_id
        WHERE k.channel_account_id = %(account)s AND k.provider_id = %(provider_id)s
        """,
        {"account": account_id, "provider_id": message.provider_id},
    )


def parameters_of(account_id: AccountId, message: InboundMessage) -> dict[str, Any]:
    media = message.media
    return identity_parameters(message.identities) | {
        "id": new_id(),
        "account": account_id,
        "reply_to": message.reply_to,
        "profile_name": message.profile_name,
        "username": message.username,
        "provider_id": message.provider_id,
        "provider_at": message.provider_at,
        "sender": message.sender,
        "message_kind": message.kind,
        "text": message.text,
        "details": Jsonb(message.details),
        "quoted": message.quoted_provider_id,
        "original": message.original,
        "awaits": message.awaits_answer,
        "patience": MEDIA_PATIENCE if media else 1.0,
        "media_id": media and media.id,
        "media_type": media and media.declared_type,
        "media_name": media and media.filename,
        "utm": None if message.utm is None else Jsonb(message.utm),
        "raw": Jsonb(message.raw),
    }


def identity_parameters(identities: dict[str, str]) -> dict[str, Any]:
    wa_id = identities.get("wa_id")
    return {
        "kinds": list(identities),
        "shown": list(identities.values()),
        "spellings": phone.spellings(wa_id) if wa_id else [],
        "phone": phone.e164(wa_id) if wa_id else None,
    }
