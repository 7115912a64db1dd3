"""What a running function holds: made when first used, kept by the sandbox, never made at import."""

import contextlib
import functools
import json
import os
import time
from collections.abc import Iterable
from typing import Any

from auzap import settings as environment
from auzap.aws import counters as counting
from auzap.aws.client import AwsClient, AwsError
from auzap.aws.counters import Counters
from auzap.aws.queues import Entry, hint, send_all
from auzap.db.connection import Database
from auzap.ids import OrganizationId
from auzap.metrics import count
from auzap.settings import Settings

SECRET_KEPT_SECONDS = 300
CHANGES_PAUSE_SECONDS = 1
MOST_SHOPS_REMEMBERED = 1_000
RDS_AUTHORITIES = "/opt/rds-ca.pem"


@functools.cache
def settings() -> Settings:
    return environment.from_environment()


@functools.cache
def aws(service: str) -> AwsClient:
    return AwsClient(service)


@functools.cache
def ses() -> AwsClient:
    # Its endpoint is not called as the service is.
    amazon = f"https://email.{os.environ.get('AWS_REGION', 'sa-east-1')}.amazonaws.com"
    return AwsClient("ses", endpoint=settings().mail_url or amazon)


@functools.cache
def counters() -> Counters | None:
    table = settings().counters_table
    return Counters(AwsClient("dynamodb", timeout=counting.TIMEOUT_SECONDS), table) if table else None


@functools.cache
def database() -> Database:
    return Database(lambda: settings().database_url or conninfo(secret(settings().database_secret)))


def secret(name: str) -> dict[str, Any]:
    return _fetch_secret(name, int(time.monotonic() // SECRET_KEPT_SECONDS))


@functools.lru_cache(maxsize=16)
def _fetch_secret(name: str, _period: int) -> dict[str, Any]:
    return json.loads(aws("secretsmanager").call("GetSecretValue", {"SecretId": name})["SecretString"])


def conninfo(secret: dict[str, Any]) -> str:
    from psycopg.conninfo import make_conninfo

    sslmode = secret.get("sslmode", "verify-full")
    return make_conninfo(
        host=secret["host"],
        port=secret["port"],
        dbname=secret["dbname"],
        user=secret["username"],
        password=secret["password"],
        sslmode=sslmode,
        sslrootcert=RDS_AUTHORITIES if sslmode == "verify-full" else None,
        keepalives_idle=30,
        keepalives_interval=10,
        keepalives_count=3,
        tcp_user_timeout=10_000,
    )


def hint_turn(body: dict[str, Any], delay: float = 0) -> None:
    hint(aws("sqs"), settings().turns_queue_url, body, delay=delay)


def hint_outbox(body: dict[str, Any], delay: float = 0) -> None:
    hint(aws("sqs"), settings().outbox_queue_url, body, delay=delay)


def hint_media(body: dict[str, Any]) -> None:
    hint(aws("sqs"), settings().media_queue_url, body)


def hint_automation(body: dict[str, Any]) -> None:
    hint(aws("sqs"), settings().automations_queue_url, body)


def hint_job(body: dict[str, Any]) -> None:
    hint(aws("sqs"), settings().jobs_queue_url, body)


def hint_changes(organization_id: OrganizationId) -> None:
    """There is news of a shop. Said at most twice a second: at once, and again a second later for all that came meanwhile.

    Lost, it is renewed by the sweep, and is no reason for what is done to fail.
    """
    now, said = time.time(), _changes_hinted()
    at, covered_until = said.get(organization_id, (0.0, 0.0))
    if now < covered_until:
        return
    delay = CHANGES_PAUSE_SECONDS if now - at < CHANGES_PAUSE_SECONDS else 0
    try:
        hint(aws("sqs"), settings().changes_queue_url, {"organization_id": str(organization_id)}, delay=delay)
    except AwsError:
        count("HintLost", queue="changes")
        return
    if len(said) > MOST_SHOPS_REMEMBERED:
        said.clear()
    # By the clock on the wall: a sandbox that was frozen must not take a hint for one that is still to come.
    said[organization_id] = (now, now + delay)


@functools.cache
def _changes_hinted() -> dict[OrganizationId, tuple[float, float]]:
    """Of each shop, when a hint was sent, and until when another one that is on its way tells all that happens."""
    return {}


def hint_all(queue_url: str, bodies: Iterable[dict[str, Any]]) -> None:
    """Many at once, of many shops: the queue takes turns between them."""
    entries = [Entry(body=json.dumps(body), group=body["organization_id"], deduplication="") for body in bodies]
    send_all(aws("sqs"), queue_url, entries, fifo=False)


def show_again(queue_url: str, receipt_handle: str, seconds: float) -> None:
    """When a record that is not done shall come back; a courtesy of the queue, which else shows it when its time is up."""
    with contextlib.suppress(AwsError):
        aws("sqs").call(
            "ChangeMessageVisibility",
            {"QueueUrl": queue_url, "ReceiptHandle": receipt_handle, "VisibilityTimeout": int(seconds)},
        )
