"""What the panel asks of the database: each list and each detail, as its route asks."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

from auzap.agent import incidents
from auzap.audit import trail
from auzap.bookings import listing as bookings
from auzap.bookings.listing import BookingFilter
from auzap.catalog import listing as services
from auzap.channels import accounts
from auzap.conversations import inbox, notes, proposals, redriving, thread
from auzap.customers import consents, health, import_listing, memory, pets, profiles
from auzap.customers import listing as customers
from auzap.customers.listing import ContactFilter, PetFilter
from auzap.db.connection import Tx
from auzap.escalations import queries as escalations
from auzap.ids import BookingId, ContactId, ConversationId, PetId
from auzap.knowledge import documents, entries
from auzap.leads import listing as leads
from auzap.notifications import centre, tasks
from auzap.organizations import owner_numbers, settings
from auzap.organizations.shop import find_shop, known_shop
from auzap.stays import listing as stays
from auzap.stays import reports
from auzap.stays.listing import StayFilter
from auzap.training import listing as training
from bench.town import Shop

# One more than a page holds tells whether there is another.
PAGE = 51

type Query = Callable[[Tx, Shop], object]


def inbox_of(**wanted: object) -> Query:
    return lambda tx, shop: inbox.page(tx, inbox.Wanted(**wanted), after=None, limit=PAGE)  # pyright: ignore[reportArgumentType]


LISTS: dict[str, Query] = {
    "conversations": inbox_of(),
    "conversations, open": inbox_of(states=["ai", "waiting_human", "human"]),
    "conversations, waiting": inbox_of(states=["waiting_human"]),
    "conversations, unread": inbox_of(is_unread=True),
    "conversations, by words": inbox_of(search="banho thor"),
    "conversation": lambda tx, shop: thread.find(tx, ConversationId(shop.conversation_id)),
    "messages": lambda tx, shop: thread.messages(tx, ConversationId(shop.conversation_id), before=None, limit=PAGE),
    "happenings": lambda tx, shop: thread.happenings(tx, ConversationId(shop.conversation_id), before=None, limit=PAGE),
    "notes": lambda tx, shop: notes.notes(tx, ConversationId(shop.conversation_id)),
    "proposals": lambda tx, _: proposals.page(tx, state="proposed", conversation_id=None, before=None, limit=PAGE),
    "customers": lambda tx, _: customers.contacts(tx, ContactFilter(), sort="newest", after=None, most=PAGE),
    "customers by name": lambda tx, _: customers.contacts(tx, ContactFilter(), sort="name", after=None, most=PAGE),
    "customers, by words": lambda tx, _: customers.contacts(
        tx, ContactFilter(words="cliente 1"), sort="newest", after=None, most=PAGE
    ),
    "customer": lambda tx, shop: profiles.find(tx, ContactId(shop.contact_id), today=datetime.now(UTC).date()),
    "consents": lambda tx, shop: consents.history(tx, ContactId(shop.contact_id)),
    "memories": lambda tx, shop: memory.remembered(tx, ContactId(shop.contact_id), now=datetime.now(UTC)),
    "tags": lambda tx, _: customers.tags(tx),
    "pets": lambda tx, _: customers.pets(tx, PetFilter(), after=None, most=PAGE),
    "pet": lambda tx, shop: health.record_of(tx, PetId(shop.pet_id), datetime.now(UTC).date()),
    "photos": lambda tx, shop: pets.photos(tx, PetId(shop.pet_id)),
    "health of a pet": lambda tx, shop: health.history(tx, PetId(shop.pet_id)),
    "alerts": lambda tx, _: customers.alerts(tx, state="open", pet_id=None, after=None, most=PAGE),
    "overdue": lambda tx, _: customers.overdue(tx, datetime.now(UTC).date(), after=None, most=PAGE),
    "imports": lambda tx, _: import_listing.imports(tx, after=None, most=PAGE),
    "bookings of a week": lambda tx, _: bookings.bookings(
        tx,
        find_shop(tx),
        BookingFilter(from_day=_today(), until_day=_today() + timedelta(days=6)),
        after=None,
        most=PAGE,
    ),
    "bookings of a customer": lambda tx, shop: bookings.bookings(
        tx, find_shop(tx), BookingFilter(contact_id=ContactId(shop.contact_id)), after=None, most=PAGE
    ),
    "booking": lambda tx, shop: bookings.booking(tx, BookingId(shop.booking_id)),
    "history of a booking": lambda tx, shop: bookings.history(tx, BookingId(shop.booking_id)),
    "series": lambda tx, _: bookings.series(tx, contact_id=None, state="active", after=None, most=PAGE),
    "waitlist": lambda tx, _: bookings.waitlist(tx, contact_id=None, state="waiting", after=None, most=PAGE),
    "services": lambda tx, _: services.listed(tx, services.Filter(), after=None, most=PAGE),
    "leads by score": lambda tx, _: leads.page(tx, leads.Wanted(), sort="score", after=None, limit=PAGE),
    "leads by last contact": lambda tx, _: leads.page(tx, leads.Wanted(), sort="latest", after=None, limit=PAGE),
    "lead": lambda tx, shop: leads.find(tx, ContactId(shop.contact_id)),
    "events of a lead": lambda tx, shop: leads.events(tx, ContactId(shop.contact_id), before=None, limit=PAGE),
    "pipeline": lambda tx, _: leads.columns(tx),
    "stays": lambda tx, _: stays.stays(tx, StayFilter(from_day=_today()), after=None, most=PAGE),
    "reports to write": lambda tx, _: reports.pending(tx),
    "training plans": lambda tx, _: training.plans_of(
        tx, contact_id=None, pet_id=None, state="assessing", after=None, most=PAGE
    ),
    "entries": lambda tx, _: entries.entries(tx, most=PAGE),
    "documents": lambda tx, _: documents.documents(tx, after=None, most=PAGE),
    "escalations": lambda tx, _: escalations.listed(tx, state="pending", after=None, most=PAGE),
    "tasks": lambda tx, _: tasks.page(tx, is_done=False, kind=None, conversation_id=None, before=None, limit=PAGE),
    "notifications": lambda tx, _: centre.page(
        tx,
        reader=None,
        is_archived=False,
        is_unread=None,
        level=None,
        before=None,
        limit=PAGE,
        locale="pt-BR",
        zone=known_shop(tx).zone,
    ),
    "incidents": lambda tx, _: incidents.page(tx, limit=PAGE),
    "dead letters": lambda tx, _: redriving.list_letters(tx, limit=PAGE),
    "audit": lambda tx, _: trail.page(tx, trail.Wanted(), zone=known_shop(tx).zone, before=None, limit=PAGE),
    "audit of a row": lambda tx, shop: trail.page(
        tx,
        trail.Wanted(table_name="contacts", row_id=shop.contact_id),
        zone=known_shop(tx).zone,
        before=None,
        limit=PAGE,
    ),
    "settings": lambda tx, _: settings.settings(tx),
    "numbers": lambda tx, _: accounts.accounts(tx),
    "owner numbers": lambda tx, _: owner_numbers.numbers(tx),
}


def _today() -> date:
    return datetime.now(UTC).date()
