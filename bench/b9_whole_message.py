"""a whole message, from the webhook to the Graph API, with a model that answers at once; what its turn costs the database"""

import base64
import contextlib
import hmac
import http.client
import io
import json
import os
import time
from collections.abc import Generator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from typing import Any

import psycopg

from auzap import runtime
from auzap.channels.whatsapp.webhook import sort
from bench import constant_server, shop, turn_budget
from bench.interleaved import ROUNDS, compare
from bench.result import Result
from functions.answer_conversation import handler as answering
from functions.receive_webhook import handler as webhook
from functions.record_message import handler as recording
from functions.send_outbox import handler as sending

APP_SECRET = "bench-app-secret"
CALLS = 40
# So few words that the agent may say them to the same customer again.
ANSWER = {"text": "Oi! Damos, sim.", "intent": "question", "confidence": 95}
COMPLETION = {
    "id": "chatcmpl-1",
    "object": "chat.completion",
    "created": 1,
    "model": "bench",
    "choices": [
        {
            "index": 0,
            "message": {
                "role": "assistant",
                "content": None,
                "tool_calls": [
                    {"id": "c1", "type": "function", "function": {"name": "answer", "arguments": json.dumps(ANSWER)}}
                ],
            },
            "finish_reason": "tool_calls",
        }
    ],
    "usage": {"prompt_tokens": 1000, "completion_tokens": 20, "total_tokens": 1020},
}
ACCEPTED = {"messaging_product": "whatsapp", "messages": [{"id": "wamid.bench"}]}
QUEUE = "https://sqs.sa-east-1.amazonaws.com/000000000000/"
AWS = {
    "AmazonSQS.SendMessageBatch": {"Successful": [{"Id": "0", "MessageId": "1"}], "Failed": []},
    "AmazonSQS.SendMessage": {"MessageId": "1"},
    "AmazonSQS.ChangeMessageVisibility": {},
    "secretsmanager.GetSecretValue": {
        "SecretString": json.dumps({"app_secrets": [APP_SECRET], "verify_token": "bench", "api_key": "bench"})
    },
    "TrentService.Decrypt": {"Plaintext": base64.b64encode(shop.DATA_KEY).decode()},
}
# What the floor keeps of a message: one statement each way, of a table without a tenant.
FLOOR = """
CREATE TABLE floor_conversations (id text PRIMARY KEY, last_at timestamptz);
CREATE TABLE floor_messages (id text PRIMARY KEY, conversation text NOT NULL, body text NOT NULL, sent boolean NOT NULL);
CREATE FUNCTION floor_ingest(message text, conversation text, body text) RETURNS void LANGUAGE sql AS $$
  INSERT INTO floor_conversations VALUES (conversation, now()) ON CONFLICT (id) DO UPDATE SET last_at = now();
  INSERT INTO floor_messages VALUES (message, conversation, body, false) ON CONFLICT DO NOTHING
$$;
CREATE FUNCTION floor_send(message text, conversation text, body text) RETURNS void LANGUAGE sql AS $$
  INSERT INTO floor_messages VALUES (message, conversation, body, true);
  UPDATE floor_conversations SET last_at = now() WHERE id = conversation
$$
"""


def measure() -> list[Result]:
    with (
        shop.opened() as opened,
        constant_server.http(AWS) as aws,
        constant_server.http({"completion": COMPLETION}) as model,
        constant_server.http({"accepted": ACCEPTED}) as graph,
        _environment(opened, aws=aws, model=model, graph=graph),
    ):
        with psycopg.connect(opened.place.admin) as admin:
            admin.execute(FLOOR)
        floor = Floor(opened, aws=aws, model=model, graph=graph)
        ours = Ours(opened)
        with closing(floor), contextlib.redirect_stdout(io.StringIO()):
            measured = compare(floor.message, ours.message, calls=CALLS)
        _assert_answered(opened)
    shown = f"{measured.floor_us:.0f} µs", f"{measured.ours_us:.0f} µs"
    whole = Result("B9", "whole message, CPU of all functions / done bare", *shown, measured.ratios, goal=3.5)
    with shop.opened() as opened:
        return [whole, *turn_budget.measure(opened)]


@dataclass(slots=True)
class Context:
    """As Lambda gives it; the time is always enough."""

    function_name: str = "bench"
    memory_limit_in_mb: int = 1769
    invoked_function_arn: str = "arn:aws:lambda:sa-east-1:000000000000:function:bench"
    aws_request_id: str = "bench"

    def get_remaining_time_in_millis(self) -> int:
        return 30_000


class Ours:
    """The four functions, one after the other, with the events that the queues would hand them."""

    def __init__(self, opened: shop.Shop) -> None:
        self.events = iter([opened.webhook(APP_SECRET) for _ in range((ROUNDS + 1) * CALLS)])
        self.opened = opened
        self.context: Any = Context()
        (self.conversations,) = [
            {
                wa_id: str(conversation_id)
                for wa_id, conversation_id in _read(
                    opened,
                    "SELECT i.value, c.id FROM conversations c JOIN contact_identities i ON i.contact_id = c.contact_id",
                )
            }
        ]

    def message(self) -> None:
        event = next(self.events)
        assert webhook.handler(event, None)["statusCode"] == 200
        (entry,) = sort(json.loads(event["body"]), received_at=int(time.time() * 1000)).inbound
        self._invoke(recording.handler, entry["body"], group=entry["group"])
        wa_id = json.loads(entry["body"])["person"]["wa_id"]
        hint = json.dumps(
            {
                "organization_id": str(self.opened.shop.organization_id),
                "conversation_id": self.conversations[wa_id],
            }
        )
        self._invoke(answering.handler, hint)
        self._invoke(sending.handler, hint)

    def _invoke(self, handler: Any, body: str, group: str = "") -> None:
        answer = handler({"Records": [_record(body, group)]}, self.context)
        assert answer == {"batchItemFailures": []}


