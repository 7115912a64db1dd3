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
from auzap.channels.whatsapp.graph import Graph
from auzap.consumer import consume
from auzap.errors import OrganizationUnavailable
from auzap.health import channels
from auzap.ids import AccountId, OrganizationId
from auzap.observability import logger


@dataclass(frozen=True, slots=True)
class Work:
    """One job of one tenant: what it is about, and the time that its clock meant."""

    organization_id: OrganizationId
    subject: UUID
    nominal_at: datetime


def check_channel(work: Work) -> str:
    status = channels.check(
        runtime.database(),
        Graph(runtime.settings().graph_url),
        runtime.aws("kms"),
        work.organization_id,
        AccountId(work.subject),
        nominal_at=work.nominal_at,
    )
    return status or "skipped"


# What each job does, and answers in a word.
JOBS: dict[str, Callable[[Work], str]] = {
    "channel_health": check_channel,
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
