"""The people of a shop, and whether they are there."""

from typing import Literal

from auzap.db.connection import Tx
from auzap.errors import Refusal
from auzap.ids import UserId

type Availability = Literal["online", "offline"]


class NotAMember(Refusal):
    def __init__(self) -> None:
        super().__init__("That person does not belong to this shop. Choose somebody of the team.")


def availability(tx: Tx, user_id: UserId) -> Availability:
    row = tx.execute("SELECT availability FROM memberships WHERE user_id = %s", [user_id]).fetchone()
    if row is None:
        raise NotAMember
    return row[0]


def set_availability(tx: Tx, user_id: UserId, availability: Availability) -> None:
    changed = tx.execute("UPDATE memberships SET availability = %s WHERE user_id = %s", [availability, user_id])
    if changed.rowcount == 0:
        raise NotAMember
