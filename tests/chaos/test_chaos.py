"""Two thousand messages through the whole house, while workers are killed and everybody outside fails now and then."""

import json
import os
import time
from pathlib import Path

import pytest

from tests.chaos import invariants, world
from tests.chaos.crowd import Mix
from tests.chaos.sim.sandboxes import Zygote
from tests.chaos.world import Plan
from tests.postgres import Place

SEEDS = 20
DAY = 86_400
MIX = Mix(messages=2_000, conversations=250, tenants=20, span=35)


@pytest.fixture
def seed() -> int:
    """Another one each day, and any that is to be seen again."""
    return int(os.environ.get("AUZAP_CHAOS_SEED", int(time.time() // DAY) % SEEDS))


def test_whatever_fails_each_message_is_answered_once_and_in_order(
    zygote: Zygote, place: Place, directory: Path, seed: int
) -> None:
    print(f"seed {seed}: AUZAP_CHAOS_SEED={seed} brings it back")
    with world.opened(Plan(MIX, seed=seed), zygote, place, directory) as house:
        house.run(most_seconds=480)

        assert invariants.broken(house) == {}, json.dumps(house.state(), default=str)
        # The run was what it is meant to be: kills, duplicates, refusals, answers that were lost.
        assert house.kills > 10
        assert sum(said.deliveries for said in house.crowd.said.values()) > 1.05 * MIX.messages
        assert house.aws.faults.met["entry_failed"]
        assert house.graph.met["429"]
        assert house.graph.met["accepted_then_timeout"]
        assert len(house.graph.accepted) > MIX.messages / 4
