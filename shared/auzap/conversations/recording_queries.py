"""SQL of recording: one statement where the customer is known, a few more the first time."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from psycopg import Cursor
from psycopg.types.json import Jsonb

from auzap import phone
from auzap.channels.whatsapp.inbound import InboundMessage
from auzap.db.connection import Tx
from auzap.ids import AccountId, ConversationId, new_id


@dataclass(frozen=True, slots=True)
class Stored:
    conversation_id: ConversationId
    is_new: bool
    answer_in: float | None


def store_known(tx: Tx, account_id: AccountId, message: InboundMessage, *, too_late: timedelta) -> Cursor[Stored]:
    """The message of a known customer with an open conversation; no row where either is still to be made."""
    parameters = _parameters(account_id, message) | {"too_late": too_late}
    _lock(tx, parameters)
    if message.kind == "edit":
        _edit_unanswered(tx, parameters | {"original": message.details.get("original_message_id")})
    return tx.rows(
        Stored,
        """
        WITH place AS (
          SELECT c.id, c.contact_id, c.state, c.answer_at FROM conversations c
          JOIN contact_identities i ON i.contact_id = c.contact_id
          WHERE i.channel = 'whatsapp' AND i.kind = %(kind)s AND i.value = %(value)s
            AND c.channel_account_id = %(account)s AND c.state <> 'closed'
            AND %(identities)s = (
              SELECT count(*) FROM unnest(%(kinds)s::text[], %(values)s::text[]) AS given (kind, value)
              JOIN contact_identities known ON known.channel = 'whatsapp'
                AND known.kind = given.kind AND known.value = given.value)
        ), late AS (
          SELECT %(awaits)s AND %(provider_at)s < app.now() - %(too_late)s AS is_late
        ), unanswered AS (
          SELECT min(m.recorded_at) AS since FROM messages m, place
          WHERE m.conversation_id = place.id AND m.awaits_answer AND m.turn_id IS NULL
        ), key AS (
          INSERT INTO message_keys (channel_account_id, provider_id, message_id)
          SELECT %(account)s, %(provider_id)s, %(id)s FROM place
          ON CONFLICT DO NOTHING RETURNING message_id
        ), stored AS (
          INSERT INTO messages (
            id, conversation_id, sender, kind, text, details, provider_id, provider_at, quoted_provider_id, awaits_answer)
          SELECT key.message_id, place.id, 'customer', %(message_kind)s, %(text)s, %(details)s, %(provider_id)s,
            %(provider_at)s, %(quoted)s, %(awaits)s AND NOT late.is_late
          FROM key, place, late RETURNING id
        ), raw AS (
          INSERT INTO raw_elements (id, element) SELECT message_id, %(raw)s FROM key
        ), task AS (
          INSERT INTO staff_tasks (conversation_id, kind, detail)
          SELECT place.id, 'arrived_late', %(provider_at)s::text FROM stored, place, late WHERE late.is_late
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
          RETURNING p.phone, p.last_counted_month, OLD.last_counted_month AS counted_before
        ), lead AS (
          INSERT INTO usage_counters AS u (day, metric, amount)
          SELECT person.last_counted_month, 'leads', 1 FROM person
          WHERE person.counted_before IS DISTINCT FROM person.last_counted_month AND NOT EXISTS (
            SELECT FROM authorized_owner_numbers o WHERE o.phone = person.phone AND o.is_active)
          ON CONFLICT (organization_id, day, metric) DO UPDATE SET amount = u.amount + 1
        ), woken AS (
          UPDATE conversations c SET
            last_message_at = app.now(),
            last_inbound_at = greatest(c.last_inbound_at, least(%(provider_at)s, app.now())),
            reply_to = %(value)s,
            unread_count = c.unread_count + 1,
            state = CASE WHEN late.is_late AND c.state = 'ai' THEN 'waiting_human' ELSE c.state END,
            handoff_reason = CASE WHEN late.is_late AND c.state = 'ai' THEN 'arrived_late' ELSE c.handoff_reason END,
            handoff_at = CASE WHEN late.is_late AND c.state = 'ai' THEN app.now() ELSE c.handoff_at END,
            answer_at = CASE
              WHEN %(awaits)s AND NOT late.is_late
              THEN least(coalesce(unanswered.since, app.now()) + s.burst_cap, app.now() + s.burst_window)
              ELSE c.answer_at END
          FROM stored, place, late, unanswered, organization_settings s
          WHERE c.id = place.id
          RETURNING c.state, c.answer_at
        )
        SELECT place.id AS conversation_id, EXISTS (SELECT FROM stored) AS is_new,
          CASE
            WHEN woken.state = 'ai' THEN extract(epoch FROM woken.answer_at - app.now())::float8
            WHEN woken.state IS NULL AND place.state = 'ai' AND unanswered.since IS NOT NULL
              THEN greatest(0, extract(epoch FROM place.answer_at - app.now()))::float8
          END AS answer_in
        FROM place CROSS JOIN unanswered LEFT JOIN woken ON true
        """,
        parameters,
    )


def store_echo(tx: Tx, account_id: AccountId, message: InboundMessage) -> Cursor[Stored]:
    """What a person of the shop wrote on its phone: stored as theirs, and the agent is silent from now on."""
    parameters = _parameters(account_id, message)
    _lock(tx, parameters)
    # Two moves, as for everybody: a conversation is handed over before a person has it.
    _hand_over_to_phone(tx, parameters)
    return tx.rows(
        Stored,
        """
        WITH place AS (
          SELECT c.id FROM conversations c JOIN contact_identities i ON i.contact_id = c.contact_id
          WHERE i.channel = 'whatsapp' AND i.kind = %(kind)s AND i.value = %(value)s
            AND c.channel_account_id = %(account)s AND c.state <> 'closed'
        ), key AS (
          INSERT INTO message_keys (channel_account_id, provider_id, message_id)
          SELECT %(account)s, %(provider_id)s, %(id)s FROM place
          ON CONFLICT DO NOTHING RETURNING message_id
        ), stored AS (
          INSERT INTO messages (id, conversation_id, sender, kind, text, details, provider_id, provider_at, delivery)
          SELECT key.message_id, place.id, 'staff', %(message_kind)s, %(text)s, %(details)s, %(provider_id)s,
            %(provider_at)s, 'sent' FROM key, place RETURNING id
        ), answered AS (
          UPDATE messages m SET awaits_answer = false FROM stored, place
          WHERE m.conversation_id = place.id AND m.awaits_answer AND m.turn_id IS NULL
        ), held AS (
          UPDATE conversations c SET state = 'human', last_message_at = app.now(), answer_at = NULL, unread_count = 0,
            handoff_reason = 'answered_on_phone', returns_at = app.now() + s.phone_pause
          FROM stored, place, organization_settings s WHERE c.id = place.id
        )
        SELECT place.id AS conversation_id, EXISTS (SELECT FROM stored) AS is_new, NULL::float8 AS answer_in FROM place
        """,
        parameters,
    )


def _hand_over_to_phone(tx: Tx, parameters: dict[str, Any]) -> None:
    tx.execute(
        """
        UPDATE conversations c SET state = 'waiting_human', handoff_reason = 'answered_on_phone', handoff_at = app.now()
        FROM contact_identities i
        WHERE i.contact_id = c.contact_id AND i.channel = 'whatsapp' AND i.kind = %(kind)s AND i.value = %(value)s
          AND c.channel_account_id = %(account)s AND c.state = 'ai' AND NOT EXISTS (
            SELECT FROM message_keys k WHERE k.channel_account_id = %(account)s AND k.provider_id = %(provider_id)s)
        """,
        parameters,
    )


def make_known(tx: Tx, account_id: AccountId, message: InboundMessage) -> None:
    """The contact, its identities and an open conversation, as far as they are missing."""
    wa_id = message.identities.get("wa_id", "")
    spellings = phone.spellings(wa_id)
    parameters = _parameters(account_id, message) | {
        "contact": new_id(),
        "spellings": spellings,
        "phone": phone.e164(wa_id),
    }
    # Two messages of one stranger must not make two contacts, whichever identity each of them shows.
    for value in sorted({*message.identities.values(), *spellings}):
        tx.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s || %s, 0))", [str(tx.organization_id), value])
    tx.execute(
        """
        INSERT INTO contacts (id, profile_name, username, phone)
        SELECT %(contact)s, %(profile_name)s, %(username)s, %(phone)s
        WHERE NOT EXISTS (
          SELECT FROM contact_identities i WHERE i.channel = 'whatsapp' AND (
            (i.kind, i.value) IN (SELECT * FROM unnest(%(kinds)s::text[], %(values)s::text[]))
            OR (i.kind = 'wa_id' AND i.value = ANY(%(spellings)s))))
          AND NOT EXISTS (SELECT FROM contacts p WHERE p.phone = %(phone)s)
        """,
        parameters,
    )
    tx.execute(
        """
        INSERT INTO contact_identities (channel, kind, value, contact_id)
        SELECT 'whatsapp', given.kind, given.value, known.id
        FROM unnest(%(kinds)s::text[], %(values)s::text[]) AS given (kind, value), (
          SELECT candidate.id FROM (
            SELECT i.contact_id AS id, CASE i.kind WHEN 'bsuid' THEN 1 ELSE 2 END AS rank
            FROM contact_identities i WHERE i.channel = 'whatsapp' AND (
              (i.kind, i.value) IN (SELECT * FROM unnest(%(kinds)s::text[], %(values)s::text[]))
              OR (i.kind = 'wa_id' AND i.value = ANY(%(spellings)s)))
            UNION ALL SELECT p.id, 3 FROM contacts p WHERE p.phone = %(phone)s
            UNION ALL SELECT p.id, 4 FROM contacts p WHERE p.id = %(contact)s
          ) candidate ORDER BY candidate.rank LIMIT 1
        ) known
        ON CONFLICT DO NOTHING
        """,
        parameters,
    )
    tx.execute(
        """
        WITH reopened AS (
          UPDATE conversations c SET state = 'ai', closed_at = NULL, answer_at = NULL
          WHERE c.id = (
            SELECT past.id FROM conversations past JOIN contact_identities i ON i.contact_id = past.contact_id
            WHERE i.channel = 'whatsapp' AND i.kind = %(kind)s AND i.value = %(value)s
              AND past.channel_account_id = %(account)s AND past.closed_at > app.now() - interval '7 days'
            ORDER BY past.closed_at DESC LIMIT 1)
          AND NOT EXISTS (
            SELECT FROM conversations live WHERE live.contact_id = c.contact_id
              AND live.channel_account_id = %(account)s AND live.state <> 'closed')
          -- A message seen again is no reason to talk again.
          AND NOT EXISTS (
            SELECT FROM message_keys k WHERE k.channel_account_id = %(account)s AND k.provider_id = %(provider_id)s)
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
        SELECT i.contact_id, %(account)s, %(value)s FROM contact_identities i
        WHERE i.channel = 'whatsapp' AND i.kind = %(kind)s AND i.value = %(value)s
          AND NOT EXISTS (
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
        SELECT m.conversation_id, false AS is_new, NULL::float8 AS answer_in
        FROM message_keys k JOIN messages m ON m.id = k.message_id
        WHERE k.channel_account_id = %(account)s AND k.provider_id = %(provider_id)s
        """,
        {"account": account_id, "provider_id": message.provider_id},
    )


def _lock(tx: Tx, parameters: dict[str, Any]) -> None:
    """In a statement of its own: what the next one reads is then from after the wait."""
    tx.execute(
        """
        SELECT c.id FROM conversations c JOIN contact_identities i ON i.contact_id = c.contact_id
        WHERE i.channel = 'whatsapp' AND i.kind = %(kind)s AND i.value = %(value)s
          AND c.channel_account_id = %(account)s AND c.state <> 'closed'
        FOR UPDATE OF c
        """,
        parameters,
    )


def _edit_unanswered(tx: Tx, parameters: dict[str, Any]) -> None:
    tx.execute(
        """
        UPDATE messages m SET text = %(text)s FROM message_keys k
        WHERE k.channel_account_id = %(account)s AND k.provider_id = %(original)s AND m.id = k.message_id
          AND m.sender = 'customer' AND m.turn_id IS NULL AND m.conversation_id IN (
            SELECT c.id FROM conversations c JOIN contact_identities i ON i.contact_id = c.contact_id
            WHERE i.channel = 'whatsapp' AND i.kind = %(kind)s AND i.value = %(value)s)
        """,
        parameters,
    )


def _parameters(account_id: AccountId, message: InboundMessage) -> dict[str, Any]:
    kind = "bsuid" if "bsuid" in message.identities else "wa_id"
    return {
        "id": new_id(),
        "account": account_id,
        "kind": kind,
        "value": message.identities[kind],
        "kinds": list(message.identities),
        "values": list(message.identities.values()),
        "identities": len(message.identities),
        "profile_name": message.profile_name,
        "username": message.username,
        "provider_id": message.provider_id,
        "provider_at": message.provider_at,
        "message_kind": message.kind,
        "text": message.text,
        "details": Jsonb(message.details),
        "quoted": message.quoted_provider_id,
        "awaits": message.awaits_answer,
        "raw": Jsonb(message.raw),
    }
