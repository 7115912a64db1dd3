"""A pet that comes no more: what it had before it at the shop is called off."""

from datetime import date, datetime

from auzap.customers import pets
from auzap.db.connection import Tx
from auzap.ids import PetId

# No cancellation of the customer's own making: app.customer_standing counts it as none.
REASON = "pet_gone"


def let_go(tx: Tx, pet_id: PetId, *, now: datetime, died_on: date | None = None) -> None:
    """It has died, or is no longer this customer's: nobody is to be reminded of what it would have come for."""
    pets.let_go(tx, pet_id, died_on=died_on)
    gone = {"pet": pet_id, "now": now, "reason": REASON}
    tx.execute(
        """
        UPDATE bookings SET status = 'cancelled', status_reason = %(reason)s
        WHERE pet_id = %(pet)s AND starts_at > %(now)s AND status IN ('requested', 'confirmed')
        """,
        gone,
    )
    tx.execute(
        """
        UPDATE stays SET state = 'cancelled', state_reason = %(reason)s
        WHERE pet_id = %(pet)s AND state IN ('awaiting_assessment', 'approved')
        """,
        gone,
    )
    tx.execute(
        """
        WITH ended AS (
          UPDATE training_plans SET state = 'cancelled', state_reason = %(reason)s
          WHERE pet_id = %(pet)s AND state IN ('assessing', 'planned', 'running') RETURNING id
        )
        UPDATE training_sessions n SET state = 'cancelled' FROM ended WHERE n.plan_id = ended.id AND n.state = 'scheduled'
        """,
        gone,
    )
