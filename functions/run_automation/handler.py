"""automations: due work of one tenant, once for its nominal time."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from aws_lambda_powertools.utilities.typing import LambdaContext

from auzap import metrics, runtime
from auzap.agent import offering
from auzap.audit import heads, sealing
from auzap.aws.client import AwsError
from auzap.aws.queues import hint, send_all
from auzap.bookings import series
from auzap.channels.whatsapp import templates, webhook
from auzap.channels.whatsapp.graph import Graph, GraphError
from auzap.consumer import Failures, Record, consume
from auzap.conversations import closing, redriving, returning, undecided
from auzap.db.connection import Tx
from auzap.errors import OrganizationUnavailable
from auzap.escalations import forwarding, limits, reminding
from auzap.health import channels
from auzap.ids import AccountId, ConversationId, DeadLetterId, DocumentId, EscalationId, MailId, OrganizationId
from auzap.insights.figures import count_days
from auzap.leads import closing as lost
from auzap.leads.decaying import decay
from auzap.media import reading
from auzap.media.bucket import Bucket
from auzap.observability import logger
from auzap.schedules import retention
from auzap.schedules.claiming import claim
from auzap.schedules.shop_jobs import SHOP_JOBS, ShopJob
from auzap.stays import reports
from auzap.turns.reviewing import review

# The actor of what no person asks for.
CLOCK = "clock"
SUMMARY_SECONDS = 20.0
EMBEDDING_SECONDS = 45.0


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
        "changes": settings.changes_queue_url,
        "jobs": settings.jobs_queue_url,
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


def offer_freed(work: Work) -> str:
    """Not by its nominal time: each waiting customer's own row says when to look, and under its lock."""
    asked = offering.offer_freed(runtime.database(), work.organization_id)
    for conversation_id in asked:
        runtime.hint_outbox({"organization_id": str(work.organization_id), "conversation_id": str(conversation_id)})
    return "offered" if asked else "nothing"


def look_after_requests(work: Work) -> str:
    """Not by its nominal time: each reminder is told once, and what is decided is left alone."""
    looked = undecided.look_after(runtime.database(), work.organization_id)
    for conversation_id in looked.waiting:
        runtime.hint_outbox({"organization_id": str(work.organization_id), "conversation_id": str(conversation_id)})
    metrics.count("RequestsExpired", looked.expired)
    return "expired" if looked.expired else "looked"


def fold_memory(work: Work) -> str:
    from auzap.agent.house_model import house_model
    from auzap.agent.remembering import fold

    return fold(
        runtime.database(),
        house_model(),
        work.organization_id,
        ConversationId(work.subject),
        seconds=SUMMARY_SECONDS,
    )


def look_after_question(work: Work) -> str:
    looked = reminding.look_after(runtime.database(), work.organization_id, EscalationId(work.subject))
    if looked.conversation_id is not None:
        runtime.hint_outbox(
            {"organization_id": str(work.organization_id), "conversation_id": str(looked.conversation_id)}
        )
    return looked.outcome


def tell_limit(work: Work) -> str:
    place = limits.tell(runtime.database(), work.organization_id, ConversationId(work.subject))
    if place is None:
        return "skipped"
    runtime.hint_outbox({"organization_id": str(work.organization_id), "conversation_id": str(place)})
    return "told"


def forward_limit(work: Work) -> str:
    place = forwarding.forward(runtime.database(), work.organization_id, ConversationId(work.subject))
    if place is None:
        return "skipped"
    runtime.hint_outbox({"organization_id": str(work.organization_id), "conversation_id": str(place)})
    return "told"


def read_document(work: Work) -> str:
    bucket = Bucket(runtime.aws("s3"), runtime.settings().media_bucket)
    outcome = reading.read(runtime.database(), bucket, work.organization_id, DocumentId(work.subject))
    if outcome == "ready" and runtime.settings().model_embeddings_name:
        shop = str(work.organization_id)
        at = work.nominal_at.isoformat()
        runtime.hint_automation({"organization_id": shop, "job": EMBED, "subject": shop, "at": at})
    return outcome


