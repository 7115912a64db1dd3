"""A customer as the shop knows them: who they are, what they have been to it, and what it keeps of them."""

import functools
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal, LiteralString

from psycopg import errors
from psycopg.types.json import Jsonb

from auzap.customers import custom_fields
from auzap.customers.pets import CustomValue, UnknownPet, months_between
from auzap.db.connection import Tx
from auzap.errors import Refusal
from auzap.ids import ContactId, PetId, UserId

type ClientType = Literal["new", "returning", "vip", "inactive"]
type Status = Literal["new", "active", "inactive", "blocked"]
type Source = Literal["whatsapp", "staff", "import", "website", "phone", "referral"]
type Field = Literal["name", "email", "birth_date", "address", "notes", "source", "is_vip", "locale"]

# What a visit, the money, the time and a cancellation count for a customer's loyalty.
PER_VISIT, CENTS_PER_POINT, PER_MONTH, PER_CANCELLATION = 10, 10_000, 5, 20
VACCINE_SOON_DAYS = 7
# Dates as JSON has them.
_dumps = functools.partial(json.dumps, default=str)
MOST_TAGS = 20
LONGEST_TAG = 40


@dataclass(frozen=True, slots=True)
class ContactProfile:
    id: ContactId
    name: str | None
    profile_name: str | None
    username: str | None
    phone: str | None
    email: str | None
    birth_date: date | None
    address: str | None
    source: Source
    locale: str
    tags: list[str]
    notes: str
    keeper_user_id: UserId | None
    agent_off: bool
    is_vip: bool | None
    custom: dict[str, CustomValue]
    is_blocked: bool
    has_opted_out: bool
    # What they have been to the shop so far.
    type: ClientType
    bookings_completed: int
    stays_finished: int
    spent_cents: int
    cancelled: int
    client_since: datetime
    last_visit: datetime | None
    # A pet of theirs is due for a vaccine within days.
    has_vaccine_due: bool

    @property
    def status(self) -> Status:
        if self.is_blocked:
            return "blocked"
        return self.type if self.type == "new" or self.type == "inactive" else "active"

    @property
    def visits(self) -> int:
        return self.bookings_completed + self.stays_finished

    @property
    def mean_ticket_cents(self) -> int | None:
        return round(self.spent_cents / self.visits) if self.visits else None

    def loyalty(self, today: date) -> int:
        """Points for visits, money and months; a cancellation takes some away, and nobody has less than none."""
        months = max(0, months_between(self.client_since.date(), today))
        earned = PER_VISIT * self.visits + self.spent_cents // CENTS_PER_POINT + PER_MONTH * months
        return max(0, earned - PER_CANCELLATION * self.cancelled)


@dataclass(frozen=True, slots=True)
class Statistics:
    """The customers of a shop in numbers."""

    contacts: int
    new: int
    returning: int
    vip: int
    inactive: int
    blocked: int
    agent_off: int
    opted_out: int
    with_pets: int
    pets: int


class UnknownContact(Refusal):
    def __init__(self) -> None:
        super().__init__("There is no such customer. Load the list again.")


class PhoneKnown(Refusal):
    def __init__(self, contact_id: ContactId) -> None:
        super().__init__("A customer with this telephone is there already. Open that one.")
        self.contact_id = contact_id
        self.details = {"contact_id": str(contact_id)}


class UnfitContact(Refusal):
    def __init__(self, fields: str) -> None:
        super().__init__(f"That does not fit what is kept as {fields}. Look at the value again.")


class UnfitTags(Refusal):
    def __init__(self) -> None:
        super().__init__(f"A customer has at most {MOST_TAGS} tags of at most {LONGEST_TAG} characters.")


class UnknownKeeper(Refusal):
    def __init__(self) -> None:
        super().__init__("This person is not of the shop's team. Choose somebody who is.")


def create(tx: Tx, *, phone: str, name: str | None, source: Source) -> ContactId:
    """Of somebody who has not written yet; their first message from this telephone finds them."""
    row = tx.execute(
        """
        INSERT INTO contacts (phone, name, source) VALUES (%s, %s, %s)
        ON CONFLICT (organization_id, phone) WHERE phone IS NOT NULL DO NOTHING RETURNING id
        """,
        [phone, name, source],
    ).fetchone()
    if row is None:
        known = tx.execute("SELECT id FROM contacts WHERE phone = %s", [phone]).fetchone()
        raise PhoneKnown(known[0]) if known else UnknownContact
    return ContactId(row[0])


def find(tx: Tx, contact_id: ContactId, *, today: date) -> ContactProfile:
    found = tx.rows(
        ContactProfile,
        """
        SELECT p.id, p.name, p.profile_name, p.username, p.phone, p.email, p.birth_date, p.address, p.source, p.locale, p.tags,
          p.notes, p.keeper_user_id, p.agent_off, p.is_vip, p.custom, p.blocked_at IS NOT NULL AS is_blocked,
          p.opted_out_at IS NOT NULL AS has_opted_out, standing.type, standing.bookings_completed, standing.stays_finished,
          standing.spent_cents, standing.cancelled, standing.client_since, standing.last_visit, EXISTS (
            SELECT FROM pets pet JOIN app.last_health_events() e ON e.pet_id = pet.id AND e.kind = 'vaccine'
            WHERE pet.contact_id = p.id AND pet.is_active
              AND e.due_on >= %(today)s AND e.due_on < %(today)s::date + %(soon)s) AS has_vaccine_due
        FROM contacts p JOIN app.standing_of(ARRAY[%(contact)s::uuid]) standing ON standing.contact_id = p.id
        WHERE p.id = %(contact)s
        """,
        {"contact": contact_id, "today": today, "soon": VACCINE_SOON_DAYS},
    ).fetchone()
    if found is None:
        raise UnknownContact
    return found


