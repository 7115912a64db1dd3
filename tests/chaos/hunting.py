"""One mutant in one small house: whether the checker that is there for it finds it."""

import time
from dataclasses import dataclass, replace
from pathlib import Path

import psycopg

from tests.chaos import invariants, world
from tests.chaos.crowd import Mix
from tests.chaos.mutants import MUTANTS, Mutant
from tests.chaos.outside.graph import Shares
from tests.chaos.sim.sandboxes import Zygote
from tests.chaos.world import Plan, World
from tests.postgres import Place

MIX = Mix(messages=200, conversations=40, tenants=4, span=25)
LOOK_EACH = 0.7
DOWN_FOR = 15.0


@dataclass(frozen=True, slots=True)
class Found:
    wrong: list[str]
    seconds: float


def hunt(name: str, zygote: Zygote, place: Place, directory: Path, *, seed: int) -> Found:
    mutant = MUTANTS[name]
    began = time.monotonic()
    with world.opened(plan_for(name, mutant, seed), zygote, place, directory) as house:
        _prepare(house, mutant)
        found: list[str] = []
        check = invariants.CHECKS[mutant.breaks]
        looked = time.monotonic()

        def is_found() -> bool:
            nonlocal looked
            if mutant.is_early and time.monotonic() - looked > LOOK_EACH:
                found.extend(check(house))
                looked = time.monotonic()
            return bool(found)

        house.run(until=is_found, most_seconds=300)
        return Found(found or check(house), time.monotonic() - began)


def plan_for(name: str, mutant: Mutant, seed: int) -> Plan:
    shares = Shares(**{"too_many": 0.02, "failing": 0.01, "ambiguous": 0.01, **mutant.plan.get("graph", {})})
    more = {key: value for key, value in mutant.plan.items() if key != "graph"}
    return Plan(replace(MIX, **mutant.mix), seed=seed, graph=shares, mutant=name, **more)


def _prepare(house: World, mutant: Mutant) -> None:
    if mutant.statement:
        with psycopg.connect(house.place.owner, autocommit=True) as owner:
            owner.execute(mutant.statement)  # type: ignore[arg-type]
    if mutant.settings:
        world.set_rules(house, mutant.settings)
    if mutant.queue_down:
        at = house.clock.now() + mutant.queue_down

        def fall() -> None:
            house.aws.faults.down_until["inbound.fifo"] = house.clock.now() + DOWN_FOR

        house.clock.at(at, fall)
