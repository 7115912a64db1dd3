"""How often the gate refuses the agent's replies: where it is often, somebody should look at what the agent is told."""

from auzap.db.connection import Tx
from auzap.notifications.notices import notify

OFTEN_PERCENT = 5
# Of fewer replies, a single one would be often.
FEWEST = 20


def review(tx: Tx) -> int:
    """How many of the last day's replies were refused, at first or for good; where it is often, staff are told."""
    row = tx.execute(
        """
        SELECT count(*), count(*) FILTER (WHERE validation <> 'valid'), (app.now() AT TIME ZONE 'UTC')::date FROM turns
        WHERE validation IS NOT NULL AND finished_at > app.now() - interval '24 hours'
        """
    ).fetchone()
    judged, refused, day = row or (0, 0, None)
    if judged >= FEWEST and refused * 100 > judged * OFTEN_PERCENT:
        notify(
            tx,
            "review_prompt",
            level="warning",
            once=f"review_prompt:{day}",
            detail={"replies": judged, "refused": refused},
        )
    return refused
