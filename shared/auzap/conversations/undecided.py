"""Appointments that wait for the shop's yes: its people are reminded, and in the end the customer is told the truth."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import LiteralString
from uuid import UUID

from auzap.bookings import booking
from auzap.customers import whereabouts
from auzap.customers.whereabouts import LAST_WRITTEN
from auzap.db.connection import Database, Tx
from auzap.db.retrying import retried
from auzap.ids import BookingId, ContactId, ConversationId, OrganizationId
from auzap.notifications.notices import notify
from auzap.organizations.shop import Shop, find_shop
from auzap.outbox.queueing import enqueue
from auzap.texts import text

ACTOR = "clock"
# Whoever is at work was told when it was booked; after an hour they have seen it, or forgotten it.
PATIENCE = timedelta(hours=1)
# Even where the shop does not open before: the word also goes by mail, and the customer has not set out yet.
LATEST = timedelta(hours=2)
DAY = timedelta(days=1)
# A reminder that no clock gave in time is none any more.
LATE = timedelta(hours=6)
# Of an hour that is long over nobody wants to hear.
WORTH = timedelta(hours=24)
# As many as one run looks at; the others come with the next.
MOST_AT_ONCE = 500
# The shop's omission, not the customer's cancellation.
REASON = "not_confirmed"

PLACE_OF_IT: LiteralString = """
  FROM bookings whose JOIN contacts p ON p.id = whose.contact_id WHERE whose.id = %s AND p.blocked_at IS NULL
