"""SQL of the waitlist."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import LiteralString

from psycopg.errors import UniqueViolation

from auzap.bookings.availability import Period
from auzap.customers.whereabouts import LAST_WRITTEN
from auzap.db.connection import Tx
from auzap.ids import BookingId, ContactId, ConversationId, PendingActionId, PetId, ServiceId, WaitlistEntryId


@dataclass(frozen=True, slots=True)
class Entry:
    id: WaitlistEntryId
    contact_id: ContactId
    conversation_id: ConversationId
    pet_id: PetId
    pet_name: str
    service_id: ServiceId
    service_name: str
    addon_ids: list[ServiceId]
    from_day: date
    until_day: date
    period: Period
    state: str
    refused: list[datetime]
    offered_starts_at: datetime | None


@dataclass(frozen=True, slots=True)
class Offered:
    """A time that somebody is asked about."""

    pet_id: PetId
    service_id: ServiceId
    addon_ids: list[ServiceId]
    starts_at: datetime


ENTRIES: LiteralString = """
  SELECT w.id, w.contact_id, w.conversation_id, w.pet_id, p.name AS pet_name, w.service_id, s.name AS service_name,
    w.addon_ids, w.from_day, w.until_day, w.period, w.state, w.refused, w.offered_starts_at
  FROM waitlist_entries w JOIN pets p ON p.id = w.pet_id JOIN services s ON s.id = w.service_id
