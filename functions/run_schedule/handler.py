"""The clocks: scan what is due, and enqueue it. Nothing is done here."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any
from uuid import UUID

from aws_lambda_powertools.utilities.typing import LambdaContext
from psycopg.rows import TupleRow

from auzap import metrics, runtime
from auzap.notifications.mailing import PATIENCE, UNTIL
from auzap.observability import logger
from auzap.schedules import ringing

# What is left out at one tick comes with the next, what has waited longest first.
MOST_HINTS = 500
MOST_RINGS = 5000
# About as many numbers as run_automation can look at until the next tick.
MOST_CHECKS = 1000
MINUTE = 60
# Beyond any shop's horizon.
REMINDED_AHEAD = timedelta(days=730)


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> None:
    match event["job"]:
        case "hint_sweep":
            _renew_hints()
        case "channel_health":
            at = nominal(event["at"], datetime.now(UTC), seconds=5 * MINUTE)
            _enqueue_health(at)
            _enqueue_notices(at)
        case "returns":
            at = nominal(event["at"], datetime.now(UTC), seconds=MINUTE)
            _enqueue_returns(at)
            _enqueue_offers(at)
            _enqueue_questions(at)
            _enqueue_requests(at, ahead=timedelta(0))
        case "shop_clock":
            at = nominal(event["at"], datetime.now(UTC), seconds=15 * MINUTE)
            _ring_shops(at)
            _enqueue_sealing(at)
            _enqueue_requests(at, ahead=REMINDED_AHEAD)
        case other:
            raise ValueError(f"a clock called {other}")


def _renew_hints() -> None:
    """Hints may be lost; the rows say what is still to do."""
    database, settings = runtime.database(), runtime.settings()
    unanswered = database.lookup("SELECT * FROM app.unhinted_conversations(%s)", [MOST_HINTS])
    runtime.hint_all(settings.turns_queue_url, _hints("conversation_id", unanswered))
    unsent = database.lookup("SELECT * FROM app.unhinted_outbox(%s)", [MOST_HINTS])
    runtime.hint_all(settings.outbox_queue_url, _hints("conversation_id", unsent))
    unfetched = database.lookup("SELECT * FROM app.unhinted_media(%s)", [MOST_HINTS])
    runtime.hint_all(settings.media_queue_url, _hints("media_id", unfetched))
    unsummarized = database.lookup("SELECT * FROM app.unsummarized_handoffs(%s)", [MOST_HINTS])
    _enqueue(_work(shop, "summarize_handoff", conversation_id, at) for shop, conversation_id, at in unsummarized)
    unposted = database.lookup("SELECT * FROM app.unhinted_mails(%s)", [MOST_HINTS])
    _enqueue(_work(shop, "send_mail", mail_id, datetime.now(UTC)) for shop, mail_id in unposted)
    unworked = database.lookup("SELECT * FROM app.unhinted_jobs(%s)", [MOST_HINTS])
    runtime.hint_all(settings.jobs_queue_url, _hints("job_id", unworked))
    untold = database.lookup("SELECT * FROM app.unpublished_organizations(%s)", [MOST_HINTS])
    runtime.hint_all(settings.changes_queue_url, [{"organization_id": str(shop)} for (shop,) in untold])
    if renewed := sum(map(len, (unanswered, unsent, unfetched, unsummarized, unposted, unworked, untold))):
        metrics.count("HintsRenewed", renewed)


def nominal(at: str, now: datetime, *, seconds: int) -> datetime:
    """The time a clock meant, so that a doubled or late tick is the same one. An emulator may not say it."""
    try:
        meant = datetime.fromisoformat(at)
    except ValueError:
        meant = now
    return datetime.fromtimestamp(meant.timestamp() // seconds * seconds, UTC)


def _enqueue_health(at: datetime) -> None:
    accounts = runtime.database().lookup("SELECT * FROM app.connected_accounts() LIMIT %s", [MOST_CHECKS])
    _enqueue(_work(organization_id, "channel_health", account_id, at) for organization_id, account_id in accounts)


def _enqueue_notices(at: datetime) -> None:
    """Shops in which nobody has read something for a while; the job looks at who wants a mail of it."""
    unread = runtime.database().lookup("SELECT * FROM app.unread_notices(%s, %s, %s)", [PATIENCE, UNTIL, MOST_RINGS])
    _enqueue(_work(organization_id, "mail_notices", organization_id, at) for (organization_id,) in unread)


def _enqueue_returns(at: datetime) -> None:
    """Conversations that the agent takes back by now; the job looks again at each."""
    due = runtime.database().lookup("SELECT * FROM app.due_returns(%s)", [MOST_HINTS])
    _enqueue(_work(organization_id, "conversation_return", subject, at) for organization_id, subject in due)


def _enqueue_offers(at: datetime) -> None:
    """Shops with somebody on the waitlist to look at: a place was freed, or an offer is over."""
    waiting = runtime.database().lookup("SELECT * FROM app.waiting_for_room(%s)", [MOST_HINTS])
    _enqueue(_work(organization_id, "offer_freed", organization_id, at) for (organization_id,) in waiting)


def _enqueue_questions(at: datetime) -> None:
    """Questions to remind of or to give up, hand-overs to tell of, and documents to read; the jobs look again at each."""
    database = runtime.database()
    due = database.lookup("SELECT organization_id, escalation_id FROM app.due_escalations(%s)", [MOST_HINTS])
    _enqueue(_work(organization_id, "escalation", subject, at) for organization_id, subject in due)
    untold = database.lookup("SELECT organization_id, conversation_id FROM app.untold_limits(%s)", [MOST_HINTS])
    _enqueue(_work(organization_id, "escalate_limit", subject, at) for organization_id, subject in untold)
    more = database.lookup("SELECT * FROM app.unforwarded_limits(%s)", [MOST_HINTS])
    _enqueue(_work(organization_id, "forward_limit", subject, at) for organization_id, subject in more)
    unread = database.lookup("SELECT organization_id, document_id FROM app.unread_documents(%s)", [MOST_HINTS])
    _enqueue(_work(organization_id, "read_document", subject, at) for organization_id, subject in unread)


def _enqueue_requests(at: datetime, *, ahead: timedelta) -> None:
    """Shops with appointments that nobody has confirmed: at their hour each minute, and before it for reminders."""
    undecided = runtime.database().lookup("SELECT * FROM app.undecided_requests(%s, %s)", [ahead, MOST_RINGS])
    _enqueue(_work(organization_id, "undecided_requests", organization_id, at) for (organization_id,) in undecided)


def _ring_shops(now: datetime) -> None:
    rung = islice(ringing.rings(runtime.database(), now), MOST_RINGS)
    _enqueue(_work(ring.organization_id, ring.job, ring.organization_id, ring.at) for ring in rung)


def _enqueue_sealing(at: datetime) -> None:
    """Shops whose trail has rows that no seal covers yet, or seals that are not kept outside of the database."""
    database = runtime.database()
    found = database.lookup("SELECT * FROM app.unsealed_organizations(%s)", [MOST_RINGS])
    if runtime.settings().audit_bucket:
        found += database.lookup("SELECT * FROM app.unkept_organizations(%s)", [MOST_RINGS])
    _enqueue(_work(shop, "seal_audit", shop, at) for shop in dict.fromkeys(shop for (shop,) in found))


def _enqueue(jobs: Iterable[dict[str, str]]) -> None:
    runtime.hint_all(runtime.settings().automations_queue_url, jobs)


def _hints(subject: str, found: list[TupleRow]) -> list[dict[str, str]]:
    return [{"organization_id": str(organization_id), subject: str(row_id)} for organization_id, row_id in found]


def _work(organization_id: UUID, job: str, subject: UUID, at: datetime) -> dict[str, str]:
    return {"organization_id": str(organization_id), "job": job, "subject": str(subject), "at": at.isoformat()}
