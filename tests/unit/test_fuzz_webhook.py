"""Whatever a webhook holds: it is answered without a 5xx, and every element of it is on a queue or kept aside."""

import copy
import json
import random
import re
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from auzap.channels.whatsapp import inbound
from auzap.channels.whatsapp.signature import sign
from functions.receive_webhook import handler as receive_webhook
from tests.unit import whatsapp_bodies as whatsapp
from tests.unit.nasty_strings import NASTY
from tests.unit.scripted_server import Answer, ScriptedServer, scripted

APP_SECRET = "app-secret"
SECRET = Answer(body={"SecretString": json.dumps({"app_secrets": [APP_SECRET], "verify_token": "verify"})})
MARK = re.compile(r"mark-\d+-")

BOUNDED = settings(
    max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], deadline=None
)

ANY_TEXT = st.text(st.characters(), max_size=12) | st.sampled_from(NASTY)
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | ANY_TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(ANY_TEXT, inner, max_size=4),
    max_leaves=12,
)


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[ScriptedServer]:
    """Secrets, queues and buckets that take everything."""
    with scripted(SECRET, Answer()) as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL", server.url)
        monkeypatch.setenv("AUZAP_INBOUND_QUEUE_URL", f"{server.url}/1/inbound.fifo")
        monkeypatch.setenv("AUZAP_PROVIDER_EVENTS_QUEUE_URL", f"{server.url}/1/events")
        monkeypatch.setenv("AUZAP_QUARANTINE_BUCKET", "quarantine")
        monkeypatch.setenv("AUZAP_WHATSAPP_SECRET", "whatsapp")
        yield server
        for service in ("sqs", "s3", "secretsmanager"):
            receive_webhook._client(service)._connection.close()
        receive_webhook._client.cache_clear()
        receive_webhook._fetch_secret.cache_clear()


def post(body: bytes, signature: str | None = None) -> int:
    event = {
        "headers": {"x-hub-signature-256": sign(body, APP_SECRET) if signature is None else signature},
        "requestContext": {"http": {"method": "POST"}},
        "isBase64Encoded": False,
        "body": body.decode("utf-8", "surrogateescape"),
    }
    try:
        return receive_webhook.handler(event, None)["statusCode"]
    except UnicodeEncodeError:
        # A body that is no text comes in base64, and is another test's.
        return 401


def stored(server: ScriptedServer) -> str:
    """All that went to a queue or a bucket, as one text."""
    kept: list[str] = []
    for request in server.requests:
        if request.method == "PUT":
            kept.append(request.body.decode("utf-8", "replace"))
        elif request.headers.get("X-Amz-Target", "").endswith("SendMessageBatch"):
            kept += [entry["MessageBody"] for entry in request.json["Entries"]]
    server.requests.clear()
    return "\n".join(kept)


@BOUNDED
@given(ANY_JSON)
def test_any_json_is_answered_and_kept(aws: ScriptedServer, payload: Any) -> None:
    body = json.dumps(payload).encode()

    assert post(body) == 200
    if not isinstance(payload, dict) or payload.get("entry") != []:
        assert stored(aws)


@BOUNDED
@given(st.binary(max_size=200))
def test_any_bytes_are_answered_and_kept(aws: ScriptedServer, body: bytes) -> None:
    assert post(body) in {200, 401}
    aws.requests.clear()


@BOUNDED
@given(header=ANY_TEXT, body=st.sampled_from([b"", b"{}", b"[]"]))
def test_no_signature_but_the_right_one_opens_anything(aws: ScriptedServer, header: str, body: bytes) -> None:
    assert post(body, header) == 401
    assert stored(aws) == ""


