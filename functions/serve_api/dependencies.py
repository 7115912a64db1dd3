"""What routes are given: who asks, their transaction, a page of a list, and the promise that a POST is done once."""

import hashlib
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import Depends, Header, Request
from psycopg.types.json import Jsonb
from pydantic import BaseModel

from auzap import runtime
from auzap.aws.client import AwsError
from auzap.db.connection import Database, Tx
from auzap.identity import requests, tokens
from auzap.identity.api_keys import PREFIX
from auzap.identity.origin import Origin
from auzap.identity.requests import Asker
from auzap.identity.tokens import BadToken, Keys
from auzap.identity.vault import Vault
from functions.serve_api import access
from functions.serve_api.edge import From
from functions.serve_api.limits import HowOften, Limits
from functions.serve_api.problems import Problem

READING = frozenset({"GET", "HEAD"})


def database() -> Database:
    return runtime.database()


def keys() -> Keys:
    return tokens.keys_from(runtime.secret(runtime.settings().identity_secret))


def now() -> datetime:
    return datetime.now(UTC)


House = Annotated[Database, Depends(database)]
SigningKeys = Annotated[Keys, Depends(keys)]
Now = Annotated[datetime, Depends(now)]


@dataclass(frozen=True, slots=True)
class Begun:
    """A request's transaction, and whose it is."""

    tx: Tx
    asker: Asker
    _later: list[Callable[[], None]] = field(default_factory=list[Callable[[], None]])

    def later(self, hint: Callable[[], None]) -> None:
        """Said once the transaction stands. A hint that is lost is renewed by the sweep, and no reason to fail."""
        self._later.append(hint)


@dataclass(frozen=True, slots=True)
class Door:
    """Lets a request in, by the token or the key that it shows."""

    request: Request
    at: datetime
    house: Database
    signing: Keys
    limits: Limits
    origin: Origin

    @contextmanager
    def opened(self, authorization: str) -> Generator[tuple[Tx, Asker]]:
        """Counted before anything else, and judged before the route runs."""
        kind, _, shown = authorization.partition(" ")
        if kind.lower() != "bearer" or not shown:
            raise _unauthorized()
        entered = self._by_key(shown) if shown.startswith(PREFIX) else self._by_token(shown)
        with entered as (tx, asker):
            _let_in(self.request, asker)
            yield tx, asker

    @contextmanager
    def _by_key(self, shown: str) -> Generator[tuple[Tx, Asker]]:
        shop = requests.shop_of_key(self.house, shown)
        self.request.state.standing = self.limits.take_request(shop, shown, now=self.at)
        with requests.of_key(self.house, shown, self.origin.address) as opened:
            yield opened

    @contextmanager
    def _by_token(self, shown: str) -> Generator[tuple[Tx, Asker]]:
        try:
            bearer = tokens.bearer_of(self.signing, shown, now=self.at)
        except BadToken:
            raise _unauthorized() from None
        person = str(bearer.user_id)
        self.request.state.standing = self.limits.take_request(bearer.organization_id, person, now=self.at)
        with requests.of_session(self.house, bearer.session_id, self.origin.address) as opened:
            yield opened


def door(request: Request, at: Now, house: House, signing: SigningKeys, limits: HowOften, origin: From) -> Door:
    return Door(request, at, house, signing, limits, origin)


Doors = Annotated[Door, Depends(door)]
Authorization = Annotated[str, Header(include_in_schema=False)]


def begun(request: Request, door: Doors, authorization: Authorization = "") -> Generator[Begun]:
    """Opened before the route runs, committed before the answer leaves."""
    with door.opened(authorization) as (tx, asker):
        begun = Begun(tx, asker)
        yield begun
    for hint in begun._later:
        with suppress(AwsError):
            hint()
    if request.method not in READING:
        # Whether anything changed only the database knows, and to ask it costs as much as to hint in vain.
        runtime.hint_changes(asker.organization_id)


def known(door: Doors, authorization: Authorization = "") -> Asker:
    """Who asks, where the route opens no transaction of the shop, or asks a provider before it does."""
    with door.opened(authorization) as (_, asker):
        return asker


@dataclass(frozen=True, slots=True)
class Apart:
    """Who asks, with no transaction open while a provider is asked; each that is opened judges them again."""

    asker: Asker
    _door: Door
    _shown: str

    @property
    def house(self) -> Database:
        return self._door.house

    @contextmanager
    def transaction(self) -> Generator[Tx]:
        house, address = self.house, self._door.origin.address
        if self.asker.session_id is None:
            opened = requests.of_key(house, self._shown, address)
        else:
            opened = requests.of_session(house, self.asker.session_id, address)
        with opened as (tx, _):
            yield tx
        if self._door.request.method not in READING:
            runtime.hint_changes(self.asker.organization_id)


def apart(door: Doors, authorization: Authorization = "") -> Apart:
    return Apart(known(door, authorization), door, authorization.partition(" ")[2])


def _unauthorized() -> Problem:
    return Problem(401, "unauthorized", headers={"www-authenticate": "Bearer"})


