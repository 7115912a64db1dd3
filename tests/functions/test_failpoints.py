"""kill -9 of the worker between any two steps: nothing is lost, nothing is done twice, and each customer is answered once."""

import re
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest

from local.street.chats import Chat
from tests import factories
from tests.functions.house import House
from tests.functions.outside.model import Answer, Asked, answer, call

PROJECT = Path(__file__).parents[2]
LONG_WORK = PROJECT / "shared/auzap/jobs"
# Whoever is at long work has no customer who waits: tests/functions/test_run_job.py.
SOURCES = [
    path
    for path in (*(PROJECT / "functions").rglob("*.py"), *(PROJECT / "shared").rglob("*.py"))
    if not path.is_relative_to(LONG_WORK)
]
POINTS = sorted({name for path in SOURCES for name in re.findall(r'failpoints\.reach\("(\w+)"\)', path.read_text())})
RECOVERY = timedelta(minutes=5)


def think(house: House, asked: Asked) -> Answer:
    """Proposes a bath; after the yes registers a cat under a name that no two requests share."""
    said_yes = "[result] Booked" in asked.text
    step = len(asked.results)
    journalled = house.one(
        "SELECT count(*) FROM turn_steps s JOIN turns t ON t.id = s.turn_id WHERE t.state = 'running' AND s.kind = 'tool'"
    )
    assert step == journalled, "the model was asked for a step that the journal has, or shown one that it has not"
    if said_yes:
        if step == 0:
            name = f"Nina {chr(ord('A') + len(house.outside.model.asked))}"
            return call("register_pet", **factories.pet_told(name, species="cat", breed=""))
        return answer(f"Banho do Thor marcado! {asked.results[0].partition('|')[0]}cadastrada.", intent="booking")
    match step:
        case 0:
            tomorrow = house.one("SELECT (app.now() AT TIME ZONE 'America/Sao_Paulo')::date + 1")
            return call(
                "find_free_slots", service="Banho", addons=[], pets=["Thor"], day=tomorrow.isoformat(), period="any"
            )
        case 1:
            return call("propose_booking", slot="s1", pets=["Thor"], notes="")
        case _:
            return answer("Posso confirmar o banho do Thor?", intent="booking")


def propose(house: House) -> Chat:
    """The shop has offered Ana a bath for Thor, and waits for her yes."""
    house.outside.model.script = [lambda asked: think(house, asked)]
    ana = house.person()
    house.hear(ana, "Oi! Quero um banho para o Thor amanhã")
    with house.database.transaction(house.organization_id, "test") as tx:
        row = tx.execute("SELECT id FROM contacts").fetchone()
        assert row
        factories.make_pet(tx, row[0], "Thor", size="large")
    house.traffic.pass_time(timedelta(seconds=5))
    assert house.outside.texts == ["Posso confirmar o banho do Thor?"]
    house.receive_statuses()
    house.traffic.pass_time(timedelta(0))
    return ana


def say_yes(house: House, ana: Chat, point: str) -> None:
    """Her yes goes through all functions; at the point, one worker is killed."""
    house.failpoint = point
    house.says(ana, "Sim, pode marcar")


def check(house: House) -> None:
    """What must hold, wherever the worker died."""
    assert house.rows("SELECT text FROM messages WHERE awaits_answer AND turn_id IS NULL") == []
    assert house.rows("SELECT state, count(*) FROM turns GROUP BY state") == [("answered", 2)]
    assert house.rows("SELECT count(*), min(status) FROM bookings") == [(1, "confirmed")]
    assert house.rows("SELECT state FROM pending_actions") == [("done",)]
    registered = house.one("SELECT name FROM pets WHERE name <> 'Thor'")
    replies = house.rows("SELECT text FROM messages WHERE sender = 'agent' ORDER BY id")
    assert replies[1:] == [(f"Banho do Thor marcado! Registered: {registered} cadastrada.",)]
    assert house.rows("SELECT state, count(*) FROM outbox GROUP BY state") == [("sent", 2)]
    assert house.rows("SELECT kind FROM staff_tasks") == []
    assert house.rows("SELECT lease_token, answer_at FROM conversations") == [(None, None)]


@pytest.mark.parametrize("point", POINTS)
def test_a_worker_that_is_killed_loses_nothing_and_answers_once(lonely_house: House, point: str) -> None:
    house = lonely_house
    ana = propose(house)

    say_yes(house, ana, point)
    invocations = house.traffic.pass_time(RECOVERY, sweeping=True)

    assert sum(invocation.was_killed for invocation in invocations) == 1, "nobody came by this point"
    check(house)
    accepted = Counter(attempt["payload"]["biz_opaque_callback_data"] for attempt in house.outside.accepted)
    # Killed with the message on its way, and no status: the one case in which a customer may read a reply twice.
    assert sorted(accepted.values()) == ([1, 2] if point == "after_send" else [1, 1])


def test_a_status_spares_the_customer_the_second_send(lonely_house: House) -> None:
    house = lonely_house
    ana = propose(house)
    say_yes(house, ana, "after_send")
    (killed,) = [each for each in house.traffic.pass_time(timedelta(seconds=10)) if each.was_killed]

    house.receive_statuses()
    house.traffic.pass_time(RECOVERY, sweeping=True)

    assert killed.was_killed
    check(house)
    assert len(house.outside.accepted) == 2


def test_the_points_are_read_from_the_source() -> None:
    assert {"after_record", "after_claim", "after_tool", "after_finish", "after_send"} <= set(POINTS)