@dataclass(slots=True)
class Floor:
    """The same message with nothing but its work: check, enqueue, store, ask, send, store."""

    opened: shop.Shop
    aws: int
    model: int
    graph: int
    events: Any = field(init=False)
    database: psycopg.Connection = field(init=False)
    connections: dict[int, http.client.HTTPConnection] = field(init=False)

    def __post_init__(self) -> None:
        self.events = iter([self.opened.webhook(APP_SECRET) for _ in range((ROUNDS + 1) * CALLS)])
        self.database = psycopg.connect(self.opened.place.admin, autocommit=True, prepare_threshold=None)
        ports = (self.aws, self.model, self.graph)
        self.connections = {port: http.client.HTTPConnection("127.0.0.1", port) for port in ports}

    def message(self) -> None:
        event = next(self.events)
        body: bytes = event["body"].encode()
        signed = "sha256=" + hmac.digest(APP_SECRET.encode(), body, "sha256").hex()
        assert hmac.compare_digest(signed.encode(), event["headers"]["x-hub-signature-256"].encode())
        message = json.loads(body)["entry"][0]["changes"][0]["value"]["messages"][0]
        self._post(self.aws, {"QueueUrl": QUEUE, "Entries": [{"Id": "0", "MessageBody": event["body"]}]})
        stored = [message["id"], message["from"], message["text"]["body"]]
        self.database.execute("SELECT floor_ingest(%s, %s, %s)", stored)
        asked = [{"role": "user", "content": message["text"]["body"]}]
        completion = self._post(self.model, {"model": "bench", "messages": asked})
        call = completion["choices"][0]["message"]["tool_calls"][0]["function"]
        text = json.loads(call["arguments"])["text"]
        self._post(self.graph, {"messaging_product": "whatsapp", "to": message["from"], "text": {"body": text}})
        self.database.execute("SELECT floor_send(%s, %s, %s)", [f"sent-{message['id']}", message["from"], text])

    def close(self) -> None:
        self.database.close()
        for connection in self.connections.values():
            connection.close()

    def _post(self, port: int, content: dict[str, Any]) -> dict[str, Any]:
        connection = self.connections[port]
        connection.request("POST", "/", json.dumps(content).encode(), {"Content-Type": "application/json"})
        return json.loads(connection.getresponse().read())


def _record(body: str, group: str) -> dict[str, Any]:
    return {
        "messageId": "00000000-0000-4000-8000-000000000001",
        "receiptHandle": "bench",
        "body": body,
        "attributes": {"ApproximateReceiveCount": "1", **({"MessageGroupId": group} if group else {})},
        "messageAttributes": {},
        "md5OfBody": "",
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:sa-east-1:000000000000:bench",
        "awsRegion": "sa-east-1",
    }


def _read(opened: shop.Shop, query: Any) -> list[Any]:
    with psycopg.connect(opened.place.admin) as admin:
        return admin.execute(query).fetchall()


def _assert_answered(opened: shop.Shop) -> None:
    """A cheap failure must not pass for speed: every message was answered, and every answer sent."""
    ((sent, unsent),) = _read(
        opened, "SELECT count(*) FILTER (WHERE state = 'sent'), count(*) FILTER (WHERE state <> 'sent') FROM outbox"
    )
    assert (sent, unsent) == ((ROUNDS + 1) * CALLS, 0), (sent, unsent)


@contextmanager
def _environment(opened: shop.Shop, *, aws: int, model: int, graph: int) -> Generator[None]:
    queues = ("inbound", "provider_events", "turns", "outbox", "automations", "media", "changes")
    os.environ.update(
        {
            "AWS_ACCESS_KEY_ID": "bench",
            "AWS_SECRET_ACCESS_KEY": "bench",
            "AWS_SESSION_TOKEN": "x" * 900,
            "AWS_REGION": "sa-east-1",
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{aws}",
            **{f"AUZAP_{queue.upper()}_QUEUE_URL": f"{QUEUE}{queue}" for queue in queues},
            "AUZAP_DATABASE_URL": opened.place.app,
            "AUZAP_QUARANTINE_BUCKET": "quarantine",
            "AUZAP_WHATSAPP_SECRET": "whatsapp",
            "AUZAP_MODEL_SECRET": "model",
            "AUZAP_MODEL_BASE_URL": f"http://127.0.0.1:{model}",
            "AUZAP_MODEL_NAME": "bench",
            "AUZAP_GRAPH_URL": f"http://127.0.0.1:{graph}",
        }
    )
    # Another benchmark of this process may have been here with other addresses.
    for kept in (
        runtime.settings,
        runtime.aws,
        runtime.database,
        webhook._client,
        webhook._fetch_secret,
        runtime._fetch_secret,
    ):
        kept.cache_clear()
    try:
        yield
    finally:
        runtime.database().close()
        runtime.database.cache_clear()
