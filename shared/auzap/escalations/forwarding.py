"""What a customer goes on writing where the agent has come to its limit: passed on to whoever was asked, a burst at a time."""

from dataclasses import dataclass

from auzap.db.connection import Database, Tx
from auzap.db.locks import lock_conversation
from auzap.db.retrying import retried
from auzap.escalations import queries
from auzap.escalations.asking import LONGEST_DETAIL, conversation_with, reference
from auzap.ids import ConversationId, EscalationId, OrganizationId, new_id
from auzap.outbox import queueing
from auzap.texts import text

ACTOR = "clock"
MOST_MESSAGES = 10
# What is no text, and has none with it.
SIGN = "📎"


@dataclass(frozen=True, slots=True)
class _Said:
    """What came since it was last passed on, the oldest first, and which word of ours an answer to it is for."""

    escalation_id: EscalationId
    is_pending: bool
    times_forwarded: int
    texts: list[str]


def forward(
    database: Database, organization_id: OrganizationId, conversation_id: ConversationId
) -> ConversationId | None:
    """One message for all that came; the conversation in which it waits to be sent. While one waits there is no other."""

    def attempt() -> ConversationId | None:
        with database.transaction(organization_id, ACTOR) as tx:
            lock_conversation(tx, conversation_id)
            said = _take(tx, conversation_id)
            return _pass_on(tx, conversation_id, said) if said and said.texts else None

    return retried(attempt)


def _pass_on(tx: Tx, conversation_id: ConversationId, said: _Said) -> ConversationId | None:
    asked = queries.whom_to_ask(tx)
    if asked is None:
        return None
    asker, locale = queries.asker(tx, conversation_id), queries.locale(tx)
    place = conversation_with(tx, asked, asker)
    # What was answered is over: what comes then is a matter of its own, with an answer of its own.
    escalation_id = said.escalation_id if said.is_pending else EscalationId(new_id())
    written = "\n".join(said.texts)[-LONGEST_DETAIL:]
    told = text("team_forward", locale).format(
        customer=asker.name or text("some_customer", locale), said=written, reference=reference(escalation_id)
    )
    outbox_id = queueing.enqueue(
        tx,
        conversation_id=place,
        kind="notice",
        author="bot",
        content={"type": "text", "text": told},
        # By this name an answer that quotes it finds its question: app.question_quoted.
        once=f"asked_again:{escalation_id}:forwarded:{said.times_forwarded}",
    )
    if not said.is_pending:
        queries.store(
            tx, escalation_id, conversation_id, written, kind="limit_reached", urgency="high", outbox_id=outbox_id
        )
    return place


def _take(tx: Tx, conversation_id: ConversationId) -> _Said | None:
    """None where it is not due any more, or where the last one has not left yet: then all goes with the next."""
    return tx.rows(
        _Said,
        """
        WITH told AS (
          SELECT e.id, e.state = 'pending' AS is_pending, coalesce(c.forwarded_until, e.created_at) AS since, (
            SELECT count(*) FROM outbox o WHERE o.once_key LIKE concat('asked_again:', e.id, ':forwarded:%%'))::int AS forwarded
          FROM conversations c JOIN escalations e ON e.conversation_id = c.id AND e.kind = 'limit_reached'
            AND e.created_at >= c.handoff_at AND e.asked_outbox_id IS NOT NULL
          WHERE c.id = %(conversation)s AND c.state = 'waiting_human' AND c.handoff_reason = 'turns' AND NOT EXISTS (
            SELECT FROM outbox o WHERE o.state IN ('queued', 'held', 'sending') AND (
              o.id = e.asked_outbox_id OR o.once_key LIKE concat('asked_again:', e.id, ':forwarded:%%')))
          ORDER BY e.id DESC LIMIT 1
        ), said AS (
          SELECT m.id, coalesce(nullif(m.text, ''), %(sign)s) AS text FROM told JOIN messages m ON m.recorded_at > told.since
          WHERE m.conversation_id = %(conversation)s AND m.sender = 'customer' AND m.revoked_at IS NULL
            AND m.kind NOT IN ('reaction', 'edit', 'revoke')
          ORDER BY m.id DESC LIMIT %(most)s
        ), noted AS (
          UPDATE conversations SET forwarded_until = app.now() WHERE id = %(conversation)s AND EXISTS (SELECT FROM told)
        )
        SELECT told.id AS escalation_id, told.is_pending, told.forwarded AS times_forwarded,
          ARRAY(SELECT said.text FROM said ORDER BY said.id) AS texts
        FROM told
        """,
        {"conversation": conversation_id, "sign": SIGN, "most": MOST_MESSAGES},
    ).fetchone()