"""


def insert(
    tx: Tx,
    *,
    contact_id: ContactId,
    conversation_id: ConversationId,
    pet_id: PetId,
    service_id: ServiceId,
    addon_ids: list[ServiceId],
    from_day: date,
    until_day: date,
    period: Period,
) -> WaitlistEntryId | None:
    """None where the pet waits for that service already."""
    try:
        with tx.savepoint():
            ((made,),) = tx.execute(
                """
                INSERT INTO waitlist_entries
                  (contact_id, conversation_id, pet_id, service_id, addon_ids, from_day, until_day, period)
                VALUES (%(contact)s, %(conversation)s, %(pet)s, %(service)s, %(addons)s, %(from_day)s, %(until_day)s, %(period)s)
                RETURNING id
                """,
                {
                    "contact": contact_id,
                    "conversation": conversation_id,
                    "pet": pet_id,
                    "service": service_id,
                    "addons": addon_ids,
                    "from_day": from_day,
                    "until_day": until_day,
                    "period": period,
                },
            )
    except UniqueViolation:
        return None
    return WaitlistEntryId(made)


def place_of(tx: Tx, contact_id: ContactId) -> ConversationId | None:
    """Where a customer is told of a freed place."""
    ((place,),) = tx.execute(LAST_WRITTEN + "FROM (VALUES (%s::uuid)) AS whose (contact_id)", [contact_id])
    return place


def open_entries(tx: Tx, contact_id: ContactId) -> list[Entry]:
    return tx.rows(
        Entry,
        ENTRIES + " WHERE w.contact_id = %s AND w.state IN ('waiting', 'offered') ORDER BY w.created_at, w.id",
        [contact_id],
    ).fetchall()


def locked(tx: Tx, entry_id: WaitlistEntryId) -> Entry | None:
    return tx.rows(Entry, ENTRIES + " WHERE w.id = %s FOR UPDATE OF w", [entry_id]).fetchone()


def is_due(tx: Tx, entry_id: WaitlistEntryId) -> bool:
    """Asked under the lock: another worker may have looked at it meanwhile."""
    found = tx.execute(
        "SELECT FROM waitlist_entries WHERE id = %s AND state = 'waiting' AND look_at <= app.now()", [entry_id]
    )
    return found.rowcount == 1


def due(tx: Tx, most: int) -> list[WaitlistEntryId]:
    """Whoever has waited longest first."""
    rows = tx.execute(
        """
        SELECT id FROM waitlist_entries WHERE state = 'waiting' AND look_at <= app.now() ORDER BY created_at, id LIMIT %s
        """,
        [most],
    )
    return [WaitlistEntryId(row[0]) for row in rows]


def look_later(tx: Tx, entry_id: WaitlistEntryId, at: datetime) -> None:
    tx.execute("UPDATE waitlist_entries SET look_at = %s WHERE id = %s AND state = 'waiting'", [at, entry_id])


def offered(tx: Tx) -> list[Offered]:
    return tx.rows(
        Offered,
        """
        SELECT pet_id, service_id, addon_ids, offered_starts_at AS starts_at FROM waitlist_entries
        WHERE state = 'offered' ORDER BY offered_starts_at, id
        """,
    ).fetchall()


def offer(
    tx: Tx,
    entry_id: WaitlistEntryId,
    *,
    offer_id: PendingActionId,
    conversation_id: ConversationId,
    starts_at: datetime,
    ends_at: datetime,
    expires_at: datetime,
) -> None:
    tx.execute(
        """
        UPDATE waitlist_entries SET state = 'offered', offer_id = %(offer)s, conversation_id = %(conversation)s,
          offered_starts_at = %(starts_at)s, offered_ends_at = %(ends_at)s, offer_expires_at = %(expires_at)s,
          look_at = %(expires_at)s
        WHERE id = %(entry)s AND state = 'waiting'
        """,
        {
            "entry": entry_id,
            "offer": offer_id,
            "conversation": conversation_id,
            "starts_at": starts_at,
            "ends_at": ends_at,
            "expires_at": expires_at,
        },
    )


def book(tx: Tx, entry_id: WaitlistEntryId, booking_id: BookingId) -> None:
    tx.execute(
        """
        UPDATE waitlist_entries SET state = 'booked', booking_id = %s, offer_id = NULL, offered_starts_at = NULL,
          offered_ends_at = NULL, offer_expires_at = NULL
        WHERE id = %s AND state = 'offered'
        """,
        [booking_id, entry_id],
    )


def cancel(tx: Tx, entry_id: WaitlistEntryId, contact_id: ContactId) -> bool:
    """An open offer goes with it, to whoever is next."""
    tx.execute(
        """
        UPDATE pending_actions a SET state = 'declined', resolved_at = app.now(), result = 'left the waitlist'
        FROM waitlist_entries w
        WHERE w.id = %s AND w.contact_id = %s AND a.id = w.offer_id AND a.state = 'proposed'
        """,
        [entry_id, contact_id],
    )
    left = tx.execute(
        "UPDATE waitlist_entries SET state = 'cancelled' WHERE id = %s AND contact_id = %s AND state = 'waiting'",
        [entry_id, contact_id],
    )
    return left.rowcount == 1


def end_overdue_offers(tx: Tx) -> None:
    """What nobody answered in time is let go, and the entry waits again."""
    tx.execute(
        """
        UPDATE pending_actions a SET state = 'expired', resolved_at = app.now() FROM waitlist_entries w
        WHERE w.state = 'offered' AND w.offer_expires_at <= app.now() AND a.id = w.offer_id AND a.state = 'proposed'
        """
    )


def end_served(tx: Tx) -> None:
    """Who has got an appointment on one of the days by another way waits no more."""
    tx.execute(
        """
        UPDATE waitlist_entries w SET state = 'booked', booking_id = b.id FROM bookings b, organization_settings s
        WHERE w.state = 'waiting' AND b.pet_id = w.pet_id AND b.service_id = w.service_id AND b.created_at > w.created_at
          AND b.status IN ('requested', 'confirmed', 'in_progress', 'completed')
          AND (b.starts_at AT TIME ZONE s.time_zone)::date BETWEEN w.from_day AND w.until_day
        """
    )


def end_over(tx: Tx, most_refused: int) -> None:
    """Days that have passed, pets and customers that are gone, and who has let pass what was offered often enough."""
    tx.execute(
        """
        UPDATE waitlist_entries w SET state = 'expired' FROM organization_settings s, pets p
        WHERE w.state = 'waiting' AND p.id = w.pet_id AND (
          w.until_day < (app.now() AT TIME ZONE s.time_zone)::date OR NOT p.is_active OR cardinality(w.refused) >= %s)
        """,
        [most_refused],
    )


def one_offer_at_a_time(tx: Tx) -> None:
    """Two workers must not offer one place to two customers: what one has offered, the other reads."""
    tx.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s || ' offers', 0))", [str(tx.organization_id)])
