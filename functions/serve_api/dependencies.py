"""What routes are given: who asks, their transaction, a page of a list, and the promise that a POST is done once."""

import hashlib
from collections.abc import Callable, Generator
from contextlib import suppress
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
from auzap.identity.requests import Asker
from auzap.identity.tokens import BadToken, Keys
from functions.serve_api import access
from functions.serve_api.problems import Problem

KEY_PREFIX = "auzap_"
READING = frozenset({"GET", "HEAD"})


def database() -> Database:
    return runtime.database()


def keys() -> Keys:
    return tokens.keys_from(runtime.secret(runtime.settings().identity_secret))


def now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Begun:
    """A request's transaction, and whose it is."""

    tx: Tx
    asker: Asker
    _later: list[Callable[[], None]] = field(default_factory=list[Callable[[], None]])

    def later(self, hint: Callable[[], None]) -> None:
        """Said once the transaction stands. A hint that is lost is renewed by the sweep, and no reason to fail."""
        self._later.append(hint)


def begun(
    request: Request,
    at: Annotated[datetime, Depends(now)],
    house: Annotated[Database, Depends(database)],
    signing: Annotated[Keys, Depends(keys)],
    authorization: Annotated[str, Header()] = "",
) -> Generator[Begun]:
    """Opened and judged before the route runs, committed before the answer leaves."""
    kind, _, shown = authorization.partition(" ")
    if kind.lower() != "bearer" or not shown:
        raise Problem(401, "unauthorized", headers={"www-authenticate": "Bearer"})
    if shown.startswith(KEY_PREFIX):
        opened = requests.of_key(house, shown)
    else:
        try:
            opened = requests.of_session(house, tokens.session_of(signing, shown, now=at))
        except BadToken:
            raise Problem(401, "unauthorized", headers={"www-authenticate": "Bearer"}) from None
    with opened as (tx, asker):
        _let_in(request, asker)
        begun = Begun(tx, asker)
        yield begun
    for hint in begun._later:
        with suppress(AwsError):
            hint()
    if request.method not in READING:
        # Whether anything changed only the database knows, and to ask it costs as much as to hint in vain.
        runtime.hint_changes(asker.organization_id)


def _let_in(request: Request, asker: Asker) -> None:
    path = request.scope["route"].path
    needed = access.least(request.method, path)
    if asker.role == "key":
        wanted = access.scope(request.method, path)
        if path.startswith(access.PEOPLE_ONLY) or wanted not in asker.scopes:
            raise Problem(403, "scope_missing", scope=wanted)
        return
    if needed == "platform" or access.RANKS[asker.role] < access.NEEDS.get(needed, 0):
        raise Problem(403, "forbidden")


# By default the commit would run after the answer has left.
Request_ = Annotated[Begun, Depends(begun, scope="function")]


@dataclass(frozen=True, slots=True)
class Once:
    """A POST that is sent again is answered again, and not done again: the key is a row of its own transaction."""

    begun: Begun
    scope: str
    key: str
    fingerprint: bytes

    def answer[Shown: BaseModel](self, kind: type[Shown], work: Callable[[], Any]) -> Shown:
        """What the work made, in an answer of this kind; or the same answer as before."""
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
            {**mark, "response": Jsonb(answered.model_dump(mode="json"))},
        )
        return answered

    def _as_before(self, mark: dict[str, Any]) -> dict[str, Any]:
        known = self.begun.tx.execute(
            "SELECT fingerprint, response FROM idempotency_keys WHERE scope = %(scope)s AND key = %(key)s", mark
        ).fetchone()
        if known is None or bytes(known[0]) != self.fingerprint:
            raise Problem(422, "key_reused")
        return known[1]


async def once(
    request: Request,
    begun: Request_,
    idempotency_key: Annotated[str, Header(min_length=1, max_length=200)],
) -> Once:
    asker = begun.asker
    body = await request.body()
    fingerprint = hashlib.sha256(request.url.path.encode() + b"\0" + body).digest()
    scope = f"{request.method} {request.scope['route'].path} {asker.user_id or asker.key_id}"
    return Once(begun, scope, idempotency_key, fingerprint)


DoneOnce = Annotated[Once, Depends(once, scope="function")]
