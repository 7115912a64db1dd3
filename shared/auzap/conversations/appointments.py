"""What people of the shop do to an appointment, with the word of it to its customer."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import LiteralString

from auzap.bookings import booking
from auzap.customers.whereabouts import LAST_WRITTEN
from auzap.db.connection import Tx
from auzap.ids import BookingId, ConversationId
from auzap.organizations.shop import Shop
from auzap.outbox.queueing import enqueue
from auzap.texts import TextKey, text

# Who has written within an hour is awake; nobody else is told at night of what begins after they have woken.
AWAKE = timedelta(hours=1)
WAKING, SLEEPING = time(8), time(21)

PLACE_OF_IT: LiteralString = """ AS place
  FROM bookings whose, organization_settings s, contacts p
  WHERE whose.id = %(booking)s AND p.id = whose.contact_id AND s.tells_of_changes AND p.blocked_at IS NULL
  )
  SELECT told.place, c.last_inbound_at, pet.name AS pet, service.name AS service, b.starts_at
  FROM bookings b JOIN pets pet ON pet.id = b.pet_id JOIN services service ON service.id = b.service_id
  LEFT JOIN told ON true LEFT JOIN conversations c ON c.id = told.place
  WHERE b.id = %(booking)s
"""
KNOWN: LiteralString = "WITH told AS (" + LAST_WRITTEN + PLACE_OF_IT
LOCK_OF_IT: LiteralString = """ AS place FROM bookings whose WHERE whose.id = %(booking)s)
  SELECT c.id FROM conversations c WHERE c.id = (SELECT place FROM told) FOR UPDATE
"""
LOCK: LiteralString = "WITH told AS (" + LAST_WRITTEN + LOCK_OF_IT


@dataclass(frozen=True, slots=True)
class _Known:
    """An appointment as it is, and where its customer is told of it; None where they are not, or nobody has written yet."""

    place: ConversationId | None
    last_inbound_at: datetime | None
    pet: str
    service: str
    starts_at: datetime


def cancel(tx: Tx, shop: Shop, booking_id: BookingId, *, now: datetime, reason: str) -> ConversationId | None:
    """The conversation in whose outbox the word of it waits. Why is the shop's own to know."""
    known = _locked(tx, booking_id)
    booking.cancel(tx, shop, booking_ids=[booking_id], now=now, source="staff", reason=reason)
    if known is None or known.starts_at <= now:
        return None
    return _tell(tx, shop, known, "booking_cancelled_by_shop", once=f"booking_cancelled:{booking_id}", now=now)


def reschedule(
    tx: Tx, shop: Shop, booking_id: BookingId, *, starts_at: datetime, now: datetime, reason: str
) -> ConversationId | None:
    """The same for one that is moved: the customer hears of both hours."""
    known = _locked(tx, booking_id)
    booking.reschedule(tx, shop, booking_ids=[booking_id], starts=[starts_at], now=now, source="staff", reason=reason)
    if known is None or known.starts_at == starts_at or starts_at <= now:
        return None
    once = f"booking_moved:{booking_id}:{known.starts_at.isoformat()}:{starts_at.isoformat()}"
    return _tell(tx, shop, known, "booking_moved_by_shop", once=once, now=now, moved_to=starts_at)


def _tell(
    tx: Tx,
    shop: Shop,
    known: _Known,
    key: TextKey,
    *,
    once: str,
    now: datetime,
    moved_to: datetime | None = None,
) -> ConversationId | None:
    if known.place is None:
        return None
    told = text(key, shop.locale).format(
        service=known.service,
        pet=known.pet,
        before=shop.spoken(known.starts_at),
        when=shop.spoken(moved_to or known.starts_at),
    )
    # As a person's own word: it goes out whoever has the conversation by now.
    tx.execute("UPDATE conversations SET state = 'ai' WHERE id = %s AND state = 'closed'", [known.place])
    enqueue(
        tx,
        conversation_id=known.place,
        kind="staff",
        author="person",
        content={"type": "text", "text": told},
        once=once,
        delay=_wait(shop, known, min(known.starts_at, moved_to or known.starts_at), now),
    )
    return known.place


def _wait(shop: Shop, known: _Known, begins: datetime, now: datetime) -> timedelta:
    """Until the customer wakes, where it is night, they have not just written, and it does not begin before."""
    today, local = shop.today(now), shop.local(now).time()
    is_awake = known.last_inbound_at is not None and known.last_inbound_at > now - AWAKE
    if WAKING <= local < SLEEPING or is_awake:
        return timedelta(0)
    morning = shop.instant(today if local < WAKING else today + timedelta(days=1), WAKING)
    return morning - now if begins > morning + AWAKE else timedelta(0)


def _locked(tx: Tx, booking_id: BookingId) -> _Known | None:
    """With the conversation locked before the appointment is. Whoever had the lock may have joined it with another."""
    while True:
        locked = tx.execute(LOCK, {"booking": booking_id}).fetchone()
        known = tx.rows(_Known, KNOWN, {"booking": booking_id}).fetchone()
        if known is None or known.place is None or (locked and locked[0] == known.place):
            return known