def expect(tx: Tx, contact_id: ContactId) -> None:
    """That there is such a customer, where nothing else asks for them."""
    if tx.execute("SELECT FROM contacts WHERE id = %s", [contact_id]).rowcount == 0:
        raise UnknownContact


def change(tx: Tx, contact_id: ContactId, changes: Mapping[Field, Any]) -> None:
    """What the shop writes down of a customer; None takes it away."""
    try:
        with tx.savepoint():
            changed = tx.execute(
                """
                UPDATE contacts p SET name = n.name, email = lower(n.email), birth_date = n.birth_date, address = n.address,
                  notes = n.notes, source = n.source, is_vip = n.is_vip, locale = n.locale
                FROM contacts old CROSS JOIN LATERAL jsonb_populate_record(old, %s) n WHERE old.id = p.id AND p.id = %s
                """,
                [Jsonb(dict(changes), dumps=_dumps), contact_id],
            ).rowcount
    except (errors.CheckViolation, errors.NotNullViolation, errors.DataError) as unfit:
        raise UnfitContact(", ".join(changes)) from unfit
    if changed == 0:
        raise UnknownContact


def introduce(tx: Tx, contact_id: ContactId, name: str) -> None:
    """The customer says what they are called."""
    change(tx, contact_id, {"name": name})


def tag(tx: Tx, contact_id: ContactId, tags: Sequence[str]) -> list[str]:
    """Also these."""
    wanted = _tags(tags)
    return _retag(
        tx,
        """
        UPDATE contacts SET tags = ARRAY(SELECT DISTINCT t FROM unnest(tags || %(tags)s::text[]) t ORDER BY t)
        WHERE id = %(contact)s RETURNING tags
        """,
        contact_id,
        wanted,
    )


def untag(tx: Tx, contact_id: ContactId, tags: Sequence[str]) -> list[str]:
    """No longer these."""
    return _retag(
        tx,
        """
        UPDATE contacts SET tags = ARRAY(SELECT t FROM unnest(tags) t WHERE t <> ALL (%(tags)s) ORDER BY t)
        WHERE id = %(contact)s RETURNING tags
        """,
        contact_id,
        _tags(tags),
    )


def keep(tx: Tx, contact_id: ContactId, user_id: UserId | None) -> None:
    """Who of the team looks after this customer; None: everybody."""
    try:
        with tx.savepoint():
            kept = tx.execute("UPDATE contacts SET keeper_user_id = %s WHERE id = %s", [user_id, contact_id]).rowcount
    except errors.ForeignKeyViolation as stranger:
        raise UnknownKeeper from stranger
    if kept == 0:
        raise UnknownContact


def fill_in(tx: Tx, contact_id: ContactId, values: Mapping[str, Any]) -> None:
    """The shop's own fields of a customer."""
    kept = custom_fields.checked(custom_fields.fields(tx, "contact"), values)
    statement = "UPDATE contacts SET custom = jsonb_strip_nulls(custom || %s) WHERE id = %s"
    if tx.execute(statement, [Jsonb(kept), contact_id]).rowcount == 0:
        raise UnknownContact


def fill_in_pet(tx: Tx, pet_id: PetId, values: Mapping[str, Any]) -> None:
    """The shop's own fields of a pet."""
    kept = custom_fields.checked(custom_fields.fields(tx, "pet"), values)
    statement = "UPDATE pets SET custom = jsonb_strip_nulls(custom || %s) WHERE id = %s"
    if tx.execute(statement, [Jsonb(kept), pet_id]).rowcount == 0:
        raise UnknownPet


def statistics(tx: Tx) -> Statistics:
    (found,) = tx.rows(
        Statistics,
        """
        SELECT count(*) AS contacts, count(*) FILTER (WHERE standing.type = 'new') AS new,
          count(*) FILTER (WHERE standing.type = 'returning') AS returning, count(*) FILTER (WHERE standing.type = 'vip') AS vip,
          count(*) FILTER (WHERE standing.type = 'inactive') AS inactive,
          count(*) FILTER (WHERE p.blocked_at IS NOT NULL) AS blocked, count(*) FILTER (WHERE p.agent_off) AS agent_off,
          count(*) FILTER (WHERE p.opted_out_at IS NOT NULL) AS opted_out,
          count(*) FILTER (WHERE owned.number > 0) AS with_pets, coalesce(sum(owned.number), 0)::bigint AS pets
        FROM contacts p CROSS JOIN LATERAL app.customer_standing(p.id) standing
        CROSS JOIN LATERAL (
          SELECT count(*) AS number FROM pets pet WHERE pet.contact_id = p.id AND pet.is_active) owned
        WHERE NOT app.is_owner(p.phone)
        """,
    ).fetchall()
    return found


def _tags(tags: Sequence[str]) -> list[str]:
    wanted = [" ".join(known.split()).lower() for known in tags]
    if not all(0 < len(known) <= LONGEST_TAG for known in wanted):
        raise UnfitTags
    return wanted


def _retag(tx: Tx, statement: LiteralString, contact_id: ContactId, tags: list[str]) -> list[str]:
    try:
        with tx.savepoint():
            row = tx.execute(statement, {"tags": tags, "contact": contact_id}).fetchone()
    except errors.CheckViolation as full:
        raise UnfitTags from full
    if row is None:
        raise UnknownContact
    return row[0]
