"""A shop's numbers: connected by the code of a signup, registered, checked, disconnected; each of one shop alone."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from auzap import runtime
from auzap.channels import credentials
from auzap.channels.whatsapp import graph
from auzap.channels.whatsapp.graph import Graph
from auzap.db.connection import Database
from local.street.accounts import APP_ID
from local.street.config import Account
from tests import factories
from tests.api.people import People, Person
from tests.api.shops import become, changed, fields, made, organization_of, refused
from tests.api.surroundings import Surroundings
from tests.functions.outside import street
from tests.functions.outside.street import Outside, Server

BUSINESS = f"2{uuid4().int % 10**14:014d}"
NUMBERS = tuple(
    Account(
        phone_number_id=f"1{uuid4().int % 10**14:014d}",
        waba_id=BUSINESS,
        display_phone=f"+55 11 9{3000 + place}-000{place}",
        shop_name=name,
        access_token=f"token-{place}-{uuid4().hex}",
    )
    for place, name in enumerate(("Patas & Cia", "Patas Hotel"))
)
NUMBER, SECOND = NUMBERS


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with street.serving() as server:
        yield server
        # Kept by the sandbox that asked it.
        graph._connection("http", f"127.0.0.1:{server.port}", Graph("").timeout).close()


@pytest.fixture
def outside(
    server: Server, database: Database, around: Surroundings, monkeypatch: pytest.MonkeyPatch, owner: psycopg.Connection
) -> Iterator[Outside]:
    """Meta, with two numbers of one business account; whenever it is asked, no transaction is open."""
    with server.standing(NUMBER, accounts=NUMBERS) as outside:
        monkeypatch.setenv("AUZAP_GRAPH_URL", outside.graph_url)
        secret = {"app_id": APP_ID, "app_secrets": ["of-the-tests"], "verify_token": "x"}
        monkeypatch.setenv("AUZAP_WHATSAPP_SECRET", around.keep_secret(secret))
        runtime.settings.cache_clear()
        held: list[bool] = []
        outside.on_call = lambda: held.append(database.in_transaction)
        yield outside
        assert not any(held)


@pytest.fixture
def helena(people: People, outside: Outside, database: Database) -> Iterator[Person]:
    helena = people.owner()
    yield helena
    forget(database, helena)


def forget(database: Database, person: Person) -> None:
    """So that the numbers are nobody's for the next test."""
    with database.transaction(organization_of(person), "test") as tx:
        tx.execute("UPDATE channel_accounts SET status = 'disconnected'")


def signup(number: Account = NUMBER, **more: Any) -> dict[str, Any]:
    code = f"signup-{number.phone_number_id}-{uuid4().hex}"
    return {"code": code, "phone_number_id": number.phone_number_id, "business_id": number.waba_id, **more}


def connect(person: Person, number: Account = NUMBER, **more: Any) -> Any:
    return person.ask("POST", "/v1/channel-accounts", signup(number, **more))


def test_a_shop_without_a_number_has_an_empty_list(helena: Person) -> None:
    assert helena.get("/v1/channel-accounts") == []


def test_a_number_is_connected_registered_heard_and_checked(
    helena: Person, outside: Outside, database: Database
) -> None:
    outside.street.accounts.subscribe(NUMBER, to=False)

    account = made(connect(helena))

    assert helena.get("/v1/channel-accounts") == [account]
    assert (account["status"], account["status_reason"], account["phone"]) == ("connected", None, "+5511930000000")
    assert (account["display_name"], account["quality"], account["limit"]) == ("Patas & Cia", "GREEN", "TIER_2K")
    assert (account["subscription"], account["external_id"]) == ("subscribed", NUMBER.phone_number_id)
    assert account["checked_at"]
    assert ("POST", f"/graph/v26.0/{NUMBER.phone_number_id}/register") in outside.requests
    assert outside.street.accounts.is_subscribed(NUMBER)


def test_its_token_is_sealed_for_the_shop_and_shown_to_nobody(
    helena: Person, outside: Outside, database: Database
) -> None:
    answer = connect(helena)

    assert NUMBER.access_token not in answer.text
    organization_id = organization_of(helena)
    with database.transaction(organization_id, "test") as tx:
        ((wrapped, sealed),) = tx.execute(
            "SELECT wrapped_key, credentials FROM organization_keys, channel_accounts"
        ).fetchall()
        trail = tx.execute("SELECT audit::text FROM audit WHERE table_name = 'channel_accounts'").fetchall()
        kept = tx.execute("SELECT response::text FROM idempotency_keys").fetchall()
    kms = runtime.aws("kms")
    assert credentials.opened(kms, organization_id, wrapped_key=wrapped, sealed=sealed) == NUMBER.access_token
    assert NUMBER.access_token.encode() not in sealed
    assert trail
    assert not any(NUMBER.access_token in row[0] or sealed.hex() in row[0] for row in (*trail, *kept))


