"""The walk through the API: every command of its page is run, in order, against the deployed stack."""

import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.local.outside import Outside

pytestmark = pytest.mark.xdist_group("local-stack")
ROOT = Path(__file__).parents[2]
GUIDE = ROOT / "docs" / "api.md"
BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PATIENCE = 120


def test_the_walk_through_the_api_can_be_walked(stack: dict[str, Any]) -> None:
    commands = "".join(BLOCK.findall(GUIDE.read_text()))
    walked = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", f"{commands}\nkill %1"],
        cwd=ROOT,
        env={**os.environ, "AUZAP": stack["front_door"], "NO_PROXY": "127.0.0.1"},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert walked.returncode == 0, f"{walked.stdout}\n{walked.stderr}"

    outside = Outside(stack)
    with outside.http:
        said = [message["content"] for message in outside.replies("+5511987650001")]
    assert len(said) == 2
    booked = outside.rows(
        """
        SELECT o.name, p.name, b.status, b.price_cents, extract(epoch FROM b.ends_at - b.starts_at) / 60
        FROM bookings b JOIN pets p ON p.id = b.pet_id JOIN organizations o ON o.id = b.organization_id
        WHERE o.name = 'Bicho Solto'
        """
    )
    assert booked == [("Bicho Solto", "Nina", "in_progress", 5000, 40)]
