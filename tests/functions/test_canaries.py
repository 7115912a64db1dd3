"""What people write and what lets somebody in is in no log line and no metric, whatever is asked of the API and however it fails.

`House.invoke` searches everything that a function has written for the canaries; here they are sent by every way in.
"""

import itertools
import json
import logging
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql

from auzap.identity import tokens
from auzap.identity.tokens import Bearer
from tests.functions.house import House
from tests.functions.live import Live, Person, listening
from tests.functions.sandbox import Invocation
from tests.functions.specified import Request, Specified

# Each of a kind that nobody may read in a log; a line of its own in one of them would be one that we did not write.
FORGED = '{"level":"ERROR","message":"forged by a customer"}'
CANARIES = {
    "phone": "+5511987650143",
    "name": "Filomena Quixaba",
    "text": "o portão azul fica aberto às terças",
    "e-mail": "filomena.quixaba@canario.example",
    "password": "tucano-no-guarda-roupa",
    "token": "eyJhbGciOiJIUzI1NiJ9.canario.assinado",
    "api key": "azk_canariocanariocanariocanario",
    "totp": "JBSWY3DPEHPK3PXPCANARIO",
    "link": "https://app.example/nova-senha#canario-da-senha",
    "search": "buscando xerimbabo",
    "file": "nome;telefone\nZuleica Xavier;11988887777",
    "lines": f"primeira linha\r\n{FORGED}\r\nterceira",
}
# Of those of several lines each is one.
PARTS = {part for text in CANARIES.values() for part in text.splitlines()} | {"forged by a customer"}
SECONDS = 240


@pytest.fixture
def live(lonely_house: House) -> Iterator[Live]:
    lonely_house.canaries |= PARTS
    with listening(lonely_house) as live:
        yield live


def ask(live: Live, requests: Iterable[Request], shown: str, **settings: str) -> list[tuple[int, Any]]:
    """All in one sandbox; every line that it wrote is one of ours. Status and body of each answer."""
    events = [_event(request, shown) for request in requests]
    told = live.house.invoke("serve_api", *events, settings=settings, seconds=SECONDS)
    assert_lines(told)
    return [(answer["statusCode"], _body(answer)) for answer in told.answers]


def assert_lines(told: Invocation) -> None:
    for line in told.output.splitlines():
        assert isinstance(json.loads(line), dict), line
        assert "forged" not in line


def _event(request: Request, shown: str) -> dict[str, Any]:
    method, path, query, body = request
    lines = CANARIES["lines"]
    return {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": query,
        "headers": {
            "host": "api.example",
            "authorization": shown,
            "content-type": "application/json",
            "idempotency-key": f"{CANARIES['name']} {uuid4().hex}",
            "accept-language": lines,
            "x-request-id": lines,
            "x-forwarded-for": CANARIES["text"],
            "user-agent": lines,
            "cookie": f"__Host-auzap_refresh={CANARIES['token']}",
        },
        "requestContext": {
            "http": {
                "method": method,
                "path": path,
                "sourceIp": "127.0.0.1",
                "protocol": "HTTP/1.1",
                "userAgent": lines,
            },
            "stage": "$default",
            "requestId": "a-request",
        },
        **({} if body is None else {"body": body if isinstance(body, str) else json.dumps(body)}),
        "isBase64Encoded": False,
    }


def _body(answer: dict[str, Any]) -> Any:
    return json.loads(answer["body"]) if answer.get("body") and "json" in answer["headers"]["content-type"] else None


def token_of(live: Live, person: Person) -> str:
    bearer = Bearer(person.session_id, person.user_id, person.organization_id)
    token = tokens.access_token(tokens.keys_from(live.identity), bearer, now=datetime.now(UTC))
    live.house.canaries.add(token)
    return f"Bearer {token}"


@pytest.fixture(scope="module")
def specified() -> Specified:
    return Specified()


def canaries(first: int = 0) -> Iterator[str]:
    return itertools.islice(itertools.cycle(CANARIES.values()), first, None)


@pytest.mark.parametrize("first", range(3))
def test_nothing_that_is_sent_to_any_route_is_logged(live: Live, specified: Specified, first: int) -> None:
    shown = token_of(live, live.person(role="owner"))

    answers = ask(live, specified.requests(canaries(first)), shown)

    statuses = {status for status, _ in answers}
    assert {401, 404, 422, 200, 201} <= statuses
    assert 500 not in statuses


@pytest.mark.parametrize(
    "shown", ["", f"Bearer {CANARIES['token']}", f"Bearer {CANARIES['api key']}", CANARIES["lines"]]
)
def test_nothing_of_whoever_is_not_let_in_is_logged(live: Live, specified: Specified, shown: str) -> None:
    answers = ask(live, specified.requests(canaries()), shown)

    assert {status for status, _ in answers} >= {401}


