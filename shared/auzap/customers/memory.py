"""What the agent remembers of a customer: typed facts with a source, a confidence and an end, which staff can see."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from auzap.customers.wording import among, is_kept, speaks_for_the_shop
from auzap.db.connection import Tx
from auzap.errors import Refusal
from auzap.ids import ContactId, PetId
from auzap.text import folded

type Key = Literal[
    "preferred_period",
    "preferred_weekday",
    "preferred_professional",
    "communication_style",
    "price_sensitivity",
    "heard_from",
    "other_fact",
]
type Source = Literal["said", "inferred", "observed", "history", "staff"]

# How sure one telling makes us, by who tells it.
CONFIDENCE: dict[Source, int] = {"staff": 95, "said": 80, "history": 70, "observed": 60, "inferred": 50}
SUREST = 99
# What each further telling of the same adds, as a part of what is missing.
SURER_BY = 4
# Somebody who has changed their mind once may do so again.
LESS_SURE_BY = 20
LEAST_SURE = 20

# A preference that nobody has repeated for so long is out of date; where somebody has heard of the shop does not change.
LASTS: dict[Key, timedelta | None] = {
    "preferred_period": timedelta(days=365),
    "preferred_weekday": timedelta(days=365),
    "preferred_professional": timedelta(days=365),
    "communication_style": timedelta(days=365),
    "price_sensitivity": timedelta(days=180),
    "heard_from": None,
    "other_fact": timedelta(days=180),
}
LONGEST = {"preferred_professional": 40, "heard_from": 60, "other_fact": 160}

# fmt: off
PERIODS = {
    "morning": ("manha", "de manha", "pela manha", "cedo", "morning"),
    "afternoon": ("tarde", "a tarde", "de tarde", "afternoon"),
    "any": ("qualquer", "tanto faz", "qualquer horario", "any"),
}
WEEKDAYS = {
    "monday": ("segunda", "segunda-feira", "segundas", "monday"), "tuesday": ("terca", "terca-feira", "tercas", "tuesday"),
    "wednesday": ("quarta", "quarta-feira", "quartas", "wednesday"), "thursday": ("quinta", "quinta-feira", "quintas", "thursday"),
    "friday": ("sexta", "sexta-feira", "sextas", "friday"), "saturday": ("sabado", "sabados", "saturday"),
    "sunday": ("domingo", "domingos", "sunday"),
}
STYLES = {
    "brief": ("brief", "short", "curto", "curta", "direto", "direta", "objetivo", "objetiva"),
    "detailed": ("detailed", "detalhado", "detalhada", "explicado"),
    "formal": ("formal",),
    "casual": ("casual", "informal", "descontraido", "descontraida"),
}
SENSITIVITIES = {
    "low": ("low", "baixa", "baixo"), "medium": ("medium", "media", "medio"), "high": ("high", "alta", "alto"),
}
# fmt: on

# Health is the pet's own record, where people of the shop look for it, and which is asked for before each visit.
OF_HEALTH = (
    "alerg",
    "remedio",
    "medica",
    "vacin",
    "doenca",
    "doente",
    "cirurgi",
    "convuls",
    "diabet",
    "vermif",
    "intoler",
)


class NotForMemory(Refusal):
    def __init__(self, why: str) -> None:
        super().__init__(f"That is not remembered: {why}")


@dataclass(frozen=True, slots=True)
class Memory:
    id: UUID
    key: str
    value: str
    pet_id: PetId | None
    pet_name: str | None
    confidence: int
    evidence: int
    source: Source
    learned_at: datetime
    expires_at: datetime | None


def _among(words: dict[str, tuple[str, ...]]) -> Callable[[str], str]:
    """One of a few values, however it is said."""

    def read(value: str) -> str:
        found = among(words, value)
        if found is None:
            raise NotForMemory(f"it is one of {', '.join(words)}. Write just that word.")
        return found

    return read


def _plain(key: Key) -> Callable[[str], str]:
    """A few plain words: letters alone, about the customer, and nothing that the shop or the pet's record must say."""

    def read(value: str) -> str:
        words = " ".join(value.split())
        if not is_kept(words, LONGEST[key]):
            raise NotForMemory(f"write at most {LONGEST[key]} letters of plain words, without figures and signs.")
        if any(part in folded(words) for part in OF_HEALTH):
            raise NotForMemory("health belongs to the pet. Use update_pet or report_health_alert.")
        if speaks_for_the_shop(words):
            raise NotForMemory(
                "prices, hours, appointments and rules are the shop's to say. Keep what the customer likes."
            )
        return words

    return read


