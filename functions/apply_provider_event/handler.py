"""provider-events: delivery statuses, and news of an account that are a reason to look at its health or its templates."""

import json
from datetime import UTC, datetime
from typing import Any

import psycopg
from aws_lambda_powertools.utilities.typing import LambdaContext

from auzap import metrics, runtime
from auzap.consumer import Failures, Record, consume
from auzap.conversations import wishes
from auzap.conversations.recording import UnknownAccount, find_account
from auzap.errors import OrganizationUnavailable
from auzap.observability import logger
from auzap.outbox import statuses
from auzap.outbox.statuses import Applied

TEMPLATE_NEWS = frozenset(
    {"message_template_status_update", "message_template_quality_update", "template_category_update"}
)
# So often it is soon tried again: a message whose answer was lost is held for unsent after a minute without a status.
SOON = 4


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> Failures:
    return consume(event, apply)


def apply(record: Record) -> None:
    try:
        _apply(json.loads(record.body))
    except psycopg.Error:
        if record.receives <= SOON:
            runtime.show_again(runtime.settings().provider_events_queue_url, record.receipt_handle, 2**record.receives)
        raise


def _apply(envelope: dict[str, Any]) -> None:
    match envelope["kind"]:
        case "status":
            _apply_status(envelope)
        case "account":
            _look_at_account(envelope)
        case "preference" | "card":
            _apply_wish(envelope)
        case other:
            raise ValueError(f"an envelope of kind {other}")


def _apply_status(envelope: dict[str, Any]) -> None:
    status = statuses.read(envelope)
    if status is None:
        return
    try:
        account = find_account(runtime.database(), status.account)
        applied = statuses.apply(runtime.database(), account.organization_id, account.id, status)
    except (UnknownAccount, OrganizationUnavailable) as dropped:
        applied = Applied(type(dropped).__name__)
    else:
        if applied.outcome == "moved":
            runtime.hint_changes(account.organization_id)
        if applied.look_at:
            runtime.hint_outbox(
                {"organization_id": str(account.organization_id), "conversation_id": str(applied.look_at)}
            )
    metrics.count("Status", outcome=applied.outcome)
    if applied.category:
        metrics.count("StatusCategory", category=applied.category)


def _apply_wish(envelope: dict[str, Any]) -> None:
    try:
        outcome = wishes.apply(runtime.database(), envelope)
    except (UnknownAccount, OrganizationUnavailable) as dropped:
        outcome = type(dropped).__name__
    metrics.count("Wish", outcome=outcome)


def _look_at_account(envelope: dict[str, Any]) -> None:
    """What the news say is not taken from them: the provider is asked, and whoever asks last knows best."""
    found = runtime.database().lookup(
        "SELECT * FROM app.find_business_accounts('whatsapp', %s)", [envelope["business"]]
    )
    at = datetime.fromtimestamp(envelope["received_at"] / 1000, UTC).isoformat()
    job = "template_sync" if envelope["field"] in TEMPLATE_NEWS else "channel_health"
    for organization_id, account_id in found:
        runtime.hint_automation(
            {"organization_id": str(organization_id), "job": job, "subject": str(account_id), "at": at}
        )
