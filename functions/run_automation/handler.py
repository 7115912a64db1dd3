"""automations: due work of one tenant, once for its nominal time."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from auzap import metrics, runtime
from auzap.aws.queues import hint, send_all
from auzap.channels.whatsapp import webhook
from auzap.channels.whatsapp.graph import Graph
from auzap.consumer import consume
from auzap.conversations import redriving
from auzap.errors import OrganizationUnavailable
from auzap.health import channels
from auzap.ids import AccountId, DeadLetterId, OrganizationId
from auzap.observability import logger


@dataclass(frozen=True, slots=True)
class Work:
    """One job of one tenant: what it is about, and the time that its clock meant."""

    organization_id: OrganizationId
    subject: UUID
    nominal_at: datetime


def check_channel(work: Work) -> str:
    checked = channels.check(
        runtime.database(),
        Graph(runtime.settings().graph_url),
        runtime.aws("kms"),
        work.organization_id,
        AccountId(work.subject),
        nominal_at=work.nominal_at,
    )
    if checked is None:
        return "skipped"
    for conversation_id in checked.waiting:
        runtime.hint_outbox({"organization_id": str(work.organization_id), "conversation_id": str(conversation_id)})
    if checked.is_silent:
        metrics.count("ChannelSilent")
    return checked.status


def redrive_dead_letter(work: Work) -> str:
    redriven = redriving.redrive(runtime.database(), work.organization_id, DeadLetterId(work.subject), send=_send_again)
    return "redriven" if redriven else "skipped"


def _send_again(source: str, body: Any, letter_id: DeadLetterId) -> None:
    """To the queue it came from. Only the inbound queue has an order to keep."""
    settings = runtime.settings()
    if source == "inbound":
        entry = webhook.sent_again(body, occasion=str(letter_id))
        send_all(runtime.aws("sqs"), settings.inbound_queue_url, [entry], fifo=True)
        return
    urls = {
        "provider-events": settings.provider_events_queue_url,
        "turns": settings.turns_queue_url,
        "outbox": settings.outbox_queue_url,
        "automations": settings.automations_queue_url,
        "media": settings.media_queue_url,
    }
    hint(runtime.aws("sqs"), urls[source], body)


# What each job does, and answers in a word.
JOBS: dict[str, Callable[[Work], str]] = {
    "channel_health": check_channel,
    "redrive_dead_letter": redrive_dead_letter,
}


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> PartialItemFailureResponse:
    return consume(event, context, run)


def run(record: SQSRecord) -> None:
    asked = json.loads(record.body)
    work = Work(
        OrganizationId(UUID(asked["organization_id"])), UUID(asked["subject"]), datetime.fromisoformat(asked["at"])
    )
    job = JOBS[asked["job"]]
    try:
        outcome = job(work)
    except OrganizationUnavailable:
        outcome = "skipped"
    metrics.count("Automation", job=asked["job"], outcome=outcome)
