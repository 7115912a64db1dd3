"""The lock under which a conversation, its turns and its outbox change."""

from auzap.db.connection import Tx
from auzap.ids import ConversationId


def lock_conversation(tx: Tx, conversation_id: ConversationId) -> None:
    """In a statement of its own: what the next one reads is then from after the wait."""
    tx.execute("SELECT 1 FROM conversations WHERE id = %s FOR UPDATE", [conversation_id])
