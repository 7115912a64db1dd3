"""Notes that staff keep with a conversation; no customer and no model reads them."""

from dataclasses import dataclass
from datetime import datetime

from auzap.db.connection import Tx
from auzap.errors import Refusal
from auzap.ids import ConversationId, NoteId
from auzap.text import clean

LONGEST_NOTE = 4000
MOST_SHOWN = 100


@dataclass(frozen=True, slots=True)
class Note:
    id: NoteId
    author: str
    text: str
    created_at: datetime


class UnusableNote(Refusal):
    def __init__(self) -> None:
        super().__init__(f"A note has between 1 and {LONGEST_NOTE} characters.")


def add(tx: Tx, conversation_id: ConversationId, text: str) -> NoteId:
    """By the actor of the transaction."""
    wanted = clean(text).strip()
    if not 1 <= len(wanted) <= LONGEST_NOTE:
        raise UnusableNote
    row = tx.execute(
        "INSERT INTO conversation_notes (conversation_id, text) VALUES (%s, %s) RETURNING id", [conversation_id, wanted]
    ).fetchone()
    if row is None:
        raise RuntimeError("a note that was not stored")
    return NoteId(row[0])


def remove(tx: Tx, conversation_id: ConversationId, note_id: NoteId, *, by: str | None = None) -> bool:
    """Whether it was there; `by` somebody, only a note of theirs."""
    removed = tx.execute(
        """
        DELETE FROM conversation_notes
        WHERE id = %(note)s AND conversation_id = %(conversation)s AND (%(by)s::text IS NULL OR author = %(by)s)
        """,
        {"note": note_id, "conversation": conversation_id, "by": by},
    )
    return removed.rowcount == 1


def notes(tx: Tx, conversation_id: ConversationId) -> list[Note]:
    """The newest first."""
    return tx.rows(
        Note,
        "SELECT id, author, text, created_at FROM conversation_notes WHERE conversation_id = %s ORDER BY id DESC LIMIT %s",
        [conversation_id, MOST_SHOWN],
    ).fetchall()