def test_a_doubled_request_connects_once(helena: Person, outside: Outside) -> None:
    given = signup()
    answers = [helena.ask("POST", "/v1/channel-accounts", given, **{"idempotency-key": "once"}) for _ in range(2)]

    assert answers[0].status_code == answers[1].status_code == 201
    assert answers[0].json() == answers[1].json()
    assert len([path for _, path in outside.requests if path.endswith("/oauth/access_token")]) == 1


def test_a_number_that_another_shop_has_is_refused_and_stays_where_it_is(
    helena: Person, people: People, outside: Outside, database: Database
) -> None:
    account, otto = made(connect(helena)), people.owner()
    registered = outside.requests.count(("POST", f"/graph/v26.0/{NUMBER.phone_number_id}/register"))

    assert refused(connect(otto)) == (409, "number_taken")

    assert otto.get("/v1/channel-accounts") == []
    assert helena.get("/v1/channel-accounts") == [account]
    assert outside.requests.count(("POST", f"/graph/v26.0/{NUMBER.phone_number_id}/register")) == registered


def test_a_code_that_meta_does_not_take_is_refused(helena: Person, outside: Outside) -> None:
    given = signup()
    for code in ("nonsense", "signup-1", "código&client_id=1"):
        assert refused(helena.ask("POST", "/v1/channel-accounts", given | {"code": code})) == (422, "code_refused")
    made(helena.ask("POST", "/v1/channel-accounts", given))

    assert refused(helena.ask("POST", "/v1/channel-accounts", given)) == (422, "code_refused")


@pytest.mark.parametrize("wrong", [{"business_id": "77"}, {"phone_number_id": "77"}])
def test_a_number_that_the_signup_does_not_show_is_refused(helena: Person, wrong: dict[str, str]) -> None:
    assert refused(helena.ask("POST", "/v1/channel-accounts", signup() | wrong)) == (422, "number_not_there")
    assert helena.get("/v1/channel-accounts") == []


@pytest.mark.parametrize("field", ["phone_number_id", "business_id", "pin"])
def test_what_is_no_id_is_named_by_its_field_and_never_asked_for(helena: Person, outside: Outside, field: str) -> None:
    outside.requests.clear()

    assert fields(helena.ask("POST", "/v1/channel-accounts", signup() | {field: "../1?x=1"})) == [field]
    assert outside.requests == []


def test_a_plan_has_room_for_so_many_numbers(helena: Person) -> None:
    made(connect(helena))

    assert refused(connect(helena, SECOND)) == (409, "too_many_numbers")
    assert made(connect(helena))["status"] == "connected"
    assert len(helena.get("/v1/channel-accounts")) == 1


def test_a_number_with_another_pin_is_kept_and_registered_with_the_right_one(helena: Person, outside: Outside) -> None:
    outside.street.accounts.register(NUMBER, "424242")

    account = made(connect(helena))
    assert (account["status"], account["status_reason"]) == ("failing", "wrong_pin")
    path = f"/v1/channel-accounts/{account['id']}/registration"
    assert refused(helena.ask("POST", path, {"pin": "111111"})) == (422, "wrong_pin")
    assert fields(helena.ask("POST", path, {"pin": "12345"})) == ["pin"]

    after = changed(helena.ask("POST", path, {"pin": "424242"}))

    assert (after["id"], after["status"], after["status_reason"]) == (account["id"], "connected", None)


def test_a_number_is_registered_with_the_pin_that_is_given_else_always_with_the_same(
    helena: Person, outside: Outside
) -> None:
    made(connect(helena))
    assert made(connect(helena))["status"] == "connected"

    assert made(connect(helena, pin="424242"))["status_reason"] == "wrong_pin"


def test_a_number_that_goes_on_in_the_app_of_a_phone_is_not_registered(helena: Person, outside: Outside) -> None:
    outside.street.accounts.change_health(NUMBER, {"is_on_biz_app": True})

    assert made(connect(helena))["status"] == "connected"

    paths = [path for _, path in outside.requests]
    assert not any(path.endswith("/register") for path in paths)
    assert len([path for path in paths if path.endswith("/smb_app_data")]) == 2


def test_the_health_of_a_number_is_asked_for_now(helena: Person, outside: Outside) -> None:
    account = made(connect(helena))
    outside.street.accounts.change_health(NUMBER, {"quality_rating": "RED"})

    after = changed(helena.ask("POST", f"/v1/channel-accounts/{account['id']}/health-check"))

    assert (after["status"], after["quality"]) == ("degraded", "RED")
    assert "quality red" in after["status_reason"]


def test_a_number_that_is_well_again_sends_what_waited(
    helena: Person, outside: Outside, database: Database, around: Surroundings
) -> None:
    account = made(connect(helena))["id"]
    with database.transaction(organization_of(helena), "test") as tx:
        known = factories.Account(account, NUMBER.phone_number_id)
        place = factories.make_conversation(tx, known, factories.make_contact(tx))
        tx.execute(
            "UPDATE channel_accounts SET sending_paused_until = app.now() + interval '1 hour', status = 'failing'"
        )
        tx.execute(
            """
            INSERT INTO outbox (conversation_id, kind, content, author, due_at)
            VALUES (%s, 'staff', '{"type": "text", "text": "Oi"}', 'person', app.now())
            """,
            [place],
        )

    changed(helena.ask("POST", f"/v1/channel-accounts/{account}/health-check"))

    assert [hint["conversation_id"] for hint in around.hints("outbox")] == [str(place)]