"""


@dataclass(frozen=True, slots=True)
class Looked:
    """How many the customers were told of, and the conversations in whose outboxes the word of it waits."""

    expired: int = 0
    waiting: list[ConversationId] = field(default_factory=list[ConversationId])


@dataclass(frozen=True, slots=True)
class _Request:
    id: BookingId
    contact_id: ContactId
    # What was asked for together is given up together.
    occasion: UUID
    series_id: UUID | None
    starts_at: datetime
    since: datetime


@dataclass(frozen=True, slots=True)
class _Over:
    id: BookingId
    contact_id: ContactId
    pet: str
    service: str
    starts_at: datetime


def look_after(database: Database, organization_id: OrganizationId) -> Looked:
    """Done again, it is the same: a reminder is told once, and what is decided by now is left alone."""
    over = retried(lambda: _remind(database, organization_id))
    done = [retried(lambda one=one: _give_up(database, organization_id, one)) for one in over]
    return Looked(sum(count for count, _ in done), [place for _, place in done if place])


def reminders(shop: Shop, since: datetime, starts_at: datetime) -> list[datetime]:
    """While the shop is open, when it has waited an hour; and a day before, where that is later."""
    due, latest = since + PATIENCE, max(starts_at - LATEST, since + (starts_at - since) / 2)
    first = min(next(_open_from(shop, due, latest), latest), latest)
    return [first, starts_at - DAY] if starts_at - DAY > first else [first]


def _open_from(shop: Shop, moment: datetime, until: datetime) -> Iterator[datetime]:
    day = shop.today(moment)
    while day <= shop.today(until):
        yield from (max(moment, opens) for opens, closes in shop.openings_on(day) if moment < closes)
        day += DAY


def _remind(database: Database, organization_id: OrganizationId) -> list[BookingId]:
    """Of what is still to come; one of each occasion that is over by now."""
    with database.transaction(organization_id, ACTOR) as tx:
        shop, now = find_shop(tx), _now(tx)
        found = _requests(tx)
        for request in found:
            if request.starts_at > now:
                _remind_of(tx, shop, request, now)
    over = {each.occasion: each.id for each in reversed(found) if each.starts_at <= now}
    return list(over.values())


def _remind_of(tx: Tx, shop: Shop, request: _Request, now: datetime) -> None:
    """A series is one reminder when it is made, and one for each of its days."""
    first, *day_before = reminders(shop, request.since, request.starts_at)
    detail = {"booking": str(request.id), "contact": str(request.contact_id), "at": request.starts_at.isoformat()}
    occasions = [(first, f"{request.series_id or request.occasion}:{shop.today(request.since)}")]
    occasions += [(moment, f"{request.occasion}:before:{shop.today(request.starts_at)}") for moment in day_before]
    for moment, occasion in occasions:
        if now - LATE < moment <= now:
            notify(tx, "booking_waits", level="warning", once=f"booking_waits:{occasion}", detail=detail)


def _give_up(
    database: Database, organization_id: OrganizationId, booking_id: BookingId
) -> tuple[int, ConversationId | None]:
    """Each in a transaction of its own, and looked at again under the locks: whoever has decided meanwhile has decided."""
    with database.transaction(organization_id, ACTOR) as tx:
        place = whereabouts.locked(tx, lambda: _place(tx, booking_id))
        shop, now, over = find_shop(tx), _now(tx), _over(tx, booking_id)
        if not over or over[0].starts_at > now:
            return 0, None
        booking.cancel(tx, shop, booking_ids=[each.id for each in over], now=now, source="staff", reason=REASON)
        first = over[0]
        notify(
            tx,
            "booking_expired",
            level="warning",
            once=f"booking_expired:{first.id}",
            conversation_id=place,
            detail={"booking": str(first.id), "contact": str(first.contact_id), "at": first.starts_at.isoformat()},
        )
        if place is None or first.starts_at <= now - WORTH:
            return len(over), None
        _tell(tx, shop, place, over)
        return len(over), place


def _tell(tx: Tx, shop: Shop, place: ConversationId, over: list[_Over]) -> None:
    what = [text("request_item", shop.locale).format(service=each.service, pet=each.pet) for each in over]
    told = text("request_not_confirmed", shop.locale).format(what=", ".join(what), when=shop.spoken(over[0].starts_at))
    tx.execute("UPDATE conversations SET state = 'ai' WHERE id = %s AND state = 'closed'", [place])
    enqueue(
        tx,
        conversation_id=place,
        # No news that somebody may not want, and no answer to what the team was asked.
        kind="apology",
        # As a person's own word: it goes out whoever has the conversation by now.
        author="person",
        content={"type": "text", "text": told},
        once=f"booking_expired:{over[0].id}",
        worth=WORTH,
    )


def _place(tx: Tx, booking_id: BookingId) -> ConversationId | None:
    """Where the customer is told of it; none where they are blocked, or have never written."""
    found = tx.execute(LAST_WRITTEN + PLACE_OF_IT, [booking_id]).fetchone()
    return found[0] if found else None


def _requests(tx: Tx) -> list[_Request]:
    """With since when each waits as it is: what the agent moves waits anew."""
    return tx.rows(
        _Request,
        """
        SELECT b.id, b.contact_id, coalesce(b.request_id, b.id) AS occasion, b.series_id, b.starts_at, coalesce((
          SELECT max(m.moved_at) FROM booking_moves m WHERE m.booking_id = b.id AND m.to_status = 'requested'), b.created_at
          ) AS since
        FROM bookings b WHERE b.status = 'requested' ORDER BY b.starts_at, b.id LIMIT %s
        """,
        [MOST_AT_ONCE],
    ).fetchall()


def _over(tx: Tx, booking_id: BookingId) -> list[_Over]:
    """What of its occasion still waits, locked."""
    return tx.rows(
        _Over,
        """
        SELECT b.id, b.contact_id, p.name AS pet, s.name AS service, b.starts_at
        FROM bookings b JOIN pets p ON p.id = b.pet_id JOIN services s ON s.id = b.service_id
        WHERE b.status = 'requested' AND (b.id = %(booking)s
          OR b.request_id = (SELECT a.request_id FROM bookings a WHERE a.id = %(booking)s))
        ORDER BY b.starts_at, b.id FOR UPDATE OF b
        """,
        {"booking": booking_id},
    ).fetchall()


def _now(tx: Tx) -> datetime:
    ((now,),) = tx.execute("SELECT app.now()")
    return now
