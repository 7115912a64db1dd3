"""The webhook end to end: signed bodies in, entries on real queues out, and nothing acknowledged that is not stored."""

import base64
import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto.server import ThreadedMotoServer

from auzap.channels.whatsapp.signature import sign
from functions.receive_webhook import handler as receive_webhook
from tests.unit import whatsapp_bodies as whatsapp
from tests.unit.scripted_server import Answer, Hangs, HangsUp, Request, ScriptedServer, scripted

PROJECT = Path(__file__).parents[2]
SECRET = {"app_secrets": ["current-app-secret", "previous-app-secret"], "verify_token": "verify-ção"}
SECRET_ANSWER = Answer(body={"SecretString": json.dumps(SECRET)})
SERVICES = ("sqs", "s3", "secretsmanager")


@dataclass(frozen=True, slots=True)
class Account:
    """The AWS account the webhook writes to: one bucket, two queues, one secret."""

    sqs: Any
    s3: Any
    secrets: Any
    inbound_url: str
    events_url: str
    bucket: str

    def inbound(self) -> list[dict[str, Any]]:
        return self._drained(self.inbound_url)

    def events(self) -> list[dict[str, Any]]:
        return self._drained(self.events_url)

    def _drained(self, url: str) -> list[dict[str, Any]]:
        drained: list[dict[str, Any]] = []
        while found := self._received(url):
            for message in found:
                drained.append(message)
                self.sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return drained

    def _received(self, url: str) -> list[dict[str, Any]]:
        answer = self.sqs.receive_message(
            QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=0, MessageSystemAttributeNames=["All"]
        )
        return answer.get("Messages", [])

    def quarantined(self) -> list[bytes]:
        found = self.s3.list_objects_v2(Bucket=self.bucket, Prefix="whatsapp/").get("Contents", [])
        return [self.s3.get_object(Bucket=self.bucket, Key=kept["Key"])["Body"].read() for kept in found]


