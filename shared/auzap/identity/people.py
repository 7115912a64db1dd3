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


class TeamIsFull(Refusal):
    """As many as the shop's plan allows, those counted who are invited."""

    def __init__(self) -> None:
        super().__init__("team_is_full")


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
    if is_active and not _is_active(tx, user_id) and not has_room(tx):
        raise TeamIsFull
    changed = tx.execute(
        """
        UPDATE memberships SET role = coalesce(%(role)s, role), is_active = coalesce(%(is_active)s, is_active),
          availability = CASE WHEN %(is_active)s IS FALSE THEN 'offline' ELSE availability END
        WHERE user_id = %(user)s
        """,
        {"role": role, "is_active": is_active, "user": user_id},
    )
    if is_active is False:
        tx.execute("SELECT app.end_sessions_here(%s, 'disabled')", [user_id])
    return changed.rowcount == 1


def send_home(tx: Tx, user_id: UserId) -> bool:
    """Ends somebody's sessions in this shop; whether they are of the team."""
    tx.execute("SELECT app.end_sessions_here(%s, 'ended_elsewhere')", [user_id])
    return bool(tx.execute("SELECT FROM memberships WHERE user_id = %s", [user_id]).rowcount)


def has_room(tx: Tx) -> bool:
    """Whether the plan lets one more in."""
    # One after the other, so that two at once do not make one more than there may be.
    tx.execute("SELECT FROM organization_settings FOR NO KEY UPDATE")
    ((has_room,),) = tx.execute(
        """
        SELECT (app.my_plan() ->> 'people')::integer IS NULL OR (app.my_plan() ->> 'people')::integer >
          (SELECT count(*) FROM memberships WHERE is_active) +
          (SELECT count(*) FROM invitations WHERE accepted_at IS NULL AND revoked_at IS NULL AND expires_at > app.now())
        """
    )
    return has_room


def _is_active(tx: Tx, user_id: UserId) -> bool:
    return bool(tx.execute("SELECT FROM memberships WHERE user_id = %s AND is_active", [user_id]).rowcount)
