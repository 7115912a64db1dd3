"""automations: due work of one tenant, once for its nominal time."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from aws_lambda_powertools.utilities.typing import LambdaContext

from auzap import metrics, runtime
from auzap.aws.queues import hint, send_all
from auzap.channels.whatsapp import templates, webhook
from auzap.channels.whatsapp.graph import Graph, GraphError
from auzap.consumer import Failures, Record, consume
from auzap.conversations import closing, redriving, returning
from auzap.db.connection import Tx
from auzap.errors import OrganizationUnavailable
from auzap.health import channels
from auzap.ids import AccountId, ConversationId, DeadLetterId, OrganizationId
from auzap.leads import closing as lost
from auzap.leads.decaying import decay
from auzap.observability import logger
from auzap.schedules.claiming import claim
from auzap.schedules.shop_jobs import SHOP_JOBS, ShopJob
from auzap.turns.reviewing import review

# The actor of what no person asks for.
CLOCK = "clock"
SUMMARY_SECONDS = 20.0


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


def sync_templates(work: Work) -> str:
    """Of the state of now, whatever the news were: told twice, it ends the same. A provider away is asked again daily."""
    graph = Graph(runtime.settings().graph_url)
    try:
        known = templates.sync(
            runtime.database(), graph, runtime.aws("kms"), work.organization_id, AccountId(work.subject)
        )
    except GraphError:
        return "refused"
    return "skipped" if known is None else "synced"


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


def return_conversation(work: Work) -> str:
    returned = returning.take_back(runtime.database(), work.organization_id, ConversationId(work.subject))
    hint = {"organization_id": str(work.organization_id), "conversation_id": str(work.subject)}
    if returned.has_outbox:
        runtime.hint_outbox(hint)
    if returned.is_asked:
        runtime.hint_turn(hint)
    return returned.outcome


def summarize_handoff(work: Work) -> str:
    # Here, so that the other jobs start without the model's SDK.
    from auzap.agent.house_model import house_model
    from auzap.agent.summarizing import summarize

    return summarize(
        runtime.database(),
        house_model(),
        work.organization_id,
        ConversationId(work.subject),
        seconds=SUMMARY_SECONDS,
    )


def close_stale(tx: Tx) -> None:
    metrics.count("ConversationsClosed", closing.close_stale(tx))
    metrics.count("LeadsLost", lost.lose(tx))


def review_replies(tx: Tx) -> None:
    if review(tx).is_often:
        metrics.count("RepliesOftenRefused")


def by_the_clock(job: ShopJob, do: Callable[[Tx], object]) -> Callable[[Work], str]:
    """Once for its nominal time, in the transaction that says so; what comes too late is only kept as missed."""

    def run_once(work: Work) -> str:
        with runtime.database().transaction(work.organization_id, CLOCK) as tx:
            claimed = claim(tx, job.name, work.subject, work.nominal_at, late=job.late)
            if claimed == "claimed":
                do(tx)
        return claimed

    return run_once


# What the shops' own clocks ring for.
DONE_BY_THE_CLOCK: dict[str, Callable[[Tx], object]] = {
    "decay_scores": decay,
    "close_stale": close_stale,
    "review_replies": review_replies,
}

# What each job does, and answers in a word.
JOBS: dict[str, Callable[[Work], str]] = {
    **{job.name: by_the_clock(job, DONE_BY_THE_CLOCK[job.name]) for job in SHOP_JOBS},
    "conversation_return": return_conversation,
    "summarize_handoff": summarize_handoff,
    "channel_health": check_channel,
    "redrive_dead_letter": redrive_dead_letter,
    "template_sync": sync_templates,
}


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> Failures:
    return consume(event, run)


def run(record: Record) -> None:
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