@pytest.fixture(scope="session")
def moto_url() -> Iterator[str]:
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def account(moto_url: str, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Iterator[Account]:
    keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test", "region_name": "us-east-1"}
    sqs, s3, secrets = (boto3.client(service, endpoint_url=moto_url, **keys) for service in SERVICES)
    name = f"test-{abs(hash(request.node.nodeid))}"
    inbound = sqs.create_queue(
        QueueName=f"{name}.fifo",
        Attributes={
            "FifoQueue": "true",
            "DeduplicationScope": "messageGroup",
            "FifoThroughputLimit": "perMessageGroupId",
        },
    )["QueueUrl"]
    events = sqs.create_queue(QueueName=name)["QueueUrl"]
    s3.create_bucket(Bucket=name)
    secrets.create_secret(Name=name, SecretString=json.dumps(SECRET))
    _configure(monkeypatch, endpoint=moto_url, inbound=inbound, events=events, bucket=name, secret=name)
    yield Account(sqs, s3, secrets, inbound, events, name)
    _close_clients()
    for client in (sqs, s3, secrets):
        client.close()


def _configure(monkeypatch: pytest.MonkeyPatch, **given: str) -> None:
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    monkeypatch.setenv("AWS_ENDPOINT_URL", given["endpoint"])
    monkeypatch.setenv("AUZAP_INBOUND_QUEUE_URL", given["inbound"])
    monkeypatch.setenv("AUZAP_PROVIDER_EVENTS_QUEUE_URL", given["events"])
    monkeypatch.setenv("AUZAP_QUARANTINE_BUCKET", given["bucket"])
    monkeypatch.setenv("AUZAP_WHATSAPP_SECRET", given["secret"])


def _close_clients() -> None:
    for service in SERVICES:
        receive_webhook._client(service)._connection.close()


type ServedBy = Callable[[ScriptedServer], None]


@pytest.fixture
def served_by(monkeypatch: pytest.MonkeyPatch) -> Iterator[ServedBy]:
    """Make a scripted server all of the AWS that the webhook knows; it is asked for the secret first."""

    def configured(server: ScriptedServer) -> None:
        _configure(
            monkeypatch,
            endpoint=server.url,
            inbound=f"{server.url}/000000000000/inbound.fifo",
            events=f"{server.url}/000000000000/events",
            bucket="quarantine",
            secret="whatsapp",
        )

    yield configured
    _close_clients()


def post(body: bytes | str, *, signature: str | None = None, secret: str = "current-app-secret") -> dict[str, Any]:
    content = body.encode() if isinstance(body, str) else body
    signed = sign(content, secret) if signature is None else signature
    event = {
        "version": "2.0",
        "rawPath": "/webhooks/whatsapp",
        "headers": {"content-type": "application/json", "x-hub-signature-256": signed},
        "requestContext": {"http": {"method": "POST", "path": "/webhooks/whatsapp"}},
        "isBase64Encoded": isinstance(body, bytes),
        "body": base64.b64encode(body).decode() if isinstance(body, bytes) else body,
    }
    return receive_webhook.handler(event, None)


def post_json(payload: Any) -> dict[str, Any]:
    return post(json.dumps(payload))


def get(**query: str) -> dict[str, Any]:
    event = {"version": "2.0", "headers": {}, "requestContext": {"http": {"method": "GET"}}}
    named = {name.replace("_", ".", 1): value for name, value in query.items()}
    return receive_webhook.handler(event | ({"queryStringParameters": named} if named else {}), None)


def bodies(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [json.loads(message["Body"]) for message in messages]


def one_message(wamid: str = "wamid.1") -> dict[str, Any]:
    return whatsapp.body(whatsapp.change(messages=[whatsapp.message(wamid=wamid)]))


def mixed_body() -> dict[str, Any]:
    """3 entries × 2 changes × 4 elements: texts, photos, statuses, and in the last entry echoes."""
    entries = []
    for entry in range(3):
        changes = []
        for number in range(2):
            place = f"{entry}.{number}"
            field, key, made = (
                ("smb_message_echoes", "message_echoes", whatsapp.echo)
                if entry == 2
                else ("messages", "messages", lambda wamid: whatsapp.message("image", wamid=wamid))
            )
            changes.append(
                whatsapp.change(
                    field=field,
                    contacts=[whatsapp.person()],
                    statuses=[
                        whatsapp.status("delivered", wamid=f"wamid.{place}.sent"),
                        whatsapp.status("read", wamid=f"wamid.{place}.sent"),
                    ],
                    **{key: [made(wamid=f"wamid.{place}.0"), made(wamid=f"wamid.{place}.1")]},
                )
            )
        entries.append({"id": whatsapp.BUSINESS, "changes": changes})
    return {"object": "whatsapp_business_account", "entry": entries}


def test_the_challenge_is_echoed_to_whom_knows_the_token(account: Account) -> None:
    answer = get(hub_mode="subscribe", hub_verify_token="verify-ção", hub_challenge="1158201444")

    assert (answer["statusCode"], answer["body"]) == (200, "1158201444")
    assert answer["headers"]["content-type"] == "text/plain"


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"hub_mode": "subscribe", "hub_challenge": "1"},
        {"hub_mode": "subscribe", "hub_verify_token": "", "hub_challenge": "1"},
        {"hub_mode": "subscribe", "hub_verify_token": "wrong", "hub_challenge": "1"},
        {"hub_mode": "subscribe", "hub_verify_token": "verify-", "hub_challenge": "1"},
        {"hub_mode": "subscribe", "hub_verify_token": "\ud800", "hub_challenge": "1"},
        {"hub_mode": "unsubscribe", "hub_verify_token": "verify-ção", "hub_challenge": "1"},
        {"hub_verify_token": "verify-ção", "hub_challenge": "1"},
    ],
)
def test_nobody_else_is_answered_the_challenge(account: Account, query: dict[str, str]) -> None:
    answer = get(**query)

    assert (answer["statusCode"], answer["body"]) == (403, "forbidden")


def test_every_element_of_a_batch_is_on_its_queue_exactly_once(account: Account) -> None:
    assert post_json(mixed_body())["statusCode"] == 200

    inbound, events = bodies(account.inbound()), bodies(account.events())
    places = [f"wamid.{entry}.{change}" for entry in range(3) for change in range(2)]
    assert Counter(envelope["id"] for envelope in inbound) == Counter(
        f"{place}.{number}" for place in places for number in range(2)
    )
    assert Counter(envelope["kind"] for envelope in inbound) == {"message": 8, "echo": 4}
    assert Counter((envelope["id"], envelope["element"]["status"]) for envelope in events) == Counter(
        (f"{place}.sent", state) for place in places for state in ("delivered", "read")
    )
    assert account.quarantined() == []


