"""The clocks: scan what is due, and enqueue it. Nothing is done here."""

from datetime import UTC, datetime
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from auzap import metrics, runtime
from auzap.observability import logger

MOST_HINTS = 500
HEALTH_SECONDS = 300


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> None:
    match event["job"]:
        case "hint_sweep":
            _renew_hints()
        case "channel_health":
            _enqueue_health(nominal(event["at"], datetime.now(UTC)))
        case other:
            raise ValueError(f"a clock called {other}")


def _renew_hints() -> None:
    """Hints may be lost; the rows say what is still to do."""
    database = runtime.database()
    conversations = database.lookup("SELECT * FROM app.unhinted_conversations(%s)", [MOST_HINTS])
    for organization_id, conversation_id in conversations:
        runtime.hint_turn({"organization_id": str(organization_id), "conversation_id": str(conversation_id)})
    unsent = database.lookup("SELECT * FROM app.unhinted_outbox(%s)", [MOST_HINTS])
    for organization_id, conversation_id in unsent:
        runtime.hint_outbox({"organization_id": str(organization_id), "conversation_id": str(conversation_id)})
    if conversations or unsent:
        metrics.count("HintsRenewed", len(conversations) + len(unsent))


def nominal(at: str, now: datetime) -> datetime:
    """The time a clock meant, so that a doubled or late tick is the same one. An emulator may not say it."""
    try:
        meant = datetime.fromisoformat(at)
    except ValueError:
        meant = now
    return datetime.fromtimestamp(meant.timestamp() // HEALTH_SECONDS * HEALTH_SECONDS, UTC)


def _enqueue_health(at: datetime) -> None:
    for organization_id, account_id in runtime.database().lookup("SELECT * FROM app.connected_accounts()"):
        runtime.hint_automation(
            {
                "organization_id": str(organization_id),
                "job": "channel_health",
                "subject": str(account_id),
                "at": at.isoformat(),
            }
        )
