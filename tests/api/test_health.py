"""What watches the house from outside hears how each part is, and nothing else."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from starlette.testclient import TestClient

from auzap import runtime
from auzap.db.connection import Database
from auzap.health.house import FEWEST_NUMBERS
from functions.serve_api.app import Api
from functions.serve_api.routes import health
from tests import factories
from tests.api.surroundings import Surroundings


@pytest.fixture(autouse=True)
def looked_at_now() -> Iterator[None]:
    health._queues.cache_clear()  # pyright: ignore[reportPrivateUsage]
    yield
    health._queues.cache_clear()  # pyright: ignore[reportPrivateUsage]


@pytest.fixture
def watched(around: Surroundings, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """A queue and its dead letters, which the API is told to look at."""
    sqs = around.clients["sqs"]
    made = {kind: sqs.create_queue(QueueName=f"{kind}-{uuid4()}")["QueueUrl"] for kind in ("working", "dead")}
    for kind, url in made.items():
        monkeypatch.setenv(f"AUZAP_{kind.upper()}_QUEUE_URLS", url)
    runtime.settings.cache_clear()
    return made


@pytest.fixture
def direct(api: Api, client: TestClient, database: Database) -> TestClient:
    api.dependency_overrides[runtime.database] = lambda: database
    return client


def told(client: TestClient, part: str) -> tuple[int, Any]:
    answer = client.get(f"/health/{part}")
    assert client.get(f"/v1/health/{part}").json()["data"] == answer.json()["data"]
    return answer.status_code, answer.json()["data"]


def fill(around: Surroundings, url: str, count: int) -> None:
    for start in range(0, count, 10):
        entries = [{"Id": str(i), "MessageBody": "x"} for i in range(start, min(count, start + 10))]
        around.clients["sqs"].send_message_batch(QueueUrl=url, Entries=entries)


def test_queues_that_are_drained_are_well(client: TestClient, watched: dict[str, str], around: Surroundings) -> None:
    fill(around, watched["working"], 101)

    assert told(client, "queues") == (200, {"status": "ok"})


@pytest.mark.parametrize(("kind", "count"), [("working", 1_001), ("dead", 101)])
def test_a_crowded_queue_is_told(
    client: TestClient, watched: dict[str, str], around: Surroundings, kind: str, count: int
) -> None:
    fill(around, watched[kind], count)

    assert told(client, "queues") == (200, {"status": "degraded"})


def test_queues_that_do_not_answer_are_down(client: TestClient, watched: dict[str, str], around: Surroundings) -> None:
    around.clients["sqs"].delete_queue(QueueUrl=watched["working"])

    answer = client.get("/health/queues")

    assert (answer.status_code, answer.headers["retry-after"]) == (503, "30")
    assert answer.json()["data"] == {"status": "down"}


def test_the_queues_are_not_asked_again_at_once(
    client: TestClient, watched: dict[str, str], around: Surroundings
) -> None:
    for _ in range(5):
        client.get("/health/queues")

    assert len(around.aws.of("GetQueueAttributes")) <= 2 * len(watched)


def make_numbers(owner: psycopg.Connection, database: Database, connected: int, failing: int) -> None:
    for status in ["connected"] * connected + ["failing"] * failing:
        with database.transaction(factories.make_organization(owner), "test") as tx:
            account = factories.make_account(tx)
            tx.execute("UPDATE channel_accounts SET status = %s WHERE id = %s", [status, account.id])


def test_one_failing_number_is_its_shops_trouble_and_a_fifth_is_ours(
    direct: TestClient, owner: psycopg.Connection, database: Database
) -> None:
    owner.execute("UPDATE organizations SET status = 'closed'")
    assert told(direct, "channels") == (200, {"status": "ok"})

    make_numbers(owner, database, connected=FEWEST_NUMBERS - 2, failing=1)
    assert told(direct, "channels") == (200, {"status": "ok"})

    make_numbers(owner, database, connected=0, failing=1)
    assert told(direct, "channels") == (200, {"status": "degraded"})
