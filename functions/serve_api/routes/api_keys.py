"""Keys for programs of the shop."""

from dataclasses import asdict, dataclass
from typing import Annotated

from fastapi import APIRouter, status
from pydantic import Field, StringConstraints

from auzap.identity import api_keys
from auzap.identity.api_keys import ApiKey
from auzap.ids import ApiKeyId
from functions.serve_api.access import SCOPES
from functions.serve_api.answers import Created, List
from functions.serve_api.bodies import Body, Moment
from functions.serve_api.dependencies import DoneOnce, Now, Request_
from functions.serve_api.problems import NotFound, Problem

router = APIRouter(prefix="/v1/api-keys", tags=["api-keys"])

Scope = Annotated[str, StringConstraints(max_length=60)]


class NewKey(Body):
    name: str = Field(min_length=1, max_length=80, examples=["Site da loja"])
    scopes: list[Scope] = Field(min_length=1, max_length=30, examples=[["bookings:read", "contacts:read"]])
    expires_at: Moment | None = None


@dataclass(frozen=True)
class ShownKey(ApiKey):
    """A key with its secret, which is shown this once: the same request again is answered without it."""

    secret: str | None = None


@router.get("")
def list_keys(begun: Request_) -> List[ApiKey]:
    """The keys that are good now, newest first."""
    return List.of(api_keys.standing(begun.tx))


@router.post("", status_code=status.HTTP_201_CREATED)
def make_key(body: NewKey, once: DoneOnce, at: Now) -> Created[ShownKey]:
    """A new key. Its secret is in this answer and nowhere else."""
    unknown = sorted(set(body.scopes) - SCOPES)
    if unknown:
        raise Problem(422, "unknown_scope", details=unknown, scope=unknown[0])
    if body.expires_at and body.expires_at <= at:
        raise Problem(422, "already_over")

    def make() -> ShownKey:
        made, secret = api_keys.make(once.begun.tx, name=body.name, scopes=body.scopes, expires_at=body.expires_at)
        return ShownKey(**asdict(made), secret=secret)

    return once.answer(Created[ShownKey], make, but=frozenset({"secret"}))


@router.delete("/{key_id}", status_code=status.HTTP_204_NO_CONTENT)
def revoke_key(key_id: ApiKeyId, begun: Request_) -> None:
    """Revoke a key: the next request with it is refused."""
    if not api_keys.revoke(begun.tx, key_id):
        raise NotFound
