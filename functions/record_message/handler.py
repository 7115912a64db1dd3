"""inbound.fifo: every envelope becomes a stored message, and a hint that there is something to answer."""

import json
from typing import Any

from aws_lambda_powertools.utilities.batch import SqsFifoPartialProcessor, process_partial_response
from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from auzap import metrics, runtime
from auzap.channels.whatsapp import inbound
from auzap.conversations import recording
from auzap.errors import OrganizationUnavailable
from auzap.observability import logger

# A conversation is a message group: a failure holds back that customer, not the batch.
processor = SqsFifoPartialProcessor(skip_group_on_error=True)


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> PartialItemFailureResponse:
    return process_partial_response(event, record, processor, context)


def record(envelope: SQSRecord) -> None:
    message = inbound.read(json.loads(envelope.body))
    try:
        recorded = recording.record(runtime.database(), message)
    except (recording.UnknownAccount, OrganizationUnavailable) as dropped:
        metrics.count("MessageDropped", reason=type(dropped).__name__)
        return
    if recorded.answer_in is not None:
        hint = {"organization_id": str(recorded.organization_id), "conversation_id": str(recorded.conversation_id)}
        runtime.hint_turn(hint, delay=recorded.answer_in)
