"""changes: a hint names a shop with news, and whoever listens there is told."""

import json
import time
from typing import Any
from uuid import UUID

from aws_lambda_powertools.utilities.typing import LambdaContext

from auzap import metrics
from auzap.consumer import Failures, Record, consume_hints
from auzap.errors import OrganizationUnavailable
from auzap.ids import OrganizationId
from auzap.observability import logger
from auzap.realtime import house
from auzap.realtime.publishing import publish

RESERVE_SECONDS = 5.0


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> Failures:
    audience = house.audience(seconds=context.get_remaining_time_in_millis() / 1000 - RESERVE_SECONDS)
    # All that is hinted here was committed before: once a shop is enough.
    done: set[OrganizationId] = set()

    def tell(record: Record) -> None:
        organization_id = OrganizationId(UUID(json.loads(record.body)["organization_id"]))
        if organization_id in done:
            return
        try:
            published = publish(audience, organization_id, now=time.time())
        except OrganizationUnavailable:
            metrics.count("PublishDropped", reason="organization")
        else:
            metrics.count("Published", published.events)
        done.add(organization_id)

    return consume_hints(event, tell)
