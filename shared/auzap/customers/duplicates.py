"""Customers who are probably one person, and what speaks for it."""

from dataclasses import dataclass
from typing import Literal

from auzap.db.connection import Tx
from auzap.ids import ContactId

type Reason = Literal["phone", "email", "name_and_pet"]

MOST = 200


@dataclass(frozen=True, slots=True)
class Duplicate:
    """The older first: a merge keeps it."""

    contact_id: ContactId
    name: str | None
    other_id: ContactId
    other_name: str | None
    reason: Reason


def likely(tx: Tx, *, most: int = MOST) -> list[Duplicate]:
    """Each pair once, by the best of what speaks for it: one line in two spellings, one e-mail, one name and one pet."""
    return tx.rows(
        Duplicate,
        """
        WITH lines AS (
          -- A Brazilian mobile is one line with and without its ninth digit.
          SELECT DISTINCT told.contact_id, regexp_replace(told.digits, '^(55[0-9]{2})9([0-9]{8})$', '\\1\\2') AS line FROM (
            SELECT p.id AS contact_id, ltrim(p.phone, '+') AS digits FROM contacts p WHERE p.phone IS NOT NULL
            UNION ALL
            SELECT i.contact_id, i.value FROM contact_identities i WHERE i.kind = 'wa_id'
          ) told
        ), named AS (
          SELECT p.id, lower(public.unaccent(btrim(coalesce(p.name, p.profile_name)))) AS name FROM contacts p
          WHERE length(btrim(coalesce(p.name, p.profile_name, ''))) > 1
        ), owned AS (
          SELECT DISTINCT n.id, n.name, lower(public.unaccent(pet.name)) AS pet, pet.species FROM named n
          JOIN pets pet ON pet.contact_id = n.id AND pet.is_active
        ), pairs AS (
          SELECT a.contact_id AS one, b.contact_id AS other, 1 AS rank, 'phone' AS reason
          FROM lines a JOIN lines b ON b.line = a.line AND a.contact_id < b.contact_id
          UNION ALL
          SELECT a.id, b.id, 2, 'email' FROM contacts a JOIN contacts b ON b.email = a.email AND a.id < b.id
          UNION ALL
          SELECT a.id, b.id, 3, 'name_and_pet' FROM owned a
          JOIN owned b ON b.name = a.name AND b.pet = a.pet AND b.species = a.species AND a.id < b.id
        ), best AS (
          SELECT DISTINCT ON (one, other) one, other, rank, reason FROM pairs ORDER BY one, other, rank
        )
        SELECT p.id AS contact_id, coalesce(p.name, p.profile_name) AS name, o.id AS other_id,
          coalesce(o.name, o.profile_name) AS other_name, best.reason
        FROM best JOIN contacts p ON p.id = best.one JOIN contacts o ON o.id = best.other
        ORDER BY best.rank, p.id, o.id LIMIT %s
        """,
        [most],
    ).fetchall()
