"""The numbers of a shop as the panel shows them: whether each is well, and why not."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, LiteralString

from auzap.db.connection import Tx
from auzap.errors import Refusal
from auzap.ids import AccountId

type Status = Literal["connected", "degraded", "failing", "disconnected"]


@dataclass(frozen=True, slots=True)
class ListedAccount:
    id: AccountId
    channel: str
    # The number and its business account, as the provider calls them.
    external_id: str
    business_id: str
    phone: str | None
    display_name: str
    status: Status
    status_reason: str | None
    # As the provider told at the last check: GREEN, YELLOW or RED, and how many new conversations a day it may begin.
    quality: str | None
    limit: str | None
    # Whether what customers write is told to us.
    subscription: Literal["subscribed", "missing"] | None
    per_second: int
    sending_paused_until: datetime | None
    token_expires_at: datetime | None
    checked_at: datetime | None
    created_at: datetime


class UnknownAccount(Refusal):
    def __init__(self) -> None:
        super().__init__("There is no such number. Load the list again.")


LISTED: LiteralString = """
  SELECT id, channel, external_id, business_id, phone, display_name, status, status_reason,
    health ->> 'quality_rating' AS quality, health ->> 'whatsapp_business_manager_messaging_limit' AS limit,
    health ->> 'subscription' AS subscription, per_second, sending_paused_until, token_expires_at, checked_at, created_at
  FROM channel_accounts"""


def accounts(tx: Tx) -> list[ListedAccount]:
    """Those that were disconnected too, last."""
    return tx.rows(ListedAccount, LISTED + " ORDER BY status = 'disconnected', created_at, id").fetchall()


def account(tx: Tx, account_id: AccountId) -> ListedAccount:
    found = tx.rows(ListedAccount, LISTED + " WHERE id = %s", [account_id]).fetchone()
    if found is None:
        raise UnknownAccount
    return found
