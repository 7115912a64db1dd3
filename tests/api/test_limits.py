"""Limits: counted where all sandboxes see it, told in headers, answered 429, and no reason to fail where nothing counts."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from starlette.testclient import TestClient

from auzap import runtime
from auzap.aws.client import AwsClient
from auzap.aws.counters import Counters
from auzap.db.connection import Database
from functions.serve_api import limits
from functions.serve_api.app import Api
from functions.serve_api.limits import LOGIN, OF_A_PERSON, OF_A_SHOP, Limits, TooMany, network
from tests.api.people import PASSWORD, People
from tests.api.surroundings import Surroundings
from tests.factories_identity import kinds_told
from tests.postgres import Clock

WINDOW = timedelta(minutes=15)


@pytest.fixture(autouse=True)
def _at_the_beginning_of_an_hour(clock: Clock) -> None:
    """So that no window ends while a test counts."""
    now = clock.now()
    clock.move(now.replace(minute=0, second=1, microsecond=0) + timedelta(hours=1) - now)


@dataclass(frozen=True, slots=True)
class Counted:
    """A house that counts, however long its table takes on a busy machine."""

    around: Surroundings
    table: str

    def limits(self) -> Limits:
        """As a sandbox of its own has them."""
        return Limits(Counters(AwsClient("dynamodb", timeout=30), self.table))

    def rows(self) -> list[dict[str, Any]]:
        return self.around.clients["dynamodb"].scan(TableName=self.table)["Items"]


@pytest.fixture
def counted(around: Surroundings, client: TestClient) -> Counted:
    counted = Counted(around, around.make_counters())
    often = counted.limits()
    app = client.app
    assert isinstance(app, Api)
    app.dependency_overrides[limits.limits] = lambda: often
    return counted


def log_in(client: TestClient, email: str, password: str = "errada", address: str = "203.0.113.7") -> Any:
    return client.post(
        "/v1/auth/session",
        json={"email": email, "password": password},
        headers={"x-auzap-viewer": address},
    )


def test_after_five_wrong_passwords_the_right_one_is_refused_too_from_there(
    counted: Counted, client: TestClient, people: People, clock: Clock, database: Database
) -> None:
    helena = people.owner()
    shop = helena.get("/v1/me")["organization_id"]
    assert [log_in(client, helena.email).status_code for _ in range(5)] == [401] * 5

    refused = log_in(client, helena.email, PASSWORD)

    assert (refused.status_code, refused.json()["code"]) == (429, "too_many_requests")
    assert 0 < int(refused.headers["retry-after"]) <= 900
    assert "segundos" in refused.json()["message"]
    # Whoever is not the attacker is not locked out.
    assert log_in(client, helena.email, PASSWORD, "198.51.100.1").status_code == 201
    clock.move(WINDOW)
    assert log_in(client, helena.email, PASSWORD).status_code == 201
    log_in(client, helena.email)
    assert kinds_told(database, shop).count("sign_in_blocked") == 1


def test_an_unknown_address_is_locked_out_just_the_same(counted: Counted, client: TestClient) -> None:
    answers = [log_in(client, "ninguem@example.com") for _ in range(6)]

    assert [answer.status_code for answer in answers] == [401] * 5 + [429]


def test_who_signs_in_rightly_is_never_locked_out(counted: Counted, client: TestClient, people: People) -> None:
    helena = people.owner()

    assert [log_in(client, helena.email, PASSWORD).status_code for _ in range(25)] == [201] * 25


def test_from_one_address_not_many_accounts_are_tried(counted: Counted, client: TestClient) -> None:
    answers = [log_in(client, f"alguem{number}@example.com") for number in range(21)]

    assert [answer.status_code for answer in answers] == [401] * 20 + [429]
    assert log_in(client, "outra@example.com", address="198.51.100.1").status_code == 401


def test_what_a_client_says_of_its_own_address_changes_nothing(counted: Counted, client: TestClient) -> None:
    def try_as(number: int) -> int:
        said = f"10.0.0.{number}"
        headers = {
            "x-forwarded-for": said,
            "x-real-ip": said,
            "forwarded": f"for={said}",
            "true-client-ip": said,
            "x-auzap-viewer": "203.0.113.7",
        }
        body = {"email": "ninguem@example.com", "password": "errada"}
        return client.post("/v1/auth/session", json=body, headers=headers).status_code

    assert [try_as(number) for number in range(6)] == [401] * 5 + [429]


def test_an_address_registers_three_shops_an_hour(counted: Counted, client: TestClient, people: People) -> None:
    for _ in range(3):
        people.owner()

    refused = client.post(
        "/v1/auth/registration",
        json={"shop_name": "Outra", "name": "Ana", "email": "ana@example.com", "password": PASSWORD},
    )

    assert refused.status_code == 429


def test_a_session_is_carried_on_thirty_times_a_minute(
    counted: Counted, client: TestClient, people: People, clock: Clock
) -> None:
    people.owner()

    assert [client.post("/v1/auth/refresh").status_code for _ in range(31)] == [200] * 30 + [429]

    clock.move(timedelta(minutes=1))
    assert client.post("/v1/auth/refresh").status_code == 200


def test_every_answer_tells_how_much_is_left(counted: Counted, people: People, clock: Clock) -> None:
    helena = people.owner()

    answers = [helena.ask("GET", "/v1/me"), helena.ask("GET", "/v1/nothing"), helena.ask("DELETE", "/v1/api-keys/x")]

    told = [{name: answer.headers.get(f"x-ratelimit-{name}") for name in ("limit", "remaining")} for answer in answers]
    assert told[0] == {"limit": "100", "remaining": "99"}
    # Of an address that is none nobody is asked who they are.
    assert told[1] == {"limit": None, "remaining": None}
    assert told[2] == {"limit": "100", "remaining": "98"}
    assert 0 < int(answers[0].headers["x-ratelimit-reset"]) <= 60


def test_the_hundred_and_first_request_of_a_minute_waits_for_the_next(
    counted: Counted, people: People, clock: Clock
) -> None:
    helena = people.owner()

    statuses = [helena.ask("GET", "/v1/me").status_code for _ in range(101)]
    refused = helena.ask("GET", "/v1/me")

    assert statuses == [200] * 100 + [429]
    assert refused.headers["x-ratelimit-remaining"] == "0"
    assert 0 < int(refused.headers["retry-after"]) <= 60
    assert people.owner().ask("GET", "/v1/me").status_code == 200
    clock.move(timedelta(minutes=1))
    assert helena.ask("GET", "/v1/me").status_code == 200


def test_a_shop_has_a_thousand_a_minute_whoever_of_it_asks(counted: Counted, clock: Clock, people: People) -> None:
    often, now = counted.limits(), clock.now()
    shop, other = (people.owner().get("/v1/me")["organization_id"] for _ in range(2))
    # The first was that of the question above.
    for number in range(1, OF_A_SHOP.most):
        often.take_request(shop, f"person {number // OF_A_PERSON.most}", now=now)

    with pytest.raises(TooMany) as refused:
        often.take_request(shop, "somebody else", now=now)

    assert refused.value.headers["x-ratelimit-limit"] == "1000"
    often.take_request(other, "somebody else", now=now)


def test_a_program_has_a_limit_of_its_own(counted: Counted, client: TestClient, people: People) -> None:
    helena = people.owner()
    made = helena.ask("POST", "/v1/api-keys", {"name": "Site", "scopes": [a_scope()]}).json()["data"]
    asking = {"authorization": f"Bearer {made['secret']}"}

    answers = [client.get("/v1/me", headers=asking) for _ in range(101)]

    assert [answer.status_code for answer in answers] == [403] * 100 + [429]
    assert helena.ask("GET", "/v1/me").status_code == 200


def a_scope() -> str:
    from functions.serve_api.access import SCOPES

    return min(SCOPES)


def test_a_house_that_is_told_of_a_table_counts_in_it(around: Surroundings, monkeypatch: pytest.MonkeyPatch) -> None:
    assert runtime.counters() is None

    monkeypatch.setenv("AUZAP_COUNTERS_TABLE", around.make_counters())
    runtime.settings.cache_clear()
    runtime.counters.cache_clear()

    assert isinstance(runtime.counters(), Counters)


def test_one_call_counts_a_request(counted: Counted, people: People) -> None:
    helena = people.owner()
    before = len(counted.around.aws.of("UpdateItem"))

    helena.get("/v1/me")

    assert len(counted.around.aws.of("UpdateItem")) == before + 1


def test_while_the_table_is_away_everybody_is_let_in_and_it_is_left_alone(
    counted: Counted, client: TestClient, people: People, capsys: pytest.CaptureFixture[str]
) -> None:
    helena = people.owner()
    counted.around.aws.refuse("UpdateItem")

    answers = [helena.ask("GET", "/v1/me") for _ in range(20)]

    assert {answer.status_code for answer in answers} == {200}
    assert capsys.readouterr().out.count('"NotCounted": 1') == 1
    assert [log_in(client, helena.email).status_code for _ in range(8)] == [401] * 8


def test_a_table_that_does_not_answer_holds_a_request_up_for_half_a_second_at_most() -> None:
    # Nobody listens there.
    away = Counters(AwsClient("dynamodb", endpoint="http://127.0.0.1:9", timeout=0.5), "counters")

    assert away.add("key", {"all": 1}, expires_at=1) == {"all": 1}


def test_nobodys_address_is_in_the_table_and_its_rows_go_by_themselves(
    counted: Counted, client: TestClient, clock: Clock
) -> None:
    log_in(client, "ninguem@example.com")

    rows = counted.rows()
    assert len(rows) == 2
    assert "ninguem" not in str(rows)
    assert "203.0.113.7" not in str(rows)
    now = clock.now().timestamp()
    assert all(now < int(row["expires_at"]["N"]) <= now + 3_600 for row in rows)


def test_what_is_given_back_keeps_the_end_of_its_window(counted: Counted, clock: Clock) -> None:
    often, now = counted.limits(), clock.now()
    standing = often.take(LOGIN, "somebody", now=now)

    often.give_back(standing)

    (row,) = counted.rows()
    assert (row["all"]["N"], int(row["expires_at"]["N"])) == ("0", standing.expires_at)


def test_many_at_once_are_not_more_than_the_limit(counted: Counted, clock: Clock) -> None:
    """As many sandboxes count: each sees its own number, and none twice."""
    now = clock.now()
    sandboxes = [counted.limits() for _ in range(LOGIN.most)]

    used = [each.take(LOGIN, "somebody", now=now).used for each in sandboxes]

    assert used == [1, 2, 3, 4, 5]
    with pytest.raises(TooMany) as first:
        sandboxes[0].take(LOGIN, "somebody", now=now)
    with pytest.raises(TooMany) as second:
        sandboxes[1].take(LOGIN, "somebody", now=now)
    assert [first.value.is_first, second.value.is_first] == [True, False]


@pytest.mark.parametrize(
    ("address", "of"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::1", "2001:db8:1:2::/64"),
        ("testclient", "testclient"),
        ("", ""),
    ],
)
def test_of_ipv6_a_household_is_counted_as_one(address: str, of: str) -> None:
    assert network(address) == of
