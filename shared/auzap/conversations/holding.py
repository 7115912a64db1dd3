"""Who has a conversation: what people do to it, and how the agent gets it back."""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

import psycopg

from auzap.conversations import holding_queries as queries
from auzap.db.connection import Tx
from auzap.errors import Refusal
from auzap.ids import ConversationId, OutboxId, UserId
from auzap.notifications.notices import notify
from auzap.organizations.team import NotAMember
from auzap.outbox.queueing import enqueue
from auzap.text import clean

WRONG_MOVE = "AZ002"
# What WhatsApp takes in one message.
LONGEST_TEXT = 4096


@dataclass(frozen=True, slots=True)
class Held:
    """A conversation under its lock: who has it, since when, and whether the agent may have it back by now."""

    state: str
    user_id: UserId | None
    handoff_at: datetime | None
    is_due_back: bool


class UnknownConversation(Refusal):
    def __init__(self) -> None:
        super().__init__("There is no such conversation. Load the list again.")


class HeldByAnother(Refusal):
    def __init__(self, holder: UserId) -> None:
        super().__init__("Somebody else of the team has this conversation. Ask them to pass it on, or transfer it.")
        self.holder = holder
        self.details = {"user_id": str(holder)}


class TooManyHeld(Refusal):
    def __init__(self, most: int) -> None:
        super().__init__(f"Nobody holds more than {most} conversations at once. Close one, or give one back, first.")
        self.most = most


class IllegalMove(Refusal):
    def __init__(self, was: str, to: str) -> None:
        super().__init__(f"A conversation does not go from {was} to {to}. Load it again to see who has it.")
        self.was = was
        self.to = to
        self.details = {"from": was, "to": to}


class NotWaiting(Refusal):
    def __init__(self) -> None:
        super().__init__("Only a conversation that waits can be assigned. Take this one, or transfer it.")


class WentOn(Refusal):
    def __init__(self) -> None:
        super().__init__("This customer has a newer conversation. Go on there.")


class UnsendableText(Refusal):
    def __init__(self) -> None:
        super().__init__(f"A message has between 1 and {LONGEST_TEXT} characters.")


def take(tx: Tx, conversation_id: ConversationId, user_id: UserId) -> None:
    """Give it to this person. From the commit on, the agent says nothing more in it."""
    held = locked(tx, conversation_id)
    _take(tx, conversation_id, held, user_id)


def transfer(tx: Tx, conversation_id: ConversationId, to_user_id: UserId) -> None:
    """Give it to another person, whoever has it."""
    held = locked(tx, conversation_id)
    if (held.state, held.user_id) != ("human", to_user_id):
        _admit(tx, to_user_id)
        _hold(tx, conversation_id, held, to_user_id)


def assign(tx: Tx, conversation_id: ConversationId, user_id: UserId | None) -> None:
    """Say whose turn it is to take a waiting conversation, or nobody's in particular. Everybody may still take it."""
    held = locked(tx, conversation_id)
    if held.state != "waiting_human":
        raise NotWaiting
    if user_id is not None:
        _know(tx, user_id)
    queries.assign(tx, conversation_id, user_id)
    queries.follow_lead(tx, conversation_id, by="system")


def hand_over(tx: Tx, conversation_id: ConversationId, reason: str, *, by: str = "system") -> None:
    """Ask for a person. What the agent has said already still goes out; `by` is who asks, as lead events name them."""
    held = locked(tx, conversation_id)
    if held.state == "waiting_human":
        return
    with _move(tx, held, "waiting_human"):
        chosen = queries.hand_over(tx, conversation_id, reason, choose=True)
    queries.ask_for_somebody(tx, conversation_id, reason, by=by)
    queries.follow_lead(tx, conversation_id, by=by)
    # Without a name it is meant for everybody who is there.
    named = {"user_id": str(chosen)} if chosen else {}
    notify(tx, "handoff", level="warning", conversation_id=conversation_id, detail={"reason": reason} | named)


def give_back(tx: Tx, conversation_id: ConversationId, *, by: str = "system") -> bool:
    """The agent has it again. Whether something waits for its answer: then its turn must be hinted."""
    held = locked(tx, conversation_id)
    if held.state == "ai":
        return False
    if held.state == "closed":
        raise IllegalMove(held.state, "ai")
    return to_agent(tx, conversation_id, by=by)


