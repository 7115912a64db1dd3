"""Two people change one thing at once: each changes the fields they named, and what the other wrote stays."""

import threading
from collections.abc import Callable
from datetime import date

import psycopg

from auzap.catalog import editing, listing
from auzap.customers import health
from auzap.db.connection import Database, Tx
from auzap.ids import OrganizationId
from auzap.organizations import settings
from tests import factories
from tests.factories_customers import pet


def one_after_the_other(
    connect: Callable[[], Database], organization_id: OrganizationId, *changes: Callable[[Tx], None]
) -> None:
    """The second begins while the first has changed and not committed."""
    first, second = changes

    def follow() -> None:
        with other.transaction(organization_id, "second") as tx:
            second(tx)

    database, other = connect(), connect()
    with database.transaction(organization_id, "first") as tx:
        first(tx)
        following = threading.Thread(target=follow)
        following.start()
        while not waits(tx):
            following.join(0.01)
            assert following.is_alive(), "the second did not wait"
    following.join()


def waits(tx: Tx) -> bool:
    """Whether somebody stands before what this transaction has changed."""
    return (
        tx.execute("SELECT FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid))").rowcount
        > 0
    )


def test_two_parts_of_the_settings_hold_both(connect: Callable[[], Database], owner: psycopg.Connection) -> None:
    organization_id = factories.make_organization(owner)

    one_after_the_other(
        connect,
        organization_id,
        lambda tx: settings.change(tx, {"agent": {"name": "Bidu"}}),
        lambda tx: settings.change(tx, {"agent": {"emoji": "high"}, "handoff": {"score": 80}}),
    )

    with connect().transaction(organization_id, "test") as tx:
        known = settings.settings(tx)
    assert (known["agent"]["name"], known["agent"]["emoji"], known["handoff"]["score"]) == ("Bidu", "high", 80)


def test_two_fields_of_a_service_hold_both_and_of_two_whole_lists_the_later(
    connect: Callable[[], Database], owner: psycopg.Connection
) -> None:
    organization_id = factories.make_organization(owner)
    with connect().transaction(organization_id, "test") as tx:
        bath = factories.make_service(tx).id

    def prices(cents: int) -> Callable[[Tx], None]:
        row = listing.PriceRow("large", "any", cents, 60)
        return lambda tx: editing.set_prices(tx, bath, [row])

    one_after_the_other(
        connect,
        organization_id,
        lambda tx: editing.change(tx, bath, {"price_cents": 9000}),
        lambda tx: editing.change(tx, bath, {"duration_minutes": 90}),
    )
    one_after_the_other(connect, organization_id, prices(1), prices(2))

    with connect().transaction(organization_id, "test") as tx:
        known = listing.service(tx, bath)
    assert known
    assert (known.price_cents, known.duration_minutes) == (9000, 90)
    assert [row.price_cents for row in known.prices] == [2]


def test_two_who_write_down_what_was_done_for_a_pet_agree_on_what_was_the_last(
    connect: Callable[[], Database], owner: psycopg.Connection
) -> None:
    organization_id = factories.make_organization(owner)
    with connect().transaction(organization_id, "test") as tx:
        rex = pet(tx, factories.make_contact(tx))

    def dewormed(on: date) -> Callable[[Tx], None]:
        return lambda tx: health.note(tx, rex, kind="deworming", name="Drontal", done_on=on, today=on) and None

    one_after_the_other(connect, organization_id, dewormed(date(2027, 3, 9)), dewormed(date(2027, 3, 10)))

    with connect().transaction(organization_id, "test") as tx:
        lasts = tx.execute("SELECT done_on FROM health_events WHERE is_last").fetchall()
    assert lasts == [(date(2027, 3, 10),)]
