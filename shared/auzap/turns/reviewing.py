"""How often the gate refuses the agent's replies: where it is often, somebody should look at what the agent is told."""

from dataclasses import dataclass

from auzap.db.connection import Tx
from auzap.notifications.notices import notify

OFTEN_PERCENT = 5
# Of fewer replies, a single one would be often.
FEWEST = 20


@dataclass(frozen=True, slots=True)
class Judged:
    """The replies of a day, and those of them that the gate refused, at first or for good."""

    replies: int
    refused: int

    @property
    def is_often(self) -> bool:
        return self.replies >= FEWEST and self.refused * 100 > self.replies * OFTEN_PERCENT


def review(tx: Tx) -> Judged:
    """Of the last day; where it is often, staff are told."""
    row = tx.execute(
        """
        SELECT count(*), count(*) FILTER (WHERE validation <> 'valid'), (app.now() AT TIME ZONE 'UTC')::date FROM turns
        WHERE validation IS NOT NULL AND finished_at > app.now() - interval '24 hours'
        """
    ).fetchone()
    replies, refused, day = row or (0, 0, None)
    judged = Judged(replies, refused)
    if judged.is_often:
        detail = {"replies": replies, "refused": refused}
        notify(tx, "review_prompt", level="warning", once=f"review_prompt:{day}", detail=detail)
    return judged
