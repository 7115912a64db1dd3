"""automations: due work of one tenant, once for its nominal time."""

import json
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


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> PartialItemFailureResponse:
    return consume(event, context, run)


def run(record: SQSRecord) -> None:
    work = json.loads(record.body)
    if work["job"] != "channel_health":
        raise ValueError(f"a job called {work['job']}")
    try:
        status = channels.check(
            runtime.database(),
            Graph(runtime.settings().graph_url),
            runtime.aws("kms"),
            OrganizationId(UUID(work["organization_id"])),
            AccountId(UUID(work["subject"])),
            nominal_at=datetime.fromisoformat(work["at"]),
        )
    except OrganizationUnavailable:
        status = None
    metrics.count("ChannelHealth", status=status or "skipped")
