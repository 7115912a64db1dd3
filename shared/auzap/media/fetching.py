"""A file of a customer's message, copied from the provider into our bucket before its link dies."""

import re
import tempfile
import time
from dataclasses import dataclass
from datetime import timedelta

from auzap.aws.client import AwsClient, AwsError
from auzap.channels import credentials
from auzap.channels.whatsapp.errors import Fate, meaning
from auzap.channels.whatsapp.graph import Graph, GraphError
from auzap.db.connection import Database
from auzap.ids import MediaId, OrganizationId
from auzap.loose import string
from auzap.media import content, queries
from auzap.media.addresses import target
from auzap.media.bucket import Bucket
from auzap.media.downloading import Content, download
from auzap.media.errors import Lost, OutOfReach, Refused
from auzap.media.keeping import keep
from auzap.media.queries import Claimed

ACTOR = "media"
MOST_ATTEMPTS = 5
# A little longer than a worker lives: who finds it over finds nobody at work.
LEASE = timedelta(seconds=70)
# From the question for the link to the last byte.
BUDGET_SECONDS = 20.0
# For as long as the house or the account is in trouble the file waits; the sweep asks again.
PAUSE = timedelta(minutes=10)
KNOWN_ID = re.compile(r"[0-9A-Za-z_-]{1,200}")
# Meta's word for an object that is not there (any more).
NO_SUCH_OBJECT = 100


@dataclass(frozen=True, slots=True)
class Fetched:
    """What came of it; `again_in` is for a hint that is to be offered again, in as many seconds."""

    outcome: str
    again_in: float | None = None


@dataclass(frozen=True, slots=True)
class Link:
    url: str
    declared_type: str | None
    sha256: str
    file_size: int | None


def fetch(
    database: Database,
    graph: Graph,
    kms: AwsClient,
    bucket: Bucket,
    organization_id: OrganizationId,
    media_id: MediaId,
) -> Fetched:
    with database.batch(organization_id, ACTOR) as tx:
        found = queries.claim(tx, media_id, lease=LEASE)
    claimed = found.fetchone()
    if claimed is None:
        return Fetched("nothing_to_do")
    key = f"media/{organization_id}/{media_id}"
    try:
        stored_type, stored = _copy(graph, kms, bucket, organization_id, claimed, key)
    except Refused as refused:
        return _end(database, organization_id, media_id, "refused", refused.reason)
    except Lost as lost:
        return _end(database, organization_id, media_id, "failed", lost.reason)
    except OutOfReach as failed:
        return _postpone(database, organization_id, media_id, claimed, failed)
    with database.batch(organization_id, ACTOR) as tx:
        queries.record_stored(
            tx, media_id, content_type=stored_type, size=stored.size, sha256=stored.sha256, object_key=key
        )
        is_stored = queries.is_stored(tx, media_id)
    if is_stored.fetchone() is None:
        # Its message was deleted meanwhile.
        bucket.drop(key)
        return Fetched("withdrawn")
    return Fetched("stored")


def _copy(
    graph: Graph, kms: AwsClient, bucket: Bucket, organization_id: OrganizationId, claimed: Claimed, key: str
) -> tuple[str, Content]:
    """Type, size and hash of what now lies in the bucket."""
    if claimed.attempts > MOST_ATTEMPTS:
        # Every worker that took it died of it.
        raise Lost("given_up")
    deadline = time.monotonic() + BUDGET_SECONDS
    most = content.MOST_BYTES[claimed.kind]
    try:
        if claimed.is_revoked:
            bucket.drop(key)
            raise Refused("revoked")
        token = _token(kms, organization_id, claimed)
        link = _ask(graph, token, claimed, most)
        # Never in memory as a whole, and gone with the worker, whatever becomes of it.
        with tempfile.TemporaryFile() as came:
            found = download(target(link.url, graph_url=graph.url), token, came, most=most, deadline=deadline)
            _check(found, link)
            return keep(bucket, key, came, found, allowed=content.ALLOWED[claimed.kind], declared=link.declared_type)
    except AwsError as failed:
        raise OutOfReach(f"aws {failed.code}", counts=False) from failed


def _token(kms: AwsClient, organization_id: OrganizationId, claimed: Claimed) -> str:
    if claimed.credentials is None or claimed.wrapped_key is None:
        raise OutOfReach("no credentials", counts=False)
    return credentials.opened(kms, organization_id, wrapped_key=claimed.wrapped_key, sealed=claimed.credentials)


def _ask(graph: Graph, token: str, claimed: Claimed, most: int) -> Link:
    """A link of this moment: the one that the message came with may be dead by now."""
    if not KNOWN_ID.fullmatch(claimed.provider_media_id):
        raise Lost("gone")
    try:
        told = graph.get(f"/{claimed.provider_media_id}", token)
    except GraphError as failed:
        if failed.code == NO_SUCH_OBJECT or failed.status == 404:
            raise Lost("gone") from failed
        is_the_accounts = meaning(failed.code, failed.status).fate == Fate.PAUSE_ACCOUNT
        raise OutOfReach(f"graph {failed.code}", counts=not is_the_accounts) from failed
    size = told.get("file_size")
    link = Link(
        url=string(told.get("url")),
        declared_type=string(told.get("mime_type")) or claimed.declared_type,
        sha256=string(told.get("sha256")).lower(),
        file_size=size if isinstance(size, int) else None,
    )
    if link.file_size is not None and link.file_size > most:
        raise Refused("too_large")
    return link


def _check(came: Content, link: Link) -> None:
    """What came is what was sent; it may have been changed, or cut, on its way."""
    if link.file_size not in {None, came.size} or link.sha256 not in {"", came.sha256.hex()}:
        raise OutOfReach("altered")
    if came.size == 0:
        raise Refused("empty")


def _end(database: Database, organization_id: OrganizationId, media_id: MediaId, state: str, reason: str) -> Fetched:
    with database.batch(organization_id, ACTOR) as tx:
        queries.record_ended(tx, media_id, state=state, reason=reason)
    return Fetched(state)


def _postpone(
    database: Database, organization_id: OrganizationId, media_id: MediaId, claimed: Claimed, failed: OutOfReach
) -> Fetched:
    if failed.counts and claimed.attempts >= MOST_ATTEMPTS:
        return _end(database, organization_id, media_id, "failed", failed.reason)
    wait = timedelta(seconds=5**claimed.attempts) if failed.counts else PAUSE
    with database.batch(organization_id, ACTOR) as tx:
        queries.record_postponed(tx, media_id, reason=failed.reason, wait=wait, counts=failed.counts)
    return Fetched("postponed", again_in=wait.total_seconds() if failed.counts else None)
