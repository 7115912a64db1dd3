"""What no queue could deliver is kept with its tenant, and a person is told."""

import json
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from auzap.conversations.recording import UnknownAccount, find_account
from auzap.db.connection import Database
from auzap.errors import OrganizationUnavailable
from auzap.ids import ConversationId, OrganizationId
from auzap.text import clean_json

ACTOR = "system"


class NoTenant(Exception):
    """The letter names no tenant we know."""


def keep(database: Database, *, queue: str, message_id: str, body: str, receives: int) -> None:
    """Store a dead letter once, flag its conversation, and put it before the staff."""
    try:
        content: Any = clean_json(json.loads(body))
    except (ValueError, RecursionError) as exc:
        raise NoTenant from exc
    organization_id, conversation_id = _addressee(database, content)
    try:
        with database.batch(organization_id, ACTOR) as tx:
            tx.execute(
                """
                WITH kept AS (
                  INSERT INTO dead_letters (queue, message_id, body, receives, conversation_id)
                  SELECT %(queue)s, %(message)s, %(body)s, %(receives)s,
                    (SELECT c.id FROM conversations c WHERE c.id = %(conversation)s)
                  ON CONFLICT DO NOTHING RETURNING conversation_id
                )
                INSERT INTO staff_tasks (conversation_id, kind, detail)
                SELECT kept.conversation_id, 'dead_letter', %(queue)s FROM kept
                """,
                {
                    "queue": queue,
                    "message": message_id,
                    "body": Jsonb(content),
                    "receives": receives,
                    "conversation": conversation_id,
                },
            )
    except OrganizationUnavailable as exc:
        raise NoTenant from exc


def _addressee(database: Database, content: Any) -> tuple[OrganizationId, ConversationId | None]:
    try:
        if "organization_id" in content:
            conversation = content.get("conversation_id")
            return OrganizationId(UUID(content["organization_id"])), ConversationId(
                UUID(conversation)
            ) if conversation else None
        return find_account(database, str(content["account"])).organization_id, None
    except (KeyError, TypeError, ValueError, AttributeError, UnknownAccount) as exc:
        raise NoTenant from exc
