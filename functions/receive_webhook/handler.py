"""WhatsApp's webhook: check the signature, put every element on its queue, answer when all are stored."""

import base64
import functools
import hashlib
import hmac
import json
import os
import time
from typing import Any

from auzap import metrics
from auzap.aws.client import AwsClient, AwsError
from auzap.aws.queues import send_all
from auzap.channels.whatsapp.signature import is_signed
from auzap.channels.whatsapp.webhook import sort

LARGEST_BODY = 3 * 1024 * 1024
SECRET_KEPT_SECONDS = 300

Answer = dict[str, Any]


def handler(event: dict[str, Any], context: object) -> Answer:
    try:
        if event["requestContext"]["http"]["method"] == "GET":
            return _verify(event.get("queryStringParameters") or {})
        return _receive(event)
    except AwsError as failed:
        # Nothing is acknowledged that is not stored: the provider sends it again.
        metrics.count("WebhookNotStored", reason=failed.code)
        return _answer(503, "try again")


def _verify(query: dict[str, str]) -> Answer:
    expected = str(_secret()["verify_token"]).encode()
    given = query.get("hub.verify_token", "").encode("utf-8", "surrogatepass")
    if query.get("hub.mode") == "subscribe" and hmac.compare_digest(given, expected):
        return _answer(200, query.get("hub.challenge", ""))
    metrics.count("WebhookRefused", reason="verify_token")
    return _answer(403, "forbidden")


def _receive(event: dict[str, Any]) -> Answer:
    try:
        body = _body(event)
    except ValueError:
        return _refuse("encoding")
    if len(body) > LARGEST_BODY:
        metrics.count("WebhookRefused", reason="size")
        return _answer(413, "too large")
    if not is_signed(body, event["headers"].get("x-hub-signature-256", ""), _secret()["app_secrets"]):
        return _refuse("signature")

    try:
        payload = json.loads(body)
    except (ValueError, RecursionError):
        _quarantine(body, ["body"])
        return _answer(200, "ok")

    found = sort(payload, received_at=int(time.time() * 1000))
    if found.unreadable:
        _quarantine(_written(found.unreadable) or body, [kind for kind, _ in found.unreadable])
    if found.inbound:
        send_all(_client("sqs"), os.environ["AUZAP_INBOUND_QUEUE_URL"], found.inbound, fifo=True)
    if found.events:
        send_all(_client("sqs"), os.environ["AUZAP_PROVIDER_EVENTS_QUEUE_URL"], found.events, fifo=False)
    return _answer(200, "ok")


def _body(event: dict[str, Any]) -> bytes:
    body = event.get("body") or ""
    return base64.b64decode(body, validate=True) if event.get("isBase64Encoded") else body.encode()


def _refuse(reason: str) -> Answer:
    metrics.count("WebhookRefused", reason=reason)
    return _answer(401, "unauthorized")


def _written(unreadable: list[tuple[str, Any]]) -> bytes | None:
    """None where what was read is too deep to be written; the body it came in says all of it."""
    try:
        return json.dumps(unreadable).encode()
    except RecursionError:
        return None


def _quarantine(content: bytes, kinds: list[str]) -> None:
    """One object for all that a body held, so that a body full of what we cannot read is still answered in time."""
    # Named by content: the same bytes, sent again, are kept once.
    name = f"whatsapp/{time.strftime('%Y/%m/%d', time.gmtime())}/{hashlib.sha256(content).hexdigest()}.json"
    _client("s3").put(f"/{os.environ['AUZAP_QUARANTINE_BUCKET']}/{name}", content, "application/json")
    for kind in sorted(set(kinds)):
        metrics.count("WebhookQuarantined", kinds.count(kind), kind=kind)


def _secret() -> dict[str, Any]:
    return _fetch_secret(int(time.monotonic() // SECRET_KEPT_SECONDS))


@functools.lru_cache(maxsize=1)
def _fetch_secret(_period: int) -> dict[str, Any]:
    answer = _client("secretsmanager").call("GetSecretValue", {"SecretId": os.environ["AUZAP_WHATSAPP_SECRET"]})
    secret = json.loads(answer["SecretString"])
    if not secret["verify_token"] or not any(secret["app_secrets"]):
        raise AwsError(0, "EmptySecret")
    return secret


@functools.cache
def _client(service: str) -> AwsClient:
    return AwsClient(service)


def _answer(status: int, text: str) -> Answer:
    return {"statusCode": status, "headers": {"content-type": "text/plain"}, "body": text}
