"""Customers whom the shop keeps from its agent, or has blocked: what they write goes to people, or waits for nobody."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import psycopg
import pytest

from auzap.conversations import holding, leaving
from auzap.conversations.merging import merge
from auzap.conversations.returning import take_back
from auzap.customers.profiles import UnknownContact
from auzap.db.connection import Database, Tx
from auzap.errors import StaleTurn
from auzap.ids import ContactId, ConversationId, new_id
from auzap.turns.claiming import NotNow, claim
from tests import factories
from tests.db.recorded import close, count, one
from tests.db.turning import claimed, turns, unanswered
from tests.factories import PetShop, new_bsuid, say
from tests.postgres import Clock


class House:
    """A shop with one customer, whose conversation the acts are about."""

    def __init__(self, database: Database, shop: PetShop, wa_id: str, conversation_id: ConversationId) -> None:
        self.database, self.shop, self.wa_id, self.conversation_id = database, shop, wa_id, conversation_id

    def do(self, act: Callable[[Tx, ContactId], Any]) -> None:
        contact_id = self.contact_id
        with self.database.transaction(self.shop.organization_id, "panel") as tx:
            act(tx, contact_id)

    @property
    def contact_id(self) -> ContactId:
        return ContactId(one(self.database, self.shop, "SELECT contact_id FROM conversations LIMIT 1")[0])

    @property
    def state(self) -> tuple[str, str | None, bool]:
        """Who has it, why, and whether a clock gives it back."""
        return one(  # pyright: ignore[reportReturnType]
            self.database,
            self.shop,
            "SELECT state, handoff_reason, returns_at IS NOT NULL FROM conversations WHERE state <> 'closed'",
        )

    @property
    def tasks(self) -> int:
        return one(
            self.database, self.shop, "SELECT count(*) FROM staff_tasks WHERE kind = 'handoff' AND done_at IS NULL"
        )[0]

    def says(self, text: str = "Oi de novo") -> float | None:
        return say(self.database, self.shop, text, wa_id=self.wa_id).answer_in


@pytest.fixture
def house(database: Database, shop: PetShop, wa_id: str, conversation_id: ConversationId) -> House:
    return House(database, shop, wa_id, conversation_id)


FOR_PEOPLE = ("waiting_human", "agent_off", False)


def test_what_such_a_customer_had_asked_waits_for_a_person(house: House) -> None:
    house.do(leaving.leave_to_people)

    assert house.state == FOR_PEOPLE
    assert house.tasks == 1
    assert unanswered(house.database, house.shop) == []
    assert isinstance(claim(house.database, house.shop.organization_id, house.conversation_id), NotNow)


def test_what_such_a_customer_writes_goes_to_people_at_once_and_once(house: House) -> None:
    write_answered(house)
    house.do(leaving.leave_to_people)
    assert house.state[0] == "ai"

    assert [house.says(), house.says("Alguém aí?")] == [None, None]

    assert house.state == FOR_PEOPLE
    assert house.tasks == 1
    assert count(house.database, house.shop, "messages") == 3
    assert unanswered(house.database, house.shop) == []
    reason = "SELECT detail ->> 'reason' FROM notifications WHERE kind = 'handoff'"
    assert one(house.database, house.shop, reason) == ("agent_off",)


def test_a_closed_conversation_that_begins_again_is_peoples_too(house: House) -> None:
    house.do(leaving.leave_to_people)
    with house.database.transaction(house.shop.organization_id, "panel") as tx:
        tx.execute("UPDATE conversations SET state = 'human'")
        tx.execute("UPDATE conversations SET state = 'closed'")

    assert house.says() is None
    assert house.state == FOR_PEOPLE


def test_nobody_but_a_person_gives_it_back_and_then_the_agent_answers_nothing(house: House, clock: Clock) -> None:
    house.do(leaving.leave_to_people)
    clock.move(timedelta(days=3))
    assert take_back(house.database, house.shop.organization_id, house.conversation_id).outcome == "skipped"

    with house.database.transaction(house.shop.organization_id, "panel") as tx:
        assert not holding.give_back(tx, house.conversation_id)

    assert house.state[0] == "ai"
    assert house.says("E agora?") is None
    assert house.state == FOR_PEOPLE


def test_a_conversation_that_waited_already_is_not_given_back_by_the_clock(house: House) -> None:
    with house.database.transaction(house.shop.organization_id, "panel") as tx:
        holding.hand_over(tx, house.conversation_id, "person")
    assert house.state == ("waiting_human", "person", True)

    house.do(leaving.leave_to_people)

    assert house.state == ("waiting_human", "person", False)
    assert house.tasks == 1


def test_a_conversation_that_a_person_has_stays_theirs(house: House, owner: psycopg.Connection) -> None:
    bia = factories.make_member(owner, house.shop.organization_id)
    with house.database.transaction(house.shop.organization_id, "panel") as tx:
        holding.take(tx, house.conversation_id, bia)

    house.do(leaving.leave_to_people)

    assert house.says() is None
    assert house.state[0] == "human"
    assert house.tasks == 0


@pytest.mark.parametrize("act", [leaving.leave_to_people, leaving.block])
def test_a_turn_that_was_thinking_says_nothing_any_more(house: House, act: Callable[[Tx, ContactId], None]) -> None:
    turn = claimed(house.database, house.shop, house.conversation_id)

    house.do(act)

    with pytest.raises(StaleTurn), turn.step():
        pass
    assert turns(house.database, house.shop)[0][0] == "dropped"
    assert count(house.database, house.shop, "outbox") == 0


def test_the_agent_has_them_again_from_the_next_message_on(house: House) -> None:
    house.do(leaving.leave_to_people)
    house.do(leaving.return_to_agent)
    assert house.says() is None
    close(house.database, house.shop, house.conversation_id)

    assert house.says("Bom dia") is not None
    assert house.state[0] == "ai"


def test_an_owner_of_the_shop_always_has_the_agent(house: House) -> None:
    with house.database.transaction(house.shop.organization_id, "panel") as tx:
        tx.execute(
            "INSERT INTO authorized_owner_numbers (phone, name) SELECT phone, 'Helena' FROM contacts WHERE phone IS NOT NULL"
        )
    write_answered(house)
    house.do(leaving.leave_to_people)

    assert house.says() is not None
    assert house.state[0] == "ai"


def test_a_blocked_customer_waits_for_nobody(house: House) -> None:
    house.do(leaving.block)

    assert house.says() is None
    assert unanswered(house.database, house.shop) == []
    assert house.state == ("ai", None, False)
    house.do(leaving.unblock)
    assert house.says() is not None


def test_two_contacts_of_whom_one_is_kept_from_the_agent_are_so_when_they_are_one(house: House) -> None:
    first = house.contact_id
    bsuid = new_bsuid()
    say(house.database, house.shop, "Sou eu", bsuid=bsuid)
    (second,) = one(house.database, house.shop, "SELECT id FROM contacts WHERE id <> %s", first)
    with house.database.transaction(house.shop.organization_id, "panel") as tx:
        leaving.leave_to_people(tx, ContactId(second))
        merge(tx, first, ContactId(second), "same_person")

    assert one(house.database, house.shop, "SELECT agent_off FROM contacts") == (True,)
    assert house.state[0] == "waiting_human"
    assert unanswered(house.database, house.shop) == []


@pytest.mark.parametrize("act", [leaving.leave_to_people, leaving.return_to_agent, leaving.block, leaving.unblock])
def test_another_shops_customer_is_unknown(
    house: House, other_shop: PetShop, act: Callable[[Tx, ContactId], None]
) -> None:
    theirs = house.contact_id

    with house.database.transaction(other_shop.organization_id, "panel") as tx:
        for stranger in (theirs, ContactId(new_id())):
            with pytest.raises(UnknownContact):
                act(tx, stranger)


def write_answered(house: House) -> None:
    with house.database.transaction(house.shop.organization_id, "panel") as tx:
        tx.execute("UPDATE messages SET awaits_answer = false")
        tx.execute("UPDATE conversations SET answer_at = NULL")
