"""`python -m bench [B1 B4 …] [--check]`: measure, and print one table."""

import argparse
import importlib
import pkgutil
import re
import sys
from collections.abc import Callable
from types import ModuleType

import bench
from bench.result import Missing, Result, table

NAME = re.compile(r"^b(\d+)_\w+$")


def benchmarks() -> dict[str, ModuleType]:
    """Every module named b<number>_<what>, by its number: adding a benchmark is adding a file."""
    found = {int(match[1]): name for _, name, _ in pkgutil.iter_modules(bench.__path__) if (match := NAME.match(name))}
    return {f"B{number}": importlib.import_module(f"bench.{found[number]}") for number in sorted(found)}


def main() -> int:
    known = benchmarks()
    parser = argparse.ArgumentParser(prog="python -m bench", description=bench.__doc__)
    parser.add_argument("which", nargs="*", metavar="B1", help=f"one or more of {', '.join(known)}; all when left out")
    parser.add_argument("--check", action="store_true", help="fail when a goal is missed or could not be measured")
    given = parser.parse_args()
    if unknown := set(given.which) - known.keys():
        parser.error(f"no benchmark is called {', '.join(sorted(unknown))}")

    results: list[Result | Missing] = []
    for name in given.which or known:
        measure: Callable[[], list[Result]] = known[name].measure
        print(f"{name}: {known[name].__doc__}", file=sys.stderr, flush=True)
        try:
            results += measure()
        except Missing as missing:
            results.append(missing)
    print(table(results))
    return int(given.check and not all(result.is_met for result in results))


if __name__ == "__main__":
    sys.exit(main())
