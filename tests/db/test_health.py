"""What changed with a number is noticed once: an event of its history and a word to the staff, written with the change."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier
from typing import Any, cast

import psycopg
import pytest

from auzap.aws.client import AwsClient
from auzap.channels.whatsapp.errors import meaning
from auzap.channels.whatsapp.graph import Graph, GraphError
from auzap.db.connection import Database
from auzap.health import channels
from auzap.health.channels import Checked
from auzap.outbox.consequences import follow
from tests import factories
from tests.db.committed import read, write
from tests.db.outside import Outside, give_credentials, serving
from tests.factories import PetShop, say
from tests.postgres import Clock

NOON = datetime(2027, 3, 8, 12, tzinfo=UTC)
WELL: dict[str, Any] = {
    "status": "CONNECTED",
    "quality_rating": "GREEN",
    "throughput": {"level": "STANDARD"},
    "health_status": {"can_send_message": "AVAILABLE"},
    "platform_type": "CLOUD_API",
    "is_on_biz_app": False,
    "whatsapp_business_manager_messaging_limit": "TIER_2K",
}


class Provider:
    """The Graph API as far as it is asked about a number."""

    def __init__(self) -> None:
        self.number: dict[str, Any] | GraphError = dict(WELL)
        self.apps: dict[str, Any] | GraphError = {"data": [{"whatsapp_business_api_data": {"id": "1"}}]}
        self.token: dict[str, Any] | GraphError = {"data": {"is_valid": True, "expires_at": 0}}
        self.asked: list[str] = []
        self.subscribed: list[str] = []
        self.refuses_subscriptions = False

    def subscribe(self, business_id: str, token: str) -> dict[str, Any]:
        self.subscribed.append(business_id)
        if self.refuses_subscriptions:
            raise GraphError(200, "no permission")
        self.apps = {"data": [{"whatsapp_business_api_data": {"id": "1"}}]}
        return {"success": True}

    def get(self, path: str, token: str) -> dict[str, Any]:
        self.asked.append(path.partition("?")[0].rpartition("/")[2])
        told = {"subscribed_apps": self.apps, "debug_token": self.token, "message_templates": {"data": []}}.get(
            self.asked[-1], self.number
        )
        if isinstance(told, GraphError):
            raise told
        return told


@pytest.fixture
def provider() -> Provider:
    return Provider()


@pytest.fixture
def check(database: Database, shop: PetShop, provider: Provider, monkeypatch: pytest.MonkeyPatch) -> Iterator["Check"]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    with serving() as fresh:
        with database.transaction(shop.organization_id, "test") as tx:
            give_credentials(tx)
        yield Check(database, shop, provider, fresh())


class Check:
    """The checks of one number, five minutes apart."""

    def __init__(self, database: Database, shop: PetShop, provider: Provider, outside: Outside) -> None:
        self.database, self.shop, self.provider, self.outside = database, shop, provider, outside
        self.at = NOON

    def __call__(self, **told: Any) -> Checked | None:
        if isinstance(self.provider.number, dict):
            self.provider.number |= told
        self.at += timedelta(minutes=5)
        return self.by(self.database, self.at)

    def by(self, database: Database, at: datetime, sandbox: int = 1) -> Checked | None:
        return channels.check(
            database,
            cast(Graph, self.provider),
            cast(AwsClient, self.outside.kms(sandbox)),
            self.shop.organization_id,
            self.shop.account.id,
            nominal_at=at,
        )


def events(database: Database, shop: PetShop) -> list[tuple[Any, ...]]:
    return read(database, shop, "SELECT kind, was, is_now FROM channel_events ORDER BY id")


def notices(database: Database, shop: PetShop) -> list[tuple[Any, ...]]:
    return read(database, shop, "SELECT kind, level FROM notifications ORDER BY id")


def account(database: Database, shop: PetShop, column: str) -> Any:
    ((value,),) = read(database, shop, f"SELECT {column} FROM channel_accounts")
    return value


def test_a_number_that_stays_well_is_no_news(check: Check, database: Database, shop: PetShop) -> None:
    assert [checked.status for _ in range(2) if (checked := check())] == ["connected", "connected"]

    assert (events(database, shop), notices(database, shop)) == ([], [])


@pytest.mark.parametrize(
    ("told", "event", "notice"),
    [
        ({"quality_rating": "YELLOW"}, ("quality", "GREEN", "YELLOW"), ("channel_quality", "warning")),
        (
            {"whatsapp_business_manager_messaging_limit": "TIER_250"},
            ("limit", "TIER_2K", "TIER_250"),
            ("channel_limit", "warning"),
        ),
        (
            {"whatsapp_business_manager_messaging_limit": "TIER_10K"},
            ("limit", "TIER_2K", "TIER_10K"),
            ("channel_limit", "info"),
        ),
        ({"status": "BANNED"}, ("status", "connected", "failing"), ("channel_status", "error")),
        (
            {"health_status": {"can_send_message": "LIMITED"}},
            ("status", "connected", "degraded"),
            ("channel_status", "warning"),
        ),
    ],
)
def test_a_change_is_an_event_and_a_word_to_the_staff_once(
    check: Check, database: Database, shop: PetShop, told: Any, event: Any, notice: Any
) -> None:
    check()

    for _ in range(2):
        check(**told)

    assert events(database, shop) == [event]
    assert notices(database, shop) == [notice]


def test_a_number_that_recovers_is_told_as_well_and_its_messages_are_to_be_sent(
    check: Check, database: Database, shop: PetShop, wa_id: str
) -> None:
    waiting = say(database, shop, wa_id=wa_id).conversation_id
    write(
        database,
        shop,
        "INSERT INTO outbox (conversation_id, kind, author, content) VALUES (%s, 'notice', 'bot', '{}')",
        waiting,
    )
    check(status="BANNED")
    write(database, shop, "UPDATE channel_accounts SET sending_paused_until = app.now() + interval '15 minutes'")

    assert check() == Checked("failing")
    assert check(status="CONNECTED") == Checked("connected", waiting=[waiting])
    assert check() == Checked("connected")

    assert account(database, shop, "sending_paused_until") is None
    assert [event[2] for event in events(database, shop)] == ["failing", "connected"]
    assert notices(database, shop)[-1] == ("channel_status", "success")


def test_a_number_that_refuses_what_its_provider_calls_well_is_tried_again_and_not_called_well(
    check: Check, database: Database, shop: PetShop, wa_id: str
) -> None:
    place = say(database, shop, wa_id=wa_id).conversation_id
    check()
    for _ in range(3):
        with database.transaction(shop.organization_id, "test") as tx:
            follow(tx, meaning(10), place, shop.account.id, code=10, detail="no permission")
        check()

        assert account(database, shop, "sending_paused_until") is None

    assert (account(database, shop, "status"), account(database, shop, "status_reason")) == (
        "failing",
        "10: no permission",
    )
    assert [event[2] for event in events(database, shop)] == ["failing"]
    assert notices(database, shop) == [("send_paused", "error")]


def test_a_number_whose_try_was_not_refused_is_well_again_at_the_next_check(
    check: Check, database: Database, shop: PetShop, wa_id: str
) -> None:
    place = say(database, shop, wa_id=wa_id).conversation_id
    check()
    with database.transaction(shop.organization_id, "test") as tx:
        follow(tx, meaning(10), place, shop.account.id, code=10, detail="no permission")

    assert [checked.status for _ in range(3) if (checked := check())] == ["failing", "connected", "connected"]

    assert account(database, shop, "status_reason") is None
    assert [event[2] for event in events(database, shop)] == ["failing", "connected"]
    assert notices(database, shop) == [("send_paused", "error"), ("channel_status", "success")]


def test_two_checks_at_once_notice_a_change_once(
    check: Check, database: Database, connect: Callable[[], Database], shop: PetShop
) -> None:
    check()
    cast(dict[str, Any], check.provider.number)["quality_rating"] = "RED"
    together = Barrier(2)

    def at_once(sandbox: int, own: Database) -> None:
        together.wait()
        check.by(own, NOON + timedelta(days=sandbox), sandbox)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(at_once, (1, 2), (connect(), connect())))

    assert sorted(events(database, shop)) == [("quality", "GREEN", "RED"), ("status", "connected", "degraded")]
    assert len(notices(database, shop)) == 2


def test_a_lost_subscription_is_an_error_even_when_it_is_seen_for_the_first_time_and_is_made_again(
    check: Check, database: Database, shop: PetShop
) -> None:
    check.provider.apps = {"data": []}
    for _ in range(3):
        check()

    assert check.provider.subscribed == [shop.account.external_id]
    assert events(database, shop) == [("subscription", None, "missing"), ("subscription", "missing", "subscribed")]
    assert notices(database, shop) == [("channel_subscription", "error"), ("channel_subscription", "success")]


def test_a_subscription_that_is_refused_is_asked_for_at_each_check_and_told_of_once(
    check: Check, database: Database, shop: PetShop
) -> None:
    check.provider.apps, check.provider.refuses_subscriptions = {"data": []}, True

    assert [checked.status for _ in range(2) if (checked := check())] == ["connected", "connected"]

    assert len(check.provider.subscribed) == 2
    assert notices(database, shop) == [("channel_subscription", "error")]


@pytest.mark.parametrize(("app", "is_ours"), [("1", True), ("2", False)])
def test_an_account_that_only_others_listen_to_does_not_report_to_us(
    check: Check, database: Database, shop: PetShop, app: str, is_ours: bool
) -> None:
    check.provider.token = {"data": {"is_valid": True, "expires_at": 0, "app_id": "1"}}
    check.provider.apps = {"data": [{"whatsapp_business_api_data": {"id": app}}]}

    check()

    assert account(database, shop, "health ->> 'subscription'") == ("subscribed" if is_ours else "missing")
    assert check.provider.subscribed == ([] if is_ours else [shop.account.external_id])


@pytest.mark.parametrize(
    ("lives", "state"),
    [(timedelta(days=8), []), (timedelta(days=6), ["expiring"]), (timedelta(seconds=-1), ["expired"])],
)
def test_a_token_near_its_end_is_told_a_week_before(
    check: Check, database: Database, shop: PetShop, clock: Clock, lives: timedelta, state: list[str]
) -> None:
    expires_at = (clock.now() + lives).replace(microsecond=0)
    check.provider.token = {"data": {"is_valid": True, "expires_at": int(expires_at.timestamp())}}

    for _ in range(2):
        check()

    assert [event[2] for event in events(database, shop)] == state
    assert account(database, shop, "token_expires_at") == expires_at


def test_a_token_that_was_taken_back_has_expired(check: Check, database: Database, shop: PetShop) -> None:
    check()
    check.provider.token = {"data": {"is_valid": False}}
    check()

    assert events(database, shop) == [("token", "good", "expired")]
    assert notices(database, shop) == [("channel_token", "error")]


def test_a_token_that_the_provider_refuses_has_expired_until_it_is_renewed(
    check: Check, database: Database, shop: PetShop
) -> None:
    check()
    check.provider.number = GraphError(190, "The session has expired", status=401)
    for _ in range(2):
        assert check() == Checked("failing")
    check.provider.number = dict(WELL)
    check()

    assert events(database, shop) == [
        ("status", "connected", "failing"),
        ("token", "good", "expired"),
        ("status", "failing", "connected"),
        ("token", "expired", "good"),
    ]
    assert [level for kind, level in notices(database, shop) if kind == "channel_token"] == ["error", "success"]


def test_what_the_provider_does_not_tell_stays_as_it_was(check: Check, database: Database, shop: PetShop) -> None:
    check()
    check.provider.apps = check.provider.token = GraphError(100, "nonexisting")
    check.provider.number = {"status": "CONNECTED"}
    assert check() == Checked("connected")
    check.provider.number = GraphError(1, "away", status=500)
    assert check() == Checked("failing")
    check.provider.number = dict(WELL)
    check()

    assert [event[0] for event in events(database, shop)] == ["status", "status"]


@pytest.mark.parametrize(
    ("told", "per_second"),
    [
        ({}, 80),
        ({"throughput": {"level": "HIGH"}}, 1000),
        ({"throughput": {"level": "OF_ANOTHER_KIND"}}, 80),
        ({"is_on_biz_app": True}, 20),
        ({"is_on_biz_app": True, "platform_type": "ON_PREMISE"}, 80),
    ],
)
def test_the_pace_of_a_number_follows_its_throughput(
    check: Check, database: Database, shop: PetShop, told: Any, per_second: int
) -> None:
    check(**told)

    assert account(database, shop, "per_second") == per_second


def test_the_templates_are_fetched_once_a_day_and_again_where_that_failed(
    check: Check, provider: Provider, database: Database
) -> None:
    for at in (NOON, NOON + timedelta(minutes=5), NOON + timedelta(days=1)):
        check.by(database, at)

    assert provider.asked.count("message_templates") == 2


def test_a_shops_number_is_not_another_shops_to_check(
    check: Check, database: Database, owner: psycopg.Connection, shop: PetShop
) -> None:
    other = factories.make_pet_shop(owner, database)
    check.shop = PetShop(other.organization_id, shop.account)

    assert check() is None
    assert check.provider.asked == []
