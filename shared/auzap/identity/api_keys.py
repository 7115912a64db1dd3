"""Keys for programs: shown once, kept as a hash, good for what they were given."""

from dataclasses import dataclass
from datetime import date, datetime

from auzap.db.connection import Tx
from auzap.errors import Refusal
from auzap.identity import tokens
from auzap.ids import ApiKeyId

PREFIX = "auzap_"
SHOWN = 12
MOST = 20


class TooManyKeys(Refusal):
    def __init__(self) -> None:
        super().__init__("too_many_keys")


@dataclass(frozen=True, slots=True)
class ApiKey:
    id: ApiKeyId
    name: str
    start: str
    scopes: list[str]
    created_by: str
    created_at: datetime
    expires_at: datetime | None
    last_used_on: date | None


def make(tx: Tx, *, name: str, scopes: list[str], expires_at: datetime | None) -> tuple[ApiKey, str]:
    """The key, and the secret that nobody will see again."""
    # One after the other, so that two at once do not make one more than there may be.
    tx.execute("SELECT FROM organization_settings FOR NO KEY UPDATE")
    ((standing,),) = tx.execute("SELECT count(*) FROM api_keys WHERE revoked_at IS NULL")
    if standing >= MOST:
        raise TooManyKeys
    secret = PREFIX + tokens.new_secret()
    made = tx.rows(
        ApiKey,
        """
        INSERT INTO api_keys (name, start, hash, scopes, expires_at)
        VALUES (%(name)s, %(start)s, %(hash)s, %(scopes)s, %(expires_at)s)
        RETURNING id, name, start, scopes, created_by, created_at, expires_at, last_used_on
        """,
        {
            "name": name,
            "start": secret[:SHOWN],
            "hash": tokens.hashed(secret),
            "scopes": sorted(set(scopes)),
            "expires_at": expires_at,
        },
    )
    return next(made), secret


def standing(tx: Tx) -> list[ApiKey]:
    return tx.rows(
        ApiKey,
        """
        SELECT id, name, start, scopes, created_by, created_at, expires_at, last_used_on FROM api_keys
        WHERE revoked_at IS NULL ORDER BY id DESC
        """,
    ).fetchall()


def revoke(tx: Tx, key_id: ApiKeyId) -> bool:
    """Refused from the next request on."""
    revoked = tx.execute("UPDATE api_keys SET revoked_at = app.now() WHERE id = %s AND revoked_at IS NULL", [key_id])
    return revoked.rowcount == 1
