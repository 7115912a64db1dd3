"""The checkers can see: each finds the fault that it is there for, put into our own code on purpose."""

from pathlib import Path

import pytest

from tests.chaos import invariants, world
from tests.chaos.hunting import MIX, hunt, senseless, watch
from tests.chaos.invariants import CHECKS
from tests.chaos.mutants import MUTANTS, Mutant, Name, NoLongerThere, Words, always
from tests.chaos.sim.sandboxes import Zygote
from tests.chaos.world import Plan
from tests.postgres import Place

SEED = 7
EARLY = {mutant.breaks for mutant in MUTANTS.values() if mutant.is_early}


@pytest.mark.parametrize("mutant", MUTANTS)
def test_a_mutant_is_found(zygote: Zygote, place: Place, directory: Path, mutant: str) -> None:
    found = hunt(mutant, zygote, place, directory, seed=SEED)

    assert found.wrong, f"{MUTANTS[mutant].breaks} did not see it"
    assert not found.senseless


def test_in_a_house_that_is_whole_nothing_is_found_at_any_look(zygote: Zygote, place: Place, directory: Path) -> None:
    with world.opened(Plan(MIX, seed=SEED), zygote, place, directory) as house:
        assert watch(house, [CHECKS[name] for name in sorted(EARLY)]) == []
        assert invariants.broken(house) == {}
        assert senseless(house) == set()


def test_every_checker_has_a_mutant() -> None:
    assert {mutant.breaks for mutant in MUTANTS.values()} == CHECKS.keys()


@pytest.mark.parametrize(
    "mutant",
    [
        Mutant("I1", (Words("FROM nowhere_at_all", "FROM messages"),)),
        Mutant("I1", name=Name("auzap.aws.queues:a_function_that_was_renamed", always(None))),
    ],
)
def test_a_mutant_of_what_is_no_longer_there_says_so(place: Place, mutant: Mutant) -> None:
    with pytest.raises(NoLongerThere):
        mutant.put_into_database(place.owner, place.admin)
