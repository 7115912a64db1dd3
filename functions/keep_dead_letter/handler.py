"""Every dead-letter queue ends here: in the tenant's table, or in quarantine where no tenant is known."""

import time
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from auzap import metrics, runtime
from auzap.consumer import Failures, Record, consume
from auzap.conversations import dead_letters
from auzap.observability import logger


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> Failures:
    return consume(event, keep)


def keep(record: Record) -> None:
    queue = record.queue_arn.rsplit(":", 1)[-1]
    try:
        kept = dead_letters.keep(
            runtime.database(),
            queue=queue,
            message_id=record.id,
            body=record.body,
            receives=record.receives,
        )
    except dead_letters.NoTenant:
        day = time.strftime("%Y/%m/%d", time.gmtime())
        path = f"/{runtime.settings().quarantine_bucket}/dead-letters/{day}/{queue}-{record.id}.json"
        runtime.aws("s3").put(path, record.body.encode(), "application/json")
    else:
        runtime.hint_changes(kept.organization_id)
        if kept.apologised_in:
            runtime.hint_outbox(
                {"organization_id": str(kept.organization_id), "conversation_id": str(kept.apologised_in)}
            )
    metrics.count("DeadLetter", queue=queue)