def _let_in(request: Request, asker: Asker) -> None:
    path = request.scope["route"].path
    needed = access.least(request.method, path)
    if asker.role == "key":
        wanted = access.scope(request.method, path)
        if access.is_for_people(path) or wanted not in asker.scopes:
            raise Problem(403, "scope_missing", scope=wanted)
        return
    if access.RANKS[asker.role] < access.NEEDS.get(needed, 0):
        raise Problem(403, "forbidden")
    if asker.needs_second_factor and not access.is_without_second_factor(request.method, path):
        raise Problem(403, "second_factor_required")
    # Who looks into a shop to help decides nothing about who else may.
    if asker.is_support and request.method not in READING and access.is_about_access(path):
        raise Problem(403, "not_for_support")


# By default the commit would run after the answer has left.
Request_ = Annotated[Begun, Depends(begun, scope="function")]
Known = Annotated[Asker, Depends(known, scope="function")]
Asking = Annotated[Apart, Depends(apart, scope="function")]


def safe() -> Vault:
    return Vault(runtime.aws("kms"), runtime.settings().credentials_key)


Safe = Annotated[Vault, Depends(safe)]


@dataclass(frozen=True, slots=True)
class Once:
    """A POST that is sent again is answered again, and not done again: the key is a row of its own transaction."""

    begun: Begun
    scope: str
    key: str
    fingerprint: bytes

    def answer[Shown: BaseModel](
        self, kind: type[Shown], work: Callable[[], Any], *, but: frozenset[str] = frozenset()
    ) -> Shown:
        """What the work made, in an answer of this kind; or the same answer as before, but for what is never kept."""
        tx = self.begun.tx
        mark = {"scope": self.scope, "key": self.key, "fingerprint": self.fingerprint}
        made = tx.execute(
            """
            INSERT INTO idempotency_keys (scope, key, fingerprint) VALUES (%(scope)s, %(key)s, %(fingerprint)s)
            ON CONFLICT DO NOTHING
            """,
            mark,
        )
        if made.rowcount == 0:
            return kind.model_validate(self._as_before(mark))
        answered = kind.model_validate({"data": work()})
        tx.execute(
            "UPDATE idempotency_keys SET response = %(response)s WHERE scope = %(scope)s AND key = %(key)s",
            {**mark, "response": Jsonb(answered.model_dump(mode="json", exclude={"data": set(but)}))},
        )
        return answered

    def before[Shown: BaseModel](self, kind: type[Shown]) -> Shown | None:
        """What was answered before, if it was."""
        mark = {"scope": self.scope, "key": self.key}
        known = "SELECT FROM idempotency_keys WHERE scope = %(scope)s AND key = %(key)s"
        return kind.model_validate(self._as_before(mark)) if self.begun.tx.execute(known, mark).rowcount else None

    def _as_before(self, mark: dict[str, Any]) -> dict[str, Any]:
        known = self.begun.tx.execute(
            "SELECT fingerprint, response FROM idempotency_keys WHERE scope = %(scope)s AND key = %(key)s", mark
        ).fetchone()
        if known is None or bytes(known[0]) != self.fingerprint:
            raise Problem(422, "key_reused")
        return known[1]


@dataclass(frozen=True, slots=True)
class OnceApart:
    """The same for what asks a provider, which cannot be undone: looked up before, and kept with what came of it."""

    apart: Apart
    scope: str
    key: str
    fingerprint: bytes

    def before[Shown: BaseModel](self, kind: type[Shown]) -> Shown | None:
        with self.apart.transaction() as tx:
            return self._once(tx).before(kind)

    def answer[Shown: BaseModel](self, kind: type[Shown], work: Callable[[Tx], Any]) -> Shown:
        with self.apart.transaction() as tx:
            return self._once(tx).answer(kind, lambda: work(tx))

    def _once(self, tx: Tx) -> Once:
        return Once(Begun(tx, self.apart.asker), self.scope, self.key, self.fingerprint)


IdempotencyKey = Annotated[
    str,
    Header(
        min_length=1,
        max_length=200,
        description="Of this one act: sent again with the same key it is answered as before, and not done again",
        examples=["0b7c4a52-2f0e-4a3d-9f53-6f3a3c1f7d11"],
    ),
]


async def once(request: Request, begun: Request_, idempotency_key: IdempotencyKey) -> Once:
    return Once(begun, _scope(request, begun.asker), idempotency_key, await _fingerprint(request))


async def once_apart(request: Request, apart: Asking, idempotency_key: IdempotencyKey) -> OnceApart:
    return OnceApart(apart, _scope(request, apart.asker), idempotency_key, await _fingerprint(request))


def _scope(request: Request, asker: Asker) -> str:
    return f"{request.method} {request.scope['route'].path} {asker.user_id or asker.key_id}"


async def _fingerprint(request: Request) -> bytes:
    return hashlib.sha256(request.url.path.encode() + b"\0" + await request.body()).digest()


DoneOnce = Annotated[Once, Depends(once, scope="function")]
DoneOnceApart = Annotated[OnceApart, Depends(once_apart, scope="function")]
