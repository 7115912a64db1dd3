"""outbox: send a conversation's due messages, one after the other."""

import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from aws_lambda_powertools.utilities.typing import LambdaContext

from auzap import metrics, runtime
from auzap.channels.whatsapp.graph import Graph
from auzap.consumer import Failures, Record, consume_hints
from auzap.errors import OrganizationUnavailable
from auzap.ids import ConversationId, OrganizationId
from auzap.observability import logger
from auzap.outbox.sending import send_next

# One send may take this long; below it the rest is left to the next hint.
RESERVE_MILLISECONDS = 15_000


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> Failures:
    return consume_hints(event, lambda record: send(record, context))


def send(record: Record, lambda_context: LambdaContext) -> None:
    hint = json.loads(record.body)
    with logger.append_context_keys(**hint):
        again_in: float | None = 0
        while again_in == 0:
            if lambda_context.get_remaining_time_in_millis() < RESERVE_MILLISECONDS:
                break
            again_in = _send_one(hint)
        if again_in is not None:
            runtime.hint_outbox(hint, delay=again_in)


def _send_one(hint: dict[str, str]) -> float | None:
    organization_id = OrganizationId(UUID(hint["organization_id"]))
    conversation_id = ConversationId(UUID(hint["conversation_id"]))
    graph = Graph(runtime.settings().graph_url)
    try:
        sent = send_next(runtime.database(), graph, runtime.aws("kms"), organization_id, conversation_id, link=_link)
    except OrganizationUnavailable:
        metrics.count("SendDropped", reason="organization")
        return None
    if sent.outcome != "empty":
        metrics.count("Send", outcome=sent.outcome)
        runtime.hint_changes(organization_id)
    return sent.again_in


def _link(key: str) -> str:
    """A file is rarely what is sent: what makes links is not imported before."""
    from auzap.media.bucket import Bucket

    bucket = Bucket(runtime.aws("s3"), runtime.settings().media_bucket)
    return bucket.link(key, answer={}, now=datetime.now(UTC))
