"""Questions that nobody has answered: whoever was asked is reminded, and in the end the customer is told the truth."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from psycopg.errors import UniqueViolation

from auzap.db.connection import Database, Tx
from auzap.db.retrying import retried
from auzap.escalations import queries
from auzap.escalations.answering import locked_place
from auzap.escalations.asking import conversation_with, reference
from auzap.escalations.queries import Question
from auzap.ids import ConversationId, EscalationId, OrganizationId
from auzap.notifications.notices import notify
from auzap.outbox import queueing
from auzap.texts import text

ACTOR = "clock"
MOST_REMINDERS = 2
# Later, an apology only reminds the customer of what they have settled elsewhere.
WORTH = timedelta(hours=24)
# Why somebody is to call the customer back, in the words of texts.py.
UNANSWERED = "question_expired"


@dataclass(frozen=True, slots=True)
class Looked:
    """What was done about a question, and the conversation that has something to send for it."""

    outcome: Literal["reminded", "expired", "skipped"]
    conversation_id: ConversationId | None = None


def look_after(database: Database, organization_id: OrganizationId, escalation_id: EscalationId) -> Looked:
    """Looks again under the locks: whoever has answered meanwhile has decided."""

    def attempt() -> Looked:
        with database.transaction(organization_id, ACTOR) as tx:
            place = locked_place(tx, escalation_id)
            known = queries.locked(tx, escalation_id)
            if known is None or known.state != "pending" or not known.is_due:
                return Looked("skipped")
            return (
                _expire(tx, escalation_id, known, place) if known.is_over else _remind(tx, escalation_id, known, place)
            )

    return retried(attempt, also=(UniqueViolation,))


def _remind(tx: Tx, escalation_id: EscalationId, known: Question, place: ConversationId) -> Looked:
    """On the number that the customer writes to, of whom the shop names by now."""
    queries.note_reminder(tx, escalation_id, most=MOST_REMINDERS)
    asked = queries.whom_to_ask(tx)
    if asked is None:
        return Looked("skipped")
    locale = queries.locale(tx)
    there = conversation_with(tx, asked, queries.asker(tx, place))
    told = text("team_reminder", locale).format(
        customer=known.customer or text("some_customer", locale),
        question=known.question,
        reference=reference(escalation_id),
    )
    queueing.enqueue(
        tx,
        conversation_id=there,
        kind="notice",
        author="bot",
        content={"type": "text", "text": told},
        # By it an answer that quotes the reminder finds its question: app.question_quoted.
        once=f"asked_again:{escalation_id}:{known.reminders + 1}",
    )
    return Looked("reminded", there)


def _expire(tx: Tx, escalation_id: EscalationId, known: Question, place: ConversationId) -> Looked:
    queries.expire(tx, escalation_id)
    queries.call_somebody(tx, place, UNANSWERED)
    notify(tx, "escalation_expired", level="warning", conversation_id=place, detail={"escalation": str(escalation_id)})
    # Who was handed over waits for a person anyway, and was told so.
    if known.kind != "ai_unknown" or not queries.may_be_told(tx, place):
        return Looked("expired")
    queries.reopen(tx, place)
    queueing.enqueue(
        tx,
        conversation_id=place,
        kind="reply",
        author="bot",
        content={"type": "text", "text": text("team_silent", queries.locale(tx))},
        once=f"expired:{escalation_id}",
        worth=WORTH,
    )
    return Looked("expired", place)
