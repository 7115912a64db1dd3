"""SQL of recording: one statement where the customer is known, a few more the first time."""

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from psycopg import Cursor
from psycopg.types.json import Jsonb

from auzap import texts
from auzap.channels.whatsapp.inbound import InboundMessage
from auzap.conversations.people_queries import identity_parameters
from auzap.db.connection import Tx
from auzap.ids import AccountId, ConversationId, OrganizationId, new_id

# A photo or a voice note is seldom all that somebody has to say.
MEDIA_PATIENCE = 2.0
# Who said what in an earlier talk, in the shop's language.
SPEAKERS = {
    locale: {"customer": known["by_customer"], "agent": known["by_agent"], "staff": known["by_team"]}
    for locale, known in texts.CATALOGUE.items()
}


@dataclass(frozen=True, slots=True)
class Stored:
    conversation_id: ConversationId
    is_new: bool
    answer_in: float | None
    media_id: UUID | None
    has_held: bool = False


RECORD = "SELECT * FROM app.record_message(%s, %s, %s)"


def record_known(
    tx: Tx, account_id: AccountId, message: InboundMessage, *, actor: str, too_late: timedelta
) -> Cursor[Stored]:
    """The message of a known customer with an open conversation; no row where either is still to be made."""
    return tx.rows(
        Stored, RECORD, record_parameters(tx.organization_id, account_id, message, actor=actor, too_late=too_late)
    )


def record_parameters(
    organization_id: OrganizationId, account_id: AccountId, message: InboundMessage, *, actor: str, too_late: timedelta
) -> list[str]:
    """As text: the routine's signature says what each is."""
    media = message.media
    known = {
        "account": str(account_id),
        "identities": message.identities,
        "reply_to": message.reply_to,
        "profile_name": message.profile_name,
        "username": message.username,
        "provider_id": message.provider_id,
        "provider_at": message.provider_at.isoformat(),
        "kind": message.kind,
        "text": message.text,
        "details": message.details,
        "quoted": message.quoted_provider_id,
        "original": message.original,
        "awaits": message.awaits_answer,
        "too_late": f"{too_late.total_seconds()} seconds",
        "patience": MEDIA_PATIENCE if media else 1,
        "utm": message.utm,
        "raw": message.raw,
    }
    if media:
        known |= {"media_id": media.id, "media_type": media.declared_type, "media_name": media.filename}
    return [str(organization_id), actor, json.dumps(known)]


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
    tx.execute(
        "SELECT app.take_back(%(account)s, app.contact_of(%(kinds)s, %(shown)s), %(original)s, %(sender)s)", parameters
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
        INSERT INTO conversations (contact_id, channel_account_id, reply_to, summary)
        SELECT writer.id, %(account)s, %(reply_to)s, app.earlier_talk(writer.id, %(account)s, %(speakers)s)
        FROM app.contact_of(%(kinds)s, %(shown)s) AS writer (id)
        WHERE writer.id IS NOT NULL AND NOT EXISTS (
          SELECT FROM message_keys k WHERE k.channel_account_id = %(account)s AND k.provider_id = %(provider_id)s)
        ON CONFLICT (organization_id, contact_id, channel_account_id) WHERE state <> 'closed' DO NOTHING
        """,
        parameters | {"speakers": Jsonb(SPEAKERS)},
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
        "media_id": media and media.id,
        "media_type": media and media.declared_type,
        "media_name": media and media.filename,
        "raw": Jsonb(message.raw),
    }
