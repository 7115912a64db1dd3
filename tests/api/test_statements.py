"""What each route asks of the database: three statements at most to read, one for each thing that it writes."""

import pytest

from tests.api.granted import GRANTED, Route
from tests.api.town import Town, town

__all__ = ["town"]

# Who asks, by what rules, and what for.
MOST_READING = 3
EVERY = pytest.mark.parametrize("route", GRANTED, ids=" ".join)


@EVERY
def test_it_asks_no_more_than_it_may(town: Town, route: Route) -> None:
    answer, asked = town.counter.during(lambda: town.granted(route))
    assert answer.status_code < 300, answer.text
    with open("/tmp/matrix/counts.txt", "a") as out:
        print(len(asked.reading), len(asked.writing), asked.round_trips, *route, file=out)
        if len(asked.reading) > 3:
            for x in asked.reading: print("      R", " ".join(x.split())[:150], file=out)
            for x in asked.writing: print("      W", " ".join(x.split())[:150], file=out)
