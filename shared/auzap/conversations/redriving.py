"""Dead letters, listed for a person who sends them again by the way they came, or puts them away."""

from collections.abc import Callable
from typing import Any

from auzap.conversations import dead_letter_queries as queries
from auzap.conversations.dead_letter_queries import Listed
from auzap.conversations.dead_letters import source_of
from auzap.conversations.recording import TOO_LATE
from auzap.db.connection import Database, Tx
from auzap.db.locks import lock_conversation
from auzap.ids import DeadLetterId, OrganizationId

ACTOR = "system"
MOST_LISTED = 100

# The queue that a letter came from, its body, and the letter itself.
type Send = Callable[[str, Any, DeadLetterId], None]


def list_letters(tx: Tx, *, state: str = "kept", before: DeadLetterId | None = None, limit: int = 50) -> list[Listed]:
    """A shop's letters, newest first, from before a known one."""
    return queries.page(tx, state, before, min(limit, MOST_LISTED))


def redrive(database: Database, organization_id: OrganizationId, letter_id: DeadLetterId, *, send: Send) -> bool:
    """Send a kept letter again; False where that was done, or the letter put away.

    It is settled only when it is sent: whoever dies in between sends it twice, which has no second effect, and loses nothing.
    """
    with database.transaction(organization_id, ACTOR) as tx:
        letter = queries.kept(tx, letter_id)
        if letter is None:
            return False
        source = source_of(letter.queue)
        if source in {"turns", "inbound"} and letter.conversation_id:
            lock_conversation(tx, letter.conversation_id)
            queries.give_back(tx, letter.conversation_id, too_late=TOO_LATE, unread=source == "inbound")
    send(source, letter.body, letter_id)
    with database.transaction(organization_id, ACTOR) as tx:
        return queries.settle(tx, letter_id, "redriven")


def discard(tx: Tx, letter_id: DeadLetterId) -> bool:
    """Put a letter away unsent; False for one that is settled already."""
    return queries.settle(tx, letter_id, "discarded")
