"""The WebSocket API: opened with a ticket, heard, and closed."""

import time
from typing import Any

import psycopg
from aws_lambda_powertools.utilities.typing import LambdaContext

from auzap import metrics, runtime
from auzap.aws.client import AwsError
from auzap.db.away import is_away
from auzap.loose import mapping
from auzap.observability import discreet, logger
from auzap.realtime import entering, house
from auzap.realtime.audience import Audience
from auzap.realtime.hearing import hear

# Kept back to say that it was done.
RESERVE_SECONDS = 2.0
# Longer than any ticket of ours.
LONGEST_TICKET = 100


@logger.inject_lambda_context
@discreet
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, int]:
    place = event["requestContext"]
    audience = house.audience(seconds=context.get_remaining_time_in_millis() / 1000 - RESERVE_SECONDS)
    match place["eventType"]:
        case "CONNECT":
            return {"statusCode": _connect(audience, place["connectionId"], event)}
        case "DISCONNECT":
            entering.leave(audience, place["connectionId"], now=time.time())
        case _:
            hear(audience, place["connectionId"], event.get("body") or "", now=time.time())
    return {"statusCode": 200}


def _connect(audience: Audience, connection_id: str, event: dict[str, Any]) -> int:
    if not _is_of_the_panel(mapping(event.get("headers"))):
        return 403
    ticket = mapping(event.get("queryStringParameters")).get("ticket", "")
    if not 0 < len(ticket) <= LONGEST_TICKET:
        return 401
    try:
        is_in = entering.enter(audience, connection_id, ticket, now=time.time())
    except (AwsError, psycopg.Error) as failed:
        if not isinstance(failed, AwsError) and not is_away(failed):
            raise
        return 503
    metrics.count("SocketOpened", outcome="opened" if is_in else "refused")
    return 200 if is_in else 401


def _is_of_the_panel(headers: dict[str, Any]) -> bool:
    """A browser says whose page it shows, and opens no socket for another's. What is no browser says nothing."""
    said = next((value for name, value in headers.items() if name.lower() == "origin"), "")
    panel = runtime.settings().panel_origin
    return not said or not panel or said == panel
