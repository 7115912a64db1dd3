"""Sending a conversation's next message: claim, call the channel with nothing open, record what came of it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from auzap import failpoints
from auzap.aws.client import AwsClient, AwsError
from auzap.channels import credentials
from auzap.channels.whatsapp import errors
from auzap.channels.whatsapp import sending as whatsapp
from auzap.channels.whatsapp.errors import Fate, Meaning
from auzap.channels.whatsapp.graph import Graph, GraphError
from auzap.db.connection import Database, Tx
from auzap.db.locks import lock_conversation
from auzap.db.retrying import retried
from auzap.ids import ConversationId, OrganizationId
from auzap.loose import items, mapping, string
from auzap.outbox import consequences, queries, windows
from auzap.outbox.queries import Claimed

# More than half an hour of a service that fails, and then a person looks at it.
MOST_ATTEMPTS = 12
# After this long a send without an answer is settled: the status webhook that carries our id would have come.
SETTLED_AFTER = timedelta(seconds=60)

# From where the provider fetches a file of ours, by its name in the bucket.
type Link = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Sent:
    """What was done, and when to look at this conversation's outbox again, if at all."""

    outcome: str
    again_in: float | None = None


def send_next(
    database: Database,
    graph: Graph,
    kms: AwsClient,
    organization_id: OrganizationId,
    conversation_id: ConversationId,
    *,
    link: Link,
) -> Sent:
    """Send the oldest unsent message of one conversation, if it may go now and nothing of it is under way."""
    claimed = retried(lambda: _claim(database, organization_id, conversation_id))
    if claimed is None:
        return Sent("empty")
    if claimed.is_window_closed:
        return retried(lambda: _hold(database, organization_id, conversation_id))
    if claimed.wait is not None:
        return Sent("not_due", again_in=claimed.wait)
    failpoints.reach("before_send")
    try:
        provider_id = _send(graph, kms, organization_id, claimed, link)
    except GraphError as failed:
        if failed.may_have_happened:
            # Left as it is: the status that carries our id settles it, or the next look does.
            return Sent("ambiguous", again_in=SETTLED_AFTER.total_seconds() + 1)
        # A name of its own: the one above is gone when the block ends.
        refused = failed
        return retried(lambda: _refused(database, organization_id, conversation_id, claimed, refused))
    failpoints.reach("after_send")
    has_more = retried(
        lambda: queries.record_sent(
            database, organization_id, conversation_id, claimed.id, claimed.channel_account_id, provider_id
        )
    )
    return Sent("sent", again_in=0 if has_more else None)


def _claim(database: Database, organization_id: OrganizationId, conversation_id: ConversationId) -> Claimed | None:
    return queries.claim(database, organization_id, conversation_id, settled_after=SETTLED_AFTER)


def _hold(database: Database, organization_id: OrganizationId, conversation_id: ConversationId) -> Sent:
    with database.transaction(organization_id, queries.ACTOR) as tx:
        lock_conversation(tx, conversation_id)
        is_held = windows.hold(tx, conversation_id)
    return Sent("held" if is_held else "window_closed", again_in=0)


def _send(graph: Graph, kms: AwsClient, organization_id: OrganizationId, claimed: Claimed, link: Link) -> str:
    if claimed.credentials is None or claimed.wrapped_key is None:
        raise GraphError(190, "the account has no credentials")
    try:
        token = credentials.opened(kms, organization_id, wrapped_key=claimed.wrapped_key, sealed=claimed.credentials)
    except AwsError as failed:
        # Nothing was sent, and that is known: it is tried again, and is no send whose answer was lost.
        raise GraphError(0, f"the key is out of reach: {failed.code}") from failed
    message = whatsapp.message(claimed.recipient, _linked(claimed.content, link), tracker=str(claimed.id))
    answer = graph.post(claimed.account_external_id, token, message)
    accepted = items(answer.get("messages"))
    provider_id = string(mapping(accepted[0]).get("id")) if accepted else ""
    if not provider_id:
        raise GraphError(1, "accepted without an id", may_have_happened=True)
    return provider_id


def _linked(content: dict[str, Any], link: Link) -> dict[str, Any]:
    """A link lives for minutes: it is made when the message goes."""
    return content | {"link": link(content["object_key"])} if "object_key" in content else content


def _refused(
    database: Database,
    organization_id: OrganizationId,
    conversation_id: ConversationId,
    claimed: Claimed,
    failed: GraphError,
) -> Sent:
    meaning = errors.meaning(failed.code, failed.status)
    with database.transaction(organization_id, queries.ACTOR) as tx:
        lock_conversation(tx, conversation_id)
        sent = _settle(tx, conversation_id, claimed, meaning, failed)
        consequences.follow(
            tx, meaning, conversation_id, claimed.channel_account_id, code=failed.code, detail=failed.detail
        )
    return sent


def _settle(tx: Tx, conversation_id: ConversationId, claimed: Claimed, meaning: Meaning, failed: GraphError) -> Sent:
    """What becomes of the message itself."""
    match meaning.fate:
        case Fate.RETRY | Fate.RETRY_PAIR if claimed.attempts < MOST_ATTEMPTS:
            wait = errors.retry_seconds(meaning.backoff, claimed.attempts)
            outcome = "postponed"
        case Fate.PAUSE_ACCOUNT:
            # Due at once when the account is in order again: it is the account that waits, not the message.
            wait, outcome = 0, "paused"
        case Fate.WINDOW_CLOSED if claimed.kind != "template":
            windows.close(tx, conversation_id, after=claimed.last_inbound_at)
            wait, outcome = 0, "window_closed"
        case Fate.NEEDS_PHONE if queries.answer_by_phone(tx, conversation_id).fetchone():
            wait, outcome = 0, "readdressed"
        case _:
            queries.record_failed(tx, claimed, conversation_id, failed.code, failed.detail, reason=meaning.reason)
            return Sent("failed", again_in=0)
    queries.record_postponed(
        tx, claimed, failed.code, failed.detail, wait=timedelta(seconds=wait), counts=outcome != "paused"
    )
    return Sent(outcome, again_in=consequences.PAUSE.total_seconds() if outcome == "paused" else wait)
