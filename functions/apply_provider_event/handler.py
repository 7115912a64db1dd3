"""provider-events: delivery statuses, and news of an account that are a reason to look at its health."""

import json
from datetime import UTC, datetime
from typing import Any

from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from auzap import metrics, runtime
from auzap.consumer import consume
from auzap.conversations.recording import UnknownAccount, find_account
from auzap.errors import OrganizationUnavailable
from auzap.observability import logger
from auzap.outbox import statuses


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> PartialItemFailureResponse:
    return consume(event, context, apply)


def apply(record: SQSRecord) -> None:
    envelope = json.loads(record.body)
    match envelope["kind"]:
        case "status":
            _apply_status(envelope)
        case "account":
            _look_at_health(envelope)
        case other:
            raise ValueError(f"an envelope of kind {other}")


def _apply_status(envelope: dict[str, Any]) -> None:
    status = statuses.read(envelope)
    if status is None:
        return
    try:
        account = find_account(runtime.database(), status.account)
        outcome = statuses.apply(runtime.database(), account.organization_id, account.id, status, now=datetime.now(UTC))
    except (UnknownAccount, OrganizationUnavailable) as dropped:
        outcome = type(dropped).__name__
    metrics.count("Status", outcome=outcome)


def _look_at_health(envelope: dict[str, Any]) -> None:
    found = runtime.database().lookup(
        "SELECT * FROM app.find_business_accounts('whatsapp', %s)", [envelope["business"]]
    )
    at = datetime.fromtimestamp(envelope["received_at"] / 1000, UTC).isoformat()
    for organization_id, account_id in found:
        runtime.hint_automation(
            {"organization_id": str(organization_id), "job": "channel_health", "subject": str(account_id), "at": at}
        )
