"""How a state machine is run against a world that a test has made."""

from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test

LIVES = settings(
    max_examples=40,
    stateful_step_count=30,
    # The same ones at each run.
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)


def live_through(machine: type[RuleBasedStateMachine], world: Any) -> None:
    """Many lives of the machine, each in this world."""
    run_state_machine_as_test(type("InThisWorld", (machine,), {"world": world}), settings=LIVES)
