"""Whatever the specification lets be asked, and what it does not, is answered as it promises: seeded, with a few cases a route."""

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.strategies import DataObject, data

from tests.api.generated import CASES, cases, send
from tests.api.granted import GRANTED, Route
from tests.api.town import Town, town

__all__ = ["town"]


@pytest.mark.parametrize("route", GRANTED, ids=" ".join)
def test_it_is_answered_as_the_specification_promises(town: Town, route: Route) -> None:
    @settings(
        max_examples=CASES,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
    )
    @given(data())
    def answers(drawn: DataObject) -> None:
        send(town, route, drawn.draw(cases(route)), drawn)

    answers()
