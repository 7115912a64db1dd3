"""How often something may be asked for, counted where all sandboxes see it."""

import hashlib
import ipaddress
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import Depends
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from auzap import runtime
from auzap.aws.counters import Counters
from auzap.ids import OrganizationId
from auzap.metrics import count
from functions.serve_api.problems import Problem

ALL = "all"


@dataclass(frozen=True, slots=True)
class Limit:
    """So many in a window of so many seconds."""

    name: str
    most: int
    seconds: int


# Of one account from one address, and of one address; those that succeed are taken off again.
LOGIN = Limit("login", 5, 900)
LOGINS = Limit("logins", 20, 3_600)
REFRESHES = Limit("refreshes", 30, 60)
REGISTRATIONS = Limit("registrations", 3, 3_600)
# Mails to one account, and asked for by one address.
RESET = Limit("reset", 3, 3_600)
RESETS = Limit("resets", 10, 3_600)
# Links of mails that one address opens.
LINKS = Limit("links", 30, 3_600)
# Passwords that somebody signed in is asked for once more.
PROOFS = Limit("proofs", 10, 900)
OF_A_PERSON = Limit("person", 100, 60)
OF_A_SHOP = Limit("shop", 1_000, 60)


@dataclass(frozen=True, slots=True)
class Standing:
    """How much of a limit is used, and when it begins anew."""

    limit: Limit
    key: str
    used: int
    resets_in: int
    expires_at: int

    @property
    def headers(self) -> dict[str, str]:
        return {
            "x-ratelimit-limit": str(self.limit.most),
            "x-ratelimit-remaining": str(max(0, self.limit.most - self.used)),
            "x-ratelimit-reset": str(self.resets_in),
        }


class TooMany(Problem):
    def __init__(self, standing: Standing) -> None:
        wait = str(standing.resets_in)
        super().__init__(
            429, "too_many_requests", headers={"retry-after": wait, **standing.headers}, seconds=standing.resets_in
        )
        # Of the window: what is to be told once is told by this one.
        self.is_first = standing.used == standing.limit.most + 1
        count("TooMany", limit=standing.limit.name)


class Limits:
    """Without counters nothing is limited."""

    def __init__(self, counters: Counters | None) -> None:
        self._counters = counters

    def take(self, limit: Limit, *subject: str, now: datetime) -> Standing:
        """One of so many. Counted before it is done, so that many at once are not more."""
        (standing,) = self._take(limit.name, subject, {ALL: limit}, now)
        if standing.used > limit.most:
            raise TooMany(standing)
        return standing

    def give_back(self, *taken: Standing) -> None:
        """What was right does not count."""
        for standing in taken:
            self._add(standing.key, {ALL: -1}, standing.expires_at)

    def take_request(self, organization: OrganizationId, asker: str, *, now: datetime) -> Standing:
        """One request of a person or a program, which is one of their shop's: both are counted by one call."""
        both = {ALL: OF_A_SHOP, _hash(asker): OF_A_PERSON}
        standings = self._take("requests", (str(organization),), both, now)
        tighter = min(standings, key=lambda each: each.limit.most - each.used)
        if tighter.used > tighter.limit.most:
            raise TooMany(tighter)
        return tighter

    def _take(self, name: str, subject: tuple[str, ...], limits: dict[str, Limit], now: datetime) -> list[Standing]:
        seconds = next(iter(limits.values())).seconds
        at = int(now.timestamp())
        window, resets_in = at // seconds, seconds - at % seconds
        key = f"{name}#{_hash(*subject)}#{window}"
        used = self._add(key, dict.fromkeys(limits, 1), at + resets_in)
        return [Standing(limit, key, used[part], resets_in, at + resets_in) for part, limit in limits.items()]

    def _add(self, key: str, amounts: dict[str, int], expires_at: int) -> dict[str, int]:
        return self._counters.add(key, amounts, expires_at=expires_at) if self._counters else amounts


class RateHeaders:
    """Every answer to whoever was counted says how much is left, whatever else it says."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_counted(message: Message) -> None:
            standing: Standing | None = scope.get("state", {}).get("standing")
            if message["type"] == "http.response.start" and standing:
                MutableHeaders(scope=message).update(standing.headers)
            await send(message)

        await self._app(scope, receive, send_counted)


def network(address: str) -> str:
    """Whose address it is: of IPv6 one household has as many as it likes, which begin alike."""
    try:
        known = ipaddress.ip_address(address)
    except ValueError:
        return address
    return address if known.version == 4 else str(ipaddress.ip_network((address, 64), strict=False))


def limits() -> Limits:
    return Limits(runtime.counters())


def _hash(*subject: str) -> str:
    """Nobody's address stands in the table."""
    return hashlib.sha256("\0".join(subject).encode()).hexdigest()[:32]


HowOften = Annotated[Limits, Depends(limits)]
