"""turns: a hint wakes a conversation, and one turn of its agent answers what is unanswered."""

import contextlib
import json
from datetime import datetime
from typing import Any
from uuid import UUID

import psycopg
from aws_lambda_powertools.utilities.typing import LambdaContext

from auzap import failpoints, metrics, runtime
from auzap.agent.house_model import house_model
from auzap.agent.turn import Turn
from auzap.aws.client import AwsError
from auzap.channels import credentials
from auzap.channels.whatsapp import sending as whatsapp
from auzap.channels.whatsapp.graph import Graph, GraphError
from auzap.consumer import Failures, Record, consume_hints
from auzap.errors import OrganizationUnavailable, Retry
from auzap.ids import ConversationId, OrganizationId
from auzap.observability import logger
from auzap.turns import answering
from auzap.turns.answering import RETRY_AFTER
from auzap.turns.claiming import LEASE, NotNow, claim

# Kept back to save and answer when the time runs out.
RESERVE_SECONDS = 4.0
# A worker that is killed frees its hint a little after its lease.
HINT_SECONDS = int(LEASE.total_seconds()) + 2


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> Failures:
    return consume_hints(event, lambda record: answer(record, context))


def answer(record: Record, lambda_context: LambdaContext) -> None:
    hint = json.loads(record.body)
    organization_id = OrganizationId(UUID(hint["organization_id"]))
    with logger.append_context_keys(**hint):
        # Before the claim: whenever this worker dies from here on, its hint is back soon after the lease.
        _hide(record, HINT_SECONDS)
        try:
            turn = claim(runtime.database(), organization_id, ConversationId(UUID(hint["conversation_id"])))
        except OrganizationUnavailable:
            metrics.count("TurnDropped", reason="organization")
            return
        except psycopg.Error:
            _hide(record, RETRY_AFTER.total_seconds())
            raise
        if isinstance(turn, NotNow):
            if turn.again_in is not None:
                runtime.hint_turn(hint, delay=turn.again_in)
            elif turn.reason == "answered":
                # By a worker that may have died before it could say that there is something to send.
                runtime.hint_outbox(hint)
            elif turn.reason == "leased" and record.receives > 1:
                # Perhaps to this very hint, whose claim was made and never told: looked at again when the lease has ended.
                runtime.hint_turn(hint, delay=HINT_SECONDS)
            return
        failpoints.reach("after_claim")
        _show_typing(turn)
        seconds = min(lambda_context.get_remaining_time_in_millis() / 1000, LEASE.total_seconds()) - RESERVE_SECONDS
        try:
            answered = answering.answer(turn, house_model(), seconds=seconds)
        except psycopg.Error:
            # The turn was given back, if it could be.
            _hide(record, RETRY_AFTER.total_seconds())
            raise
        metrics.count("Turn", outcome=answered.outcome)
        runtime.hint_changes(organization_id)
        if answered.outcome == "retry":
            _hide(record, RETRY_AFTER.total_seconds())
            raise Retry("the model is away, and the turn has come somewhere")
        if answered.has_outbox:
            runtime.hint_outbox(hint, delay=answered.send_in)
        if answered.handed_over_at is not None:
            _ask_for(turn, "summarize_handoff", answered.handed_over_at)
        if answered.is_long:
            _ask_for(turn, "fold_memory", turn.now)
        if answered.has_freed:
            _ask_for_offers(turn)
        if answered.has_learned:
            _ask_for_embeddings(turn)
        for conversation_id in answered.wakes:
            runtime.hint_outbox({**hint, "conversation_id": str(conversation_id)})
        if answered.again_in is not None:
            runtime.hint_turn(hint, delay=answered.again_in)


def _ask_for(turn: Turn, job: str, at: datetime) -> None:
    runtime.hint_automation(
        {
            "organization_id": str(turn.shop.organization_id),
            "job": job,
            "subject": str(turn.conversation_id),
            "at": at.isoformat(),
        }
    )


def _ask_for_offers(turn: Turn) -> None:
    """At once, not with the next look of the clock."""
    shop = str(turn.shop.organization_id)
    runtime.hint_automation(
        {"organization_id": shop, "job": "offer_freed", "subject": shop, "at": turn.now.isoformat()}
    )


def _ask_for_embeddings(turn: Turn) -> None:
    """What was taught is found by its words already; by its meaning before tonight."""
    if runtime.settings().model_embeddings_name:
        shop = str(turn.shop.organization_id)
        at = turn.now.isoformat()
        runtime.hint_automation({"organization_id": shop, "job": "embed_knowledge", "subject": shop, "at": at})


def _hide(record: Record, seconds: float) -> None:
    runtime.show_again(runtime.settings().turns_queue_url, record.receipt_handle, seconds)


def _show_typing(turn: Turn) -> None:
    """Read ticks and "typing" on the customer's phone; a courtesy, so no failure of it matters."""
    provider_id = turn.unanswered[-1].provider_id if turn.unanswered else None
    if provider_id is None or turn.credentials is None or turn.wrapped_key is None:
        return
    with contextlib.suppress(GraphError, AwsError):
        token = credentials.opened(
            runtime.aws("kms"), turn.shop.organization_id, wrapped_key=turn.wrapped_key, sealed=turn.credentials
        )
        graph = Graph(runtime.settings().graph_url, timeout=2)
        graph.post(turn.account_external_id, token, whatsapp.read_and_typing(provider_id))
