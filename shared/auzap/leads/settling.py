"""What has become of a lead, by a person's word: sold, or lost."""

from typing import Literal

from auzap.db.connection import Tx
from auzap.errors import Refusal
from auzap.ids import ContactId

type Settled = Literal["converted", "lost"]


class UnknownLead(Refusal):
    def __init__(self) -> None:
        super().__init__("This customer is no lead of the shop. Load the list again.")


def settle(tx: Tx, contact_id: ContactId, stage: Settled, *, by: str, reason: str | None = None) -> None:
    """Said twice, it is said once. A lost lead that buys after all is settled anew."""
    settled = tx.execute(
        """
        WITH settled AS (
          UPDATE leads SET stage = %(stage)s, converted_at = CASE WHEN %(stage)s = 'converted' THEN coalesce(
            CASE WHEN stage = 'converted' THEN converted_at END, app.now()) ELSE converted_at END
          WHERE contact_id = %(contact)s RETURNING contact_id, OLD.stage AS was
        ), told AS (
          INSERT INTO lead_events (contact_id, kind, detail, created_by)
          SELECT settled.contact_id, event.kind, event.detail, %(by)s FROM settled, LATERAL (VALUES
            ('stage_change', jsonb_build_object('from', was, 'to', %(stage)s::text)),
            (%(stage)s::text, jsonb_strip_nulls(jsonb_build_object('reason', %(reason)s::text)))
          ) AS event (kind, detail) WHERE was <> %(stage)s
        )
        SELECT FROM settled
        """,
        {"contact": contact_id, "stage": stage, "by": by, "reason": reason},
    )
    if settled.rowcount == 0:
        raise UnknownLead
