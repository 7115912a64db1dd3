"""Workers whose clocks are minutes off: leases, hours and returns go by the database's clock alone."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from auzap.agent.turn import Usage
from auzap.conversations import holding
from auzap.conversations.returning import take_back
from auzap.db.connection import Database
from auzap.ids import ConversationId
from auzap.schedules.claiming import claim as claim_job
from auzap.turns.claiming import LEASE, NotNow, claim
from auzap.turns.finishing import finish
from tests.db.committed import read
from tests.db.hands import Hands
from tests.db.turning import GREETING, SECOND, claimed
from tests.factories import PetShop, say
from tests.postgres import Clock

MINUTE = timedelta(minutes=1)


@pytest.fixture(params=[-5, 5], ids=["slow", "fast"])
def worker(request: pytest.FixtureRequest, conversation_id: ConversationId) -> Iterator[timedelta]:
    """By how much this worker's clock is wrong, from here on."""
    off = request.param * MINUTE
    with time_machine.travel(datetime.now(UTC) + off, tick=True):
        yield off


def test_the_clock_of_the_worker_is_wrong_indeed(worker: timedelta, database: Database) -> None:
    ((now,),) = database.lookup("SELECT clock_timestamp()")

    assert abs(datetime.now(UTC) - now - worker) < MINUTE


def test_a_lease_lasts_as_long_as_the_database_says(
    worker: timedelta, database: Database, shop: PetShop, conversation_id: ConversationId, clock: Clock
) -> None:
    first = claimed(database, shop, conversation_id)
    ((lasts,),) = read(database, shop, "SELECT lease_until - app.now() FROM conversations")
    assert LEASE - 2 * SECOND < lasts <= LEASE

    clock.move(LEASE - 2 * SECOND)
    assert claim(database, shop.organization_id, conversation_id) == NotNow("leased")
    clock.move(3 * SECOND)

    assert claimed(database, shop, conversation_id).fence == first.fence + 1


def test_a_burst_is_waited_for_as_long_as_the_database_says(
    worker: timedelta, database: Database, shop: PetShop, clock: Clock
) -> None:
    recorded = say(database, shop, at=clock.now())
    assert recorded.answer_in == pytest.approx(2, abs=1)

    refused = claim(database, shop.organization_id, recorded.conversation_id)

    assert isinstance(refused, NotNow)
    assert refused.reason == "early"
    clock.move(3 * SECOND)
    claimed(database, shop, recorded.conversation_id)


def test_an_answer_is_due_and_dated_by_the_database(
    worker: timedelta, database: Database, shop: PetShop, conversation_id: ConversationId, clock: Clock
) -> None:
    turn = claimed(database, shop, conversation_id)
    assert abs(turn.now - clock.now()) < MINUTE

    assert finish(turn, GREETING, Usage(), join=True).send_in == 0

    dated = "SELECT app.now() - due_at, app.now() - finished_at FROM outbox, turns"
    assert all(timedelta(0) <= age < MINUTE for age in read(database, shop, dated)[0])


def test_the_agent_returns_when_the_database_says(worker: timedelta, hands: Hands, clock: Clock) -> None:
    hands.do(holding.hand_over, "complaint")
    clock.move(30 * MINUTE - 2 * SECOND)
    assert take_back(hands.database, hands.shop.organization_id, hands.conversation_id).outcome == "skipped"

    clock.move(3 * SECOND)

    assert take_back(hands.database, hands.shop.organization_id, hands.conversation_id).outcome == "returned"


def test_a_job_is_too_late_when_the_database_says(
    worker: timedelta, database: Database, shop: PetShop, clock: Clock
) -> None:
    nominal, late = clock.now(), 10 * MINUTE
    clock.move(late - 2 * SECOND)
    with database.transaction(shop.organization_id, "clock") as tx:
        assert claim_job(tx, "decay_scores", shop.organization_id, nominal, late=late) == "claimed"
        clock.move(3 * SECOND)
        assert claim_job(tx, "close_stale", shop.organization_id, nominal, late=late) == "expired"
