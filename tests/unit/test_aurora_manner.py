"""How Aurora is told to speak follows from what the owner has set."""

from dataclasses import replace

import pytest

from auzap.aurora.agent import MANNERS, STYLES, TONES, manner
from auzap.organizations.shop import AuroraVoice
from tests.unit.known_shop import known_shop


@pytest.mark.parametrize(
    ("voice", "told"),
    [
        (AuroraVoice("partner", "friend", "celebrating"), (STYLES["partner"], TONES["friend"], MANNERS["celebrating"])),
        (AuroraVoice("consultant", "mentor", "analytical"), (STYLES["consultant"], TONES["mentor"], "compare with")),
    ],
)
def test_the_owner_decides_how_aurora_speaks(voice: AuroraVoice, told: tuple[str, ...]) -> None:
    said = manner(replace(known_shop(), aurora=voice))

    assert all(part in said for part in told)
