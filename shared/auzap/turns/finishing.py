"""The end of a turn: reply, hand-off, lead, accounts and lease, in one round trip."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from auzap.agent import incidents
from auzap.agent.reply import Reply
from auzap.agent.turn import ACTOR, Said, Turn, Usage
from auzap.db.connection import Tx
from auzap.db.locks import lock_conversation
from auzap.db.retrying import retried
from auzap.turns import finishing_queries as queries
from auzap.turns.claiming import unanswered
from auzap.turns.ending import Ending, ending


@dataclass(frozen=True, slots=True)
class Ended:
    """`replied`, `joined` (more was said, which must be read first), or `superseded` (no longer ours to answer)."""

    outcome: Literal["replied", "joined", "superseded"]
    newer: list[Said]
    remain: bool
    send_in: float = 0.0
    handed_over_at: datetime | None = None


def finish(turn: Turn, reply: Reply, usage: Usage, *, join: bool) -> Ended:
    """With `join`, messages that arrived since the claim stop the reply, and are returned to be read."""
    end = ending(turn, reply)
    row = retried(lambda: _written(turn, reply, end, usage, join=join))
    newer = unanswered(row.newer)
    return Ended(
        row.outcome,
        newer,
        remain=row.outcome == "replied" and bool(newer) and end.trigger is None,
        send_in=row.send_in or 0.0,
        handed_over_at=row.handed_over_at,
    )


def release(turn: Turn, usage: Usage, *, after: timedelta) -> None:
    """Give the conversation back unfinished: a retry replays the journal and goes on from there."""
    with turn.database.batch(turn.shop.organization_id, ACTOR) as tx:
        lock_conversation(tx, turn.conversation_id)
        queries.release(tx, turn, after=after)
        queries.count_usage(tx, turn, usage)


def abandon(turn: Turn, usage: Usage) -> None:
    """The turn is another's or nobody's; what it has cost is known all the same."""
    if usage == Usage():
        return
    with turn.database.batch(turn.shop.organization_id, ACTOR) as tx:
        queries.count_usage(tx, turn, usage)


def _written(turn: Turn, reply: Reply, end: Ending, usage: Usage, *, join: bool) -> queries.Written:
    with turn.database.batch(turn.shop.organization_id, ACTOR) as tx:
        lock_conversation(tx, turn.conversation_id)
        if not (turn.contact.is_owner or turn.lead.is_known):
            queries.know_lead(tx, turn)
        written = queries.write(tx, turn, reply, end, join=join)
        queries.count_usage(tx, turn, usage)
        _note_incidents(tx, turn, reply)
    row = written.fetchone()
    if row is None:
        raise RuntimeError("a finish without an outcome")
    return row


def _note_incidents(tx: Tx, turn: Turn, reply: Reply) -> None:
    attempts = [message for message in turn.unanswered if message.severity]
    if attempts:
        worst = incidents.worst([message.severity for message in attempts if message.severity])
        rules = [rule for message in attempts for rule in message.flags]
        incidents.note(tx, turn.conversation_id, turn.id, "injection_attempt", worst, "input", "flagged", rules)
    for each in reply.incidents:
        incidents.note(tx, turn.conversation_id, turn.id, each.kind, each.severity, "output", each.action, each.rules)
