"""A message is stored, in its conversation, once; the inbox shows it before the agent has thought."""

import functools
import time
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from psycopg import Cursor, errors

from auzap.channels.whatsapp.inbound import InboundMessage
from auzap.conversations import people, people_queries
from auzap.conversations import recording_queries as queries
from auzap.conversations.aside_queries import open_aside, store_aside
from auzap.conversations.phone_queries import store_echo
from auzap.conversations.recording_queries import Stored
from auzap.db.connection import Database, Tx
from auzap.db.retrying import retried
from auzap.ids import AccountId, ConversationId, OrganizationId

ACTOR = "system"
ACCOUNT_KEPT_SECONDS = 60
# A message that was on its way for longer is a person's to answer: a booking for yesterday helps nobody.
TOO_LATE = timedelta(hours=1)
# Two who introduce one person, or a merge that has just removed the contact: the next look finds what they left.
RACES = (errors.UniqueViolation, errors.ForeignKeyViolation)


@dataclass(frozen=True, slots=True)
class Account:
    organization_id: OrganizationId
    id: AccountId


@dataclass(frozen=True, slots=True)
class Recorded:
    """What to hint after the commit: the conversation, in how many seconds the agent should look at it, what to copy."""

    organization_id: OrganizationId
    conversation_id: ConversationId
    is_new: bool
    answer_in: float | None
    media_id: UUID | None = None
    # Something was held back until the customer would write.
    has_held: bool = False


class UnknownAccount(Exception):
    """No shop receives on this account (any more)."""


def record(database: Database, message: InboundMessage) -> Recorded:
    """Store a message of a customer, or what the shop wrote on its own phone."""
    account = find_account(database, message.account)
    # Who announces another number is looked at whole; of all others most are known.
    ways = (_of_anybody,) if message.becomes else (_of_a_known, _of_a_stranger, _of_anybody)
    for way in ways:
        stored = retried(functools.partial(way, database, account, message), also=RACES)
        if stored is not None:
            return Recorded(
                account.organization_id,
                stored.conversation_id,
                stored.is_new,
                stored.answer_in,
                stored.media_id,
                stored.has_held,
            )
    raise RuntimeError("a known customer's message found no conversation")


def _of_a_known(database: Database, account: Account, message: InboundMessage) -> Stored | None:
    """One round trip; none where the contact, one of its identities or its conversation is still to be made."""
    if message.sender == "customer" and not message.imported:
        parameters = queries.record_parameters(
            account.organization_id, account.id, message, actor=ACTOR, too_late=TOO_LATE
        )
        return database.call(Stored, queries.RECORD, parameters)
    with database.batch(account.organization_id, ACTOR) as tx:
        stored = _store(tx, account, message)
    return stored.fetchone()


def _of_a_stranger(database: Database, account: Account, message: InboundMessage) -> Stored | None:
    """One more; none where the message's identities are of several contacts."""
    with database.batch(account.organization_id, ACTOR) as tx:
        people.introduce(tx, message)
        stored = _open_and_store(tx, account, message)
        known = queries.find_stored(tx, account.id, message)
    return stored.fetchone() or known.fetchone()


def _of_anybody(database: Database, account: Account, message: InboundMessage) -> Stored | None:
    """As many as it takes to find out who this is."""
    with database.transaction(account.organization_id, ACTOR) as tx:
        known = queries.find_stored(tx, account.id, message).fetchone()
        if known is not None:
            return known
        named = people.rename(tx, message) if message.becomes else people.settle(tx, message)
        stored = _open_and_store(tx, account, named)
        return stored.fetchone() or queries.find_stored(tx, account.id, message).fetchone()


def _open_and_store(tx: Tx, account: Account, message: InboundMessage) -> Cursor[Stored]:
    if _is_aside(message):
        open_aside(tx, account.id, message)
    else:
        queries.open_conversation(tx, account.id, message)
    stored = _store(tx, account, message)
    people_queries.give_phone(tx, message.identities)
    return stored


def _store(tx: Tx, account: Account, message: InboundMessage) -> Cursor[Stored]:
    if _is_aside(message):
        return store_aside(tx, account.id, message)
    if message.direction == "from_shop":
        return store_echo(tx, account.id, message)
    return queries.record_known(tx, account.id, message, actor=ACTOR, too_late=TOO_LATE)


def _is_aside(message: InboundMessage) -> bool:
    return message.imported or message.sender == "system"


def find_account(database: Database, external_id: str) -> Account:
    """The shop that receives on an account. Only found ones are kept: a number may be connected at any moment."""
    return _find_account(database, external_id, int(time.monotonic() // ACCOUNT_KEPT_SECONDS))


@functools.lru_cache(maxsize=256)
def _find_account(database: Database, external_id: str, _period: int) -> Account:
    rows = database.lookup("SELECT * FROM app.find_channel_account('whatsapp', %s)", [external_id])
    if not rows:
        raise UnknownAccount
    return Account(*rows[0])