def test_nothing_is_logged_of_bodies_that_are_no_json_and_of_addresses_that_are_not_there(live: Live) -> None:
    shown = token_of(live, live.person(role="owner"))
    bodies = [f'{{"name": "{text}' for text in CANARIES.values()]
    strange = [f"/v1/{quote(text)}" for text in CANARIES.values()]

    answers = ask(
        live,
        [*(("POST", "/v1/contacts", "", body) for body in bodies), *(("GET", path, "", None) for path in strange)],
        shown,
    )

    assert {status for status, _ in answers} == {422, 404}


def test_nothing_is_logged_while_the_database_is_away(live: Live, specified: Specified) -> None:
    shown = token_of(live, live.person(role="owner"))
    away = "postgresql://auzap_app:none@127.0.0.1:1/auzap"

    answers = ask(live, specified.requests(canaries()), shown, AUZAP_DATABASE_URL=away)

    assert {status for status, _ in answers} >= {503}


def test_what_the_database_quotes_of_a_row_is_not_logged(live: Live, specified: Specified) -> None:
    """Every table refuses whatever is written, and its error says what that was."""
    shown = token_of(live, live.person(role="owner"))
    with psycopg.connect(live.house.place.owner) as owner:
        for table in written(owner):
            planted = sql.SQL("ALTER TABLE {} ADD CONSTRAINT planted CHECK (false) NOT VALID")
            owner.execute(planted.format(sql.Identifier(table)))

    answers = ask(live, specified.requests(canaries(1)), shown)

    failed = [body["code"] for status, body in answers if status == 500]
    refused = [body["code"] for _, body in answers if body and body.get("code", "").startswith("unfit_")]
    assert set(failed) == {"unexpected"}
    assert len(failed + refused) > 10


def written(owner: psycopg.Connection) -> list[str]:
    """Every table, but those without which nobody gets as far as writing."""
    rows = owner.execute(
        """
        SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace AND NOT relispartition
          AND relname NOT IN ('sessions', 'idempotency_keys', 'schema_migrations', 'api_keys')
        """
    )
    return [row[0] for row in rows]


def test_no_secret_that_is_made_is_logged(live: Live) -> None:
    """Tokens of a new shop, the secret of an authenticator, a program's key, a ticket, the link of a mail."""
    registration = {
        "shop_name": "Pet Canário",
        "name": CANARIES["name"],
        "email": CANARIES["e-mail"],
        "password": CANARIES["password"],
    }
    ((status, made),) = ask(live, [("POST", "/v1/auth/registration", "", registration)], "")
    assert status == 201
    shown = f"Bearer {made['data']['access_token']}"
    live.house.canaries.add(made["data"]["access_token"])

    answers = ask(
        live,
        [
            ("POST", "/v1/auth/second-factor", "", {"password": CANARIES["password"]}),
            ("POST", "/v1/api-keys", "", {"name": "Site", "scopes": ["contacts:read"]}),
            ("POST", "/v1/realtime/ticket", "", None),
            ("POST", "/v1/invitations", "", {"email": CANARIES["e-mail"], "role": "staff"}),
            ("POST", "/v1/auth/password-reset", "", {"email": CANARIES["e-mail"]}),
        ],
        shown,
    )
    assert [status for status, _ in answers[:3]] == [200, 201, 201], answers
    secrets = {answers[0][1]["data"]["uri"], answers[1][1]["data"]["secret"], answers[2][1]["data"]["ticket"]}
    links = {row[0] for row in mails(live.house)}
    live.house.canaries |= secrets | links

    assert links
    for queue in ("automations", "changes"):
        live.house.work(queue, settings=live.settings)


def mails(house: House) -> list[tuple[str]]:
    """Of all shops: where their links lead."""
    with psycopg.connect(house.place.admin) as admin:
        return admin.execute("SELECT content ->> 'link' FROM mails WHERE content ? 'link'").fetchall()


def test_nothing_of_what_is_said_and_heard_over_the_socket_is_logged(live: Live) -> None:
    helena = live.person()
    socket = live.open(helena)
    for text in CANARIES.values():
        refused, _ = live.enter(text)
        assert refused == 401
        for frame in (text, json.dumps({"action": text}), json.dumps({"action": "here", "conversation_id": text})):
            assert_lines(live.say_text(socket, frame))
        live.add_contact(text.splitlines()[0])

    for told in live.publish():
        assert_lines(told)


def test_a_customer_writes_no_line_of_the_log(live: Live) -> None:
    house = live.house
    for text in CANARIES.values():
        house.says(house.person("Bruno"), text)

    for queue in ("inbound", "turns", "outbox", "changes", "automations"):
        for told in house.work(queue, settings=live.settings):
            assert_lines(told)


@pytest.mark.filterwarnings("ignore:There is no current event loop:DeprecationWarning")
def test_the_servers_own_log_of_addresses_is_off() -> None:
    import functions.serve_api.handler

    assert functions.serve_api.handler
    assert not logging.getLogger("mangum.http").isEnabledFor(logging.ERROR)
