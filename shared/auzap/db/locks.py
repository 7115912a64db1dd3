"""The locks under which a conversation, its turns and its outbox change, and what belongs to a row is replaced."""

from uuid import UUID

from psycopg import sql

from auzap.db.connection import Tx
from auzap.errors import Refusal
from auzap.ids import ConversationId


def lock_conversation(tx: Tx, conversation_id: ConversationId) -> None:
    """In a statement of its own: what the next one reads is then from after the wait."""
    tx.execute("SELECT 1 FROM conversations WHERE id = %s FOR UPDATE", [conversation_id])


def lock_row(tx: Tx, table: str, row_id: UUID, *, unknown: type[Refusal]) -> None:
    """Two who replace the same at once come one after the other."""
    lock = sql.SQL("SELECT FROM {} WHERE id = %s FOR NO KEY UPDATE").format(sql.Identifier(table))
    if tx.connection.execute(lock, [row_id]).rowcount == 0:
        raise unknown