def test_a_number_that_is_disconnected_has_no_token_and_is_anothers_to_connect(
    helena: Person, people: People, outside: Outside, database: Database
) -> None:
    account = made(connect(helena))

    assert helena.ask("DELETE", f"/v1/channel-accounts/{account['id']}").status_code == 204

    (known,) = helena.get("/v1/channel-accounts")
    assert (known["id"], known["status"]) == (account["id"], "disconnected")
    with database.transaction(organization_of(helena), "test") as tx:
        assert tx.execute("SELECT credentials FROM channel_accounts").fetchone() == (None,)
    assert not outside.street.accounts.is_subscribed(NUMBER)
    assert refused(helena.ask("DELETE", f"/v1/channel-accounts/{account['id']}")) == (404, "unknown_account")
    otto = people.owner()
    assert made(connect(otto, pin=None))["status_reason"] == "wrong_pin"
    forget(database, otto)


def test_a_number_that_comes_back_is_the_same_account(helena: Person, outside: Outside) -> None:
    account = made(connect(helena))["id"]
    helena.ask("DELETE", f"/v1/channel-accounts/{account}")

    again = made(connect(helena))

    assert (again["id"], again["status"]) == (account, "connected")


def test_a_business_is_listened_to_while_one_of_its_numbers_is_here(
    helena: Person, outside: Outside, database: Database, owner: psycopg.Connection
) -> None:
    owner.execute("UPDATE organizations SET plan = 'pro' WHERE id = %s", [organization_of(helena)])
    first, second = made(connect(helena))["id"], made(connect(helena, SECOND))["id"]

    helena.ask("DELETE", f"/v1/channel-accounts/{first}")
    assert outside.street.accounts.is_subscribed(NUMBER)
    helena.ask("DELETE", f"/v1/channel-accounts/{second}")

    assert not outside.street.accounts.is_subscribed(SECOND)


def test_a_provider_that_is_away_changes_nothing_and_is_said_so(
    helena: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AUZAP_GRAPH_URL", "http://127.0.0.1:9/graph")
    runtime.settings.cache_clear()

    answer = connect(helena)

    assert refused(answer) == (503, "provider_away")
    assert answer.headers["retry-after"] == "30"
    assert helena.get("/v1/channel-accounts") == []


def test_a_number_is_disconnected_also_while_the_provider_is_away(
    helena: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = made(connect(helena))["id"]
    monkeypatch.setenv("AUZAP_GRAPH_URL", "http://127.0.0.1:9/graph")
    runtime.settings.cache_clear()

    assert helena.ask("DELETE", f"/v1/channel-accounts/{account}").status_code == 204
    assert [row["status"] for row in helena.get("/v1/channel-accounts")] == ["disconnected"]


def test_an_installation_without_an_app_says_so(
    helena: Person, around: Surroundings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AUZAP_WHATSAPP_SECRET", around.keep_secret({"app_id": "", "app_secrets": []}))
    runtime.settings.cache_clear()

    assert refused(connect(helena)) == (409, "no_app")


@pytest.mark.parametrize("role", ["staff", "manager"])
def test_only_an_owner_connects_and_disconnects(helena: Person, owner: psycopg.Connection, role: str) -> None:
    account = made(connect(helena))
    become(owner, helena, role)
    path = f"/v1/channel-accounts/{account['id']}"

    assert refused(connect(helena)) == (403, "forbidden")
    assert refused(helena.ask("POST", f"{path}/registration", {"pin": "424242"})) == (403, "forbidden")
    assert refused(helena.ask("DELETE", path)) == (403, "forbidden")
    checked = helena.ask("POST", f"{path}/health-check")
    assert checked.status_code == (403 if role == "staff" else 200)
    assert [row["status"] for row in helena.get("/v1/channel-accounts")] == ["connected"]


def test_another_shops_number_is_as_one_that_is_not_there(helena: Person, people: People, outside: Outside) -> None:
    account, otto = made(connect(helena)), people.owner()
    outside.requests.clear()

    assert otto.get("/v1/channel-accounts") == []
    for nobody in (account["id"], str(uuid4())):
        path = f"/v1/channel-accounts/{nobody}"
        assert refused(otto.ask("POST", f"{path}/registration", {"pin": "424242"})) == (404, "unknown_account")
        assert refused(otto.ask("POST", f"{path}/health-check")) == (404, "unknown_account")
        assert refused(otto.ask("DELETE", path)) == (404, "unknown_account")
    assert outside.requests == []
    assert helena.get("/v1/channel-accounts") == [account]
