"""the webhook, warm: one signed message to one stored entry"""

import hmac
import http.client
import json
import os
from typing import Any

from auzap.aws.queues import Entry
from auzap.channels.whatsapp.signature import sign
from auzap.channels.whatsapp.webhook import sort
from bench import constant_server
from bench.interleaved import compare
from bench.result import Result
from functions.receive_webhook import handler as webhook

APP_SECRET = "bench-app-secret"
BODY = json.dumps(
    {
        "object": "whatsapp_business_account",
        "entry": [
            {
                "id": "102290129340398",
                "changes": [
                    {
                        "field": "messages",
                        "value": {
                            "messaging_product": "whatsapp",
                            "metadata": {"display_phone_number": "551130000000", "phone_number_id": "106540352242922"},
                            "contacts": [{"profile": {"name": "Célia"}, "wa_id": "5511955550001"}],
                            "messages": [
                                {
                                    "from": "5511955550001",
                                    "id": "wamid.HBgNNTUxMTk1NTU1MDAwMRUCABIYFDNBMkY5QUJDREVGMDEyMzQ1Njc4AA==",
                                    "timestamp": "1795233600",
                                    "type": "text",
                                    "text": {"body": "Oi! Quero agendar um banho para o Thor no sábado de manhã."},
                                }
                            ],
                        },
                    }
                ],
            }
        ],
    }
)
EVENT = {
    "version": "2.0",
    "headers": {"content-type": "application/json", "x-hub-signature-256": sign(BODY.encode(), APP_SECRET)},
    "requestContext": {"http": {"method": "POST", "path": "/webhooks/whatsapp"}},
    "isBase64Encoded": False,
    "body": BODY,
}
SECRET = {"SecretString": json.dumps({"app_secrets": [APP_SECRET], "verify_token": "bench"})}
STORED = {"Successful": [{"Id": "0", "MessageId": "1", "MD5OfMessageBody": "x", "SequenceNumber": "1"}], "Failed": []}


def measure() -> list[Result]:
    answers = {"AmazonSQS.SendMessageBatch": STORED, "secretsmanager.GetSecretValue": SECRET}
    with constant_server.http(answers) as port:
        _configure(port)
        floor = Floor(port)
        measured = compare(floor.receive, receive)
        floor.connection.close()
        for service in ("sqs", "secretsmanager"):
            webhook._client(service)._connection.close()
    shown = f"{measured.floor_us:.0f} µs", f"{measured.ours_us:.0f} µs"
    return [Result("B4", "webhook warm / HMAC, json.loads and one POST", *shown, measured.ratios, goal=1.5)]


def receive() -> None:
    assert webhook.handler(EVENT, None)["statusCode"] == 200


class Floor:
    """The least that could be done: check, parse, and post as many bytes as we do, unsigned."""

    def __init__(self, port: int) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port)
        (entry,) = sort(json.loads(BODY), received_at=1_795_233_601_500).inbound
        self.posted = json.dumps(_batch(entry)).encode()
        self.headers: dict[str, Any] = {"Content-Type": "application/x-amz-json-1.0"}

    def receive(self) -> None:
        body = BODY.encode()
        signed = "sha256=" + hmac.digest(APP_SECRET.encode(), body, "sha256").hex()
        assert hmac.compare_digest(signed.encode(), EVENT["headers"]["x-hub-signature-256"].encode())
        json.loads(body)
        self.connection.request("POST", "/", self.posted, self.headers)
        response = self.connection.getresponse()
        response.read()


def _batch(entry: Entry) -> dict[str, Any]:
    wire = {
        "Id": "0",
        "MessageBody": entry["body"],
        "MessageGroupId": entry["group"],
        "MessageDeduplicationId": entry["deduplication"],
    }
    return {"QueueUrl": os.environ["AUZAP_INBOUND_QUEUE_URL"], "Entries": [wire]}


def _configure(port: int) -> None:
    os.environ.update(
        {
            "AWS_ACCESS_KEY_ID": "bench",
            "AWS_SECRET_ACCESS_KEY": "bench",
            "AWS_SESSION_TOKEN": "x" * 900,
            "AWS_REGION": "sa-east-1",
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
            "AUZAP_INBOUND_QUEUE_URL": "https://sqs.sa-east-1.amazonaws.com/000000000000/inbound.fifo",
            "AUZAP_PROVIDER_EVENTS_QUEUE_URL": "https://sqs.sa-east-1.amazonaws.com/000000000000/provider-events",
            "AUZAP_QUARANTINE_BUCKET": "quarantine",
            "AUZAP_WHATSAPP_SECRET": "whatsapp",
        }
    )
