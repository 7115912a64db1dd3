"""What a turn's reply means for its conversation: who goes on, what is said and when, and how warm the customer is."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from auzap import texts
from auzap.agent import guard, personality, understanding
from auzap.agent.reply import Reply
from auzap.agent.tools.talking import Sentiment, Urgency
from auzap.agent.turn import Turn
from auzap.agent.understanding import Journey
from auzap.leads import scoring
from auzap.leads.scoring import Signal
from auzap.turns import handing_over, pace, without_model
from auzap.turns.handing_over import Situation, Trigger

# Later than this, or after messages that joined, the answer shows what it answers.
QUOTED_AFTER = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Ending:
    kind: Literal["reply", "handoff", "apology"]
    content: dict[str, Any]
    trigger: Trigger | None
    # What staff read: the agent's own words where it has some.
    reason: str | None
    task: Literal["handoff", "call_back", "gave_up"]
    # Nobody of the shop is there: whoever comes first must see it.
    is_priority: bool
    signals: list[Signal]
    points: int
    opts_out: bool
    urgency: Urgency
    sentiment: Sentiment | None
    # None of an owner, who is no customer.
    journey: Journey | None
    # The shop's own wordings that were used.
    wordings: list[str]
    # Not sent before: as long after the customer's last message as a person would take.
    heard_at: datetime
    delay: timedelta


def ending(turn: Turn, reply: Reply) -> Ending:
    signals = _signals(turn, reply)
    # Who answers for the shop is not handed over to it.
    trigger = None if turn.contact.is_asked else _trigger(turn, reply, signals)
    opts_out = "asks_to_stop" in signals
    kind = "handoff" if trigger and reply.kind == "reply" else reply.kind
    content = _content(turn, reply, trigger, opts_out=opts_out)
    return Ending(
        kind=kind,
        content=content,
        trigger=trigger,
        reason=(reply.handoff_reason or trigger) if trigger else None,
        task="gave_up" if reply.failure == "gave_up" else "handoff" if turn.is_staffed else "call_back",
        is_priority=trigger is not None and not turn.is_staffed,
        signals=signals,
        points=sum(scoring.POINTS[signal] for signal in signals),
        opts_out=opts_out,
        urgency=_urgency(turn, reply),
        sentiment=reply.sentiment,
        journey=_journey(turn, reply),
        wordings=personality.used(turn, reply),
        heard_at=max((message.recorded_at for message in turn.unanswered), default=turn.now),
        delay=timedelta(0) if _goes_at_once(turn, kind, trigger) else _delay(turn, content["text"]),
    )


def _goes_at_once(turn: Turn, kind: str, trigger: Trigger | None) -> bool:
    return kind == "apology" or trigger == "emergency" or turn.contact.is_owner


def _urgency(turn: Turn, reply: Reply) -> Urgency:
    if turn.contact.is_owner:
        return reply.urgency
    said = [message.text for message in turn.unanswered]
    return understanding.urgency(said, told=reply.urgency, intent=reply.intent, visits=turn.background.visits)


def _journey(turn: Turn, reply: Reply) -> Journey | None:
    if turn.contact.is_owner:
        return None
    known = turn.background
    return understanding.journey(
        visits=known.visits,
        last_visit=known.last_visit,
        is_booked=turn.is_booked,
        intent=reply.intent,
        heard=sum(message.sender == "customer" for message in turn.history),
        now=turn.now,
    )


def _signals(turn: Turn, reply: Reply) -> list[Signal]:
    if turn.contact.is_owner:
        return []
    heard = scoring.heard(
        [(message.kind, message.text) for message in turn.unanswered],
        intent=reply.intent,
        after_agent=bool(turn.history) and turn.history[-1].sender == "agent",
    )
    if _asks_person(turn):
        heard.add("asks_person")
    return scoring.counting(turn.lead, heard)


def _trigger(turn: Turn, reply: Reply, signals: list[Signal]) -> Trigger | None:
    now = Situation(
        failure=reply.failure,
        asks_person=_asks_person(turn),
        reason=reply.handoff_reason,
        is_unreadable=without_model.is_unreadable(turn),
        intent=reply.intent,
        confidence=reply.confidence,
        score=scoring.score_after(turn.lead, signals),
        answers=turn.agent_turns + 1,
        is_staffed=turn.is_staffed,
        is_open=turn.shop.is_open(turn.now),
    )
    return handing_over.trigger(now, turn.shop.hand_over)


def _asks_person(turn: Turn) -> bool:
    return any(guard.wants_person(message.text) for message in turn.unanswered)


def _content(turn: Turn, reply: Reply, trigger: Trigger | None, *, opts_out: bool) -> dict[str, Any]:
    """The answer first and then who goes on, in one message: each costs the shop."""
    locale = turn.shop.locale
    parts = [reply.content["text"]]
    if trigger == "unreadable" and not parts[0]:
        parts.append(texts.text("unreadable", locale))
    if opts_out and not reply.failure:
        parts.append(texts.text("opted_out", locale))
    if trigger and trigger != "gave_up":
        parts.append(texts.text("connecting" if turn.is_staffed else "call_back", locale))
    text = "\n\n".join(part for part in parts if part)
    if not turn.contact.is_owner:
        text = personality.with_emoji(text, turn.shop.voice.emoji)
    # No buttons under a hand-over: what they ask for, the agent would not be there to do.
    content = {"type": "text", "text": text} if trigger else {**reply.content, "text": text}
    quoted = _quoted(turn)
    return {**content, "quote": quoted} if quoted else content


def _quoted(turn: Turn) -> str | None:
    # An edit is no message that can be shown: what it changed is.
    last = next((message for message in reversed(turn.unanswered) if message.kind != "edit"), None)
    if last is None:
        return None
    return last.provider_id if turn.joins or turn.now - last.recorded_at > QUOTED_AFTER else None


def _delay(turn: Turn, text: str) -> timedelta:
    ours = turn.history[-1].provider_at if turn.history and turn.history[-1].sender == "agent" else None
    return pace.delay(
        turn.id,
        read=" ".join(message.text for message in turn.unanswered),
        typed=text,
        customer_took=turn.unanswered[0].provider_at - ours if ours and turn.unanswered else None,
        hour=turn.shop.local(turn.now).hour,
        most=turn.shop.human_delay,
    )
