"""Dead letters, listed for a person who sends them again by the way they came, or puts them away."""

from collections.abc import Callable
from typing import Any, NoReturn

from auzap.conversations import dead_letter_queries as queries
from auzap.conversations.dead_letter_queries import Listed
from auzap.conversations.dead_letters import source_of
from auzap.conversations.recording import TOO_LATE
from auzap.db.connection import Database, Tx
from auzap.db.locks import lock_conversation
from auzap.errors import Refusal
from auzap.ids import DeadLetterId, OrganizationId
from auzap.loose import mapping

ACTOR = "system"
JOB = "redrive_dead_letter"
# Of a letter, what is shown: whose it is and what it is about, and nothing that anybody has written.
SHOWN = (
    "organization_id",
    "account",
    "kind",
    "id",
    "conversation_id",
    "media_id",
    "job",
    "subject",
    "at",
    "received_at",
)

# The queue that a letter came from, its body, and the letter itself.
type Send = Callable[[str, Any, DeadLetterId], None]


class UnknownLetter(Refusal):
    def __init__(self) -> None:
        super().__init__("There is no such letter. Load the list again.")


class LetterSettled(Refusal):
    def __init__(self) -> None:
        super().__init__("This letter was sent again, or put away, already. Load the list again.")


def list_letters(tx: Tx, *, state: str = "kept", before: DeadLetterId | None = None, limit: int = 50) -> list[Listed]:
    """A shop's letters, newest first, from before a known one."""
    return queries.page(tx, state, before, limit)


def shown(body: Any) -> dict[str, Any]:
    """A letter's payload for the panel: a customer's words and number are read in the conversation, or nowhere."""
    known = mapping(body)
    kind = mapping(known.get("element")).get("type")
    return {name: known[name] for name in SHOWN if name in known} | ({"type": kind} if isinstance(kind, str) else {})


def ask(tx: Tx, letter_id: DeadLetterId) -> None:
    """Who is to have it sent again is kept with it; the job `redrive_dead_letter` does it."""
    if not queries.ask(tx, letter_id):
        _refuse(tx, letter_id)


def put_away(tx: Tx, letter_id: DeadLetterId) -> None:
    """Unsent, by a person."""
    if not discard(tx, letter_id):
        _refuse(tx, letter_id)


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


def _refuse(tx: Tx, letter_id: DeadLetterId) -> NoReturn:
    raise UnknownLetter if queries.state(tx, letter_id) is None else LetterSettled