def marked_body() -> dict[str, Any]:
    """Every kind of element, each with a mark of its own in it."""
    marks = iter(range(1_000))

    def mark(elements: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [copy.deepcopy(element) | {"note": f"mark-{next(marks)}-"} for element in elements]

    thread = {"id": whatsapp.WA_ID, "messages": mark([whatsapp.message(wamid="wamid.then"), whatsapp.echo("wamid.o")])}
    wish = {"wa_id": whatsapp.WA_ID, "category": "marketing_messages", "value": "stop", "timestamp": 1_795_233_600}
    return whatsapp.body(
        whatsapp.change(contacts=[whatsapp.person()], messages=mark(whatsapp.every_message())),
        whatsapp.change(statuses=mark([whatsapp.status(state) for state in ("sent", "delivered", "read", "failed")])),
        whatsapp.change(messages=mark([whatsapp.message()]), statuses=mark([whatsapp.status()])),
        whatsapp.change(field="smb_message_echoes", message_echoes=mark([whatsapp.echo()])),
        whatsapp.change(field="history", history=[{"threads": [thread]}]),
        whatsapp.change(field="user_preferences", user_preferences=mark([wish])),
        whatsapp.change(field="smb_app_state_sync", state_sync=mark([{"contact": {"phone_number": whatsapp.WA_ID}}])),
    )


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every place in a JSON value where something stands."""
    keys = value.keys() if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    for key in list(keys):
        yield value, key
        yield from places(value[key])


def damage(payload: dict[str, Any], chance: random.Random) -> None:
    holder, key = chance.choice(list(places(payload)))
    junk = [None, True, -1, 1e308 * 10, 10**30, [], {}, [[]], {"": {}}, [None], *NASTY]
    match chance.randrange(5):
        case 0:
            holder[key] = chance.choice(junk)
        case 1 if isinstance(holder, dict):
            holder[chance.choice(NASTY)[:200]] = holder.pop(key)
        case 2:
            holder[key] = [holder[key], chance.choice(junk)]
        case 3 if isinstance(holder, list):
            holder.insert(chance.randrange(len(holder) + 1), chance.choice(junk))
        case _:
            for _ in range(chance.choice([1, 50, 150])):
                holder[key] = {"deeper": holder[key]}


@BOUNDED
@given(seed=st.integers(0, 2**32), blows=st.integers(1, 6))
def test_of_a_damaged_body_no_element_is_lost(aws: ScriptedServer, seed: int, blows: int) -> None:
    payload, chance = marked_body(), random.Random(seed)
    for _ in range(blows):
        damage(payload, chance)
    body = json.dumps(payload).encode()

    assert post(body) == 200
    assert set(MARK.findall(body.decode())) == set(MARK.findall(stored(aws)))


@BOUNDED
@given(seed=st.integers(0, 2**32))
def test_what_of_a_damaged_body_is_let_through_can_be_read(aws: ScriptedServer, seed: int) -> None:
    payload, chance = marked_body(), random.Random(seed)
    for _ in range(4):
        damage(payload, chance)
    post(json.dumps(payload).encode())
    inbound_calls = [request for request in aws.requests if b"inbound.fifo" in request.body]
    entries = [json.loads(entry["MessageBody"]) for call in inbound_calls for entry in call.json["Entries"]]
    aws.requests.clear()

    for envelope in entries:
        message = inbound.read(envelope)
        # As the database takes it: JSON without NUL and lone halves, texts in UTF-8.
        assert "\\u0000" not in json.dumps([message.raw, message.details]).replace("\\\\", "")
        json.dumps([message.raw, message.details], ensure_ascii=False, allow_nan=False).encode()
        for text in (message.text, message.reply_to, message.provider_id, message.profile_name or ""):
            text.encode()
            assert "\x00" not in text


@pytest.mark.parametrize("levels", [100, 1_000, 10_000, 100_000])
@pytest.mark.parametrize("opened", ['{"entry":', "[", '{"entry":[{"changes":[{"field":"messages","value":'])
def test_a_body_as_deep_as_it_may_be_is_answered_and_kept(aws: ScriptedServer, levels: int, opened: str) -> None:
    times = levels // opened.count("{") if "{" in opened else levels
    closing = "".join({"{": "}", "[": "]"}[letter] for letter in reversed(opened) if letter in "{[")
    body = (opened * times + '"mark-1-"' + closing * times).encode()

    assert post(body) == 200
    assert "mark-1-" in stored(aws)


def test_a_known_change_that_is_too_deep_to_be_written_is_kept_as_it_came(aws: ScriptedServer) -> None:
    for field in ("account_update", "messages"):
        change = (
            whatsapp.account_change(field, deep="?") if field == "account_update" else whatsapp.change(messages=["?"])
        )
        body = json.dumps(whatsapp.body(change)).replace('"?"', "[" * 5_000 + '"mark-1-"' + "]" * 5_000).encode()

        assert post(body) == 200
        assert "mark-1-" in stored(aws)
