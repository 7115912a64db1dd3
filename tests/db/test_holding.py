"""Who has a conversation: taking, passing on, giving back, closing, writing from the panel."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import psycopg
import pytest

from auzap.agent.turn import Usage
from auzap.conversations import holding
from auzap.conversations.holding import HeldByAnother, IllegalMove, NotWaiting, TooManyHeld, UnknownConversation, WentOn
from auzap.db.connection import Database
from auzap.errors import Refusal, StaleTurn
from auzap.ids import ConversationId, UserId, new_id
from auzap.organizations import team
from auzap.organizations.team import NotAMember
from auzap.turns.finishing import finish
from tests import factories
from tests.db.committed import about, read, write
from tests.db.hands import Hands, queue_bot
from tests.db.turning import GREETING, claimed, turns
from tests.factories import PetShop, say
from tests.postgres import Clock

PANEL_PAUSE = about(timedelta(hours=12).total_seconds(), within=5)
WAITING_TIMEOUT = about(timedelta(minutes=30).total_seconds(), within=5)


def bring(hands: Hands, state: str) -> None:
    """From the agent to a state, as Bia does it."""
    match state:
        case "waiting_human":
            hands.do(holding.hand_over, "asked for a person")
        case "human":
            hands.do(holding.take, hands.bia)
        case "closed":
            hands.do(holding.close, hands.bia)
        case _:
            assert hands.state == "ai"


# Taking


def test_taking_from_the_agent_is_two_moves_and_says_when_the_agent_returns(hands: Hands) -> None:
    hands.do(holding.take, hands.bia)

    assert hands.moves == ["ai > waiting_human", "waiting_human > human"]
    assert hands.of("assigned_user_id") == hands.bia
    assert hands.returns_in
    assert hands.returns_in.total_seconds() == PANEL_PAUSE


def test_a_shop_may_keep_the_agent_away_until_it_is_given_back(hands: Hands) -> None:
    write(hands.database, hands.shop, "UPDATE organization_settings SET panel_pause = NULL")

    hands.do(holding.take, hands.bia)

    assert hands.state == "human"
    assert hands.returns_in is None


def test_taking_twice_is_taking_once(hands: Hands) -> None:
    for _ in range(2):
        hands.do(holding.take, hands.bia)

    assert hands.moves == ["ai > waiting_human", "waiting_human > human"]


def test_what_another_holds_is_not_taken_from_them(hands: Hands) -> None:
    hands.do(holding.take, hands.bia)

    with pytest.raises(HeldByAnother) as refused:
        hands.do(holding.take, hands.caio)

    assert refused.value.holder == hands.bia
    assert hands.of("assigned_user_id") == hands.bia


def test_of_two_who_take_at_once_one_has_it_and_the_other_is_told(
    hands: Hands, connect: Callable[[], Database]
) -> None:
    together = Barrier(2)

    def take(user_id: UserId) -> str:
        database = connect()
        together.wait()
        try:
            with database.transaction(hands.shop.organization_id, "panel") as tx:
                holding.take(tx, hands.conversation_id, user_id)
        except HeldByAnother:
            return "refused"
        return "taken"

    with ThreadPoolExecutor(2) as pool:
        outcomes = sorted(pool.map(take, (hands.bia, hands.caio)))

    assert outcomes == ["refused", "taken"]


def test_what_the_shops_phone_answered_may_be_taken_in_the_panel(hands: Hands, wa_id: str) -> None:
    say(hands.database, hands.shop, "Deixa comigo!", wa_id=wa_id, echo=True)
    assert (hands.state, hands.of("assigned_user_id")) == ("human", None)

    hands.do(holding.take, hands.bia)

    assert (hands.state, hands.of("assigned_user_id")) == ("human", hands.bia)


def test_a_closed_conversation_is_not_taken(hands: Hands) -> None:
    bring(hands, "closed")

    with pytest.raises(IllegalMove):
        hands.do(holding.take, hands.caio)

    assert hands.state == "closed"


def test_nobody_from_outside_the_team_takes_anything(hands: Hands, owner: psycopg.Connection) -> None:
    stranger = factories.make_member(owner, factories.make_organization(owner))

    for act in (holding.take, holding.transfer, holding.close):
        with pytest.raises(NotAMember):
            hands.do(act, stranger)

    assert hands.moves == []


def test_another_shops_conversation_is_unknown(hands: Hands, owner: psycopg.Connection, database: Database) -> None:
    other = factories.make_pet_shop(owner, database)
    member = factories.make_member(owner, other.organization_id)
    acts: list[tuple[Callable[..., object], tuple[Any, ...]]] = [
        (holding.take, (member,)),
        (holding.transfer, (member,)),
        (holding.assign, (member,)),
        (holding.hand_over, ("why",)),
        (holding.give_back, ()),
        (holding.close, (member,)),
        (holding.reopen, ()),
        (holding.write_as_staff, (member, "Oi")),
    ]

    for act, arguments in acts:
        with pytest.raises(UnknownConversation), database.transaction(other.organization_id, "panel") as tx:
            act(tx, hands.conversation_id, *arguments)

    assert hands.moves == []


@pytest.mark.parametrize("ends", ["given back", "closed", "passed on"])
def test_nobody_holds_more_than_the_shop_lets_them(
    hands: Hands, owner: psycopg.Connection, database: Database, shop: PetShop, ends: str
) -> None:
    busy = factories.make_member(owner, shop.organization_id, most_conversations=1)
    other = say(database, shop).conversation_id
    hands.do(holding.take, busy)

    with pytest.raises(TooManyHeld), database.transaction(shop.organization_id, "panel") as tx:
        holding.take(tx, other, busy)
    match ends:
        case "given back":
            hands.do(holding.give_back)
        case "closed":
            hands.do(holding.close, busy)
        case _:
            hands.do(holding.transfer, hands.bia)
    with database.transaction(shop.organization_id, "panel") as tx:
        holding.take(tx, other, busy)

    assert hands.many("SELECT id FROM conversations WHERE state = 'human' AND assigned_user_id = %s", busy) == [other]


def test_two_takings_at_once_count_each_other(
    owner: psycopg.Connection, database: Database, shop: PetShop, connect: Callable[[], Database]
) -> None:
    busy = factories.make_member(owner, shop.organization_id, most_conversations=3)
    conversations = [say(database, shop).conversation_id for _ in range(8)]
    together = Barrier(len(conversations))

    def take(conversation_id: ConversationId) -> None:
        own = connect()
        together.wait()
        with own.transaction(shop.organization_id, "panel") as tx:
            holding.take(tx, conversation_id, busy)

    with ThreadPoolExecutor(len(conversations)) as pool:
        taken = [pool.submit(take, conversation_id) for conversation_id in conversations]

    assert sum(isinstance(each.exception(), TooManyHeld) for each in taken) == 5
    assert read(database, shop, "SELECT count(*) FROM conversations WHERE state = 'human'") == [(3,)]


# What the agent was about


def test_a_running_turn_finds_that_a_person_took_over(hands: Hands, database: Database, shop: PetShop) -> None:
    turn = claimed(database, shop, hands.conversation_id)

    hands.do(holding.take, hands.bia)

    with pytest.raises(StaleTurn), turn.step():
        pass
    ended = finish(turn, GREETING, Usage(), join=True)
    assert ended.outcome == "superseded"
    assert turns(database, shop) == [("dropped", "taken_over")]
    assert (hands.of("lease_token"), hands.outbox) == (None, [])


def test_the_agents_unsent_words_are_cancelled_when_a_person_takes_over(hands: Hands) -> None:
    hands.do(queue_bot, "Já te respondo!")

    hands.do(holding.take, hands.bia)

    assert hands.outbox == [("Já te respondo!", "cancelled")]
    assert hands.one("SELECT delivery FROM messages WHERE outbox_id IS NOT NULL") == "failed"


def test_the_agents_unsent_words_go_out_when_it_hands_over_itself(hands: Hands) -> None:
    hands.do(queue_bot, "Vou chamar alguém.")

    hands.do(holding.hand_over, "complaint")

    assert hands.outbox == [("Vou chamar alguém.", "queued")]


# Handing over


def test_a_hand_over_says_why_when_and_until_when_and_tells_the_team(hands: Hands) -> None:
    for _ in range(2):
        hands.do(holding.hand_over, "complaint")

    assert hands.moves == ["ai > waiting_human"]
    assert hands.of("handoff_reason") == "complaint"
    assert hands.returns_in
    assert hands.returns_in.total_seconds() == WAITING_TIMEOUT
    assert hands.many("SELECT kind, detail FROM staff_tasks") == [("handoff", "complaint")]
    assert hands.many("SELECT kind, detail FROM notifications") == [("handoff", {"reason": "complaint"})]


@pytest.mark.parametrize("state", ["human", "closed"])
def test_only_what_the_agent_has_is_handed_over(hands: Hands, state: str) -> None:
    bring(hands, state)

    with pytest.raises(IllegalMove, match=f"from {state} to waiting_human"):
        hands.do(holding.hand_over, "complaint")

    assert hands.state == state


def test_a_refused_move_leaves_the_rest_of_the_transaction(hands: Hands) -> None:
    bring(hands, "human")

    with hands.database.transaction(hands.shop.organization_id, "panel") as tx:
        tx.execute("UPDATE conversations SET priority = 'high'")
        with pytest.raises(IllegalMove):
            holding.hand_over(tx, hands.conversation_id, "complaint")

    assert hands.of("priority") == "high"


def test_a_waiting_conversation_may_be_meant_for_somebody_and_taken_by_anybody(hands: Hands) -> None:
    bring(hands, "waiting_human")

    hands.do(holding.assign, hands.caio)
    assert (hands.state, hands.of("assigned_user_id")) == ("waiting_human", hands.caio)
    hands.do(holding.assign, None)
    assert hands.of("assigned_user_id") is None
    hands.do(holding.assign, hands.caio)
    hands.do(holding.take, hands.bia)

    assert hands.of("assigned_user_id") == hands.bia


@pytest.mark.parametrize("state", ["ai", "human", "closed"])
def test_only_a_waiting_conversation_is_assigned(hands: Hands, state: str) -> None:
    bring(hands, state)

    with pytest.raises(NotWaiting):
        hands.do(holding.assign, hands.caio)


def test_taking_it_is_what_the_open_task_asked_for(hands: Hands) -> None:
    bring(hands, "waiting_human")

    hands.do(holding.take, hands.bia)

    assert hands.one("SELECT count(*) FROM staff_tasks WHERE done_at IS NULL") == 0


def test_who_takes_it_has_seen_what_arrived_late(hands: Hands, wa_id: str, clock: Clock) -> None:
    say(hands.database, hands.shop, "Ontem perguntei", wa_id=wa_id, at=clock.now() - timedelta(hours=30))

    hands.do(holding.take, hands.bia)

    assert hands.many("SELECT kind FROM staff_tasks WHERE done_at IS NOT NULL") == ["arrived_late"]


# Passing on


@pytest.mark.parametrize("state", ["ai", "waiting_human", "human"])
def test_a_transfer_gives_it_to_somebody_else_from_wherever_it_is(hands: Hands, state: str) -> None:
    bring(hands, state)

    for _ in range(2):
        hands.do(holding.transfer, hands.caio)

    assert (hands.state, hands.of("assigned_user_id")) == ("human", hands.caio)
    passed = hands.many("SELECT from_user_id, to_user_id FROM conversation_moves ORDER BY id DESC LIMIT 1")
    assert passed == [(hands.bia if state == "human" else None, hands.caio)]


def test_a_transfer_to_somebody_busy_is_refused(hands: Hands, owner: psycopg.Connection) -> None:
    busy = factories.make_member(owner, hands.shop.organization_id, most_conversations=1)
    other = say(hands.database, hands.shop).conversation_id
    with hands.database.transaction(hands.shop.organization_id, "panel") as tx:
        holding.take(tx, other, busy)

    with pytest.raises(TooManyHeld):
        hands.do(holding.transfer, busy)

    assert hands.state == "ai"


# Giving back


@pytest.mark.parametrize("state", ["waiting_human", "human"])
def test_what_is_given_back_unanswered_is_the_agents_to_answer_at_once(
    hands: Hands, state: str, database: Database, shop: PetShop
) -> None:
    bring(hands, state)

    assert [hands.do(holding.give_back) for _ in range(2)] == [True, False]

    assert (hands.state, hands.of("assigned_user_id"), hands.returns_in) == ("ai", None, None)
    assert hands.of("answer_at <= app.now()")
    assert [said.text for said in claimed(database, shop, hands.conversation_id).unanswered] == ["Oi!"]


def test_what_a_person_has_answered_is_not_answered_again(hands: Hands) -> None:
    hands.do(holding.write_as_staff, hands.bia, "Oi, aqui é a Bia.")

    assert hands.do(holding.give_back) is False

    assert (hands.state, hands.of("answer_at")) == ("ai", None)


def test_a_turn_whose_worker_died_does_not_go_on_after_a_person(
    hands: Hands, database: Database, shop: PetShop, wa_id: str, clock: Clock
) -> None:
    claimed(database, shop, hands.conversation_id)
    hands.do(holding.write_as_staff, hands.bia, "Oi, aqui é a Bia.")
    say(database, shop, "E a tosa?", wa_id=wa_id)

    hands.do(holding.give_back)
    clock.move(timedelta(seconds=10))

    assert [said.text for said in claimed(database, shop, hands.conversation_id).unanswered] == ["E a tosa?"]


def test_a_closed_conversation_is_not_given_back(hands: Hands) -> None:
    bring(hands, "closed")

    with pytest.raises(IllegalMove):
        hands.do(holding.give_back)


# Closing and reopening


@pytest.mark.parametrize("state", ["ai", "waiting_human", "human"])
def test_closing_ends_it_with_all_that_was_said(hands: Hands, state: str) -> None:
    bring(hands, state)
    if state != "human":
        hands.do(queue_bot)

    for _ in range(2):
        hands.do(holding.close, hands.bia, "resolved")

    assert hands.moves == ["ai > waiting_human", "waiting_human > human", "human > closed"]
    assert hands.many("SELECT reason FROM conversation_moves WHERE to_state = 'closed'") == ["resolved"]
    assert (hands.of("closed_at IS NOT NULL"), hands.returns_in, hands.of("unread_count")) == (True, None, 0)
    assert hands.unanswered == []
    assert [each for each in hands.outbox if each[1] == "queued"] == []


def test_somebody_busy_may_still_close_what_the_agent_has(hands: Hands, owner: psycopg.Connection) -> None:
    busy = factories.make_member(owner, hands.shop.organization_id, most_conversations=1)
    other = say(hands.database, hands.shop).conversation_id
    with hands.database.transaction(hands.shop.organization_id, "panel") as tx:
        holding.take(tx, other, busy)

    hands.do(holding.close, busy)

    assert hands.state == "closed"


def test_a_conversation_is_reopened_for_the_agent(hands: Hands) -> None:
    bring(hands, "closed")

    for _ in range(2):
        hands.do(holding.reopen)

    assert (hands.state, hands.of("closed_at"), hands.of("closed_reason")) == ("ai", None, None)
    assert (hands.of("answer_at"), hands.unanswered) == (None, [])


def test_it_is_not_reopened_beside_a_newer_one(hands: Hands, wa_id: str, clock: Clock) -> None:
    bring(hands, "closed")
    clock.move(timedelta(days=8))
    newer = say(hands.database, hands.shop, "Oi de novo!", wa_id=wa_id, at=clock.now())
    assert newer.conversation_id != hands.conversation_id

    with pytest.raises(WentOn):
        hands.do(holding.reopen)

    assert hands.state == "closed"


def test_what_was_merged_into_another_stays_closed(hands: Hands) -> None:
    other = say(hands.database, hands.shop).conversation_id
    write(
        hands.database,
        hands.shop,
        "UPDATE conversations SET state = 'closed', merged_into = %s WHERE id = %s",
        other,
        hands.conversation_id,
    )

    with pytest.raises(WentOn):
        hands.do(holding.reopen)


# Writing


@pytest.mark.parametrize("state", ["ai", "waiting_human", "human"])
def test_a_persons_message_takes_the_conversation_and_answers_what_was_asked(hands: Hands, state: str) -> None:
    bring(hands, state)
    if state == "ai":
        hands.do(queue_bot)

    hands.do(holding.write_as_staff, hands.bia, "  Oi, aqui é a Bia.  ")

    assert hands.moves == ["ai > waiting_human", "waiting_human > human"]
    assert (hands.of("assigned_user_id"), hands.of("unread_count"), hands.unanswered) == (hands.bia, 0, [])
    assert [each for each in hands.outbox if each[1] == "queued"] == [("Oi, aqui é a Bia.", "queued")]
    assert hands.many("SELECT kind, author FROM outbox WHERE state = 'queued'") == [("staff", "person")]
    assert hands.many("SELECT sender, delivery FROM messages ORDER BY id DESC LIMIT 1") == [("staff", "queued")]


def test_every_message_of_a_person_keeps_the_agent_away_anew(hands: Hands, clock: Clock) -> None:
    hands.do(holding.write_as_staff, hands.bia, "Um momento.")
    clock.move(timedelta(hours=5))

    hands.do(holding.write_as_staff, hands.bia, "Pronto!")

    assert hands.returns_in
    assert hands.returns_in.total_seconds() == PANEL_PAUSE


def test_nobody_writes_into_what_another_holds(hands: Hands) -> None:
    hands.do(holding.take, hands.bia)

    with pytest.raises(HeldByAnother):
        hands.do(holding.write_as_staff, hands.caio, "Oi!")

    assert hands.outbox == []


@pytest.mark.parametrize("text", ["", "   ", "x" * 4097])
def test_what_cannot_be_sent_is_refused_before_anything_happens(hands: Hands, text: str) -> None:
    with pytest.raises(Refusal):
        hands.do(holding.write_as_staff, hands.bia, text)

    assert hands.moves == []


# The lead


def test_the_lead_follows_its_conversation(hands: Hands) -> None:
    hands.lead(stage="hot")
    by_bia = f"agent:{hands.bia}"

    hands.do(holding.hand_over, "complaint", by="ai")
    assert hands.one("SELECT stage FROM leads") == "human"
    hands.do(holding.take, hands.bia)
    assert hands.one("SELECT assigned_user_id FROM leads") == hands.bia
    hands.do(holding.give_back, by=by_bia)

    assert hands.many("SELECT stage, assigned_user_id FROM leads") == [("qualifying", None)]
    assert hands.lead_events == [
        ("handoff", "ai"),
        ("stage_change", "ai"),
        ("assigned", by_bia),
        ("stage_change", by_bia),
        ("unassigned", by_bia),
    ]


@pytest.mark.parametrize("stage", ["converted", "lost"])
def test_what_a_lead_has_become_stays(hands: Hands, stage: str) -> None:
    hands.lead(stage=stage)

    hands.do(holding.take, hands.bia)
    hands.do(holding.give_back)

    assert hands.one("SELECT stage FROM leads") == stage


# The team


def test_a_person_of_the_shop_says_whether_they_are_there(
    hands: Hands, owner: psycopg.Connection, database: Database
) -> None:
    other = factories.make_organization(owner)
    elsewhere = factories.make_member(owner, other)
    with database.transaction(other, "panel") as tx:
        team.set_availability(tx, elsewhere, "online")

    with database.transaction(hands.shop.organization_id, "panel") as tx:
        assert team.availability(tx, hands.bia) == "offline"
        team.set_availability(tx, hands.bia, "online")
        assert team.availability(tx, hands.bia) == "online"
        for unknown in (elsewhere, UserId(new_id())):
            with pytest.raises(NotAMember):
                team.availability(tx, unknown)
            with pytest.raises(NotAMember):
                team.set_availability(tx, unknown, "offline")
