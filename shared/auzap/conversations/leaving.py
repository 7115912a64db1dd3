"""Customers whom the shop keeps from its agent, and those whom it has blocked."""

from auzap.conversations import holding
from auzap.customers.profiles import UnknownContact
from auzap.db.connection import Tx
from auzap.ids import ContactId, ConversationId

REASON = "agent_off"


def leave_to_people(tx: Tx, contact_id: ContactId) -> None:
    """From the commit on the agent says nothing to this customer. What they have asked waits for a person."""
    places = _locked(tx, contact_id)
    _change(tx, contact_id, is_off=True)
    for conversation_id, state in places:
        if _settle(tx, conversation_id) and state == "ai":
            holding.hand_over(tx, conversation_id, REASON)
    # Those that wait for a person already are not the clock's to give back any more.
    tx.execute(
        "UPDATE conversations SET returns_at = NULL WHERE contact_id = %s AND state = 'waiting_human'", [contact_id]
    )


def return_to_agent(tx: Tx, contact_id: ContactId) -> None:
    """The agent answers from the next message on; what people have in hand stays with them."""
    _locked(tx, contact_id)
    _change(tx, contact_id, is_off=False)


def block(tx: Tx, contact_id: ContactId) -> None:
    """What they write is kept, and no bot answers it; people still may."""
    places = _locked(tx, contact_id)
    if (
        tx.execute(
            "UPDATE contacts SET blocked_at = coalesce(blocked_at, app.now()) WHERE id = %s", [contact_id]
        ).rowcount
        != 1
    ):
        raise UnknownContact
    for conversation_id, _ in places:
        _settle(tx, conversation_id)


def unblock(tx: Tx, contact_id: ContactId) -> None:
    _locked(tx, contact_id)
    if tx.execute("UPDATE contacts SET blocked_at = NULL WHERE id = %s", [contact_id]).rowcount != 1:
        raise UnknownContact


def _locked(tx: Tx, contact_id: ContactId) -> list[tuple[ConversationId, str]]:
    """The open conversations, before the contact: everybody takes the two in that order."""
    rows = tx.execute(
        "SELECT id, state FROM conversations WHERE contact_id = %s AND state <> 'closed' ORDER BY id FOR UPDATE",
        [contact_id],
    )
    return [(ConversationId(found), state) for found, state in rows.fetchall()]


def _change(tx: Tx, contact_id: ContactId, *, is_off: bool) -> None:
    if tx.execute("UPDATE contacts SET agent_off = %s WHERE id = %s", [is_off, contact_id]).rowcount != 1:
        raise UnknownContact


def _settle(tx: Tx, conversation_id: ConversationId) -> bool:
    """Nothing waits for the agent any more, and a turn that runs writes nothing. Whether there was something."""
    row = tx.execute(
        """
        WITH waiting AS (
          UPDATE messages SET awaits_answer = false
          WHERE conversation_id = %(conversation)s AND awaits_answer AND turn_id IS NULL RETURNING id
        ), stopped AS (
          UPDATE turns SET state = 'dropped', outcome = 'left_to_people', finished_at = app.now()
          WHERE conversation_id = %(conversation)s AND state = 'running'
        )
        UPDATE conversations SET answer_at = NULL, fence = fence + 1, lease_token = NULL, lease_until = NULL
        WHERE id = %(conversation)s RETURNING EXISTS (SELECT FROM waiting)
        """,
        {"conversation": conversation_id},
    ).fetchone()
    return row is not None and row[0]
