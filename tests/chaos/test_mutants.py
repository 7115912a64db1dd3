"""The checkers can see: each finds the fault that it is there for, put into our own code on purpose."""

from pathlib import Path

import pytest

from tests.chaos.hunting import hunt
from tests.chaos.invariants import CHECKS
from tests.chaos.mutants import MUTANTS
from tests.chaos.sim.sandboxes import Zygote
from tests.postgres import Place

SEED = 7


@pytest.mark.parametrize("mutant", MUTANTS)
def test_a_mutant_is_found(zygote: Zygote, place: Place, directory: Path, mutant: str) -> None:
    found = hunt(mutant, zygote, place, directory, seed=SEED)

    assert found.wrong, f"{MUTANTS[mutant].breaks} did not see it"


def test_every_checker_has_a_mutant() -> None:
    assert {mutant.breaks for mutant in MUTANTS.values()} == CHECKS.keys()