def close(tx: Tx, conversation_id: ConversationId, user_id: UserId, reason: str | None = None) -> None:
    """Done, with all that was said in it. Who closes what the agent has, has it for this one moment."""
    held = locked(tx, conversation_id)
    if held.state == "closed":
        return
    if held.state != "human":
        _know(tx, user_id)
        _hold(tx, conversation_id, held, user_id)
    queries.close(tx, conversation_id, reason)


def reopen(tx: Tx, conversation_id: ConversationId) -> None:
    """The agent's again, as if the customer had written; refused where they have already, in a newer one."""
    held = locked(tx, conversation_id)
    if held.state != "closed":
        return
    try:
        with tx.savepoint():
            is_open = queries.reopen(tx, conversation_id)
    except psycopg.errors.UniqueViolation as newer:
        raise WentOn from newer
    if not is_open:
        raise WentOn


def write_as_staff(tx: Tx, conversation_id: ConversationId, user_id: UserId, text: str) -> OutboxId:
    """A person writes from the panel: it is theirs from now on, and what the customer had asked is answered by them."""
    wanted = clean(text).strip()
    if not 1 <= len(wanted) <= LONGEST_TEXT:
        raise UnsendableText
    take_to_write(tx, conversation_id, locked(tx, conversation_id), user_id)
    return enqueue(
        tx,
        conversation_id=conversation_id,
        kind="staff",
        author="person",
        content={"type": "text", "text": wanted},
    )


def take_to_write(tx: Tx, conversation_id: ConversationId, held: Held, user_id: UserId) -> None:
    """It is this person's from now on, and what they write answers all that was asked. The caller has the lock."""
    _take(tx, conversation_id, held, user_id)
    queries.note_answered(tx, conversation_id)


def locked(tx: Tx, conversation_id: ConversationId) -> Held:
    held = tx.rows(
        Held,
        """
        SELECT state, assigned_user_id AS user_id, handoff_at, coalesce(returns_at <= app.now(), false) AS is_due_back
        FROM conversations WHERE id = %s FOR UPDATE
        """,
        [conversation_id],
    ).fetchone()
    if held is None:
        raise UnknownConversation
    return held


def to_agent(tx: Tx, conversation_id: ConversationId, *, by: str) -> bool:
    """Whether something waits for the agent's answer. The caller has the lock, and knows that people had it."""
    is_asked = queries.give_back(tx, conversation_id)
    queries.follow_lead(tx, conversation_id, by=by)
    return is_asked


def _take(tx: Tx, conversation_id: ConversationId, held: Held, user_id: UserId) -> None:
    if held.state == "human" and held.user_id == user_id:
        return
    if held.state == "human" and held.user_id is not None:
        raise HeldByAnother(held.user_id)
    _admit(tx, user_id)
    _hold(tx, conversation_id, held, user_id)


def _hold(tx: Tx, conversation_id: ConversationId, held: Held, user_id: UserId) -> None:
    with _move(tx, held, "human"):
        if held.state == "ai":
            queries.hand_over(tx, conversation_id, "taken", choose=False)
        queries.hold(tx, conversation_id, user_id)
    queries.follow_lead(tx, conversation_id, by=f"agent:{user_id}")


def _admit(tx: Tx, user_id: UserId) -> None:
    """May this person hold one more? Their membership is locked first: two takings at once count each other."""
    most = _know(tx, user_id)
    if queries.count_held(tx, user_id) >= most:
        raise TooManyHeld(most)


def _know(tx: Tx, user_id: UserId) -> int:
    member = tx.execute(
        "SELECT most_conversations FROM memberships WHERE user_id = %s FOR NO KEY UPDATE", [user_id]
    ).fetchone()
    if member is None:
        raise NotAMember
    return member[0]


@contextmanager
def _move(tx: Tx, held: Held, to: str) -> Generator[None]:
    """The database knows the moves; a wrong one leaves the caller's transaction as it was."""
    try:
        with tx.savepoint():
            yield
    except psycopg.DatabaseError as refused:
        if refused.sqlstate == WRONG_MOVE:
            raise IllegalMove(held.state, to) from refused
        raise
