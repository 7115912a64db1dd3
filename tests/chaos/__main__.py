"""`python -m tests.chaos [G1 G4 …] [--seed N] [--size 0.1]`: the goals at full size, a table, and a report file."""

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path

from tests.chaos import report
from tests.chaos.scenarios import SCENARIOS, Stage, Verdict
from tests.chaos.sim import sandboxes, server

REPORT = Path(".build/chaos-report.json")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("which", nargs="*", metavar="G1", help=f"of {', '.join(SCENARIOS)}; all when left out")
    parser.add_argument("--seed", type=int, default=int(time.time()) % 1_000_000)
    parser.add_argument("--size", type=float, default=1.0, help="a share of the full size")
    given = parser.parse_args()
    if unknown := set(given.which) - SCENARIOS.keys():
        parser.error(f"no goal is called {', '.join(sorted(unknown))}")
    print(f"seed {given.seed}", file=sys.stderr)

    verdicts: list[Verdict] = []
    with tempfile.TemporaryDirectory(prefix="auzap-chaos-", ignore_cleanup_errors=True) as made:
        directory = Path(made)
        (directory / "database").mkdir()
        with server.opened(directory / "database") as database:
            # Everything below asks for its databases there.
            os.environ["AUZAP_TEST_DATABASE_URL"] = database.running.admin_dsn
            with sandboxes.opened(directory) as zygote:
                stage = Stage(zygote, directory, given.seed, database, given.size)
                for name in given.which or SCENARIOS:
                    began = time.monotonic()
                    verdicts += SCENARIOS[name](stage)
                    print(f"{name}: {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
                    report.write(REPORT, verdicts, seed=given.seed, size=given.size)
    print(report.table(verdicts))
    return int(not all(verdict.is_met for verdict in verdicts))


if __name__ == "__main__":
    sys.exit(main())
