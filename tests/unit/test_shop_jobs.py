"""The shops' clocks: each job at its hour of the shop's own day, whatever the zone does, and whichever ticks are lost."""

import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auzap.schedules.shop_jobs import LOOKS_BACK, SHOP_JOBS, ShopJob, due, instant
from tests.zones import EIGHT

TICK = timedelta(minutes=15)
DAY = timedelta(days=1)
ZONES = [ZoneInfo(name) for name in EIGHT]
# The hours that a change of the clock leaves out or gives twice, beside the jobs of the house.
JOBS = (
    *SHOP_JOBS,
    ShopJob("midnight", time(0)),
    ShopJob("late_evening", time(23, 30)),
    ShopJob("sundays", time(0), every="week", on=6),
    ShopJob("firsts", time(9), every="month", on=1),
)


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # pyright: ignore[reportArgumentType]


def local(day: tuple[int, int, int], at: time, zone: str) -> str:
    """The instant of an hour of a day, as the shop's own clock shows it."""
    there = instant(date(*day), at, ZoneInfo(zone)).astimezone(ZoneInfo(zone))
    return f"{there:%Y-%m-%d %H:%M %z}"


@pytest.mark.parametrize(
    ("zone", "day", "at", "shown"),
    [
        ("America/Sao_Paulo", (2018, 11, 3), time(0), "2018-11-03 00:00 -0300"),
        # Midnight does not exist: the day begins at one.
        ("America/Sao_Paulo", (2018, 11, 4), time(0), "2018-11-04 01:00 -0200"),
        ("America/Sao_Paulo", (2018, 11, 4), time(0, 30), "2018-11-04 01:30 -0200"),
        ("America/Sao_Paulo", (2018, 11, 4), time(3), "2018-11-04 03:00 -0200"),
        # The last hour of the day comes twice: the first time is meant.
        ("America/Sao_Paulo", (2018, 2, 17), time(23, 30), "2018-02-17 23:30 -0200"),
        ("America/Sao_Paulo", (2018, 2, 18), time(0), "2018-02-18 00:00 -0300"),
        ("America/Santiago", (2018, 8, 12), time(0), "2018-08-12 01:00 -0300"),
        ("America/Asuncion", (2018, 10, 7), time(0), "2018-10-07 01:00 -0300"),
        ("America/Noronha", (2018, 11, 4), time(0), "2018-11-04 00:00 -0200"),
        ("America/Manaus", (2018, 11, 4), time(0), "2018-11-04 00:00 -0400"),
        ("America/Rio_Branco", (2018, 11, 4), time(0), "2018-11-04 00:00 -0500"),
        ("UTC", (2018, 11, 4), time(0), "2018-11-04 00:00 +0000"),
    ],
)
def test_an_hour_of_the_shops_day_is_one_instant(zone: str, day: tuple[int, int, int], at: time, shown: str) -> None:
    assert local(day, at, zone) == shown


@given(st.dates(date(2000, 1, 1), date(2037, 12, 31)), st.times(), st.sampled_from(ZONES))
def test_an_hour_of_any_day_comes_back_as_itself_unless_the_clock_leaves_it_out(
    day: date, at: time, zone: ZoneInfo
) -> None:
    meant = datetime.combine(day, at)
    shown = instant(day, at, zone).astimezone(zone).replace(tzinfo=None)
    if shown != meant:
        folds = (meant.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
        assert all(each.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != meant for each in folds)
        assert shown - meant in {timedelta(minutes=30), timedelta(hours=1)}


@pytest.mark.parametrize(
    ("since", "now", "found"),
    [
        (utc(2026, 11, 21, 5), utc(2026, 11, 21, 5, 45), []),
        (utc(2026, 11, 21, 5), utc(2026, 11, 21, 6), [utc(2026, 11, 21, 6)]),
        (utc(2026, 11, 21, 6), utc(2026, 11, 21, 6, 15), []),
        (utc(2026, 11, 19, 6), utc(2026, 11, 21, 6), [utc(2026, 11, 20, 6), utc(2026, 11, 21, 6)]),
    ],
    ids=["too early", "at its minute", "it was due already", "two days"],
)
def test_a_job_is_due_from_its_minute_on(since: datetime, now: datetime, found: list[datetime]) -> None:
    assert list(due(ShopJob("nightly", time(3)), ZoneInfo("America/Sao_Paulo"), since, now)) == found


def test_a_weekly_job_keeps_to_its_weekday_and_a_monthly_one_to_its_day() -> None:
    since, now = utc(2026, 11, 1), utc(2026, 12, 31)
    zone = ZoneInfo("America/Sao_Paulo")

    sundays = due(ShopJob("weekly", time(20), every="week", on=6), zone, since, now)
    firsts = due(ShopJob("monthly", time(0), every="month", on=1), zone, since, now)

    assert {meant.astimezone(zone).weekday() for meant in sundays} == {6}
    assert len(sundays) == 9
    assert [f"{meant.astimezone(zone):%m-%d %H:%M}" for meant in firsts] == ["11-01 00:00", "12-01 00:00"]


def test_every_tick_looks_back_far_enough_to_keep_what_came_too_late() -> None:
    assert all(job.late + DAY < LOOKS_BACK for job in SHOP_JOBS)


# A year of ticks

BEGIN = utc(2018, 1, 20)
END = BEGIN + 365 * DAY
# A night in which no clock ticked, and two days of it.
OUTAGES = [(utc(2018, 5, 3, 4), timedelta(hours=3)), (utc(2018, 9, 10, 1), timedelta(hours=40))]


def ticks(chance: random.Random) -> Iterator[datetime]:
    """Every quarter of an hour, but some come twice, some not at all, and of some days none."""
    at = BEGIN
    while at < END:
        is_out = any(start <= at < start + length for start, length in OUTAGES)
        fate = chance.random()
        if not is_out and fate >= 0.05:
            yield at
            if fate >= 0.95:
                yield at
        at += TICK


def meant_in(zone: ZoneInfo) -> dict[str, set[datetime]]:
    """Found without arithmetic: of every day that a job is on, the first moment whose local clock shows its hour or more."""
    found: dict[tuple[str, date], datetime] = {}
    at = BEGIN
    while at < END:
        there = at.astimezone(zone)
        day, shown = there.date(), there.time()
        for job in JOBS:
            if shown >= job.at and (job.name, day) not in found and job.is_on(day):
                found[job.name, day] = at
        at += TICK
    # What is found at the very beginning was over by then.
    return {job.name: {at for (name, _), at in found.items() if name == job.name and at > BEGIN} for job in JOBS}


@pytest.mark.parametrize("zone", ZONES, ids=str)
def test_in_a_year_each_job_is_done_once_at_its_hour_or_kept_as_missed(zone: ZoneInfo) -> None:
    claims: dict[tuple[str, datetime], str] = {}
    for now in ticks(random.Random(f"a year in {zone}")):
        for job in JOBS:
            for at in due(job, zone, max(BEGIN, now - LOOKS_BACK), now):
                claims.setdefault((job.name, at), "expired" if now > at + job.late else "claimed")

    for name, meant in meant_in(zone).items():
        assert {at for job, at in claims if job == name} == meant, name
    missed = [at for (_, at), state in claims.items() if state == "expired"]
    start, length = OUTAGES[1]
    assert missed
    assert all(start - DAY < at < start + length for at in missed)
