"""What each person of a shop wants to hear of: in the centre of notifications, and by mail."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass

from psycopg.types.json import Jsonb

from auzap.db.connection import Tx
from auzap.db.constraints import refused
from auzap.errors import Refusal
from auzap.ids import UserId
from auzap.notifications.kinds import KINDS, MAILED, MAILED_TO, SECURITY, Kind


@dataclass(frozen=True, slots=True)
class Preference:
    kind: Kind
    in_centre: bool
    by_mail: bool


@dataclass(frozen=True, slots=True)
class ShownPreference(Preference):
    may_be_muted: bool


class NotToBeMuted(Refusal):
    """Whoever could mute it would not see that the house looks in."""

    def __init__(self) -> None:
        super().__init__("What is about the shop's security is shown to everybody.")


class NotOfTheShop(Refusal):
    """Support looks in, and has nothing to prefer."""

    def __init__(self) -> None:
        super().__init__("Only who belongs to the shop has preferences there.")


def of(tx: Tx, person: UserId, *, role: str) -> list[ShownPreference]:
    """Of every kind, by its name; as usual for the role where the person has not said."""
    told = tx.rows(
        Preference, "SELECT kind, in_centre, by_mail FROM notification_preferences WHERE user_id = %s", [person]
    ).fetchall()
    known = {each.kind: each for each in told}
    return [_shown(known.get(kind) or Preference(kind, True, kind in MAILED and role in MAILED_TO)) for kind in KINDS]


def choose(tx: Tx, person: UserId, wanted: Iterable[Preference]) -> None:
    """All of them at once: what is not named is as usual again."""
    # One after the other, so that what two tabs say at once is what one of them has said.
    if not tx.execute("SELECT FROM memberships WHERE user_id = %s FOR NO KEY UPDATE", [person]).rowcount:
        raise NotOfTheShop
    tx.execute("DELETE FROM notification_preferences WHERE user_id = %s", [person])
    with refused(tx, unfit=NotToBeMuted):
        tx.execute(
            """
            INSERT INTO notification_preferences (user_id, kind, in_centre, by_mail)
            SELECT %s, kind, in_centre, by_mail
            FROM jsonb_to_recordset(%s) AS wanted (kind text, in_centre boolean, by_mail boolean)
            """,
            [person, Jsonb([asdict(each) for each in wanted])],
        )


def _shown(known: Preference) -> ShownPreference:
    return ShownPreference(known.kind, known.in_centre, known.by_mail, known.kind not in SECURITY)
