"""Customers, their pets and what somebody should look at, as the panel lists them."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal, LiteralString
from uuid import UUID

from auzap.customers.health import SEVERITIES, Severity
from auzap.customers.pets import Species
from auzap.customers.profiles import ClientType, Source
from auzap.db.connection import Tx
from auzap.ids import ContactId, ConversationId, HealthAlertId, MediaId, PetId, UserId

type Sort = Literal["newest", "name"]


@dataclass(frozen=True, slots=True)
class ListedContact:
    id: ContactId
    name: str | None
    profile_name: str | None
    # What it is sorted by: the name, as far as it is known.
    shown_name: str
    phone: str | None
    email: str | None
    source: Source
    tags: list[str]
    keeper_user_id: UserId | None
    type: ClientType
    agent_off: bool
    is_blocked: bool
    has_opted_out: bool
    pet_names: list[str]
    spent_cents: int
    last_visit: datetime | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class ContactFilter:
    # Of a name, a phone or an e-mail address.
    words: str = ""
    tag: str | None = None
    type: ClientType | None = None
    keeper_user_id: UserId | None = None
    is_blocked: bool | None = None
    agent_off: bool | None = None


@dataclass(frozen=True, slots=True)
class Tag:
    tag: str
    contacts: int


@dataclass(frozen=True, slots=True)
class ListedPet:
    id: PetId
    contact_id: ContactId
    tutor: str | None
    name: str
    species: Species
    breed: str | None
    size: str | None
    coat: str | None
    birth_date: date | None
    is_active: bool
    died_on: date | None
    # The photo that stands for it.
    photo_id: MediaId | None


@dataclass(frozen=True, slots=True)
class PetFilter:
    words: str = ""
    contact_id: ContactId | None = None
    species: Species | None = None
    is_active: bool | None = None


@dataclass(frozen=True, slots=True)
class ListedAlert:
    id: HealthAlertId
    pet_id: PetId
    pet_name: str
    contact_id: ContactId
    kind: str
    severity: Severity
    description: str
    conversation_id: ConversationId | None
    state: Literal["open", "resolved"]
    raised_by: str
    raised_at: datetime
    resolved_by: str | None
    resolved_at: datetime | None
    # How far from the worst, which comes first.
    rank: int


@dataclass(frozen=True, slots=True)
class ListedOverdue:
    pet_id: PetId
    pet_name: str
    contact_id: ContactId
    kind: str
    name: str | None
    due_on: date | None
    # None: it was never done.
    days_late: int | None
    severity: Severity
    rank: int


# What a customer has been to the shop is reckoned for the page alone, except where that is asked for.
CONTACTS: LiteralString = """
  WITH chosen AS (
    SELECT p.id, left(coalesce(nullif(p.name, ''), nullif(p.profile_name, ''), ''), 100) AS shown_name FROM contacts p
    WHERE (%(words)s = '' OR strpos(lower(unaccent(concat_ws(' ', p.name, p.profile_name, p.username, p.email))),
          lower(unaccent(%(words)s))) > 0 OR %(digits)s <> '' AND strpos(p.phone, %(digits)s) > 0)
      AND (%(tag)s::text IS NULL OR %(tag)s = ANY (p.tags))
      AND (%(keeper)s::uuid IS NULL OR p.keeper_user_id = %(keeper)s)
      AND (%(blocked)s::boolean IS NULL OR (p.blocked_at IS NOT NULL) = %(blocked)s)
      AND (%(agent_off)s::boolean IS NULL OR p.agent_off = %(agent_off)s)
      AND (%(type)s::text IS NULL OR (SELECT s.type FROM app.customer_standing(p.id) s) = %(type)s)
      AND p.id <> ALL ((SELECT app.owner_contacts())::uuid[])
"""
CHOSEN: LiteralString = """
  )
  SELECT p.id, p.name, p.profile_name, chosen.shown_name, p.phone, p.email, p.source, p.tags, p.keeper_user_id, standing.type,
    p.agent_off, p.blocked_at IS NOT NULL AS is_blocked, p.opted_out_at IS NOT NULL AS has_opted_out,
    ARRAY(SELECT pet.name FROM pets pet WHERE pet.contact_id = p.id AND pet.is_active ORDER BY pet.name) AS pet_names,
    standing.spent_cents, standing.last_visit, p.created_at
  FROM chosen JOIN contacts p ON p.id = chosen.id
  JOIN app.standing_of(ARRAY(SELECT id FROM chosen)) standing ON standing.contact_id = p.id
