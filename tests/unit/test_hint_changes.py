"""That there is news of a shop is hinted at once, and while it goes on once a second: a hint under way is for all of it."""

import json
import time
from collections.abc import Iterator

import pytest
import time_machine

from auzap import runtime
from auzap.ids import OrganizationId, new_id
from tests.unit.scripted_server import Answer, ScriptedServer, scripted

QUEUE = "https://sqs.sa-east-1.amazonaws.com/000000000000/changes"


@pytest.fixture(autouse=True)
def _fresh(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("AUZAP_CHANGES_QUEUE_URL", QUEUE)
    _forget()
    yield
    runtime.aws("sqs")._connection.close()
    _forget()


def _forget() -> None:
    for kept in (runtime.settings, runtime.aws, runtime._changes_hinted):
        kept.cache_clear()


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[ScriptedServer]:
    with scripted(Answer()) as served:
        monkeypatch.setenv("AWS_ENDPOINT_URL", served.url)
        yield served


def said(aws: ScriptedServer) -> list[tuple[str, int]]:
    return [
        (json.loads(request.json["MessageBody"])["organization_id"], request.json["DelaySeconds"])
        for request in aws.requests
    ]


def test_news_are_hinted_at_once_and_then_once_a_second(aws: ScriptedServer) -> None:
    shop = OrganizationId(new_id())
    with time_machine.travel(time.time(), tick=False) as clock:
        for pause in (0.0, 0.1, 0.2, 0.3, 0.7, 0.4, 1.5):
            clock.shift(pause)
            runtime.hint_changes(shop)

    # The second is for all until 1.1 seconds have passed; then it begins anew.
    assert said(aws) == [(str(shop), delay) for delay in (0, 1, 0, 1, 0)]


def test_each_shop_has_hints_of_its_own(aws: ScriptedServer) -> None:
    shops = [OrganizationId(new_id()) for _ in range(3)]
    for shop in shops:
        runtime.hint_changes(shop)

    assert said(aws) == [(str(shop), 0) for shop in shops]


def test_a_hint_that_was_not_taken_covers_nothing_and_fails_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shop = OrganizationId(new_id())
    with scripted(Answer(503), Answer()) as refusing:
        monkeypatch.setenv("AWS_ENDPOINT_URL", refusing.url)
        runtime.hint_changes(shop)
        runtime.hint_changes(shop)

    assert said(refusing) == [(str(shop), 0)] * 2
    assert '"HintLost": 1' in capsys.readouterr().out


def test_a_sandbox_of_a_thousand_shops_forgets_some(aws: ScriptedServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runtime, "MOST_SHOPS_REMEMBERED", 3)
    for _ in range(10):
        runtime.hint_changes(OrganizationId(new_id()))

    assert len(runtime._changes_hinted()) <= 4
