"""Failures on demand: each does what it says, as often as it says, to whom it says."""

import time
from typing import Any

import pytest

from tests.unit.street.world import JOAO, MARINA, World, text


def outcomes(world: World, sends: int, **fields: Any) -> list[int]:
    return [world.send(text(**fields)).status_code for _ in range(sends)]


@pytest.mark.parametrize(
    ("script", "status", "code"),
    [
        ({"kind": "rate_limit"}, 429, 130429),
        ({"kind": "rate_limit", "code": 80007}, 429, 80007),
        ({"kind": "server_error"}, 500, 131000),
        ({"kind": "token_expired"}, 401, 190),
        ({"kind": "refuse", "code": 131049}, 400, 131049),
        ({"kind": "refuse", "code": 131016}, 503, 131016),
        ({"kind": "refuse", "code": 999999}, 400, 999999),
    ],
)
def test_the_next_send_is_refused_and_the_one_after_goes_through(
    open_window: World, script: dict[str, Any], status: int, code: int
) -> None:
    open_window.fault(**script)

    refused = open_window.send(text())

    assert (refused.status_code, refused.json()["error"]["code"]) == (status, code)
    assert open_window.send(text()).status_code == 200


def test_a_fault_lasts_as_many_sends_as_it_is_told(open_window: World) -> None:
    open_window.fault(kind="server_error", times=3)

    assert outcomes(open_window, 5) == [500, 500, 500, 200, 200]


def test_a_refused_send_leaves_no_trace_on_the_phone(open_window: World) -> None:
    before = open_window.client.get("/street/chats").json()["messages"]
    open_window.fault(kind="server_error")

    open_window.send(text())

    assert open_window.client.get("/street/chats").json()["messages"] == before
    assert open_window.deliver() == []


def test_chance_with_a_seed_falls_the_same_way_each_time(open_window: World) -> None:
    falls: list[list[int]] = []
    for _ in range(2):
        open_window.client.delete("/street/faults")
        open_window.fault(kind="server_error", probability=0.5, seed=7)
        falls.append(outcomes(open_window, 20))

    assert falls[0] == falls[1]
    assert set(falls[0]) == {200, 500}


def test_a_fault_may_be_meant_for_one_customer(open_window: World) -> None:
    open_window.write(**{"from": JOAO.phone, "text": "Oi"})
    open_window.fault(kind="server_error", to=JOAO.phone)

    assert outcomes(open_window, 1) == [200]
    assert outcomes(open_window, 1, to=JOAO.phone) == [500]


def test_accept_then_timeout_keeps_the_message_and_reports_it_but_never_answers(open_window: World) -> None:
    open_window.fault(kind="accept_then_timeout", milliseconds=1)

    answer = open_window.send(text(body="Chegou?", biz_opaque_callback_data="row-1"))

    assert answer.status_code == 504
    attempt = open_window.client.get("/street/log").json()["attempts"][-1]
    assert (attempt["status"], attempt["answered"]) == (200, False)
    shown = open_window.street.chats.message(attempt["message_id"])
    assert shown is not None
    assert shown.content == {"body": "Chegou?"}
    trackers = [(s["status"], s["biz_opaque_callback_data"]) for s in open_window.statuses()]
    assert trackers == [("sent", "row-1"), ("delivered", "row-1")]


def test_a_slow_answer_is_slow_and_then_right(open_window: World) -> None:
    open_window.fault(kind="slow", milliseconds=60)

    started = time.monotonic()
    answer = open_window.send(text())

    assert answer.status_code == 200
    assert time.monotonic() - started >= 0.06


def test_an_accepted_message_may_fail_later(open_window: World) -> None:
    open_window.fault(kind="failed_status", code=131049)

    wamid = open_window.send(text()).json()["messages"][0]["id"]

    sent, failed = open_window.statuses()
    assert (sent["status"], failed["status"], failed["id"]) == ("sent", "failed", wamid)
    assert failed["errors"][0]["code"] == 131049
    assert "pricing" not in failed
    message = open_window.street.chats.message(wamid)
    assert message is not None
    assert message.state == "failed"


def test_a_status_can_be_dropped(open_window: World) -> None:
    open_window.fault(kind="drop_status", status="delivered")
    open_window.send(text())

    assert [s["status"] for s in open_window.statuses()] == ["sent"]


def test_a_status_can_arrive_twice(open_window: World) -> None:
    open_window.fault(kind="duplicate_status", status="sent")
    open_window.send(text())

    assert [s["status"] for s in open_window.statuses()] == ["sent", "sent", "delivered"]


def test_a_status_can_arrive_after_the_one_that_follows_it(open_window: World) -> None:
    open_window.fault(kind="reorder_status", status="sent")
    open_window.send(text())

    assert [s["status"] for s in open_window.statuses()] == ["delivered", "sent"]


def test_a_status_can_be_late(open_window: World) -> None:
    open_window.fault(kind="delay_status", milliseconds=30_000, times=2)
    open_window.send(text())

    assert open_window.statuses(after=29) == []
    assert [s["status"] for s in open_window.statuses(after=2)] == ["sent", "delivered"]


def test_the_script_is_listed_and_cleared(open_window: World) -> None:
    open_window.fault(kind="rate_limit", times=2)
    open_window.fault(kind="drop_status", probability=0.1, seed=1, to=MARINA.phone)

    first, second = open_window.client.get("/street/faults").json()["faults"]
    assert (first["kind"], first["times_left"], first["code"]) == ("rate_limit", 2, 130429)
    assert (second["kind"], second["probability"], second["to"]) == ("drop_status", 0.1, MARINA.phone)

    assert open_window.client.delete("/street/faults").status_code == 204
    assert open_window.client.get("/street/faults").json() == {"faults": []}
    assert outcomes(open_window, 1) == [200]


@pytest.mark.parametrize(
    "script", [{}, {"kind": "explode"}, {"kind": "slow", "milliseconds": "long"}, {"kind": "slow", "times": 0}]
)
def test_a_script_that_means_nothing_is_refused(world: World, script: dict[str, Any]) -> None:
    answer = world.client.post("/street/faults", json=script)

    assert answer.status_code == 400
    assert answer.json()["error"]
