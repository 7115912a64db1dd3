"""Shops in many zones, ticks that come twice or not at all, and a change of the clock: every job once, at its hour."""

import random
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import psycopg
import pytest

from auzap.db.connection import Database
from auzap.ids import OrganizationId
from auzap.schedules.claiming import claim
from auzap.schedules.ringing import Ring, rings
from auzap.schedules.shop_jobs import SHOP_JOBS, due
from tests import factories
from tests.postgres import Clock, cloned, template
from tests.zones import EIGHT

# Sao Paulo has no midnight on 4 November 2018.
BEGIN = datetime(2018, 11, 1, 12, tzinfo=UTC)
DAYS = 5
TICK = timedelta(minutes=15)
LATE = {job.name: job.late for job in SHOP_JOBS}


@dataclass
class Street:
    """A database in which there are no shops but a test's own."""

    owner: psycopg.Connection
    database: Database
    clock: Clock

    def open(self, zone: str) -> OrganizationId:
        organization_id = factories.make_organization(self.owner)
        with self.database.transaction(organization_id, "test") as tx:
            tx.execute("UPDATE organization_settings SET time_zone = %s", [zone])
        return organization_id

    def work(self, ring: Ring) -> str:
        """What a worker does with a hint."""
        with self.database.transaction(ring.organization_id, "clock") as tx:
            return claim(tx, ring.job, ring.organization_id, ring.at, late=LATE[ring.job])

    def runs(self, organization_id: OrganizationId) -> list[tuple[str, datetime, str]]:
        with self.database.transaction(organization_id, "test") as tx:
            return tx.execute("SELECT job, nominal_at, state FROM job_runs ORDER BY nominal_at").fetchall()


@pytest.fixture
def street() -> Iterator[Street]:
    with (
        cloned(template(clock=True)) as place,
        psycopg.connect(place.owner, autocommit=True) as owner,
        closing(Database(lambda: place.app)) as database,
    ):
        clock = Clock(owner)
        clock.move(BEGIN - clock.now())
        yield Street(owner, database, clock)


def test_every_job_of_every_shop_is_done_once_at_its_local_hour(street: Street) -> None:
    chance = random.Random(20181104)
    shops = {street.open(zone): ZoneInfo(zone) for zone in EIGHT}
    done: list[Ring] = []
    for tick in range(DAYS * 96 + 1):
        now = BEGIN + tick * TICK
        street.clock.move(now - street.clock.now())
        fate = chance.random()
        for _ in range(0 if fate < 0.05 else 2 if fate > 0.95 else 1):
            rung = list(rings(street.database, now))
            # A queue may deliver a hint twice, and out of order.
            delivered = chance.sample(rung + rung[: len(rung) // 2], len(rung) + len(rung) // 2)
            done += [ring for ring in delivered if street.work(ring) == "claimed"]

    hours = {(ring.job, ring.at.astimezone(shops[ring.organization_id]).time()) for ring in done}
    assert hours == {
        ("count_days", time(1)),
        ("clear_old", time(2)),
        ("embed_knowledge", time(2)),
        ("decay_scores", time(3)),
        ("close_stale", time(4)),
        ("review_replies", time(5)),
        ("make_series", time(6)),
        ("stay_reports_pending", time(18)),
    }
    assert len(done) == len(set(done)) == len(shops) * len(SHOP_JOBS) * DAYS
    assert all(
        len({ring.at.astimezone(zone).date() for ring in done if (ring.organization_id, ring.job) == (shop, job.name)})
        == DAYS
        for shop, zone in shops.items()
        for job in SHOP_JOBS
    )


def test_what_an_outage_made_too_late_is_kept_as_missed_and_not_done(street: Street) -> None:
    shop = street.open("America/Sao_Paulo")
    # Two nights without a tick, until half past five of the second one.
    now = BEGIN + timedelta(hours=44, minutes=30)
    street.clock.move(now - BEGIN)

    for _ in range(2):
        for ring in rings(street.database, now):
            street.work(ring)

    due_by_now = [(job, at) for job in SHOP_JOBS for at in due(job, ZoneInfo("America/Sao_Paulo"), BEGIN, now)]
    states = {(job.name, at): "expired" if now - at > job.late else "claimed" for job, at in due_by_now}
    assert {(job, at): state for job, at, state in street.runs(shop)} == states
    assert states["decay_scores", now - timedelta(hours=2, minutes=30)] == "claimed"
    assert states["decay_scores", now - timedelta(hours=26, minutes=30)] == "expired"


def test_a_new_shop_is_not_rung_for_the_days_before_it_was_there(street: Street) -> None:
    street.open("America/Sao_Paulo")

    assert list(rings(street.database, BEGIN + TICK)) == []


def test_a_shop_whose_zone_nobody_knows_stops_no_other_clock(
    street: Street, capsys: pytest.CaptureFixture[str]
) -> None:
    street.open("America/Atlantis")
    street.open("../etc/passwd")
    shop = street.open("America/Manaus")

    rung = {ring.organization_id for ring in rings(street.database, BEGIN + timedelta(days=1))}

    assert rung == {shop}
    assert capsys.readouterr().out.count("ShopClockUnreadable") == 2 * 2


def test_a_suspended_shop_is_not_rung(street: Street) -> None:
    shop = street.open("America/Manaus")
    street.owner.execute("UPDATE organizations SET status = 'suspended' WHERE id = %s", [shop])

    assert list(rings(street.database, BEGIN + timedelta(days=1))) == []
