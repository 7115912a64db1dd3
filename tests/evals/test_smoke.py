"""Some of the scenarios, held with the offline model: what `make evals` does with all of them, and with any model."""

import pytest

from tests.evals import machinery, scenarios
from tests.evals.scenarios import Scenario
from tests.evals.shop import Endpoint
from tests.functions.house import Installation

SMOKE = [pytest.param(each, id=name) for name, each in scenarios.load().items() if each.is_smoke]


@pytest.mark.parametrize("scenario", SMOKE)
def test_the_offline_model_holds_this_conversation(installation: Installation, scenario: Scenario) -> None:
    result = machinery.run(installation, scenario, Endpoint(), None)

    assert result.problems == [], "\n".join(f"{by}: {text}" for by, text in result.transcript)
    assert result.turns > 0
    assert len(result.latencies) >= result.turns
