"""Whatever the specification lets be asked, and what it does not, is answered as it promises: seeded, with a few cases a route."""

import os

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.strategies import DataObject, data

from tests.api.generated import cases, send
from tests.api.granted import GRANTED, Route
from tests.api.town import Town, town

__all__ = ["town"]

CASES = int(os.environ.get("AUZAP_CASES", "3"))


@pytest.mark.parametrize("route", GRANTED, ids=" ".join)
def test_it_is_answered_as_the_specification_promises(town: Town, route: Route) -> None:
    @settings(
        max_examples=CASES,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(data())
    def answers(drawn: DataObject) -> None:
        send(town, route, drawn.draw(cases(route)), drawn)

    answers()
