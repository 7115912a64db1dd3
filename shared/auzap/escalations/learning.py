"""What the team has answered once, the agent knows from then on: if whoever answered says so."""

from typing import Literal
from uuid import UUID

from auzap.db.connection import Database, Tx
from auzap.db.retrying import retried
from auzap.escalations import queries
from auzap.ids import EntryId, EscalationId, OrganizationId

ACTOR = "agent"
TEACH, ONCE = "teach", "once"
LONGEST_QUESTION = 600

type Outcome = Literal["learned", "left", "nothing"]


def button_ids(escalation_id: EscalationId) -> tuple[str, str]:
    return f"{TEACH}:{escalation_id}", f"{ONCE}:{escalation_id}"


def lesson(reply_id: str | None) -> tuple[str, EscalationId] | None:
    """Which of the two buttons was pressed, and of which answer; nothing for any other."""
    choice, _, known = (reply_id or "").partition(":")
    if choice not in {TEACH, ONCE}:
        return None
    try:
        return choice, EscalationId(UUID(known))
    except ValueError:
        return None


def learn(database: Database, organization_id: OrganizationId, escalation_id: EscalationId) -> Outcome:
    """Pressed twice, it is learned once."""

    def attempt() -> Outcome:
        with database.transaction(organization_id, ACTOR) as tx:
            return "learned" if keep(tx, escalation_id) else "nothing"

    return retried(attempt)


def keep(tx: Tx, escalation_id: EscalationId) -> EntryId | None:
    """The entry that an answered question has become; a question that was taught before has the newer answer."""
    known = queries.locked(tx, escalation_id)
    if known is None or known.kind != "ai_unknown" or known.answer is None:
        return None
    if known.entry_id is not None:
        return known.entry_id
    row = tx.execute(
        """
        WITH taught AS (
          INSERT INTO knowledge_entries AS e (question, answer, source) VALUES (%(question)s, %(answer)s, 'escalation')
          ON CONFLICT (organization_id, audience, lower(question)) WHERE is_active DO UPDATE
            SET answer = excluded.answer, updated_at = app.now(), embedding = NULL, embedding_model = NULL
          RETURNING id
        )
        UPDATE escalations SET is_learned = true, entry_id = taught.id FROM taught WHERE escalations.id = %(escalation)s
        RETURNING entry_id
        """,
        {"question": known.question[:LONGEST_QUESTION], "answer": known.answer, "escalation": escalation_id},
    ).fetchone()
    return EntryId(row[0]) if row else None