def embed_knowledge(work: Work) -> str:
    """After its claim, with no transaction open: what is not done then is done the next time."""
    claimed = by_the_clock(BY_NAME[EMBED], lambda _: None)(work)
    if claimed != "claimed" or not runtime.settings().model_embeddings_name:
        return claimed
    from auzap.agent.embedding import embed_missing
    from auzap.agent.house_model import house_model

    return embed_missing(runtime.database(), house_model(), work.organization_id, seconds=EMBEDDING_SECONDS)


def tell_emergency(work: Work) -> str:
    from auzap.turns import emergencies

    conversation_id = ConversationId(work.subject)
    outcome = emergencies.tell(runtime.database(), work.organization_id, conversation_id, at=work.nominal_at)
    if outcome == "told":
        runtime.hint_outbox({"organization_id": str(work.organization_id), "conversation_id": str(conversation_id)})
    return outcome


def send_mail(work: Work) -> str:
    from auzap.notifications import mails

    settings = runtime.settings()
    post = mails.Post(runtime.ses(), settings.mail_from, settings.panel_url)
    return mails.send(runtime.database(), post, work.organization_id, MailId(work.subject))


def mail_notices(work: Work) -> str:
    """Not by its nominal time: what was written is not written again. The sweep finds the mails that wait."""
    from auzap.notifications import mailing

    written = mailing.write(runtime.database(), work.organization_id)
    metrics.count("NoticesMailed", written)
    return "written" if written else "skipped"


def seal_audit(work: Work) -> str:
    """Not by its nominal time: what is sealed is not sealed again, nor what is kept outside kept again."""
    sealed = sealing.seal(runtime.database(), work.organization_id)
    archive = heads.house_archive()
    if archive is not None:
        try:
            sealed += heads.keep(runtime.database(), archive, work.organization_id)
        except AwsError:
            # The next tick finds them.
            metrics.count("HeadsNotKept")
    return "sealed" if sealed else "skipped"


def close_stale(tx: Tx) -> None:
    metrics.count("ConversationsClosed", closing.close_stale(tx))
    metrics.count("LeadsLost", lost.lose(tx))


def review_replies(tx: Tx) -> None:
    if review(tx).is_often:
        metrics.count("RepliesOftenRefused")


def remind_of_reports(tx: Tx) -> None:
    metrics.count("StayReportsPending", reports.remind(tx))


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
    "count_days": count_days,
    "decay_scores": decay,
    "close_stale": close_stale,
    "review_replies": review_replies,
    "stay_reports_pending": remind_of_reports,
}


def make_series(work: Work) -> str:
    """Before its claim, not with it: in one transaction nobody else could book on any of the days. Done twice, it is the same."""
    made = series.make_all(runtime.database(), work.organization_id)
    metrics.count("SeriesBooked", len(made.booked))
    metrics.count("SeriesMissed", len(made.missed))
    return by_the_clock(BY_NAME[SERIES], lambda _: None)(work)


def clear_old(work: Work) -> str:
    """Before its claim, in small transactions: done twice, it is the same."""
    for kind, rows in retention.clear(runtime.database(), work.organization_id).items():
        if rows:
            metrics.count("Cleared", rows, kind=kind)
    return by_the_clock(BY_NAME[RETENTION], lambda _: None)(work)


RETENTION = "clear_old"
SERIES = "make_series"
EMBED = "embed_knowledge"
BY_NAME = {job.name: job for job in SHOP_JOBS}

# What each job does, and answers in a word.
JOBS: dict[str, Callable[[Work], str]] = {
    **{name: by_the_clock(BY_NAME[name], do) for name, do in DONE_BY_THE_CLOCK.items()},
    SERIES: make_series,
    RETENTION: clear_old,
    EMBED: embed_knowledge,
    "escalation": look_after_question,
    "escalate_limit": tell_limit,
    "forward_limit": forward_limit,
    "read_document": read_document,
    "conversation_return": return_conversation,
    "summarize_handoff": summarize_handoff,
    "fold_memory": fold_memory,
    "tell_emergency": tell_emergency,
    "channel_health": check_channel,
    "offer_freed": offer_freed,
    "undecided_requests": look_after_requests,
    "redrive_dead_letter": redrive_dead_letter,
    "mail_notices": mail_notices,
    "seal_audit": seal_audit,
    "send_mail": send_mail,
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
    if outcome != "skipped":
        runtime.hint_changes(work.organization_id)
    metrics.count("Automation", job=asked["job"], outcome=outcome)
