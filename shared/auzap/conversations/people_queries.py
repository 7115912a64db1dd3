"""SQL of who somebody is: contacts, and the identities by which they are known."""

from dataclasses import dataclass
from typing import Any

from auzap import phone
from auzap.db.connection import Tx
from auzap.ids import ContactId, new_id

type Identities = dict[str, str]

BY_BSUID = 1


@dataclass(frozen=True, slots=True)
class Named:
    """A contact that a message's identities name, and how well the best of them proves it."""

    id: ContactId
    rank: int
    has_bsuid: bool
    has_wa_id: bool

    @property
    def is_complete(self) -> bool:
        return self.has_bsuid and self.has_wa_id


def lock_names(tx: Tx, *shown: Identities) -> None:
    """Two messages of one person must not make two contacts, whichever identity each of them shows."""
    values = {value for identities in shown for value in identities.values()}
    values |= {spelling for each in shown if "wa_id" in each for spelling in phone.spellings(each["wa_id"])}
    # Always in one order, and so never in each other's way.
    for value in sorted(values):
        tx.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s || %s, 0))", [str(tx.organization_id), value])


def named(tx: Tx, identities: Identities) -> list[Named]:
    """Each contact once, the best proven first."""
    return tx.rows(
        Named,
        """
        SELECT named.id, min(named.rank) AS rank,
          EXISTS (SELECT FROM contact_identities i WHERE i.contact_id = named.id AND i.kind = 'bsuid') AS has_bsuid,
          EXISTS (SELECT FROM contact_identities i WHERE i.contact_id = named.id AND i.kind = 'wa_id') AS has_wa_id
        FROM app.named_contacts(%(kinds)s, %(shown)s, %(spellings)s, %(phone)s) named
        GROUP BY named.id ORDER BY min(named.rank), named.id
        """,
        identity_parameters(identities),
    ).fetchall()


def make_contact(
    tx: Tx,
    identities: Identities,
    *,
    profile_name: str | None = None,
    username: str | None = None,
    unless_stored: tuple[str, str] | None = None,
) -> None:
    """Of somebody whom nothing names. `unless_stored`, account and message: who wrote it may have another number since."""
    account, provider_id = unless_stored or (None, None)
    parameters = identity_parameters(identities) | {
        "contact": new_id(),
        "profile_name": profile_name,
        "username": username,
        "account": account,
        "provider_id": provider_id,
    }
    tx.execute(
        """
        INSERT INTO contacts (id, profile_name, username, phone)
        SELECT %(contact)s, %(profile_name)s, %(username)s, %(phone)s
        WHERE NOT EXISTS (SELECT FROM app.named_contacts(%(kinds)s, %(shown)s, %(spellings)s, %(phone)s))
          AND NOT EXISTS (
            SELECT FROM message_keys k JOIN channel_accounts a ON a.id = k.channel_account_id
            WHERE a.external_id = %(account)s AND k.provider_id = %(provider_id)s)
        """,
        parameters,
    )
    tx.execute(
        """
        INSERT INTO contact_identities (channel, kind, value, contact_id)
        SELECT 'whatsapp', given.kind, given.value, one.id
        FROM unnest(%(kinds)s::text[], %(shown)s::text[]) AS given (kind, value), (
          SELECT (array_agg(known.id))[1] AS id FROM (
            SELECT named.id FROM app.named_contacts(%(kinds)s, %(shown)s, %(spellings)s, %(phone)s) named
            UNION SELECT p.id FROM contacts p WHERE p.id = %(contact)s
          ) known HAVING count(*) = 1
        ) one
        ON CONFLICT DO NOTHING
        """,
        parameters,
    )


def give_phone(tx: Tx, identities: Identities) -> None:
    """To a contact who hid the number until now. After the conversation's lock: everybody takes the two in that order."""
    if "wa_id" in identities:
        tx.execute(
            """
            UPDATE contacts p SET phone = %(phone)s FROM contact_identities i
            WHERE i.channel = 'whatsapp' AND i.kind = 'wa_id' AND i.value = ANY (%(shown)s) AND p.id = i.contact_id
              AND p.phone IS NULL AND NOT EXISTS (SELECT FROM contacts other WHERE other.phone = %(phone)s)
            """,
            identity_parameters(identities),
        )


def take_over(tx: Tx, contact_id: ContactId, identities: Identities) -> None:
    """These identities are this contact's from now on, whosever they were."""
    parameters = identity_parameters(identities) | {"contact": contact_id}
    tx.execute(
        """
        INSERT INTO contact_identities (channel, kind, value, contact_id)
        SELECT 'whatsapp', given.kind, given.value, %(contact)s
        FROM unnest(%(kinds)s::text[], %(shown)s::text[]) AS given (kind, value)
        ON CONFLICT (organization_id, channel, kind, value) DO UPDATE SET contact_id = excluded.contact_id
        """,
        parameters,
    )
    if "wa_id" in identities:
        tx.execute(
            """
            UPDATE contact_identities SET contact_id = %(contact)s
            WHERE channel = 'whatsapp' AND kind = 'wa_id' AND value = ANY (%(spellings)s) AND contact_id <> %(contact)s
            """,
            parameters,
        )
        tx.execute("UPDATE contacts SET phone = NULL WHERE phone = %(phone)s AND id <> %(contact)s", parameters)
        tx.execute(
            "UPDATE contacts SET phone = %(phone)s WHERE id = %(contact)s AND phone IS DISTINCT FROM coalesce(%(phone)s, phone)",
            parameters,
        )


def reply_from_now_on(tx: Tx, contact_id: ContactId, were: Identities, become: Identities) -> None:
    """What waits to be said goes to where the person is now."""
    tx.execute(
        """
        UPDATE conversations SET reply_to = %(now)s
        WHERE contact_id = %(contact)s AND state <> 'closed' AND reply_to = ANY (%(were)s)
        """,
        {"now": next(iter(become.values())), "contact": contact_id, "were": list(were.values())},
    )


def give_up_number(tx: Tx, contact_id: ContactId, were: Identities, become: Identities) -> None:
    """Whoever gets the old number from the telephone company must not get this person's conversations with it."""
    tx.execute(
        """
        DELETE FROM contact_identities
        WHERE channel = 'whatsapp' AND kind = 'wa_id' AND contact_id = %(contact)s
          AND value = ANY (%(were)s) AND value <> ALL (%(become)s)
        """,
        {
            "contact": contact_id,
            "were": phone.spellings(were.get("wa_id", "")),
            "become": phone.spellings(become["wa_id"]),
        },
    )


def identity_parameters(identities: dict[str, str]) -> dict[str, Any]:
    wa_id = identities.get("wa_id")
    return {
        "kinds": list(identities),
        "shown": list(identities.values()),
        "spellings": phone.spellings(wa_id) if wa_id else [],
        "phone": phone.e164(wa_id) if wa_id else None,
    }
