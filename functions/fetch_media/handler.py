"""media: a hint names a file that a customer sent, and it is copied before its link dies."""

import functools
import json
from typing import Any
from uuid import UUID

from aws_lambda_powertools.utilities.typing import LambdaContext

from auzap import metrics, runtime
from auzap.aws.client import AwsClient
from auzap.channels.whatsapp.graph import Graph
from auzap.consumer import Failures, Record, consume_hints
from auzap.errors import OrganizationUnavailable, Retry
from auzap.ids import MediaId, OrganizationId
from auzap.media import fetching
from auzap.media.bucket import Bucket
from auzap.media.fetching import Fetched
from auzap.observability import logger

GRAPH_SECONDS = 5
# S3 answers when it has all of a file.
STORE_SECONDS = 20


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> Failures:
    return consume_hints(event, fetch)


def fetch(record: Record) -> None:
    hint = json.loads(record.body)
    with logger.append_context_keys(**hint):
        organization_id = OrganizationId(UUID(hint["organization_id"]))
        fetched = _fetch(organization_id, MediaId(UUID(hint["media_id"])))
        metrics.count("Media", outcome=fetched.outcome)
        runtime.hint_changes(organization_id)
        if fetched.again_in is not None:
            # A moment after it is due.
            runtime.show_again(runtime.settings().media_queue_url, record.receipt_handle, fetched.again_in + 1)
            raise Retry(fetched.outcome)


def _fetch(organization_id: OrganizationId, media_id: MediaId) -> Fetched:
    graph = Graph(runtime.settings().graph_url, timeout=GRAPH_SECONDS)
    try:
        return fetching.fetch(runtime.database(), graph, runtime.aws("kms"), _bucket(), organization_id, media_id)
    except OrganizationUnavailable:
        return Fetched("organization_unavailable")


@functools.cache
def _bucket() -> Bucket:
    return Bucket(AwsClient("s3", timeout=STORE_SECONDS), runtime.settings().media_bucket)
