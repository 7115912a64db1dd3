"""What runs scenarios: an installation in each of a few processes, a database for each run."""

import os
import tempfile
import time
import traceback
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from multiprocessing.queues import Queue
from pathlib import Path
from queue import Empty

from tests.evals import running, shop
from tests.evals.customers import customer_of
from tests.evals.scenarios import Scenario
from tests.evals.scoring import Result, broken, judged
from tests.evals.shop import Endpoint
from tests.functions import house as houses
from tests.functions import sandbox
from tests.functions.house import Installation
from tests.functions.outside import aws, street

# Until it is looked whether anybody still works.
PATIENCE = 10.0


def run(installation: Installation, scenario: Scenario, model: Endpoint, customer: Endpoint | None) -> Result:
    began = time.monotonic()
    with shop.opened(installation, scenario, model) as house:
        played = running.play(house, scenario, customer_of(scenario, customer))
    return judged(played, seconds=time.monotonic() - began)


def run_all(
    scenarios: Sequence[Scenario], k: int, model: Endpoint, customer: Endpoint | None, *, workers: int
) -> Iterator[Result]:
    """Each scenario k times, as they are done, by so many processes."""
    context = get_context("spawn")
    tasks, results = context.Queue(), context.Queue()
    asked = [scenario for scenario in scenarios for _ in range(k)]
    for task in (*asked, *[None] * workers):
        tasks.put(task)
    processes = [context.Process(target=_work, args=(tasks, results, model, customer)) for _ in range(workers)]
    for process in processes:
        process.start()
    try:
        for _ in asked:
            yield _next(results, processes)
    finally:
        for process in processes:
            process.join(PATIENCE)


def _next(results: "Queue[Result]", processes: Sequence[BaseProcess]) -> Result:
    while True:
        try:
            return results.get(timeout=PATIENCE)
        except Empty:
            if not any(process.is_alive() for process in processes):
                raise RuntimeError("the processes that run the scenarios are gone") from None


def _work(
    tasks: "Queue[Scenario | None]", results: "Queue[Result]", model: Endpoint, customer: Endpoint | None
) -> None:
    with _installed() as installation:
        for scenario in iter(tasks.get, None):
            try:
                results.put(run(installation, scenario, model, customer))
            except Exception:
                # A scenario that cannot even be played is a result too, and the others go on.
                results.put(broken(scenario.name, traceback.format_exc(limit=-4)))


@contextmanager
def _installed() -> Generator[Installation]:
    os.environ.update({"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_REGION": "sa-east-1"})
    with (
        tempfile.TemporaryDirectory(prefix="auzap-evals-") as directory,
        aws.serving() as served,
        street.serving() as server,
        sandbox.opened(Path(directory)) as sandboxes,
    ):
        yield houses.install(served, sandboxes, server)
