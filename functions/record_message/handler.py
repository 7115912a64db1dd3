"""inbound.fifo: every envelope becomes a stored message, and a hint that there is something to answer."""

import hashlib
import json
import time
from typing import Any

import psycopg
from aws_lambda_powertools.utilities.typing import LambdaContext

from auzap import failpoints, metrics, runtime
from auzap.aws.client import AwsError
from auzap.channels.whatsapp import inbound
from auzap.consumer import Failures, Record, consume_fifo
from auzap.conversations import recording
from auzap.db.away import is_away
from auzap.errors import OrganizationUnavailable
from auzap.observability import logger

# What fails this often fails for a reason of its own; a house that is away is waited for, however long.
MOST_RECEIVES = 5
# May be its own fault, and is taken for it when it happens each time.
TOO_LONG = (psycopg.errors.QueryCanceled, psycopg.errors.LockNotAvailable)
LONGEST_PAUSE = 60
# What a redrive sends it back to.
QUEUE = "inbound"


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> Failures:
    return consume_fifo(event, receive)


def receive(record: Record) -> None:
    receives = record.receives
    try:
        _store(record)
    except recording.UnknownAccount:
        _quarantine("unknown-account", record)
    except Exception as failed:
        # The database, or what leads to it.
        if isinstance(failed, AwsError) or is_away(failed):
            runtime.show_again(
                runtime.settings().inbound_queue_url, record.receipt_handle, min(LONGEST_PAUSE, 2**receives)
            )
            raise
        if receives < MOST_RECEIVES:
            raise
        logger.error("message_quarantined", record_id=record.id, failure=type(failed).__name__)
        _quarantine("unrecordable", record)
        _give_up(record, receives)


def _store(record: Record) -> None:
    message = inbound.read(json.loads(record.body))
    try:
        recorded = recording.record(runtime.database(), message)
    except OrganizationUnavailable:
        metrics.count("MessageDropped", reason="organization")
        return
    failpoints.reach("after_record")
    runtime.hint_changes(recorded.organization_id)
    shop = {"organization_id": str(recorded.organization_id)}
    if recorded.media_id is not None:
        # Its link dies in minutes.
        runtime.hint_media(shop | {"media_id": str(recorded.media_id)})
    if recorded.has_held:
        runtime.hint_outbox(shop | {"conversation_id": str(recorded.conversation_id)})
    if recorded.answer_in is not None:
        runtime.hint_turn(shop | {"conversation_id": str(recorded.conversation_id)}, delay=recorded.answer_in)
    elif recorded.is_new and message.awaits_answer:
        _look_for_danger(message.text, shop | {"subject": str(recorded.conversation_id)})
    if message.is_scrubbed:
        # Without what the database refuses it is stored; with it, kept as it came.
        _keep("scrubbed", record)


def _look_for_danger(text: str, conversation: dict[str, str]) -> None:
    """No turn reads this message: a person has the conversation, or is waited for."""
    # Here, so that messages that the agent answers are recorded without it.
    from auzap.agent.emergencies import is_emergency

    if is_emergency([text]):
        at = time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime())
        runtime.hint_automation(conversation | {"job": "tell_emergency", "at": at})


def _give_up(record: Record, receives: int) -> None:
    """As with every letter that no queue could deliver: people are told, and the customer is not left without a word."""
    # Here, so that messages that nothing is wrong with are recorded without it.
    from auzap.conversations import dead_letters

    try:
        kept = dead_letters.keep(
            runtime.database(), queue=QUEUE, message_id=record.id, body=record.body, receives=receives
        )
    except dead_letters.NoTenant:
        return
    except psycopg.Error as failed:
        if is_away(failed) or isinstance(failed, TOO_LONG):
            raise
        logger.error("dead_letter_refused", record_id=record.id, failure=type(failed).__name__)
        return
    if kept.apologised_in:
        runtime.hint_outbox({"organization_id": str(kept.organization_id), "conversation_id": str(kept.apologised_in)})


def _quarantine(reason: str, record: Record) -> None:
    _keep(reason, record)
    metrics.count("MessageQuarantined", reason=reason)


def _keep(reason: str, record: Record) -> None:
    body = record.body.encode()
    name = f"inbound/{reason}/{time.strftime('%Y/%m/%d', time.gmtime())}/{hashlib.sha256(body).hexdigest()}.json"
    runtime.aws("s3").put(f"/{runtime.settings().quarantine_bucket}/{name}", body, "application/json")
