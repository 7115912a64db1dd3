"""What changed with a number: an event of its history, and a word to the staff, once for each change."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from auzap.db.connection import Tx
from auzap.health.asking import Token, Told, judged
from auzap.ids import AccountId
from auzap.loose import string
from auzap.notifications.notices import Level, notify

# A token is renewed by a person, who needs days.
TOKEN_NEAR = timedelta(days=7)
# The limits of new conversations a day, from low to high.
LIMITS = ("TIER_50", "TIER_250", "TIER_1K", "TIER_2K", "TIER_10K", "TIER_100K", "TIER_UNLIMITED")
LEVELS: dict[tuple[str, str], Level] = {
    ("status", "connected"): "success",
    ("status", "degraded"): "warning",
    ("status", "failing"): "error",
    ("quality", "GREEN"): "success",
    ("quality", "YELLOW"): "warning",
    ("quality", "RED"): "error",
    ("subscription", "subscribed"): "success",
    ("subscription", "missing"): "error",
    ("token", "good"): "success",
    ("token", "expiring"): "warning",
    ("token", "expired"): "error",
    ("silence", "heard"): "success",
    ("silence", "silent"): "error",
}

type Kind = Literal["status", "quality", "limit", "subscription", "token", "silence"]


@dataclass(frozen=True, slots=True)
class Known:
    """The account as the check before has left it."""

    status: str
    status_reason: str | None
    health: dict[str, Any]
    is_paused: bool | None
    now: datetime


@dataclass(frozen=True, slots=True)
class Change:
    kind: Kind
    was: str | None
    is_now: str
    reason: str | None = None

    @property
    def level(self) -> Level:
        if self.kind == "limit":
            was, is_now = (LIMITS.index(limit) if limit in LIMITS else 0 for limit in (self.was, self.is_now))
            return "warning" if is_now < was else "info"
        return LEVELS.get((self.kind, self.is_now), "info")


def found(known: Known, told: Told) -> list[Change]:
    is_other = told.status != known.status and not is_try(known, told)
    changes = [Change("status", known.status, told.status, told.reason)] if is_other else []
    before, after = states(known.health), states(merged(known, told))
    # What is told for the first time is no change, unless it is bad news.
    return changes + [
        change
        for kind, is_now in after.items()
        if is_now and is_now != before[kind]
        if (change := Change(kind, before[kind] or None, is_now)).was or change.level in {"warning", "error"}
    ]


def is_try(known: Known, told: Told) -> bool:
    """Who stopped for what the provider does not see goes on for a try: failing still, until a check finds no new pause."""
    was_seen = judged(known.health)[0] == "failing" or known.health.get("token") == "expired"
    return known.status == "failing" and bool(known.is_paused) and not was_seen and told.status != "failing"


def states(health: dict[str, Any]) -> dict[Kind, str]:
    return {
        "quality": string(health.get("quality_rating")).replace("UNKNOWN", ""),
        "limit": string(health.get("whatsapp_business_manager_messaging_limit")),
        "subscription": string(health.get("subscription")),
        "token": string(health.get("token")),
    }


def merged(known: Known, told: Told) -> dict[str, Any]:
    """What is known by now: what was told this time, and for the rest what was told before."""
    health = known.health | told.number
    if told.is_subscribed is not None:
        health["subscription"] = "subscribed" if told.is_subscribed else "missing"
    if told.token is not None:
        health["token"] = token_state(told.token, known.now)
    return health


def token_state(token: Token, now: datetime) -> str:
    if not token.is_valid or (token.expires_at and token.expires_at <= now):
        return "expired"
    return "expiring" if token.expires_at and token.expires_at <= now + TOKEN_NEAR else "good"


def record(tx: Tx, account_id: AccountId, changes: Iterable[Change], *, once: str | None = None) -> None:
    """With what changed, under the account's lock. `once` keeps what comes and goes from being told each time."""
    for change in changes:
        tx.execute(
            """
            INSERT INTO channel_events (channel_account_id, kind, was, is_now, reason)
            VALUES (%(account)s, %(kind)s, %(was)s, %(is_now)s, %(reason)s)
            """,
            {
                "account": account_id,
                "kind": change.kind,
                "was": change.was,
                "is_now": change.is_now,
                "reason": change.reason,
            },
        )
        notify(
            tx,
            f"channel_{change.kind}",
            level=change.level,
            once=once,
            detail={
                "account": str(account_id),
                "was": change.was,
                "is_now": change.is_now,
                "reason": change.reason,
            },
        )
