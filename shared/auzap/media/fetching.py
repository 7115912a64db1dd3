"""A file of a customer's message, copied from the provider into our bucket before its link dies."""

import re
import tempfile
import time
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import BinaryIO

from auzap.aws.client import AwsClient, AwsError
from auzap.channels import credentials
from auzap.channels.whatsapp import sending as whatsapp
from auzap.channels.whatsapp.graph import Graph, GraphError
from auzap.channels.whatsapp.sending import Fate
from auzap.db.connection import Database
from auzap.ids import MediaId, OrganizationId
from auzap.loose import string
from auzap.media import content, queries
from auzap.media.addresses import target
from auzap.media.downloading import Downloaded, download
from auzap.media.errors import Lost, OutOfReach, Refused
from auzap.media.queries import Claimed
from auzap.media.stripping import Malformed, strip

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
class Bucket:
    s3: AwsClient
    name: str


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
    file_size: int


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
    except Lost:
        return _end(database, organization_id, media_id, "failed", "gone")
    except OutOfReach as failed:
        return _postpone(database, organization_id, media_id, claimed, failed)
    with database.batch(organization_id, ACTOR) as tx:
        queries.record_stored(
            tx, media_id, content_type=stored_type, size=stored.bytes, sha256=stored.sha256, object_key=key
        )
    return Fetched("stored")


def _copy(
    graph: Graph, kms: AwsClient, bucket: Bucket, organization_id: OrganizationId, claimed: Claimed, key: str
) -> tuple[str, Downloaded]:
    """Type, size and hash of what now lies in the bucket."""
    if claimed.attempts > MOST_ATTEMPTS:
        # Every worker that took it died of it.
        raise Refused("given_up")
    deadline = time.monotonic() + BUDGET_SECONDS
    most = content.MOST_BYTES[claimed.kind]
    try:
        token = _token(kms, organization_id, claimed)
        link = _ask(graph, token, claimed, most)
        # Never in memory as a whole, and gone with the worker, whatever becomes of it.
        with tempfile.TemporaryFile() as file:
            came = download(target(link.url, graph_url=graph.url), token, file, most=most, deadline=deadline)
            _check(came, link)
            type_ = _type(file, came.bytes, claimed.kind, link.declared_type)
            stored = _without_traces(file, came, type_)
            bucket.s3.put_file(
                f"/{bucket.name}/{key}", file, length=stored.bytes, sha256=stored.sha256, content_type=type_
            )
    except AwsError as failed:
        raise OutOfReach(f"aws {failed.code}", counts=False) from failed
    return type_, stored


def _token(kms: AwsClient, organization_id: OrganizationId, claimed: Claimed) -> str:
    if claimed.credentials is None or claimed.wrapped_key is None:
        raise OutOfReach("no credentials", counts=False)
    return credentials.opened(kms, organization_id, wrapped_key=claimed.wrapped_key, sealed=claimed.credentials)


def _ask(graph: Graph, token: str, claimed: Claimed, most: int) -> Link:
    """A link of this moment: the one that the message came with may be dead by now."""
    if not KNOWN_ID.fullmatch(claimed.provider_media_id):
        raise Lost
    try:
        told = graph.get(f"/{claimed.provider_media_id}", token)
    except GraphError as failed:
        if failed.code == NO_SUCH_OBJECT or failed.status == 404:
            raise Lost from failed
        is_the_accounts = whatsapp.fate(failed.code, failed.status) == Fate.PAUSE
        raise OutOfReach(f"graph {failed.code}", counts=not is_the_accounts) from failed
    size = str(told.get("file_size", ""))
    link = Link(
        url=string(told.get("url")),
        declared_type=string(told.get("mime_type")) or claimed.declared_type,
        sha256=string(told.get("sha256")),
        file_size=int(size) if size.isdecimal() else 0,
    )
    if link.file_size > most:
        raise Refused("too_large")
    return link


def _check(came: Downloaded, link: Link) -> None:
    if came.bytes == 0:
        raise Refused("empty")
    if link.sha256 and link.sha256.lower() != came.sha256.hex():
        raise OutOfReach("altered")


def _type(file: BinaryIO, size: int, kind: str, declared: str | None) -> str:
    file.seek(0)
    head = file.read(content.HEAD)
    file.seek(max(0, size - content.TAIL))
    found = content.true_type(head, file.read(), declared)
    if found is None or found not in content.ALLOWED[kind]:
        raise Refused("type_not_allowed")
    return found


def _without_traces(file: BinaryIO, came: Downloaded, type_: str) -> Downloaded:
    """A picture is written anew without what it tells of its maker; anything else stays as it came."""
    if type_ not in content.IMAGES or came.bytes > content.MOST_BYTES["image"] * 4:
        return came
    file.seek(0)
    try:
        bare = strip(type_, file.read())
    except Malformed as failed:
        raise Refused("unreadable") from failed
    file.seek(0)
    file.truncate()
    file.write(bare)
    return Downloaded(len(bare), sha256(bare).digest())


def _end(
    database: Database, organization_id: OrganizationId, media_id: MediaId, state: str, reason: str
) -> Fetched:
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