def test_a_batch_sent_again_puts_no_message_twice(account: Account) -> None:
    for _ in range(2):
        assert post_json(mixed_body())["statusCode"] == 200

    assert len(account.inbound()) == 12


def test_messages_of_one_customer_keep_their_order_in_one_group(account: Account) -> None:
    numbered = [whatsapp.message("text", {"body": str(number)}, wamid=f"wamid.{number}") for number in range(23)]

    post_json(whatsapp.body(whatsapp.change(messages=numbered)))

    received = account.inbound()
    assert [envelope["element"]["text"]["body"] for envelope in bodies(received)] == [str(n) for n in range(23)]
    assert len({message["Attributes"]["MessageGroupId"] for message in received}) == 1


def test_a_flipped_byte_is_refused_and_nothing_is_stored(account: Account) -> None:
    body = json.dumps(mixed_body())
    flipped = body.replace("wamid.0.0.0", "wamid.0.0.9")

    answer = post(flipped, signature=sign(body.encode(), "current-app-secret"))

    assert (answer["statusCode"], answer["body"]) == (401, "unauthorized")
    assert (account.inbound(), account.events(), account.quarantined()) == ([], [], [])


@pytest.mark.parametrize("signature", ["", "sha256=", "sha256=" + "0" * 64, "sha256=é", "sha256=\ud800", "nonsense"])
def test_a_bad_signature_is_refused_before_the_body_is_read(
    account: Account, capsys: pytest.CaptureFixture[str], signature: str
) -> None:
    assert post("{not even json: 5511955550001", signature=signature)["statusCode"] == 401

    written = capsys.readouterr().out
    assert json.loads(written)["WebhookRefused"] == 1
    assert "5511955550001" not in written
    assert account.quarantined() == []


def test_a_request_without_a_signature_is_refused(account: Account) -> None:
    event = {"headers": {}, "requestContext": {"http": {"method": "POST"}}, "body": "{}", "isBase64Encoded": False}

    assert receive_webhook.handler(event, None)["statusCode"] == 401


def test_both_secrets_are_accepted_while_one_is_rotated(account: Account) -> None:
    for secret in ("current-app-secret", "previous-app-secret"):
        assert post(json.dumps(one_message(f"wamid.{secret}")), secret=secret)["statusCode"] == 200
    assert post(json.dumps(one_message()), secret="older-app-secret")["statusCode"] == 401

    assert len(account.inbound()) == 2


def test_a_body_in_base64_is_the_same_body(account: Account) -> None:
    payload = whatsapp.body(whatsapp.change(messages=[whatsapp.message("text", {"body": "Olá, às 10h? 🐶"})]))

    assert post(json.dumps(payload, ensure_ascii=False).encode())["statusCode"] == 200

    (envelope,) = bodies(account.inbound())
    assert envelope["element"]["text"]["body"] == "Olá, às 10h? 🐶"


@pytest.mark.parametrize(("body", "is_base64"), [("not base64!", True), ("a", True), ("ção", True), ("\ud800", False)])
def test_a_body_in_no_encoding_is_refused(account: Account, body: str, is_base64: bool) -> None:
    event = {
        "headers": {"x-hub-signature-256": "sha256=" + "0" * 64},
        "requestContext": {"http": {"method": "POST"}},
        "isBase64Encoded": is_base64,
        "body": body,
    }

    assert receive_webhook.handler(event, None)["statusCode"] == 401


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b'{"entry": [}', b"\xff\xfe\x00", b'{"a": "\xff"}', b"[" * 100_000, b"hello"],
    ids=lambda body: repr(body)[:20],
)
def test_what_the_provider_signed_and_is_no_json_is_kept_and_acknowledged(account: Account, body: bytes) -> None:
    assert post(body)["statusCode"] == 200

    assert account.quarantined() == [body]
    assert account.inbound() == []


def test_the_same_bad_body_is_kept_once(account: Account) -> None:
    for _ in range(3):
        assert post(b"hello")["statusCode"] == 200

    assert account.quarantined() == [b"hello"]


