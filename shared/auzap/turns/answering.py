"""One turn from claim to reply: the agent thinks with no transaction open, and what happened meanwhile decides."""

import contextlib
import time
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import UUID

import psycopg

from auzap import failpoints
from auzap.agent.conversing import Spent, converse, safe_reply
from auzap.agent.model import Model
from auzap.agent.persona import Persona
from auzap.agent.reply import Reply
from auzap.agent.turn import Turn
from auzap.errors import CapReached, ModelUnavailable, RequestRefused, StaleTurn
from auzap.ids import ConversationId
from auzap.turns.claiming import MOST_ATTEMPTS
from auzap.turns.finishing import Ended, abandon, finish, release
from auzap.turns.passing_on import TAUGHT, pass_on
from auzap.turns.routing import route
from auzap.turns.without_model import reply_at_once

# How often a reply may wait for messages that arrive while it is thought.
MOST_JOINS = 3
RETRY_AFTER = timedelta(seconds=5)
# Acts that leave a place to others.
FREEING = frozenset({"cancelled", "rescheduled"})


@dataclass(frozen=True, slots=True)
class Answered:
    """What to hint: what is to be sent and when, and when to look at the conversation again, if at all."""

    outcome: str
    has_outbox: bool = False
    again_in: float | None = None
    send_in: float = 0.0
    # A person was called: the talk is to be summed up for them.
    handed_over_at: datetime | None = None
    # The talk has grown long: its older part is to be folded.
    is_long: bool = False
    # Other conversations that have something to send by now.
    wakes: list[ConversationId] = field(default_factory=list[ConversationId])
    # A place is free that was not: somebody may wait for it.
    has_freed: bool = False
    # The agent was taught something, of which there is no vector yet.
    has_learned: bool = False


def answer(turn: Turn, model: Model, *, seconds: float) -> Answered:
    """Answer a claimed turn within the seconds that are left of the lease and of the function."""
    deadline = time.monotonic() + seconds
    spent = Spent()
    try:
        return _answered(turn, model, spent, deadline=deadline)
    except StaleTurn:
        abandon(turn, spent.take())
        return Answered("superseded")
    except psycopg.Error:
        # The lease would keep the next worker away for longer than the trouble may last.
        with contextlib.suppress(psycopg.Error):
            release(turn, spent.take(), after=RETRY_AFTER)
        raise


def _answered(turn: Turn, model: Model, spent: Spent, *, deadline: float) -> Answered:
    for joins in range(MOST_JOINS + 1):
        reply = _reply(turn, model, spent, deadline=deadline)
        if reply is None:
            release(turn, spent.take(), after=RETRY_AFTER)
            return Answered("retry", again_in=RETRY_AFTER.total_seconds())
        failpoints.reach("before_finish")
        # A safe text waits for nobody: what joins it would be answered by it too.
        ended = finish(turn, reply, spent.uncounted, join=joins < MOST_JOINS and reply.failure is None)
        spent.take()
        failpoints.reach("after_finish")
        if ended.outcome != "joined":
            return _ended(ended, turn)
        turn = turn.with_more(ended.newer)
    raise RuntimeError("the last join neither replied nor was superseded")


def _reply(turn: Turn, model: Model, spent: Spent, *, deadline: float) -> Reply | None:
    """What to say; None where another attempt may get further than this one."""
    if turn.attempt > MOST_ATTEMPTS:
        return safe_reply(turn, "gave_up")
    routed = route(turn)
    told, locale = pass_on(turn, routed.answers, routed.lessons), turn.shop.locale
    if routed.persona is None:
        return Reply(kind="reply", content=told.content(locale), confidence=100)
    reply = _thought(turn, routed.persona, model, spent, deadline=deadline)
    if reply is None or not told.lines:
        return reply
    return replace(reply, content=told.content(locale, reply.content))


def _thought(turn: Turn, persona: Persona, model: Model, spent: Spent, *, deadline: float) -> Reply | None:
    try:
        return reply_at_once(turn) or converse(turn, persona, model, deadline=deadline, spent=spent)
    except RequestRefused:
        return safe_reply(turn, "model_unavailable")
    except ModelUnavailable:
        return None if turn.new_steps and turn.attempt < MOST_ATTEMPTS else safe_reply(turn, "model_unavailable")
    except CapReached:
        return safe_reply(turn, "cap_reached")


def _ended(ended: Ended, turn: Turn) -> Answered:
    replied = ended.outcome == "replied"
    return Answered(
        ended.outcome,
        has_outbox=replied,
        again_in=0 if ended.remain else None,
        send_in=ended.send_in,
        handed_over_at=ended.handed_over_at,
        is_long=replied and turn.is_long,
        wakes=[ConversationId(UUID(place)) for place in dict.fromkeys(turn.progress.wakes)],
        has_freed=not FREEING.isdisjoint(turn.progress.acts_done),
        has_learned=TAUGHT in turn.progress.acts_done,
    )
