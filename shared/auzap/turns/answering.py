"""One turn from claim to reply: the agent thinks with no transaction open, and what happened meanwhile decides."""

import time
from dataclasses import dataclass, replace
from datetime import timedelta

from auzap import failpoints, texts
from auzap.agent.client_agent import CLIENT_AGENT
from auzap.agent.conversing import Spent, converse
from auzap.agent.model import Model
from auzap.agent.reply import Reply
from auzap.agent.turn import Turn, Usage
from auzap.aurora.agent import AURORA
from auzap.errors import CapReached, ModelUnavailable, StaleTurn
from auzap.turns.claiming import MOST_ATTEMPTS
from auzap.turns.finishing import Ended, finish, release

# How often a reply may wait for messages that arrive while it is thought.
MOST_JOINS = 3
RETRY_AFTER = timedelta(seconds=2)


@dataclass(frozen=True, slots=True)
class Answered:
    """What to hint: whether there is something to send, and when to look at the conversation again, if at all."""

    outcome: str
    has_outbox: bool = False
    again_in: float | None = None


def answer(turn: Turn, model: Model, *, seconds: float) -> Answered:
    """Answer a claimed turn within the seconds that are left of the lease and of the function."""
    deadline = time.monotonic() + seconds
    spent = Spent()
    persona = AURORA if turn.contact.is_owner else CLIENT_AGENT
    if turn.attempt > MOST_ATTEMPTS:
        return _ended(finish(turn, _apology(turn, "gave_up"), Usage(), join=False))
    try:
        for joins in range(MOST_JOINS + 1):
            reply = converse(turn, persona, model, deadline=deadline, spent=spent)
            failpoints.reach("before_finish")
            ended = finish(turn, reply, spent.take(), join=joins < MOST_JOINS)
            failpoints.reach("after_finish")
            if ended.outcome != "joined":
                return _ended(ended)
            turn = turn.with_more(ended.newer)
    except StaleTurn:
        return Answered("superseded")
    except ModelUnavailable:
        if turn.new_steps and turn.attempt < MOST_ATTEMPTS:
            release(turn, after=RETRY_AFTER)
            return Answered("retry", again_in=RETRY_AFTER.total_seconds())
        return _ended(finish(turn, _apology(turn, "model_unavailable"), spent.take(), join=False))
    except CapReached:
        return _ended(finish(turn, _apology(turn, "cap_reached"), spent.take(), join=False))
    raise RuntimeError("the last join neither replied nor was superseded")


def _ended(ended: Ended) -> Answered:
    return Answered(ended.outcome, has_outbox=ended.outcome == "replied", again_in=0 if ended.remain else None)


def _apology(turn: Turn, reason: str) -> Reply:
    gave_up = reason == "gave_up"
    reply = Reply(
        kind="apology",
        content={"type": "text", "text": texts.text("gave_up" if gave_up else "apology_handoff", turn.shop.locale)},
        handoff_reason=reason,
    )
    return replace(reply, task="gave_up") if gave_up else reply
