"""SQL of the end of a turn: a routine that ends it, and what gives it back or up."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from psycopg.types.json import Jsonb

from auzap.agent.reply import Reply
from auzap.agent.turn import ACTOR, Turn, Usage
from auzap.db.connection import Tx
from auzap.leads.scoring import ALWAYS
from auzap.turns.ending import Ending

# So many refused replies in a row, and somebody should look at the conversation.
MOST_REFUSED = 3


@dataclass(frozen=True, slots=True)
class Written:
    outcome: Literal["replied", "joined", "superseded"]
    newer: list[dict[str, Any]]
    send_in: float | None
    handed_over_at: datetime | None


FINISH = "SELECT * FROM app.finish_turn(%s, %s, %s)"


def count_usage(tx: Tx, turn: Turn, usage: Usage) -> None:
    """What the model has used since the journal last counted, whatever has become of the turn."""
    tx.execute(
        """
        UPDATE turns SET input_tokens = input_tokens + %(input)s, output_tokens = output_tokens + %(output)s,
          cost_micros = cost_micros + %(cost)s
        WHERE id = %(turn)s
        """,
        {
            "turn": turn.id,
            "input": usage.input_tokens,
            "output": usage.output_tokens,
            "cost": usage.cost_micros,
        },
    )


def release(tx: Tx, turn: Turn, *, after: timedelta) -> None:
    tx.execute(
        """
        UPDATE conversations SET lease_token = NULL, lease_until = NULL, answer_at = app.now() + %(after)s
        WHERE id = %(conversation)s AND fence = %(fence)s AND lease_token = %(token)s
        """,
        {"conversation": turn.conversation_id, "fence": turn.fence, "token": turn.lease_token, "after": after},
    )


def finish_parameters(turn: Turn, reply: Reply, end: Ending, usage: Usage, *, join: bool) -> list[Any]:
    ending = {
        "conversation": str(turn.conversation_id),
        "turn": str(turn.id),
        "fence": turn.fence,
        "token": str(turn.lease_token),
        "join": join,
        "read": [str(message.id) for message in turn.unanswered],
        "flags": {str(message.id): message.flags for message in turn.unanswered if message.flags},
        "kind": end.kind,
        "content": end.content,
        "heard_at": end.heard_at.isoformat(),
        "delay": f"{end.delay.total_seconds()} seconds",
        "state": "gave_up" if reply.failure == "gave_up" else "answered",
        "intent": reply.intent,
        "confidence": reply.confidence,
        "urgency": end.urgency,
        "sentiment": end.sentiment,
        "journey": end.journey,
        "wordings": end.wordings,
        # Only an answer was thought with it before the eyes.
        "knowledge": [hit["id"] for hit in turn.background.hits] if reply.confidence is not None else [],
        "validation": reply.validation,
        "trigger": end.trigger,
        "reason": end.reason,
        "task": end.task,
        "priority": end.is_priority,
        "opts_out": end.opts_out,
        "is_owner": turn.contact.is_owner,
        "is_known": turn.lead.is_known,
        "points": end.points,
        "signals": end.signals,
        "once_a_day": [signal for signal in end.signals if signal not in ALWAYS],
        "booked": "booked" in turn.progress.acts_done,
        "most_refused": MOST_REFUSED,
        "input_tokens": usage.input_tokens,
        "output_tokens": usage.output_tokens,
        "cost_micros": usage.cost_micros,
    }
    return [turn.shop.organization_id, ACTOR, Jsonb(ending)]
