"""`python -m tests.evals [scenario …] [-k 5] [--workers 2] [--smoke]`: the scenarios, scored, and a report file."""

import argparse
import os
import sys

from tests import postgres
from tests.evals import machinery, report, scenarios, shop
from tests.evals.scenarios import Scenario
from tests.evals.scoring import Result
from tests.evals.shop import Endpoint

CUSTOMER = "AUZAP_EVAL_CUSTOMER_MODEL"


def main() -> int:
    known = scenarios.load()
    given = _arguments(known)
    model = shop.endpoint()
    chosen = [known[name] for name in given.scenario] or [
        each
        for each in known.values()
        if (each.is_smoke or not given.smoke) and not (model.is_offline and each.is_for_live_models)
    ]
    customer = _customer(model)
    # The workers share this process's server.
    os.environ["AUZAP_TEST_DATABASE_URL"] = postgres.server()
    results: dict[str, list[Result]] = {scenario.name: [] for scenario in chosen}
    for result in machinery.run_all(chosen, given.k, model, customer, workers=given.workers):
        results[result.scenario].append(result)
        print(f"{'ok  ' if result.has_passed else 'FAIL'} {result.scenario} ({result.seconds:.1f} s)", flush=True)
        for problem in result.problems:
            print(f"       {problem.strip().splitlines()[-1][:200]}", flush=True)
    before = report.last()
    told = report.tell(results, model=model.name, customer=customer.name if customer else "scripted", k=given.k)
    print("\n" + report.write(told, known, before).partition("\n## ")[0])
    for line in report.compared(told, before) if before else ():
        print(line)
    print(f"Read more in {report.PATH.with_suffix('.md')}")
    return int(told["overall"]["passed"] < told["overall"]["runs"])


def _arguments(known: dict[str, Scenario]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.evals", description=__doc__)
    parser.add_argument("scenario", nargs="*", help="all when left out")
    parser.add_argument("-k", type=int, default=1, help="how often each is run")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--smoke", action="store_true", help="only those that `make test` runs")
    given = parser.parse_args()
    if unknown := set(given.scenario) - known.keys():
        parser.error(f"no scenario is called {', '.join(sorted(unknown))}")
    return given


def _customer(model: Endpoint) -> Endpoint | None:
    """A model that plays the customer, at the agent's address or at one of its own."""
    if not (name := os.environ.get(CUSTOMER)):
        return None
    base_url = os.environ.get("AUZAP_EVAL_CUSTOMER_BASE_URL", "").rstrip("/") or model.base_url
    if not base_url:
        raise SystemExit(f"{CUSTOMER} needs an endpoint: set AUZAP_EVAL_CUSTOMER_BASE_URL.")
    return Endpoint(base_url, os.environ.get("AUZAP_EVAL_CUSTOMER_API_KEY", model.api_key), name)


if __name__ == "__main__":
    sys.exit(main())
