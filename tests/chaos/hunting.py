"""One mutant in one small house: whether the checker that is there for it finds it."""

import re
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from psycopg import errors

from tests.chaos import invariants, world
from tests.chaos.crowd import Mix
from tests.chaos.invariants import Check
from tests.chaos.mutants import MUTANTS, Mutant
from tests.chaos.outside.graph import Shares
from tests.chaos.sim.sandboxes import Zygote
from tests.chaos.world import Plan, World
from tests.postgres import Place

MIX = Mix(messages=200, conversations=40, tenants=4, span=25)
LOOK_EACH = 0.7
DOWN_FOR = 15.0
FAILURE = re.compile(r'"failure":"(\w+)"')
# What PostgreSQL answers to statements that make no sense to it.
SENSELESS = "42"


@dataclass(frozen=True, slots=True)
class Found:
    wrong: list[str]
    # What the database could not make sense of: a mutant is to work wrongly, not to break down.
    senseless: set[str]


def hunt(name: str, zygote: Zygote, place: Place, directory: Path, *, seed: int) -> Found:
    mutant = MUTANTS[name]
    with world.opened(plan_for(name, mutant, seed), zygote, place, directory) as house:
        _prepare(house, mutant)
        check = invariants.CHECKS[mutant.breaks]
        found = watch(house, [check] if mutant.is_early else [])
        return Found(found or check(house), senseless(house))


def watch(house: World, checks: Sequence[Check]) -> list[str]:
    """A run, looked at again and again while it lasts, and ended by the first thing that is wrong."""
    found: list[str] = []
    looked = time.monotonic()

    def is_found() -> bool:
        nonlocal looked
        if time.monotonic() - looked > LOOK_EACH:
            found.extend(wrong for check in checks for wrong in check(house))
            looked = time.monotonic()
        return bool(found)

    house.run(until=is_found, most_seconds=300)
    return found


def senseless(house: World) -> set[str]:
    failures = set(FAILURE.findall(house.output.read_text(errors="replace")) if house.output.exists() else ())
    kinds = {name: getattr(errors, name, None) for name in failures}
    return {name for name, kind in kinds.items() if (getattr(kind, "sqlstate", None) or "").startswith(SENSELESS)}


def plan_for(name: str, mutant: Mutant, seed: int) -> Plan:
    shares = Shares(**{"too_many": 0.02, "failing": 0.01, "ambiguous": 0.01, **mutant.plan.get("graph", {})})
    more = {key: value for key, value in mutant.plan.items() if key != "graph"}
    return Plan(replace(MIX, **mutant.mix), seed=seed, graph=shares, mutant=name, **more)


def _prepare(house: World, mutant: Mutant) -> None:
    mutant.put_into_database(house.place.owner, house.place.admin)
    if mutant.queue_down:
        at = house.clock.now() + mutant.queue_down

        def fall() -> None:
            house.aws.faults.down_until["inbound.fifo"] = house.clock.now() + DOWN_FOR

        house.clock.at(at, fall)
