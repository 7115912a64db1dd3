"""Identifiers we give ourselves."""

from datetime import UTC, datetime, timedelta

import time_machine

from auzap.ids import id_floor, new_id


def test_an_id_is_a_uuid_of_version_7_that_says_when_it_was_made() -> None:
    moment = datetime(2026, 11, 21, 12, 30, 15, 250_000, tzinfo=UTC)
    with time_machine.travel(moment, tick=False):
        made = new_id()

    assert made.version == 7
    assert made.variant == "specified in RFC 4122"
    assert made.int >> 80 == int(moment.timestamp() * 1000)


def test_ids_of_one_moment_differ() -> None:
    with time_machine.travel(datetime(2026, 11, 21, tzinfo=UTC), tick=False):
        assert len({new_id() for _ in range(1000)}) == 1000


def test_later_ids_sort_after_earlier_ones() -> None:
    with time_machine.travel(datetime(2026, 11, 21, tzinfo=UTC), tick=False):
        earlier = [new_id() for _ in range(50)]
    with time_machine.travel(datetime(2026, 11, 22, tzinfo=UTC), tick=False):
        later = [new_id() for _ in range(50)]

    assert max(earlier) < min(later)


def test_the_floor_of_a_moment_is_below_its_ids_and_above_all_earlier_ones() -> None:
    moment = datetime(2026, 11, 21, 12, 30, 15, 250_000, tzinfo=UTC)
    with time_machine.travel(moment, tick=False):
        made = new_id()
    with time_machine.travel(moment - timedelta(milliseconds=1), tick=False):
        earlier = max(new_id() for _ in range(50))

    assert earlier < id_floor(moment) <= made
    assert (id_floor(moment).version, id_floor(moment).variant) == (7, made.variant)
