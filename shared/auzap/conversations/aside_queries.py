"""SQL of what is kept with a conversation and moves nothing in it: imported history, and notices of the provider."""

from psycopg import Cursor

from auzap.channels.whatsapp.inbound import InboundMessage
from auzap.conversations.recording_queries import Stored, parameters_of
from auzap.db.connection import Tx
from auzap.ids import AccountId


def store_aside(tx: Tx, account_id: AccountId, message: InboundMessage) -> Cursor[Stored]:
    """With the customer's open conversation, or the last one: nobody is woken, and nothing is unread."""
    return tx.rows(
        Stored,
        """
        WITH place AS (
          SELECT c.id, c.contact_id, c.state, c.answer_at
          FROM conversations c
          WHERE c.contact_id = (SELECT app.contact_of(%(kinds)s, %(shown)s))
            AND c.channel_account_id = %(account)s AND c.merged_into IS NULL
          ORDER BY c.state = 'closed', c.last_message_at DESC LIMIT 1
        ), key AS (
          INSERT INTO message_keys (channel_account_id, provider_id, message_id)
          SELECT %(account)s, %(provider_id)s, %(id)s FROM place
          ON CONFLICT DO NOTHING RETURNING message_id
        ), stored AS (
          INSERT INTO messages (
            id, conversation_id, sender, kind, text, details, provider_id, provider_at, quoted_provider_id, delivery, imported)
          SELECT key.message_id, place.id, %(sender)s, %(message_kind)s, %(text)s, %(details)s, %(provider_id)s,
            %(provider_at)s, %(quoted)s, %(delivery)s, %(imported)s
          FROM key, place RETURNING id, conversation_id
        ), filled AS (
          -- The photo of an imported message comes by itself, after a placeholder for it.
          UPDATE messages m SET kind = %(message_kind)s, text = %(text)s, details = %(details)s FROM message_keys k
          WHERE k.channel_account_id = %(account)s AND k.provider_id = %(provider_id)s AND m.id = k.message_id
            AND %(imported)s AND m.imported AND m.kind = 'unsupported' AND %(message_kind)s <> 'unsupported'
          RETURNING m.id, m.conversation_id
        ), raw AS (
          INSERT INTO raw_elements (id, element) SELECT message_id, %(raw)s FROM key
        ), copy AS (
          INSERT INTO media (message_id, conversation_id, provider_media_id, kind, declared_type, filename)
          SELECT kept.id, kept.conversation_id, %(media_id)s, %(message_kind)s, %(media_type)s, %(media_name)s
          FROM (SELECT * FROM stored UNION ALL SELECT * FROM filled) kept WHERE %(media_id)s::text IS NOT NULL RETURNING id
        ), person AS (
          UPDATE contacts p SET profile_name = coalesce(p.profile_name, %(profile_name)s),
            username = coalesce(p.username, %(username)s)
          FROM stored, place WHERE p.id = place.contact_id AND (
            p.profile_name IS NULL AND %(profile_name)s::text IS NOT NULL
            OR p.username IS NULL AND %(username)s::text IS NOT NULL)
        ), dated AS (
          UPDATE conversations c SET last_message_at = least(%(provider_at)s, app.now()) FROM stored
          WHERE c.id = stored.conversation_id AND c.last_message_at < least(%(provider_at)s, app.now())
        )
        SELECT place.id AS conversation_id, EXISTS (SELECT FROM stored) AS is_new,
          -- A merge stops the turn that ran; whoever merged looks after what it had not answered.
          CASE WHEN place.state = 'ai' AND place.answer_at IS NOT NULL AND NOT %(imported)s
            THEN greatest(0, extract(epoch FROM place.answer_at - app.now()))::float8 END AS answer_in,
          (SELECT copy.id FROM copy) AS media_id
        FROM place
        """,
        parameters_of(account_id, message) | {"imported": message.imported, "delivery": message.delivery},
    )


def open_aside(tx: Tx, account_id: AccountId, message: InboundMessage) -> None:
    """A closed conversation, where there is none at all: the inbox shows what is going on, and nothing is."""
    tx.execute(
        """
        INSERT INTO conversations (contact_id, channel_account_id, reply_to, state, closed_at, last_message_at)
        SELECT writer.id, %(account)s, %(reply_to)s, 'closed', app.now(), least(%(provider_at)s, app.now())
        FROM app.contact_of(%(kinds)s, %(shown)s) AS writer (id)
        WHERE writer.id IS NOT NULL
          AND NOT EXISTS (SELECT FROM message_keys k WHERE k.channel_account_id = %(account)s AND k.provider_id = %(provider_id)s)
          AND NOT EXISTS (SELECT FROM conversations c WHERE c.contact_id = writer.id AND c.channel_account_id = %(account)s)
        """,
        parameters_of(account_id, message),
    )