def test_bad_elements_are_kept_aside_together_and_the_good_ones_go_on(
    account: Account, capsys: pytest.CaptureFixture[str]
) -> None:
    bad: list[Any] = [{"id": "wamid.bare"}, 7, whatsapp.message() | {"timestamp": "soon"}]
    unknown = whatsapp.change(field="flows", event="FLOW_STATUS_CHANGE")
    payload = whatsapp.body(whatsapp.change(messages=[*bad, whatsapp.message()]), unknown)

    assert post_json(payload)["statusCode"] == 200

    assert [envelope["id"] for envelope in bodies(account.inbound())] == ["wamid.1"]
    (kept,) = account.quarantined()
    assert json.loads(kept) == [*(["message", element] for element in bad), ["change", unknown]]
    counted = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert {line["kind"]: line["WebhookQuarantined"] for line in counted} == {"message": 3, "change": 1}


@pytest.mark.parametrize(
    ("written", "kept"), [("1e400", "Infinity"), ('"\\ud800"', '"\\ud800"'), ('"\\u0000"', '"\\u0000"')]
)
def test_values_no_database_takes_stop_nobody(account: Account, written: str, kept: str) -> None:
    body = json.dumps(one_message()).replace('"messages": [', '"messages": [{"id": ' + written + "}, ", 1)

    assert post(body)["statusCode"] == 200

    assert len(account.inbound()) == 1
    assert account.quarantined() == [f'[["message", {{"id": {kept}}}]]'.encode()]


def test_news_of_an_account_go_to_the_provider_events(account: Account) -> None:
    change = whatsapp.account_change("account_update", event="ACCOUNT_RESTRICTION")

    assert post_json(whatsapp.body(change))["statusCode"] == 200

    (envelope,) = bodies(account.events())
    assert (envelope["kind"], envelope["business"], envelope["field"]) == (
        "account",
        whatsapp.BUSINESS,
        "account_update",
    )


def test_news_we_do_not_know_are_kept_and_acknowledged(account: Account) -> None:
    change = whatsapp.account_change("something_new", event="NEW")

    assert post_json(whatsapp.body(change))["statusCode"] == 200

    assert [json.loads(kept) for kept in account.quarantined()] == [[["change", change]]]
    assert (account.inbound(), account.events()) == ([], [])


def test_three_megabytes_are_the_most(account: Account) -> None:
    body = json.dumps(one_message())
    largest = body + " " * (receive_webhook.LARGEST_BODY - len(body))

    assert post(largest)["statusCode"] == 200
    assert post(largest + " ")["statusCode"] == 413

    assert len(account.inbound()) == 1


def test_success_writes_no_line(account: Account, capsys: pytest.CaptureFixture[str]) -> None:
    post_json(mixed_body())

    assert capsys.readouterr().out == ""


def operations(requests: list[Request]) -> list[str]:
    return [request.headers.get("X-Amz-Target", f"{request.method} {request.path}") for request in requests]


FAILED_ONE = Answer(body={"Failed": [{"Id": "1", "SenderFault": False, "Code": "InternalError"}]})


@pytest.mark.parametrize(
    "outage",
    [
        Answer(500, {"__type": "InternalError"}),
        Answer(503, b"<html>"),
        Answer(403, {"__type": "AccessDenied"}),
        HangsUp(),
        FAILED_ONE,
    ],
)
def test_what_the_queue_refuses_is_not_acknowledged(
    served_by: ServedBy, capsys: pytest.CaptureFixture[str], outage: Any
) -> None:
    with scripted(SECRET_ANSWER, outage) as server:
        served_by(server)
        answer = post_json(mixed_body())

    assert (answer["statusCode"], answer["body"]) == (503, "try again")
    assert json.loads(capsys.readouterr().out)["WebhookNotStored"] == 1


def test_a_queue_that_does_not_answer_is_given_up_within_three_seconds(served_by: ServedBy) -> None:
    with scripted(SECRET_ANSWER, Hangs()) as server:
        served_by(server)
        started = time.monotonic()
        answer = post_json(one_message())
        took = time.monotonic() - started

    assert answer["statusCode"] == 503
    assert took < 3


