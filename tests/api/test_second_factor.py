"""Two steps to sign in: a code of the moment, good once; a recovery code, good once; and not many guesses."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest
from starlette.testclient import TestClient

from auzap.db.connection import Database
from auzap.ids import OrganizationId
from tests.api.authenticator import Authenticator, scan, turn_on
from tests.api.people import PASSWORD, People, Person
from tests.api.shops import become
from tests.api.surroundings import Surroundings
from tests.factories_identity import kinds_told
from tests.postgres import Clock

STEP = "/v1/auth/session/second-factor"


def challenge(client: TestClient, person: Person) -> str:
    answer = client.post("/v1/auth/session", json={"email": person.email, "password": PASSWORD})
    assert answer.status_code == 200, answer.text
    assert answer.json()["data"]["second_factor"] is True
    assert "set-cookie" not in answer.headers
    return answer.json()["data"]["challenge"]


def give(client: TestClient, person: Person, code: str) -> Any:
    return client.post(STEP, json={"challenge": challenge(client, person), "code": code})


def shop_of(person: Person) -> OrganizationId:
    return person.get("/v1/me")["organization_id"]


@pytest.fixture
def helena(people: People) -> Person:
    return people.owner()


@pytest.fixture
def app(helena: Person, clock: Clock) -> Authenticator:
    """Turned on, and a period later: the code that turned it on is used up."""
    app, _ = turn_on(helena, clock)
    clock.move(timedelta(seconds=30))
    return app


# Wanted by the shop.


def want(place: Person, *, wanted: bool = True) -> None:
    answer = place.ask("PATCH", "/v1/settings", {"access": {"second_factor_required": wanted}})
    assert answer.status_code == 200, answer.text
    assert answer.json()["data"]["access"] == {"second_factor_required": wanted}


def test_whoever_lacks_the_second_factor_that_the_shop_wants_may_only_set_one_up(
    client: TestClient, helena: Person, people: People, clock: Clock
) -> None:
    want(helena)

    for method, path in (
        ("GET", "/v1/contacts"),
        ("PATCH", "/v1/me"),
        ("POST", "/v1/realtime/ticket"),
        ("GET", "/v1/settings"),
    ):
        answer = helena.ask(method, path, {} if method == "PATCH" else None)
        assert (answer.status_code, answer.json()["code"]) == (403, "second_factor_required"), path
    assert helena.get("/v1/me")["needs_second_factor"] is True
    assert people.owner().get("/v1/contacts") == [], "another shop wants nothing of its people"

    turn_on(helena, clock)

    assert helena.get("/v1/contacts") == []
    assert helena.get("/v1/me")["needs_second_factor"] is False


def test_whoever_has_one_notices_nothing_and_a_program_neither(
    helena: Person, app: Authenticator, client: TestClient
) -> None:
    secret = helena.ask("POST", "/v1/api-keys", {"name": "Site", "scopes": ["contacts:read"]}).json()["data"]["secret"]

    want(helena)

    assert helena.get("/v1/contacts") == []
    assert Person(client, "", secret).get("/v1/contacts") == []


def test_whoever_lacks_it_may_leave_and_hears_nothing_over_the_socket(helena: Person, database: Database) -> None:
    me = helena.get("/v1/me")
    session = [UUID(me["sessions"][0]["id"])]
    live = "SELECT app.live_sessions(%s, %s)"
    assert len(database.lookup(live, [me["organization_id"], session])) == 1

    want(helena)

    assert database.lookup(live, [me["organization_id"], session]) == []
    assert helena.ask("DELETE", "/v1/auth/session").status_code < 300


def test_only_an_owner_wants_it_of_the_team(helena: Person, owner: psycopg.Connection) -> None:
    become(owner, helena, "manager")

    answer = helena.ask("PATCH", "/v1/settings", {"access": {"second_factor_required": True}})

    assert answer.status_code == 403


def test_with_a_second_factor_a_password_alone_signs_nobody_in(
    client: TestClient, helena: Person, app: Authenticator
) -> None:
    answer = give(client, helena, app.code())

    assert answer.status_code == 201
    helena.token = answer.json()["data"]["access_token"]
    assert helena.get("/v1/me")["has_totp"] is True
    assert client.cookies["auzap_refresh"]


def test_a_challenge_is_no_access_token(client: TestClient, helena: Person, app: Authenticator) -> None:
    helena.token = challenge(client, helena)

    assert helena.ask("GET", "/v1/me").status_code == 401


def test_a_secret_that_was_only_offered_asks_for_nothing(client: TestClient, helena: Person, clock: Clock) -> None:
    scan(helena, clock)

    answer = client.post("/v1/auth/session", json={"email": helena.email, "password": PASSWORD})

    assert answer.status_code == 201


def test_a_code_is_good_once_and_none_before_it_is_afterwards(
    client: TestClient, helena: Person, app: Authenticator, clock: Clock
) -> None:
    clock.move(timedelta(seconds=60))
    code, before = app.code(), app.code(periods=-1)
    assert give(client, helena, code).status_code == 201

    for used in (code, before):
        answer = give(client, helena, used)
        assert (answer.status_code, answer.json()["code"]) == (401, "wrong_code")


@pytest.mark.parametrize(("periods", "status"), [(-2, 401), (-1, 201), (1, 201), (2, 401)])
def test_a_clock_may_be_a_period_off(
    client: TestClient, helena: Person, app: Authenticator, clock: Clock, periods: int, status: int
) -> None:
    clock.move(timedelta(minutes=5))

    assert give(client, helena, app.code(periods=periods)).status_code == status


@pytest.mark.parametrize("code", ["000000", "١٢٣٤٥٦", "12345", "abcdef", "1" * 61, "", "12345６", "12 34 5!"])
def test_what_is_no_code_is_refused(client: TestClient, helena: Person, app: Authenticator, code: str) -> None:
    assert give(client, helena, code).status_code in {401, 422}


def test_a_code_may_be_typed_with_a_gap(client: TestClient, helena: Person, app: Authenticator) -> None:
    code = app.code()

    assert give(client, helena, f" {code[:3]} {code[3:]} ").status_code == 201


def test_after_five_wrong_codes_the_right_one_is_not_looked_at_for_a_quarter_of_an_hour(
    client: TestClient, helena: Person, app: Authenticator, clock: Clock, database: Database
) -> None:
    shop, shown = shop_of(helena), challenge(client, helena)
    for _ in range(5):
        refused = client.post(STEP, json={"challenge": shown, "code": app.wrong_code()})
        assert refused.json()["code"] == "wrong_code"

    answer = client.post(STEP, json={"challenge": shown, "code": app.code()})
    assert (answer.status_code, answer.json()["code"]) == (429, "too_many_codes")
    assert answer.headers["retry-after"] == "900"
    assert kinds_told(database, shop).count("second_factor_failed") == 5

    clock.move(timedelta(minutes=15, seconds=1))
    assert give(client, helena, app.code()).status_code == 201


def test_a_challenge_is_over_after_five_minutes(
    client: TestClient, helena: Person, app: Authenticator, clock: Clock
) -> None:
    shown = challenge(client, helena)
    clock.move(timedelta(minutes=5))

    answer = client.post(STEP, json={"challenge": shown, "code": app.code()})

    assert (answer.status_code, answer.json()["code"]) == (401, "challenge_ended")


@pytest.mark.parametrize("forged", ["", "x", "a.b.c", "eyJhbGciOiJub25lIn0.e30."])
def test_a_challenge_that_we_did_not_write_is_refused(client: TestClient, forged: str) -> None:
    answer = client.post(STEP, json={"challenge": forged, "code": "123456"})

    assert (answer.status_code, answer.json()["code"]) == (401, "challenge_ended")


def test_a_recovery_code_is_good_once_however_it_is_typed(
    client: TestClient, helena: Person, clock: Clock, database: Database
) -> None:
    _, codes = turn_on(helena, clock)
    shop = shop_of(helena)
    assert len(set(codes)) == 10

    assert give(client, helena, codes[0]).status_code == 201
    assert give(client, helena, codes[0]).json()["code"] == "wrong_code"
    assert give(client, helena, codes[1].upper().replace("-", " ")).status_code == 201

    assert helena.get("/v1/me")["recovery_codes"] == 8
    assert kinds_told(database, shop).count("recovery_code_used") == 2


def test_recovery_codes_are_renewed_for_a_code_and_those_of_before_are_good_no_more(
    client: TestClient, helena: Person, clock: Clock
) -> None:
    app, old = turn_on(helena, clock)
    clock.move(timedelta(seconds=30))

    answer = helena.ask("POST", "/v1/auth/second-factor/recovery-codes", {"code": app.code()})

    new = answer.json()["data"]["recovery_codes"]
    assert not set(new) & set(old)
    assert give(client, helena, old[0]).status_code == 401
    assert give(client, helena, new[0]).status_code == 201


def test_the_secret_and_the_codes_are_kept_so_that_the_database_alone_tells_nothing(
    client: TestClient, helena: Person, clock: Clock, owner: psycopg.Connection
) -> None:
    app, codes = turn_on(helena, clock)

    kept = owner.execute("SELECT totp_secret FROM users WHERE email = %s", [helena.email]).fetchone()

    assert kept
    assert app.secret not in bytes(kept[0])
    assert all(len(code.replace("-", "")) == 24 for code in codes)


def test_a_secret_of_somebody_else_opens_for_nobody(
    client: TestClient, helena: Person, app: Authenticator, people: People, clock: Clock, owner: psycopg.Connection
) -> None:
    mallory = people.owner()
    hers, _ = turn_on(mallory, clock)
    # Mallory has reached the database, and puts her own secret in place of another's.
    owner.execute(
        "UPDATE users SET totp_secret = (SELECT totp_secret FROM users WHERE email = %s) WHERE email = %s",
        [mallory.email, helena.email],
    )
    clock.move(timedelta(seconds=60))

    assert give(client, helena, hers.code()).status_code == 503


def test_it_is_turned_on_once_and_off_with_both_factors(
    client: TestClient, helena: Person, app: Authenticator, clock: Clock, database: Database
) -> None:
    shop = shop_of(helena)
    again = helena.ask("POST", "/v1/auth/second-factor", {"password": PASSWORD})
    confirmed = helena.ask("POST", "/v1/auth/second-factor/confirmation", {"code": app.code()})
    assert again.json()["code"] == confirmed.json()["code"] == "already_on"

    off = "/v1/auth/second-factor/removal"
    assert helena.ask("POST", off, {"password": "outra", "code": app.code()}).json()["code"] == "wrong_password"
    assert helena.ask("POST", off, {"password": PASSWORD, "code": app.wrong_code()}).json()["code"] == "wrong_code"
    assert helena.ask("POST", off, {"password": PASSWORD, "code": app.code()}).status_code == 200

    assert client.post("/v1/auth/session", json={"email": helena.email, "password": PASSWORD}).status_code == 201
    assert helena.ask("POST", off, {"password": PASSWORD, "code": app.code()}).json()["code"] == "not_on"
    assert kinds_told(database, shop) == [
        "signed_in",
        "second_factor_on",
        "recovery_codes_renewed",
        "second_factor_failed",
        "second_factor_off",
        "signed_in",
    ]


def test_recovery_codes_are_for_whoever_has_it_on(helena: Person) -> None:
    answer = helena.ask("POST", "/v1/auth/second-factor/recovery-codes", {"code": "123456"})

    assert (answer.status_code, answer.json()["code"]) == (409, "not_on")


def test_an_open_screen_turns_nothing_on(helena: Person) -> None:
    answer = helena.ask("POST", "/v1/auth/second-factor", {"password": "nem imagino qual"})

    assert (answer.status_code, answer.json()["code"]) == (422, "wrong_password")


def test_while_the_key_is_away_nobody_gets_in_without_it(
    client: TestClient, helena: Person, app: Authenticator, around: Surroundings
) -> None:
    around.aws.refuse("Decrypt")

    answer = give(client, helena, app.code())

    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    around.aws.allow("Decrypt")
    assert give(client, helena, app.code()).status_code == 201
