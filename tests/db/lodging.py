"""A Monday at nine, and stays at one or other point of their life."""

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from auzap.customers.pets import Pet
from auzap.db.connection import Tx
from auzap.organizations.shop import Shop
from auzap.stays import staying
from auzap.stays.queries import Stay
from tests.factories_stays import ARRIVAL, DAY, guest, make_room, prove, stay_for

ZONE = ZoneInfo("America/Sao_Paulo")
NOW = datetime(2027, 3, 8, 9, tzinfo=ZONE)
TODAY = NOW.date()
FROM = TODAY + 10 * DAY
LAST_PROVED = TODAY + 60 * DAY


def moves(tx: Tx, stay: Stay) -> list[tuple[Any, ...]]:
    rows = tx.execute(
        "SELECT from_state, to_state, reason, actor FROM stay_moves WHERE stay_id = %s ORDER BY id", [stay.id]
    )
    return rows.fetchall()


def days_held(tx: Tx, stay: Stay) -> list[date]:
    rows = tx.execute("SELECT day FROM stay_days WHERE stay_id = %s ORDER BY day", [stay.id])
    return [day for (day,) in rows]


def proved_guest(tx: Tx, name: str = "Rex") -> Pet:
    pet = guest(tx, name)
    prove(tx, pet.id, today=TODAY, until=LAST_PROVED)
    return pet


def approved_stay(tx: Tx, shop: Shop, from_day: date = FROM, days: int = 2, **room: Any) -> Stay:
    return stay_for(tx, shop, proved_guest(tx), make_room(tx, **room), from_day, days, now=NOW)


def there(tx: Tx, shop: Shop, days: int = 3, **room: Any) -> Stay:
    stay = approved_stay(tx, shop, TODAY, days, **room)
    return staying.check_in(tx, shop, stay.id, ARRIVAL, now=NOW)