"""


def contacts(
    tx: Tx, wanted: ContactFilter, *, sort: Sort, after: tuple[Any, ...] | None, most: int
) -> list[ListedContact]:
    """A page of them: the newest first, or by their names. The owners' own numbers are no customers."""
    given = {
        "words": wanted.words,
        "digits": _digits(wanted.words),
        "tag": wanted.tag,
        "keeper": wanted.keeper_user_id,
        "blocked": wanted.is_blocked,
        "agent_off": wanted.agent_off,
        "type": wanted.type,
        "most": most,
    }
    if sort == "newest":
        (last_id,) = after or (None,)
        return tx.rows(
            ListedContact,
            CONTACTS
            + " AND (%(id)s::uuid IS NULL OR p.id < %(id)s) ORDER BY p.id DESC LIMIT %(most)s"
            + CHOSEN
            + " ORDER BY p.id DESC",
            {**given, "id": last_id},
        ).fetchall()
    last_name, last_id = after or (None, None)
    return tx.rows(
        ListedContact,
        CONTACTS
        + """
        AND (%(id)s::uuid IS NULL
          OR (lower(left(coalesce(nullif(p.name, ''), nullif(p.profile_name, ''), ''), 100)), p.id)
            > (lower(%(name)s::text), %(id)s::uuid))
        ORDER BY lower(left(coalesce(nullif(p.name, ''), nullif(p.profile_name, ''), ''), 100)), p.id LIMIT %(most)s
        """
        + CHOSEN
        + " ORDER BY lower(chosen.shown_name), p.id",
        {**given, "id": last_id, "name": last_name},
    ).fetchall()


def tags(tx: Tx) -> list[Tag]:
    """Those in use, with how many customers have them."""
    return tx.rows(
        Tag,
        """
        SELECT used.tag, count(*)::int AS contacts FROM (SELECT unnest(tags) AS tag FROM contacts WHERE tags <> '{}') used
        GROUP BY used.tag ORDER BY used.tag LIMIT 500
        """,
    ).fetchall()


def pets(tx: Tx, wanted: PetFilter, *, after: tuple[str, UUID] | None, most: int) -> list[ListedPet]:
    """By their names."""
    last_name, last_id = after or (None, None)
    return tx.rows(
        ListedPet,
        """
        SELECT p.id, p.contact_id, coalesce(c.name, c.profile_name) AS tutor, p.name, p.species, p.breed, p.size, p.coat,
          p.birth_date, p.is_active, p.died_on,
          (SELECT f.media_id FROM pet_photos f WHERE f.pet_id = p.id AND f.is_main) AS photo_id
        FROM pets p JOIN contacts c ON c.id = p.contact_id
        WHERE (%(contact)s::uuid IS NULL OR p.contact_id = %(contact)s)
          AND (%(species)s::text IS NULL OR p.species = %(species)s)
          AND (%(active)s::boolean IS NULL OR p.is_active = %(active)s)
          AND (%(words)s = '' OR strpos(lower(unaccent(concat_ws(' ', p.name, p.nickname, p.breed, c.name, c.profile_name))),
            lower(unaccent(%(words)s))) > 0)
          AND (%(id)s::uuid IS NULL OR (lower(p.name), p.id) > (lower(%(name)s), %(id)s::uuid))
        ORDER BY lower(p.name), p.id LIMIT %(most)s
        """,
        {
            "contact": wanted.contact_id,
            "species": wanted.species,
            "active": wanted.is_active,
            "words": wanted.words,
            "name": last_name,
            "id": last_id,
            "most": most,
        },
    ).fetchall()


