"""The people of a shop: who they are there, and until when."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from auzap.db.connection import Tx
from auzap.errors import Refusal
from auzap.ids import UserId

type MemberRole = Literal["owner", "manager", "staff"]


class LastOwner(Refusal):
    """A shop without an owner could not be asked for anything any more."""

    def __init__(self) -> None:
        super().__init__("last_owner")


class NotYourself(Refusal):
    def __init__(self) -> None:
        super().__init__("not_yourself")


@dataclass(frozen=True, slots=True)
class Member:
    user_id: UserId
    name: str
    email: str
    role: str
    is_active: bool
    availability: str
    has_totp: bool
    last_login_at: datetime | None


def everybody(tx: Tx) -> list[Member]:
    return tx.rows(
        Member,
        "SELECT user_id, name, email, role, is_active, availability, has_totp, last_login_at FROM app.people()",
    ).fetchall()


def change(tx: Tx, user_id: UserId, *, role: MemberRole | None, is_active: bool | None, by: UserId | None) -> bool:
    """What somebody may from now on, at the next request; whoever is shut out is out of their sessions by the same."""
    if user_id == by:
        raise NotYourself
    # The owners of before are held, so that the last two cannot both go at once.
    owners = tx.execute(
        "SELECT user_id FROM memberships WHERE role = 'owner' AND is_active ORDER BY user_id FOR UPDATE"
    ).fetchall()
    goes = (role not in {None, "owner"} or is_active is False) and [(user_id,)] == owners
    if goes:
        raise LastOwner
    changed = tx.execute(
        """
        UPDATE memberships SET role = coalesce(%(role)s, role), is_active = coalesce(%(is_active)s, is_active),
          availability = CASE WHEN %(is_active)s IS FALSE THEN 'offline' ELSE availability END
        WHERE user_id = %(user)s
        """,
        {"role": role, "is_active": is_active, "user": user_id},
    )
    return changed.rowcount == 1
