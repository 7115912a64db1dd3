"""The clocks: scan what is due, and enqueue it. Nothing is done here."""

from datetime import UTC, datetime
from itertools import islice
from typing import Any
from uuid import UUID

from aws_lambda_powertools.utilities.typing import LambdaContext

from auzap import metrics, runtime
from auzap.observability import logger
from auzap.schedules import ringing

MOST_HINTS = 500
# What is left out at one tick rings at the next.
MOST_RINGS = 5000
MINUTE = 60


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> None:
    match event["job"]:
        case "hint_sweep":
            _renew_hints()
        case "channel_health":
            _enqueue_health(nominal(event["at"], datetime.now(UTC), seconds=5 * MINUTE))
        case "returns":
            _enqueue_returns(nominal(event["at"], datetime.now(UTC), seconds=MINUTE))
        case "shop_clock":
            _ring_shops(nominal(event["at"], datetime.now(UTC), seconds=15 * MINUTE))
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
    unfetched = database.lookup("SELECT * FROM app.unhinted_media(%s)", [MOST_HINTS])
    for organization_id, media_id in unfetched:
        runtime.hint_media({"organization_id": str(organization_id), "media_id": str(media_id)})
    if conversations or unsent or unfetched:
        metrics.count("HintsRenewed", len(conversations) + len(unsent) + len(unfetched))


def nominal(at: str, now: datetime, *, seconds: int) -> datetime:
    """The time a clock meant, so that a doubled or late tick is the same one. An emulator may not say it."""
    try:
        meant = datetime.fromisoformat(at)
    except ValueError:
        meant = now
    return datetime.fromtimestamp(meant.timestamp() // seconds * seconds, UTC)


def _enqueue_health(at: datetime) -> None:
    for organization_id, account_id in runtime.database().lookup("SELECT * FROM app.connected_accounts()"):
        runtime.hint_automation(_work(organization_id, "channel_health", account_id, at))


def _enqueue_returns(at: datetime) -> None:
    """Conversations that the agent takes back by now; the job looks again at each."""
    due = runtime.database().lookup("SELECT * FROM app.due_returns(%s)", [MOST_HINTS])
    runtime.hint_automations(
        _work(organization_id, "conversation_return", subject, at) for organization_id, subject in due
    )


def _ring_shops(now: datetime) -> None:
    rung = islice(ringing.rings(runtime.database(), now), MOST_RINGS)
    runtime.hint_automations(_work(ring.organization_id, ring.job, ring.organization_id, ring.at) for ring in rung)


def _work(organization_id: UUID, job: str, subject: UUID, at: datetime) -> dict[str, str]:
    return {"organization_id": str(organization_id), "job": job, "subject": str(subject), "at": at.isoformat()}
