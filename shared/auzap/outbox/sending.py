"""Sending a conversation's next message: claim, call the channel with nothing open, record what came of it."""

from dataclasses import dataclass
from datetime import timedelta

from auzap import failpoints
from auzap.aws.client import AwsClient, AwsError
from auzap.channels import credentials
from auzap.channels.whatsapp import sending as whatsapp
from auzap.channels.whatsapp.graph import Graph, GraphError
from auzap.channels.whatsapp.sending import Fate
from auzap.db.connection import Database
from auzap.db.locks import lock_conversation
from auzap.ids import ConversationId, OrganizationId
from auzap.loose import items, mapping, string
from auzap.outbox import queries
from auzap.outbox.queries import Claimed

ACTOR = "sender"
MOST_ATTEMPTS = 8
# After this long a send without an answer is settled: the status webhook that carries our id would have come.
SETTLED_AFTER = timedelta(seconds=60)
PAUSE = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Sent:
    """What was done, and when to look at this conversation's outbox again, if at all."""

    outcome: str
    again_in: float | None = None


def send_next(
    database: Database, graph: Graph, kms: AwsClient, organization_id: OrganizationId, conversation_id: ConversationId
) -> Sent:
    """Send the oldest unsent message of one conversation, if it is due and nothing of it is under way."""
    with database.batch(organization_id, ACTOR) as tx:
        lock_conversation(tx, conversation_id)
        queries.cancel_overtaken(tx, conversation_id)
        queries.settle_ambiguous(tx, conversation_id, after=SETTLED_AFTER)
        found = queries.claim_oldest(tx, conversation_id)
    claimed = found.fetchone()
    if claimed is None:
        return Sent("empty")
    if claimed.wait is not None:
        return Sent("not_due", again_in=claimed.wait)
    failpoints.reach("before_send")
    try:
        provider_id = _send(graph, kms, organization_id, claimed)
    except GraphError as failed:
        return _failed(database, organization_id, conversation_id, claimed, failed)
    failpoints.reach("after_send")
    with database.batch(organization_id, ACTOR) as tx:
        lock_conversation(tx, conversation_id)
        queries.record_sent(tx, claimed.id, claimed.channel_account_id, provider_id)
    return Sent("sent", again_in=0)


def _send(graph: Graph, kms: AwsClient, organization_id: OrganizationId, claimed: Claimed) -> str:
    if claimed.credentials is None or claimed.wrapped_key is None:
        raise GraphError(190, "the account has no credentials")
    try:
        token = credentials.opened(kms, organization_id, wrapped_key=claimed.wrapped_key, sealed=claimed.credentials)
    except AwsError as failed:
        # Nothing was sent, and that is known: it is tried again, and is no send whose answer was lost.
        raise GraphError(0, f"the key is out of reach: {failed.code}") from failed
    message = whatsapp.message(claimed.recipient, claimed.content, tracker=str(claimed.id))
    answer = graph.post(claimed.account_external_id, token, message)
    accepted = items(answer.get("messages"))
    provider_id = string(mapping(accepted[0]).get("id")) if accepted else ""
    if not provider_id:
        raise GraphError(1, "accepted without an id", may_have_happened=True)
    return provider_id


def _failed(
    database: Database,
    organization_id: OrganizationId,
    conversation_id: ConversationId,
    claimed: Claimed,
    failed: GraphError,
) -> Sent:
    if failed.may_have_happened:
        # Left as it is: the status that carries our id settles it, or the next look does.
        return Sent("ambiguous", again_in=SETTLED_AFTER.total_seconds() + 1)
    fate = whatsapp.fate(failed.code, failed.status)
    with database.batch(organization_id, ACTOR) as tx:
        lock_conversation(tx, conversation_id)
        if fate == Fate.RETRY and claimed.attempts < MOST_ATTEMPTS:
            wait = whatsapp.retry_seconds(failed.code, claimed.attempts)
            queries.record_postponed(tx, claimed.id, failed.code, failed.detail, wait=timedelta(seconds=wait))
            sent = Sent("postponed", again_in=wait)
        elif fate == Fate.PAUSE:
            # Due at once when the account is in order again: it is the account that waits, not the message.
            queries.record_postponed(tx, claimed.id, failed.code, failed.detail, wait=timedelta(0))
            queries.pause_account(tx, claimed.channel_account_id, failed.code, failed.detail, pause=PAUSE)
            sent = Sent("paused", again_in=PAUSE.total_seconds())
        else:
            task = "window_closed" if fate == Fate.WINDOW_CLOSED else "send_failed"
            queries.record_failed(tx, claimed.id, conversation_id, failed.code, failed.detail, task=task)
            sent = Sent("failed", again_in=0)
    return sent
