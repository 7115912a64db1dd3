"""What is told of a person beside messages: whether they want news of the shop, and the name in the shop's address book."""

from datetime import UTC, datetime
from typing import Any

from auzap.channels.whatsapp.identities import IDENTITIES
from auzap.channels.whatsapp.inbound import LONGEST_NAME
from auzap.conversations import people_queries
from auzap.conversations.people_queries import identity_parameters
from auzap.conversations.recording import ACTOR, find_account
from auzap.db.connection import Database, Tx
from auzap.db.retrying import retried
from auzap.loose import mapping, string
from auzap.text import clean_json

MARKETING = "marketing_messages"
WANTED = {"stop": False, "resume": True}


def apply(database: Database, envelope: dict[str, Any]) -> str:
    """Keep what an envelope of kind `preference` or `card` says; in a word, what came of it."""
    account = find_account(database, envelope["account"])
    element, person = mapping(clean_json(envelope["element"])), mapping(clean_json(envelope["person"]))
    identities = {name: string(person[name]) for name in IDENTITIES if name in person}
    if envelope["kind"] == "card":
        if element.get("action") == "remove" or not person.get("name"):
            return "ignored"
        with database.batch(account.organization_id, ACTOR) as tx:
            _name(tx, identities, string(person["name"])[:LONGEST_NAME])
        return "named"
    wants = WANTED.get(string(element.get("value")))
    if wants is None or element.get("category") != MARKETING:
        return "ignored"

    def keep() -> None:
        with database.batch(account.organization_id, ACTOR) as tx:
            _keep_wish(tx, identities, wants=wants, at=_moment(element.get("timestamp"), envelope["received_at"]))

    retried(keep)
    return "opted_in" if wants else "opted_out"


def _name(tx: Tx, identities: dict[str, str], name: str) -> None:
    """A name that staff or the person gave is better than one in an address book."""
    tx.execute(
        """
        UPDATE contacts SET name = %(name)s WHERE name IS NULL
          AND id IN (SELECT id FROM app.named_contacts(%(kinds)s, %(shown)s, %(spellings)s, %(phone)s))
        """,
        identity_parameters(identities) | {"name": name},
    )


def _keep_wish(tx: Tx, identities: dict[str, str], *, wants: bool, at: datetime) -> None:
    """Of everybody whom the identities name; who wants nothing is remembered even before they have written."""
    if not wants:
        people_queries.lock_names(tx, identities)
        people_queries.make_contact(tx, identities)
    tx.execute(
        """
        INSERT INTO consents (contact_id, purpose, is_given, source, recorded_at)
        SELECT DISTINCT named.id, 'marketing', %(wants)s, 'channel', %(at)s::timestamptz
        FROM app.named_contacts(%(kinds)s, %(shown)s, %(spellings)s, %(phone)s) named
        -- A wish that is told again is the same wish.
        WHERE NOT EXISTS (
          SELECT FROM consents c WHERE c.contact_id = named.id AND c.purpose = 'marketing' AND c.recorded_at = %(at)s)
        """,
        identity_parameters(identities) | {"wants": wants, "at": at},
    )


def _moment(told: Any, received_at: int) -> datetime:
    try:
        return datetime.fromtimestamp(int(told), UTC)
    except (TypeError, ValueError, OverflowError):
        return datetime.fromtimestamp(received_at / 1000, UTC)
