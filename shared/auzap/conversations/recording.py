"""A message is stored, in its conversation, once; the inbox shows it before the agent has thought."""

import functools
import time
from dataclasses import dataclass
from datetime import timedelta

from auzap.channels.whatsapp.inbound import InboundMessage
from auzap.conversations import recording_queries as queries
from auzap.db.connection import Database
from auzap.ids import AccountId, ConversationId, OrganizationId

ACCOUNT_KEPT_SECONDS = 60
# A message that was on its way for longer is a person's to answer: a booking for yesterday helps nobody.
TOO_LATE = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Account:
    organization_id: OrganizationId
    id: AccountId


@dataclass(frozen=True, slots=True)
class Recorded:
    """What to hint after the commit: the conversation, and in how many seconds the agent should look at it."""

    organization_id: OrganizationId
    conversation_id: ConversationId
    is_new: bool
    answer_in: float | None


class UnknownAccount(Exception):
    """No shop receives on this account (any more)."""


def record(database: Database, message: InboundMessage) -> Recorded:
    """Store a message of a customer, or what the shop wrote on its own phone."""
    account = find_account(database, message.account)
    with database.batch(account.organization_id, "system") as tx:
        if message.direction == "from_customer":
            stored = queries.store_known(tx, account.id, message, too_late=TOO_LATE)
        else:
            stored = queries.store_echo(tx, account.id, message)
    recorded = stored.fetchone()
    if recorded is None:
        with database.batch(account.organization_id, "system") as tx:
            queries.make_known(tx, account.id, message)
            if message.direction == "from_customer":
                stored = queries.store_known(tx, account.id, message, too_late=TOO_LATE)
            else:
                stored = queries.store_echo(tx, account.id, message)
            known = queries.find_stored(tx, account.id, message)
        recorded = stored.fetchone() or known.fetchone()
    if recorded is None:
        raise RuntimeError("a known customer's message found no conversation")
    return Recorded(account.organization_id, recorded.conversation_id, recorded.is_new, recorded.answer_in)


def find_account(database: Database, external_id: str) -> Account:
    """The shop that receives on an account. Only found ones are kept: a number may be connected at any moment."""
    return _find_account(database, external_id, int(time.monotonic() // ACCOUNT_KEPT_SECONDS))


@functools.lru_cache(maxsize=256)
def _find_account(database: Database, external_id: str, _period: int) -> Account:
    rows = database.lookup("SELECT * FROM app.find_channel_account('whatsapp', %s)", [external_id])
    if not rows:
        raise UnknownAccount
    return Account(*rows[0])
