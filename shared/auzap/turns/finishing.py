"""The end of a turn: reply, hand-off, lead, accounts and lease, in one round trip."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from auzap import metrics
from auzap.agent import incidents
from auzap.agent.reply import Incident, Reply
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
    if row.outcome == "replied":
        _count_incidents(turn, reply)
    return Ended(
        row.outcome,
        newer,
        remain=row.outcome == "replied" and bool(newer) and end.trigger is None,
        send_in=row.send_in or 0.0,
        handed_over_at=row.handed_over_at,
    )


def _count_incidents(turn: Turn, reply: Reply) -> None:
    """For the house, which hears of all shops together."""
    if any(message.severity for message in turn.unanswered):
        metrics.count("Incident", kind="injection_attempt")
    for each in reply.incidents:
        metrics.count("Incident", kind=each.kind)


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
    parameters = queries.finish_parameters(turn, reply, end, usage, join=join)
    attempts = [message for message in turn.unanswered if message.severity]
    if attempts or reply.incidents:
        with turn.database.batch(turn.shop.organization_id, ACTOR) as tx:
            written = tx.rows(queries.Written, queries.FINISH, parameters)
            _note_incidents(tx, turn, attempts, reply.incidents)
        row = written.fetchone()
    else:
        row = turn.database.call(queries.Written, queries.FINISH, parameters)
    if row is None:
        raise RuntimeError("a finish without an outcome")
    return row


def _note_incidents(tx: Tx, turn: Turn, attempts: list[Said], refused: tuple[Incident, ...]) -> None:
    if attempts:
        worst = incidents.worst([message.severity for message in attempts if message.severity])
        rules = [rule for message in attempts for rule in message.flags]
        incidents.note(tx, turn.conversation_id, turn.id, "injection_attempt", worst, "input", "flagged", rules)
    for each in refused:
        incidents.note(tx, turn.conversation_id, turn.id, each.kind, each.severity, "output", each.action, each.rules)
