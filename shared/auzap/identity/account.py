"""A person's own account."""

from collections.abc import Mapping
from typing import Any

from auzap.db.connection import Tx
from auzap.ids import UserId


def of(tx: Tx, person: UserId) -> dict[str, Any]:
    ((known,),) = tx.execute("SELECT app.me(%s)", [person]).fetchall()
    return known


def change(tx: Tx, person: UserId, changes: Mapping[str, Any]) -> None:
    """What is named: a name or a language that is None stays, a telephone goes."""
    tx.execute(
        """
        SELECT app.change_me(%(person)s, coalesce(%(name)s, known.me ->> 'name'),
          CASE WHEN %(has_phone)s THEN %(phone)s ELSE known.me ->> 'phone' END, coalesce(%(locale)s, known.me ->> 'locale'))
        FROM (SELECT app.me(%(person)s) AS me) known
        """,
        {
            "person": person,
            "name": changes.get("name"),
            "locale": changes.get("locale"),
            "has_phone": "phone" in changes,
            "phone": changes.get("phone"),
        },
    )
