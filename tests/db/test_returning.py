"""The agent takes back what nobody took, and what people have left; at its time, once, and never from under a person."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import psycopg
import pytest

from auzap.conversations import holding
from auzap.conversations.returning import Returned, take_back
from auzap.db.connection import Database
from auzap.ids import ConversationId
from auzap.organizations.owner_numbers import OwnerNumber, set_numbers
from auzap.outbox.queries import claim
from auzap.texts import text
from tests.db.committed import write
from tests.db.hands import Hands
from tests.db.turning import claimed
from tests.factories import say
from tests.postgres import Clock

APOLOGY = text("nobody_took", "pt-BR")
SECOND = timedelta(seconds=1)
HALF_AN_HOUR = timedelta(minutes=30)


def test_what_nobody_took_in_time_is_the_agents_again_with_an_apology(hands: Hands, clock: Clock) -> None:
    hands.do(holding.hand_over, "complaint")
    clock.move(HALF_AN_HOUR - SECOND)
    assert hands.come_back().outcome == "skipped"

    clock.move(2 * SECOND)

    assert hands.come_back() == Returned("returned", is_asked=True, has_outbox=True)
    assert hands.moves == ["ai > waiting_human", "waiting_human > ai"]
    assert hands.many("SELECT kind, author, content ->> 'text' FROM outbox") == [("apology", "bot", APOLOGY)]
    assert [said.text for said in claimed(hands.database, hands.shop, hands.conversation_id).unanswered] == ["Oi!"]


def test_who_wants_no_news_of_the_shop_is_apologised_to_all_the_same(hands: Hands, clock: Clock) -> None:
    write(hands.database, hands.shop, "UPDATE contacts SET opted_out_at = app.now()")
    hands.do(holding.hand_over, "complaint")
    clock.move(HALF_AN_HOUR + SECOND)
    hands.come_back()

    taken = claim(hands.database, hands.shop.organization_id, hands.conversation_id, settled_after=60 * SECOND)

    assert taken is not None
    assert taken.content["text"] == APOLOGY


def test_a_tick_that_comes_twice_apologises_once(hands: Hands, clock: Clock) -> None:
    hands.do(holding.hand_over, "complaint")
    clock.move(HALF_AN_HOUR + SECOND)

    assert [hands.come_back().outcome for _ in range(3)] == ["returned", "skipped", "skipped"]
    assert [said for said, _ in hands.outbox] == [APOLOGY]


def test_two_ticks_at_once_apologise_once(hands: Hands, clock: Clock, connect: Callable[[], Database]) -> None:
    hands.do(holding.hand_over, "complaint")
    clock.move(HALF_AN_HOUR + SECOND)
    together = Barrier(4)

    def tick(database: Database) -> str:
        together.wait()
        return take_back(database, hands.shop.organization_id, hands.conversation_id).outcome

    with ThreadPoolExecutor(4) as pool:
        outcomes = sorted(pool.map(tick, [connect() for _ in range(4)]))

    assert outcomes == ["returned", "skipped", "skipped", "skipped"]
    assert len(hands.outbox) == 1


def test_every_hand_over_that_nobody_takes_has_an_apology_of_its_own(hands: Hands, clock: Clock) -> None:
    for _ in range(2):
        hands.do(holding.hand_over, "complaint")
        clock.move(HALF_AN_HOUR + SECOND)
        hands.come_back()

    assert [said for said, _ in hands.outbox] == [APOLOGY, APOLOGY]


def test_the_apology_is_in_the_shops_language(hands: Hands, clock: Clock) -> None:
    write(hands.database, hands.shop, "UPDATE organization_settings SET locale = 'en', waiting_timeout = '1 minute'")
    hands.do(holding.hand_over, "complaint")
    clock.move(timedelta(seconds=61))

    hands.come_back()

    assert [said for said, _ in hands.outbox] == [text("nobody_took", "en")]


def test_nobody_whom_the_shop_has_blocked_is_apologised_to(hands: Hands, clock: Clock) -> None:
    hands.do(holding.hand_over, "complaint")
    write(hands.database, hands.shop, "UPDATE contacts SET blocked_at = app.now()")
    clock.move(HALF_AN_HOUR + SECOND)

    assert hands.come_back().outcome == "returned"
    assert hands.outbox == []


def test_what_somebody_took_in_time_stays_theirs(hands: Hands, clock: Clock) -> None:
    hands.do(holding.hand_over, "complaint")
    hands.do(holding.take, hands.bia)
    clock.move(HALF_AN_HOUR + SECOND)

    assert hands.come_back().outcome == "skipped"
    assert (hands.state, hands.outbox) == ("human", [])


def test_after_the_shops_phone_the_agent_comes_back_in_silence(hands: Hands, clock: Clock, wa_id: str) -> None:
    say(hands.database, hands.shop, "Deixa comigo!", wa_id=wa_id, echo=True, at=clock.now())
    clock.move(timedelta(minutes=59))
    assert hands.come_back().outcome == "skipped"

    clock.move(timedelta(minutes=2))

    assert hands.come_back() == Returned("returned")
    assert (hands.state, hands.outbox, hands.of("answer_at")) == ("ai", [], None)


@pytest.mark.parametrize("pause", ["'12 hours'", "NULL"])
def test_a_word_from_the_shops_phone_does_not_shorten_what_the_panel_says(
    hands: Hands, clock: Clock, wa_id: str, pause: str
) -> None:
    write(hands.database, hands.shop, f"UPDATE organization_settings SET panel_pause = {pause}")
    hands.do(holding.take, hands.bia)
    before = hands.of("returns_at")

    say(hands.database, hands.shop, "Deixa comigo!", wa_id=wa_id, echo=True, at=clock.now())

    assert hands.of("returns_at") == before


def test_what_a_customer_asked_while_the_person_was_silent_is_answered_by_the_agent(
    hands: Hands, clock: Clock, wa_id: str
) -> None:
    hands.do(holding.write_as_staff, hands.bia, "Um momento!")
    clock.move(timedelta(hours=11))
    say(hands.database, hands.shop, "E então?", wa_id=wa_id, at=clock.now())
    clock.move(timedelta(hours=1, seconds=1))

    assert hands.come_back() == Returned("returned", is_asked=True)
    assert [said.text for said in claimed(hands.database, hands.shop, hands.conversation_id).unanswered] == ["E então?"]


@pytest.mark.parametrize(("says", "state"), [("E o preço?", "waiting_human"), ("", "ai")], ids=["asked", "silent"])
def test_whom_the_agent_must_not_answer_waits_for_the_next_person(
    hands: Hands, clock: Clock, wa_id: str, says: str, state: str
) -> None:
    write(hands.database, hands.shop, "UPDATE contacts SET agent_off = true")
    hands.do(holding.write_as_staff, hands.bia, "Oi, aqui é a Bia.")
    clock.move(SECOND)
    if says:
        say(hands.database, hands.shop, says, wa_id=wa_id, at=clock.now())
    clock.move(timedelta(hours=13))

    assert hands.come_back() == Returned("returned")

    assert (hands.state, hands.of("returns_at")) == (state, None)
    tasks = hands.many("SELECT detail FROM staff_tasks WHERE kind = 'handoff' AND done_at IS NULL")
    assert tasks == (["agent_off"] if says else [])


@pytest.mark.parametrize("is_taken", [False, True])
def test_who_becomes_an_owner_of_the_shop_is_given_to_their_own_agent(
    hands: Hands, clock: Clock, wa_id: str, is_taken: bool
) -> None:
    write(hands.database, hands.shop, "UPDATE organization_settings SET panel_pause = NULL")
    hands.do(holding.hand_over, "complaint")
    if is_taken:
        hands.do(holding.take, hands.bia)
    with hands.database.transaction(hands.shop.organization_id, "panel") as tx:
        set_numbers(tx, [OwnerNumber(f"+{wa_id}", "Helena", is_primary=True)])
    clock.move(SECOND)

    assert hands.come_back() == Returned("returned", is_asked=True)

    assert claimed(hands.database, hands.shop, hands.conversation_id).contact.is_owner
    assert hands.outbox == []


def test_a_person_who_writes_again_keeps_it(hands: Hands, clock: Clock) -> None:
    hands.do(holding.write_as_staff, hands.bia, "Um momento!")
    clock.move(timedelta(hours=11))
    hands.do(holding.write_as_staff, hands.bia, "Já vejo!")
    clock.move(timedelta(hours=11))

    assert hands.come_back().outcome == "skipped"
    assert hands.state == "human"


def test_a_person_who_writes_while_the_clock_waits_for_the_lock_keeps_it(
    hands: Hands, clock: Clock, connect: Callable[[], Database]
) -> None:
    hands.do(holding.write_as_staff, hands.bia, "Um momento!")
    clock.move(timedelta(hours=12, seconds=1))

    with ThreadPoolExecutor(1) as pool:
        with hands.database.transaction(hands.shop.organization_id, "panel") as tx:
            holding.write_as_staff(tx, hands.conversation_id, hands.bia, "Cheguei!")
            ticking = pool.submit(take_back, connect(), hands.shop.organization_id, hands.conversation_id)
        assert ticking.result().outcome == "skipped"

    assert hands.state == "human"


def test_without_a_pause_only_a_person_gives_it_back(hands: Hands, clock: Clock) -> None:
    write(hands.database, hands.shop, "UPDATE organization_settings SET panel_pause = NULL")
    hands.do(holding.take, hands.bia)
    clock.move(timedelta(days=400))

    assert hands.come_back().outcome == "skipped"


def test_the_lead_of_what_came_back_is_qualifying_again(hands: Hands, clock: Clock) -> None:
    hands.lead(stage="hot")
    hands.do(holding.hand_over, "complaint", by="ai")
    clock.move(HALF_AN_HOUR + SECOND)

    hands.come_back()

    assert hands.one("SELECT stage FROM leads") == "qualifying"
    assert hands.lead_events[-1] == ("stage_change", "scheduled")


def test_the_scan_finds_what_is_due_of_shops_that_are_open(
    hands: Hands, owner: psycopg.Connection, database: Database, clock: Clock
) -> None:
    hands.do(holding.hand_over, "complaint")
    early = say(database, hands.shop).conversation_id
    clock.move(HALF_AN_HOUR + SECOND)
    with database.transaction(hands.shop.organization_id, "panel") as tx:
        holding.hand_over(tx, early, "complaint")

    def due() -> list[ConversationId]:
        rows = database.lookup("SELECT * FROM app.due_returns(500)")
        return [found for organization, found in rows if organization == hands.shop.organization_id]

    assert due() == [hands.conversation_id]
    owner.execute("UPDATE organizations SET status = 'suspended' WHERE id = %s", [hands.shop.organization_id])
    assert due() == []