VALUES: dict[Key, Callable[[str], str]] = {
    "preferred_period": _among(PERIODS),
    "preferred_weekday": _among(WEEKDAYS),
    "preferred_professional": _plain("preferred_professional"),
    "communication_style": _among(STYLES),
    "price_sensitivity": _among(SENSITIVITIES),
    "heard_from": _plain("heard_from"),
    "other_fact": _plain("other_fact"),
}


def remember(
    tx: Tx, contact_id: ContactId, *, key: Key, value: str, source: Source, pet_id: PetId | None = None, now: datetime
) -> Memory:
    """The same again makes it surer; another value takes its place, and is believed less.

    What a person of the shop wrote down gives way to their own word and the customer's, never to a guess.
    """
    wanted = VALUES[key](value)
    lasts = LASTS[key]
    parameters = {
        "contact": contact_id,
        "pet": pet_id,
        "key": key,
        "value": wanted,
        "source": source,
        "sure": CONFIDENCE[source],
        "less_sure": max(LEAST_SURE, CONFIDENCE[source] - LESS_SURE_BY),
        "surest": SUREST,
        "surer_by": SURER_BY,
        "is_guess": source in {"inferred", "observed", "history"},
        "now": now,
        "expires": None if lasts is None else now + lasts,
    }
    # What has run out is no evidence for or against anything.
    tx.execute(
        """
        UPDATE memories SET forgotten_at = %(now)s
        WHERE contact_id = %(contact)s AND key = %(key)s AND pet_id IS NOT DISTINCT FROM %(pet)s
          AND forgotten_at IS NULL AND expires_at <= %(now)s
        """,
        parameters,
    )
    tx.execute(
        """
        INSERT INTO memories AS known (contact_id, pet_id, key, value, confidence, source, learned_at, expires_at)
        VALUES (%(contact)s, %(pet)s, %(key)s, %(value)s, %(sure)s, %(source)s, %(now)s, %(expires)s)
        ON CONFLICT (organization_id, contact_id, pet_id, key) WHERE forgotten_at IS NULL DO UPDATE SET
          value = excluded.value,
          confidence = CASE WHEN lower(known.value) = lower(excluded.value)
            THEN least(%(surest)s, greatest(known.confidence, excluded.confidence)
              + ceil((100 - greatest(known.confidence, excluded.confidence)) / %(surer_by)s::numeric)::integer)
            ELSE %(less_sure)s END,
          evidence = CASE WHEN lower(known.value) = lower(excluded.value) THEN known.evidence + 1 ELSE 1 END,
          source = CASE WHEN lower(known.value) = lower(excluded.value) AND known.confidence > excluded.confidence
            THEN known.source ELSE excluded.source END,
          learned_at = excluded.learned_at, expires_at = excluded.expires_at
        WHERE lower(known.value) = lower(excluded.value) OR NOT (%(is_guess)s AND known.source IN ('said', 'staff'))
        """,
        parameters,
    )
    return next(known for known in remembered(tx, contact_id, now=now) if known.key == key and known.pet_id == pet_id)


def forget(tx: Tx, contact_id: ContactId, *, key: Key, pet_id: PetId | None = None, now: datetime) -> bool:
    """Whether there was something to forget."""
    return (
        tx.execute(
            """
            UPDATE memories SET forgotten_at = %(now)s
            WHERE contact_id = %(contact)s AND key = %(key)s AND pet_id IS NOT DISTINCT FROM %(pet)s AND forgotten_at IS NULL
              AND (expires_at IS NULL OR expires_at > %(now)s)
            """,
            {"contact": contact_id, "key": key, "pet": pet_id, "now": now},
        ).rowcount
        == 1
    )


def forget_one(tx: Tx, contact_id: ContactId, memory_id: UUID, *, now: datetime) -> bool:
    """Whether it was remembered."""
    forgotten = tx.execute(
        "UPDATE memories SET forgotten_at = %s WHERE id = %s AND contact_id = %s AND forgotten_at IS NULL",
        [now, memory_id, contact_id],
    )
    return forgotten.rowcount == 1


def remembered(tx: Tx, contact_id: ContactId, *, now: datetime) -> list[Memory]:
    """All that holds at this moment, for staff to see: the surest first."""
    return tx.rows(
        Memory,
        """
        SELECT m.id, m.key, m.value, m.pet_id, p.name AS pet_name, m.confidence, m.evidence, m.source, m.learned_at, m.expires_at
        FROM memories m LEFT JOIN pets p ON p.id = m.pet_id
        WHERE m.contact_id = %(contact)s AND m.forgotten_at IS NULL AND (m.expires_at IS NULL OR m.expires_at > %(now)s)
        ORDER BY m.confidence DESC, m.learned_at DESC, m.id
        """,
        {"contact": contact_id, "now": now},
    ).fetchall()
