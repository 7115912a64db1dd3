"""A document that the shop has given its agent is read into pieces: from the bucket, from the web, or as it was written."""

import io
import time
from collections.abc import Callable

from auzap.aws.client import AwsError
from auzap.db.connection import Database
from auzap.ids import DocumentId, OrganizationId
from auzap.knowledge import documents
from auzap.knowledge.documents import MOST_ATTEMPTS, MOST_BYTES, Claimed, Problem, Unreadable
from auzap.knowledge.extracting import text_of
from auzap.media.addresses import Target, public_target
from auzap.media.bucket import Bucket
from auzap.media.downloading import download
from auzap.media.errors import OutOfReach, Refused

ACTOR = "documents"
DOWNLOAD_SECONDS = 15.0
# Within the worker's minute, with time to say that it was not enough.
READING_SECONDS = 40.0
PROBLEMS: dict[str, Problem] = {
    "redirect": "redirected",
    "too_large": "too_large",
    "unsafe_address": "unsafe_address",
}


def object_key(organization_id: OrganizationId, document_id: DocumentId) -> str:
    return f"knowledge/{organization_id}/{document_id}"


def read(
    database: Database,
    bucket: Bucket,
    organization_id: OrganizationId,
    document_id: DocumentId,
    *,
    find: Callable[[str], Target] = public_target,
) -> str:
    """With no transaction open while the file comes. What cannot be had now is tried again by the clock, a few times."""
    with database.transaction(organization_id, ACTOR) as tx:
        claimed = documents.claim(tx, document_id)
    if claimed is None:
        return "skipped"
    try:
        if claimed.attempts > MOST_ATTEMPTS:
            # Every worker that took it died of it, or never reached it.
            raise Unreadable("given_up")
        text = _text(bucket, claimed, find)
        with database.transaction(organization_id, ACTOR) as tx:
            return "ready" if documents.keep(tx, document_id, claimed.version, text) else "overtaken"
    except (OutOfReach, AwsError):
        if claimed.attempts < MOST_ATTEMPTS:
            return "postponed"
        problem: Problem = "out_of_reach"
    except Refused as refused:
        problem = PROBLEMS.get(refused.reason, "out_of_reach")
    except Unreadable as unreadable:
        problem = unreadable.problem
    with database.transaction(organization_id, ACTOR) as tx:
        documents.fail(tx, document_id, claimed.version, problem)
    return "failed"


def _text(bucket: Bucket, claimed: Claimed, find: Callable[[str], Target]) -> str:
    deadline = time.monotonic() + READING_SECONDS
    if claimed.body is not None:
        return claimed.body
    if claimed.address is not None:
        into = io.BytesIO()
        came = download(
            find(claimed.address), None, into, most=MOST_BYTES, deadline=time.monotonic() + DOWNLOAD_SECONDS
        )
        return text_of(into.getvalue(), came.called, deadline=deadline)
    content = bucket.content(claimed.object_key or "")
    if len(content) > MOST_BYTES:
        raise Unreadable("too_large")
    return text_of(content, "application/pdf", deadline=deadline)
