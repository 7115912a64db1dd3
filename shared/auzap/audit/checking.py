"""Whether the trails are as they were sealed, for whoever runs the house: `python -m auzap.audit.checking [shop ...]`."""

import sys
from collections.abc import Callable, Iterator, Sequence
from uuid import UUID

from auzap import runtime
from auzap.audit import heads
from auzap.audit.heads import Archive
from auzap.audit.trail import Broken
from auzap.db.connection import Database
from auzap.ids import OrganizationId


def main(
    arguments: Sequence[str], database: Database, say: Callable[[str], None] = print, *, archive: Archive | None = None
) -> int:
    """A line for each shop, and one for each place where its trail does not hold; 1 where there is any."""
    shops = [OrganizationId(UUID(argument)) for argument in arguments] or _shops(database)
    are_whole = [_check(database, archive, shop, say) for shop in shops]
    say(f"{are_whole.count(True)} of {len(are_whole)} trails are whole")
    return 0 if all(are_whole) else 1


def _check(
    database: Database, archive: Archive | None, organization_id: OrganizationId, say: Callable[[str], None]
) -> bool:
    broken = 0
    for place in _broken(database, archive, organization_id):
        broken += 1
        say(f"{organization_id} segment {place.segment} {place.problem} {place.row_id or ''}".rstrip())
    say(f"{organization_id} {'BROKEN' if broken else 'whole'}")
    return not broken


def _broken(database: Database, archive: Archive | None, organization_id: OrganizationId) -> Iterator[Broken]:
    """Page after page, each in a transaction of its own: a trail may be of any length."""
    since, goes_on = 0, True
    while goes_on:
        verified = heads.verify(
            lambda: database.transaction(organization_id, "clock"), archive, organization_id, since=since
        )
        yield from verified.broken
        since, goes_on = verified.verified_until, verified.goes_on


def _shops(database: Database) -> list[OrganizationId]:
    return [OrganizationId(row[0]) for row in database.lookup("SELECT organization_id FROM app.shop_clocks(app.now())")]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], runtime.database(), archive=heads.house_archive()))