def test_what_the_queue_failed_to_take_is_sent_again_in_place(served_by: ServedBy) -> None:
    partial = Answer(body={"Failed": [{"Id": "1", "SenderFault": False, "Code": "InternalError"}]})
    with scripted(SECRET_ANSWER, partial, partial, Answer()) as server:
        served_by(server)
        answer = post_json(
            whatsapp.body(whatsapp.change(messages=[whatsapp.message(wamid=f"wamid.{n}") for n in range(3)]))
        )

    assert answer["statusCode"] == 200
    sent = [[json.loads(entry["MessageBody"])["id"] for entry in r.json["Entries"]] for r in server.requests[1:]]
    assert sent == [["wamid.0", "wamid.1", "wamid.2"], ["wamid.1"], ["wamid.1"]]


def test_a_large_batch_is_stored_whole_in_few_calls(served_by: ServedBy) -> None:
    wamids = [f"wamid.{number}" for number in range(250)]
    messages = [whatsapp.message("text", {"body": "x" * 9_000}, wamid=wamid) for wamid in wamids]
    with scripted(SECRET_ANSWER, Answer()) as server:
        served_by(server)
        assert post_json(whatsapp.body(whatsapp.change(messages=messages)))["statusCode"] == 200

    stored = [json.loads(entry["MessageBody"])["id"] for call in server.requests[1:] for entry in call.json["Entries"]]
    assert stored == wamids
    assert len(server.requests) == 1 + 25


def test_an_outage_is_over_when_the_provider_sends_again(served_by: ServedBy) -> None:
    with scripted(SECRET_ANSWER, Answer(500), Answer()) as server:
        served_by(server)
        assert post_json(one_message())["statusCode"] == 503
        assert post_json(one_message())["statusCode"] == 200

    first, second = (request.json["Entries"] for request in server.requests[1:])
    assert first[0]["MessageDeduplicationId"] == second[0]["MessageDeduplicationId"]


def test_what_cannot_be_kept_aside_holds_back_the_acknowledgement(served_by: ServedBy) -> None:
    payload = whatsapp.body(whatsapp.change(messages=[7, whatsapp.message()]))
    with scripted(SECRET_ANSWER, Answer(503, b"")) as server:
        served_by(server)
        assert post_json(payload)["statusCode"] == 503

    assert len(server.requests) == 2


@pytest.mark.parametrize(
    "secret",
    [
        Answer(500, {"__type": "InternalServiceError"}),
        Answer(400, {"__type": "ResourceNotFoundException"}),
        Answer(body={"SecretString": json.dumps({"app_secrets": [], "verify_token": "x"})}),
        Answer(body={"SecretString": json.dumps({"app_secrets": ["", ""], "verify_token": "x"})}),
        Answer(body={"SecretString": json.dumps({"app_secrets": ["x"], "verify_token": ""})}),
    ],
)
def test_without_its_secret_the_webhook_accepts_nothing(served_by: ServedBy, secret: Answer) -> None:
    with scripted(secret) as server:
        served_by(server)
        assert (
            post(json.dumps(one_message()), signature=sign(json.dumps(one_message()).encode(), ""))["statusCode"] == 503
        )
        assert get(hub_mode="subscribe", hub_verify_token="", hub_challenge="1")["statusCode"] == 503

    assert set(operations(server.requests)) == {"secretsmanager.GetSecretValue"}


def test_the_secret_is_fetched_once_and_each_message_is_one_call(served_by: ServedBy) -> None:
    with scripted(SECRET_ANSWER, Answer()) as server:
        served_by(server)
        for number in range(3):
            assert post_json(one_message(f"wamid.{number}"))["statusCode"] == 200

    assert operations(server.requests) == ["secretsmanager.GetSecretValue"] + ["AmazonSQS.SendMessageBatch"] * 3


def test_importing_it_imports_none_of_the_heavy_libraries() -> None:
    script = (
        "import sys, functions.receive_webhook.handler as h\n"
        "h._client('sqs'), h._client('s3'), h._client('secretsmanager')\n"
        "print(*sorted({name.partition('.')[0] for name in sys.modules}))"
    )

    imported = subprocess.run(
        [sys.executable, "-c", script],
        cwd=PROJECT,
        env={"PYTHONPATH": f"{PROJECT}:{PROJECT / 'shared'}", "AWS_REGION": "sa-east-1"},
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()

    outsiders = set(imported) - sys.stdlib_module_names - {"auzap", "functions", "__main__"}
    assert {name for name in outsiders if not name.startswith(("_", "sitecustomize"))} == set()
    assert {"asyncio", "logging"}.isdisjoint(imported)