def alerts(
    tx: Tx,
    *,
    state: Literal["open", "resolved"],
    pet_id: PetId | None,
    after: tuple[int, datetime, UUID] | None,
    most: int,
) -> list[ListedAlert]:
    """The worst and then the oldest first."""
    last_rank, last_at, last_id = after or (None, None, None)
    return tx.rows(
        ListedAlert,
        """
        WITH listed AS MATERIALIZED (
          SELECT a.* FROM health_alerts a
          WHERE a.state = %(state)s AND (%(pet)s::uuid IS NULL OR a.pet_id = %(pet)s)
            AND (%(id)s::uuid IS NULL OR (a.rank, a.raised_at, a.id) > (%(rank)s::int, %(at)s::timestamptz, %(id)s::uuid))
          ORDER BY a.rank, a.raised_at, a.id LIMIT %(most)s
        )
        SELECT a.id, a.pet_id, p.name AS pet_name, p.contact_id, a.kind, a.severity, a.description, a.conversation_id, a.state,
          a.raised_by, a.raised_at, a.resolved_by, a.resolved_at, a.rank
        FROM listed a JOIN pets p ON p.id = a.pet_id
        ORDER BY a.rank, a.raised_at, a.id
        """,
        {
            "state": state,
            "pet": pet_id,
            "rank": last_rank,
            "at": last_at,
            "id": last_id,
            "most": most,
        },
    ).fetchall()


def overdue(tx: Tx, today: date, *, after: tuple[int, int, UUID, str] | None, most: int) -> list[ListedOverdue]:
    """Every living pet that is late with something, the worst and then the latest first; what was never done comes last."""
    last_rank, last_late, last_pet, last_kind = after or (None, None, None, None)
    return tx.rows(
        ListedOverdue,
        """
        WITH rule AS (
          SELECT r.*, array_position(%(severities)s, r.severity) AS rank FROM app.overdue_rules() r
        ), late AS MATERIALIZED (
          -- Of each rule as many as fill the page, in the order of an index.
          (
            SELECT found.pet_id, rule.alert AS kind, found.name, found.due_on, rule.severity, rule.rank,
              found.due_on - %(today)s::date AS place
            FROM rule CROSS JOIN LATERAL (
              SELECT e.pet_id, e.name, e.due_on FROM health_events e JOIN pets p ON p.id = e.pet_id AND p.is_active
              WHERE e.is_last AND e.kind = rule.kind
                AND e.due_on < %(today)s::date - rule.more_than AND e.due_on >= %(today)s::date - coalesce(rule.up_to, 100000)
                -- Of several vaccines the one that has been due for longest.
                AND NOT EXISTS (
                  SELECT FROM health_events o
                  WHERE o.pet_id = e.pet_id AND o.kind = e.kind AND o.is_last AND (o.due_on, o.id) < (e.due_on, e.id))
                AND (%(pet)s::uuid IS NULL OR (rule.rank, e.due_on - %(today)s::date, e.pet_id, rule.alert)
                  > (%(rank)s::int, %(late)s::int, %(pet)s::uuid, %(kind)s::text))
              ORDER BY e.due_on, e.pet_id LIMIT %(most)s) found
          ) UNION ALL (
            SELECT found.id, rule.alert, NULL, NULL, rule.severity, rule.rank, 0
            FROM rule CROSS JOIN LATERAL (
              SELECT p.id FROM pets p
              WHERE p.is_active AND NOT EXISTS (SELECT FROM health_events e WHERE e.pet_id = p.id AND e.kind = rule.kind)
                AND (%(pet)s::uuid IS NULL OR (rule.rank, 0, p.id, rule.alert)
                  > (%(rank)s::int, %(late)s::int, %(pet)s::uuid, %(kind)s::text))
              ORDER BY p.id LIMIT %(most)s) found
            WHERE rule.more_than IS NULL
          )
          ORDER BY rank, place, pet_id, kind LIMIT %(most)s
        )
        SELECT late.pet_id, p.name AS pet_name, p.contact_id, late.kind, late.name, late.due_on,
          -nullif(late.place, 0) AS days_late, late.severity, late.rank
        FROM late JOIN pets p ON p.id = late.pet_id
        ORDER BY late.rank, late.place, late.pet_id, late.kind
        """,
        {
            "severities": list(reversed(SEVERITIES)),
            "today": today,
            "rank": last_rank,
            "late": last_late,
            "pet": last_pet,
            "kind": last_kind,
            "most": most,
        },
    ).fetchall()


def _digits(words: str) -> str:
    """Of something that may be a part of a number, however it is written; of anything else none."""
    digits = "".join(c for c in words if c.isascii() and c.isdigit())
    return digits if digits and all(c.isdigit() or c in "+-() ." for c in words) else ""
