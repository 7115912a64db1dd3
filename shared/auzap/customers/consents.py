"""What a person agreed to or took back. Every word of it is kept, and the last one counts."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from auzap.customers.profiles import UnknownContact
from auzap.db.connection import Tx
from auzap.ids import ContactId, MessageId

type Purpose = Literal["data_processing", "whatsapp", "marketing", "health_data"]
type Source = Literal["said", "staff", "import", "form", "channel"]


@dataclass(frozen=True, slots=True)
class Consent:
    purpose: Purpose
    is_given: bool
    source: Source
    message_id: MessageId | None
    actor: str
    recorded_at: datetime


def record(
    tx: Tx,
    contact_id: ContactId,
    *,
    purpose: Purpose,
    is_given: bool,
    source: Source,
    message_id: MessageId | None = None,
    now: datetime,
) -> None:
    """What is said of marketing also decides, in the same moment, whether they are a target of news (`app.follow_consent`)."""
    told = tx.execute(
        """
        INSERT INTO consents (contact_id, purpose, is_given, source, message_id, recorded_at)
        SELECT p.id, %(purpose)s, %(given)s, %(source)s, %(message)s, %(now)s FROM contacts p WHERE p.id = %(contact)s
        """,
        {
            "contact": contact_id,
            "purpose": purpose,
            "given": is_given,
            "source": source,
            "message": message_id,
            "now": now,
        },
    )
    if told.rowcount == 0:
        raise UnknownContact


def standing(tx: Tx, contact_id: ContactId) -> dict[Purpose, Consent]:
    """The last word on each purpose; a purpose that was never spoken of is not among them."""
    return {consent.purpose: consent for consent in reversed(history(tx, contact_id))}


def history(tx: Tx, contact_id: ContactId) -> list[Consent]:
    """All that was said, the latest first."""
    return tx.rows(
        Consent,
        """
        SELECT purpose, is_given, source, message_id, actor, recorded_at FROM consents
        WHERE contact_id = %s ORDER BY recorded_at DESC, id DESC
        """,
        [contact_id],
    ).fetchall()
