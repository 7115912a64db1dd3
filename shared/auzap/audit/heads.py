"""The heads of the trails, kept outside of the database: whoever owns it could write a whole chain anew, and these not."""

import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import datetime

from auzap import runtime
from auzap.audit import trail
from auzap.audit.trail import Broken, Verified
from auzap.aws.client import AwsClient
from auzap.db.connection import Database, Tx
from auzap.ids import OrganizationId

# At a time; the next tick goes on.
MOST_HEADS = 200


@dataclass(frozen=True, slots=True)
class Head:
    """Of a segment: what its rows and all segments before it come to, and not a word of them."""

    number: int
    digest: bytes
    sealed_at: datetime
    # Not one that merely waits for the next tick.
    is_late: bool = False


@dataclass(frozen=True, slots=True)
class Archive:
    """A bucket whose objects nobody changes: the name of one says which segment came to what."""

    s3: AwsClient
    bucket: str

    def keep(self, organization_id: OrganizationId, head: Head) -> None:
        said = {
            "organization": str(organization_id),
            "segment": head.number,
            "digest": head.digest.hex(),
            "sealed_at": head.sealed_at.isoformat(),
        }
        name = f"{_prefix(organization_id)}{head.number:012}-{head.digest.hex()}"
        self.s3.put_once(f"/{self.bucket}/{name}", json.dumps(said).encode(), "application/json")

    def kept(self, organization_id: OrganizationId, *, since: int) -> Iterator[tuple[int, str]]:
        """Segments after `since` and their digests, in order. One that was written anew is there twice."""
        prefix = _prefix(organization_id)
        for name in self.s3.names(self.bucket, prefix, after=f"{prefix}{since:012}" if since else ""):
            number, _, digest = name.removeprefix(prefix).partition("-")
            # The marker is a beginning of the names of `since` itself.
            if int(number) > since:
                yield int(number), digest


def house_archive() -> Archive | None:
    """Where this house keeps heads, if it does."""
    bucket = runtime.settings().audit_bucket
    return Archive(runtime.aws("s3"), bucket) if bucket else None


def keep(database: Database, archive: Archive, organization_id: OrganizationId) -> int:
    """How many heads were written. What fails is found again at the next tick, and what was written is not again."""
    with database.transaction(organization_id, "clock") as tx:
        heads = tx.rows(
            Head,
            "SELECT number, digest, sealed_at FROM audit_segments WHERE kept_at IS NULL ORDER BY number LIMIT %s",
            [MOST_HEADS],
        ).fetchall()
    for head in heads:
        archive.keep(organization_id, head)
    if heads:
        with database.transaction(organization_id, "clock") as tx:
            tx.execute(
                "UPDATE audit_segments SET kept_at = app.now() WHERE kept_at IS NULL AND number <= %s",
                [heads[-1].number],
            )
    return len(heads)


def verify(
    begin: Callable[[], AbstractContextManager[Tx]],
    archive: Archive | None,
    organization_id: OrganizationId,
    *,
    since: int = 0,
) -> Verified:
    """As the trail's own check, and against what is kept outside of the database, where anything is."""
    with begin() as tx:
        verified = trail.verify(tx, since=since)
        heads = _heads(tx, since, verified.verified_until) if archive else []
    if archive is None:
        return verified
    until = verified.verified_until if verified.goes_on else None
    differing = _differing(heads, _kept(archive, organization_id, since, until))
    broken = [*verified.broken, *differing][: trail.MOST_BROKEN]
    return replace(verified, is_whole=not broken, broken=broken)


def _heads(tx: Tx, since: int, until: int) -> list[Head]:
    return tx.rows(
        Head,
        """
        SELECT number, digest, sealed_at, sealed_at < app.now() - interval '1 day' AS is_late
        FROM audit_segments WHERE number > %s AND number <= %s ORDER BY number
        """,
        [since, until],
    ).fetchall()


def _kept(archive: Archive, organization_id: OrganizationId, since: int, until: int | None) -> dict[int, set[str]]:
    """Up to a segment; of the last part also what the database knows nothing of."""
    kept: dict[int, set[str]] = defaultdict(set)
    for number, digest in archive.kept(organization_id, since=since):
        if until is not None and number > until:
            break
        kept[number].add(digest)
    return kept


def _differing(heads: Sequence[Head], kept: Mapping[int, set[str]]) -> list[Broken]:
    known = {head.number: {head.digest.hex()} for head in heads}
    rewritten = [number for number, digests in kept.items() if digests != known.get(number)]
    unkept = [head.number for head in heads if head.is_late and head.number not in kept]
    return [
        *(Broken(number, None, "rewritten") for number in sorted(rewritten)),
        *(Broken(number, None, "unkept") for number in unkept),
    ]


def _prefix(organization_id: OrganizationId) -> str:
    return f"heads/{organization_id}/"
