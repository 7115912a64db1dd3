"""A freed place is offered to whoever has waited longest for it: one question with two buttons, and the server does the yes."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from psycopg.types.json import Jsonb

from auzap import metrics, texts
from auzap.agent import pending
from auzap.bookings import waitlist, waitlist_queries
from auzap.bookings.waitlist import Room
from auzap.bookings.waitlist_queries import Entry
from auzap.customers import whereabouts
from auzap.db.connection import Database, Tx
from auzap.db.retrying import retried
from auzap.ids import ContactId, ConversationId, OrganizationId, OutboxId, PendingActionId, WaitlistEntryId, new_id
from auzap.money import brl
from auzap.organizations.shop import Shop, find_shop
from auzap.outbox.queueing import enqueue

ACTOR = "clock"
KIND = "book_offered"
# How long an offer waits for its answer, and the least that makes it worth asking.
HELD = timedelta(minutes=30)
SHORTEST = timedelta(minutes=5)
# As many as one run looks at; the others come with the next.
MOST_AT_ONCE = 100
# Who has written within an hour is awake; nobody else is asked at night.
AWAKE = timedelta(hours=1)
WAKING, SLEEPING = time(8), time(21)


@dataclass(frozen=True, slots=True)
class Place:
    """Where the customer is to be asked, and until when it had better wait, if it had."""

    last_inbound_at: datetime | None
    wait_until: datetime | None
    now: datetime


def offer_freed(database: Database, organization_id: OrganizationId) -> list[ConversationId]:
    """Ask whom there is room for; the conversations in whose outbox a question waits by now."""
    due = retried(lambda: _due(database, organization_id))
    asked = [retried(lambda entry=entry: _offer(database, organization_id, entry)) for entry in due]
    return [place for place in asked if place]


def _due(database: Database, organization_id: OrganizationId) -> list[WaitlistEntryId]:
    with database.transaction(organization_id, ACTOR) as tx:
        waitlist.tidy(tx)
        return waitlist_queries.due(tx, MOST_AT_ONCE)


def _offer(database: Database, organization_id: OrganizationId, entry_id: WaitlistEntryId) -> ConversationId | None:
    """Each in a transaction of its own: one customer's trouble is not the next one's."""
    with database.transaction(organization_id, ACTOR) as tx:
        conversation_id = whereabouts.locked(tx, lambda: _place(tx, entry_id))
        waitlist_queries.one_offer_at_a_time(tx)
        entry = waitlist_queries.locked(tx, entry_id)
        if entry is None or not waitlist_queries.is_due(tx, entry_id):
            return None
        shop, place = find_shop(tx), _find(tx, conversation_id)
        wait_until = place.wait_until or _waking(shop, place)
        if wait_until:
            waitlist_queries.look_later(tx, entry_id, wait_until)
            return None
        room = waitlist.find_room(tx, shop, entry, place.now)
        expires_at = min(place.now + HELD, room.starts_at - shop.minimum_notice) if room else place.now
        if room is None or expires_at < place.now + SHORTEST:
            waitlist_queries.look_later(tx, entry_id, place.now + waitlist.LOOK_EVERY)
            return None
        _ask(tx, shop, entry, room, conversation_id, expires_at=expires_at, now=place.now)
    metrics.count("WaitlistOffered")
    return conversation_id


def _place(tx: Tx, entry_id: WaitlistEntryId) -> ConversationId:
    """In which the customer is now."""
    ((found,),) = tx.execute(
        whereabouts.GOES_ON_IN
        + "FROM waitlist_entries w JOIN conversations c ON c.id = w.conversation_id WHERE w.id = %s",
        [entry_id],
    )
    return ConversationId(found)


def _find(tx: Tx, conversation_id: ConversationId) -> Place:
    """A customer in the middle of something else is not interrupted, and one whom a person has is left to that person."""
    return next(
        tx.rows(
            Place,
            """
            SELECT c.last_inbound_at, app.now() AS now, CASE
              WHEN p.blocked_at IS NOT NULL OR p.agent_off THEN app.now() + interval '1 hour'
              WHEN c.state IN ('human', 'waiting_human') THEN app.now() + interval '10 minutes'
              WHEN a.id IS NOT NULL THEN least(a.expires_at, app.now() + interval '2 minutes')
              WHEN c.answer_at IS NOT NULL OR c.lease_until > app.now() OR c.last_message_at > app.now() - interval '1 minute'
                THEN app.now() + interval '1 minute' END AS wait_until
            FROM conversations c JOIN contacts p ON p.id = c.contact_id LEFT JOIN pending_actions a
              ON a.conversation_id = c.id AND a.state = 'proposed' AND a.expires_at > app.now()
            WHERE c.id = %s
            """,
            [conversation_id],
        )
    )


def _waking(shop: Shop, place: Place) -> datetime | None:
    """When they may be asked again, where it is night and they have not written."""
    local = shop.local(place.now)
    if WAKING <= local.time() < SLEEPING or (place.last_inbound_at and place.now - place.last_inbound_at < AWAKE):
        return None
    day = local.date() if local.time() < WAKING else local.date() + timedelta(days=1)
    return shop.instant(day, WAKING)


def _ask(
    tx: Tx,
    shop: Shop,
    entry: Entry,
    room: Room,
    conversation_id: ConversationId,
    *,
    expires_at: datetime,
    now: datetime,
) -> None:
    _open(tx, conversation_id)
    offer_id = PendingActionId(new_id())
    told = {
        "pet": entry.pet_name,
        "service": room.asked.what,
        "when": shop.spoken(room.starts_at),
        "price": brl(room.asked.price_cents),
    }
    outbox_id = enqueue(
        tx,
        conversation_id=conversation_id,
        # They have asked to be told, whatever news they want of the shop beside it.
        kind="reply",
        author="bot",
        content=_question(shop, offer_id, told | {"until": f"{shop.local(expires_at):%H:%M}"}),
        once=f"offer:{offer_id}",
        worth=expires_at - now,
    )
    summary = f"{entry.pet_name}, {room.asked.what}, {told['when']}, {told['price']}"
    arguments = {
        "entry_id": str(entry.id),
        "starts_at": room.starts_at.isoformat(),
        "price_cents": room.asked.price_cents,
    }
    _propose(tx, offer_id, outbox_id, conversation_id, entry.contact_id, arguments, summary, expires_at)
    waitlist_queries.offer(
        tx,
        entry.id,
        offer_id=offer_id,
        conversation_id=conversation_id,
        starts_at=room.starts_at,
        ends_at=room.ends_at,
        expires_at=expires_at,
    )


def _question(shop: Shop, offer_id: PendingActionId, told: dict[str, str]) -> dict[str, Any]:
    yes, no = pending.button_ids(str(offer_id))
    return {
        "type": "buttons",
        "text": texts.text("waitlist_offer", shop.locale).format(**told),
        "buttons": [
            {"id": yes, "title": texts.text("confirm_button", shop.locale)},
            {"id": no, "title": texts.text("decline_button", shop.locale)},
        ],
    }


def _open(tx: Tx, conversation_id: ConversationId) -> None:
    """So that the yes is read where it was asked for; and what nobody answered in time waits for nothing any more."""
    tx.execute("UPDATE conversations SET state = 'ai' WHERE id = %s AND state = 'closed'", [conversation_id])
    tx.execute(
        """
        UPDATE pending_actions SET state = 'expired', resolved_at = app.now()
        WHERE conversation_id = %s AND state = 'proposed' AND expires_at <= app.now()
        """,
        [conversation_id],
    )


def _propose(
    tx: Tx,
    offer_id: PendingActionId,
    outbox_id: OutboxId,
    conversation_id: ConversationId,
    contact_id: ContactId,
    arguments: dict[str, Any],
    summary: str,
    expires_at: datetime,
) -> None:
    tx.execute(
        """
        INSERT INTO pending_actions (id, conversation_id, contact_id, outbox_id, kind, arguments, summary, expires_at)
        VALUES (%(id)s, %(conversation)s, %(contact)s, %(outbox)s, %(kind)s, %(arguments)s, %(summary)s, %(expires_at)s)
        """,
        {
            "id": offer_id,
            "conversation": conversation_id,
            "contact": contact_id,
            "outbox": outbox_id,
            "kind": KIND,
            "arguments": Jsonb(arguments),
            "summary": summary,
            "expires_at": expires_at,
        },
    )
