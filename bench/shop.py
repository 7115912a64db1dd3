"""A shop in a real PostgreSQL, with customers it knows: what the warm benchmarks of the message path work on."""

import itertools
import json
from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg

from auzap.channels import credentials
from auzap.channels.whatsapp.signature import sign
from auzap.db.connection import Database
from tests import factories
from tests.factories import PetShop
from tests.postgres import Place, cloned, template

DATA_KEY = bytes(32)
# Enough that the pace of one customer, which the provider limits, is never reached.
CUSTOMERS = 64


@dataclass(frozen=True, slots=True)
class Shop:
    place: Place
    shop: PetShop
    database: Database
    customers: Iterator[str]

    def webhook(self, app_secret: str) -> dict[str, Any]:
        """The event of the next message, signed as Meta signs it; each is of the next customer."""
        body = json.dumps(_body(self.shop.account.external_id, next(self.customers)))
        return {
            "headers": {"content-type": "application/json", "x-hub-signature-256": sign(body.encode(), app_secret)},
            "requestContext": {"http": {"method": "POST", "path": "/webhooks/whatsapp"}},
            "isBase64Encoded": False,
            "body": body,
        }


@contextmanager
def opened() -> Generator[Shop]:
    with (
        cloned(template(clock=False)) as place,
        psycopg.connect(place.owner, autocommit=True) as owner,
        closing(Database(lambda: place.app)) as database,
    ):
        shop = factories.make_pet_shop(owner, database)
        customers = [factories.new_wa_id() for _ in range(CUSTOMERS)]
        for wa_id in customers:
            factories.say(database, shop, wa_id=wa_id)
        _furnish(place, database, shop)
        yield Shop(place, shop, database, itertools.cycle(customers))


def _furnish(place: Place, database: Database, shop: PetShop) -> None:
    """A token, the shortest burst window, and nothing left to answer."""
    token = credentials.sealed(DATA_KEY, shop.organization_id, "bench")
    with database.transaction(shop.organization_id, "bench") as tx:
        tx.execute("UPDATE organization_settings SET burst_window = %s", [timedelta(seconds=1)])
        tx.execute("UPDATE messages SET awaits_answer = false")
        tx.execute("INSERT INTO organization_keys (wrapped_key) VALUES ('bench')")
        tx.execute("UPDATE channel_accounts SET credentials = %s, per_second = 1000", [token])
    with psycopg.connect(place.admin, autocommit=True) as admin:
        admin.execute("ANALYZE")


def _body(account: str, wa_id: str) -> dict[str, Any]:
    message = {
        "from": wa_id,
        "id": factories.new_wamid(),
        "timestamp": str(int(datetime.now(UTC).timestamp())),
        "type": "text",
        "text": {"body": "Oi! Vocês dão banho em cachorro grande?"},
    }
    value = {
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": "551130000000", "phone_number_id": account},
        "contacts": [{"profile": {"name": "Célia"}, "wa_id": wa_id}],
        "messages": [message],
    }
    change = {"field": "messages", "value": value}
    return {"object": "whatsapp_business_account", "entry": [{"id": account, "changes": [change]}]}
