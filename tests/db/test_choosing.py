"""For whom of the team a handed-over conversation is meant: everybody, each in turn, or who has least to do."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import psycopg
import pytest

from auzap.conversations import holding
from auzap.conversations.returning import take_back
from auzap.db.connection import Database
from auzap.ids import ConversationId, UserId
from auzap.organizations import team
from tests import factories
from tests.db.committed import read, write
from tests.db.scripted_model import ScriptedModel, answer, call
from tests.db.turning import answered, claimed
from tests.factories import PetShop, say
from tests.postgres import Clock

HALF_AN_HOUR = timedelta(minutes=31)


class Desk:
    """A shop with a team, and customers who are handed over to it one after the other."""

    def __init__(self, owner: psycopg.Connection, database: Database, shop: PetShop) -> None:
        self.owner, self.database, self.shop = owner, database, shop

    def hire(self, name: str, *, is_there: bool = True, most: int = 10) -> UserId:
        user_id = factories.make_member(self.owner, self.shop.organization_id, name, most_conversations=most)
        if is_there:
            with self.database.transaction(self.shop.organization_id, "panel") as tx:
                team.set_availability(tx, user_id, "online")
        return user_id

    def choose_by(self, rule: str) -> None:
        write(self.database, self.shop, "UPDATE organization_settings SET assignment = %s", rule)

    def call_for(self, conversation_id: ConversationId | None = None) -> tuple[ConversationId, UserId | None]:
        """A customer needs a person; for whom that is meant."""
        talk = conversation_id or say(self.database, self.shop).conversation_id
        with self.database.transaction(self.shop.organization_id, "panel") as tx:
            holding.hand_over(tx, talk, "complaint")
        return talk, self.meant_for(talk)

    def meant_for(self, conversation_id: ConversationId) -> UserId | None:
        query = "SELECT assigned_user_id FROM conversations WHERE id = %s"
        ((user_id,),) = read(self.database, self.shop, query, conversation_id)
        return user_id

    def chosen(self, times: int) -> list[UserId | None]:
        return [self.call_for()[1] for _ in range(times)]

    def notices(self) -> list[object]:
        rows = read(self.database, self.shop, "SELECT detail ->> 'user_id' FROM notifications ORDER BY id")
        return [row[0] for row in rows]


@pytest.fixture
def desk(owner: psycopg.Connection, database: Database, shop: PetShop, clock: Clock) -> Desk:
    return Desk(owner, database, shop)


def test_unless_a_shop_says_otherwise_everybody_is_meant(desk: Desk) -> None:
    desk.hire("Bia")

    assert desk.chosen(2) == [None, None]
    assert desk.notices() == [None, None]


def test_each_in_turn_of_those_who_are_there(desk: Desk) -> None:
    team_of_two = [desk.hire("Bia"), desk.hire("Caio")]
    desk.hire("Duda", is_there=False)
    desk.choose_by("round_robin")

    chosen = desk.chosen(5)

    assert set(chosen[:2]) == set(team_of_two)
    assert chosen == [*chosen[:2], *chosen[:2], chosen[0]]
    assert desk.notices() == [str(each) for each in chosen]


def test_who_has_least_to_do_is_chosen(desk: Desk) -> None:
    bia, caio = desk.hire("Bia"), desk.hire("Caio")
    for _ in range(2):
        talk = say(desk.database, desk.shop).conversation_id
        with desk.database.transaction(desk.shop.organization_id, "panel") as tx:
            holding.take(tx, talk, bia)
    desk.choose_by("least_busy")

    assert desk.chosen(2) == [caio, caio]
    assert set(desk.chosen(2)) == {bia, caio}


@pytest.mark.parametrize("rule", ["round_robin", "least_busy"])
def test_nobody_is_chosen_who_holds_as_many_as_they_may(desk: Desk, rule: str) -> None:
    desk.hire("Bia", most=1)
    caio = desk.hire("Caio", most=2)
    desk.choose_by(rule)

    chosen = desk.chosen(4)

    assert chosen.count(caio) == 2
    assert chosen[-1] is None


def test_where_nobody_is_there_everybody_is_meant(desk: Desk) -> None:
    desk.hire("Bia", is_there=False)
    desk.choose_by("round_robin")

    assert desk.chosen(1) == [None]


def test_who_was_chosen_need_not_be_who_takes_it(desk: Desk) -> None:
    desk.hire("Bia")
    caio = desk.hire("Caio", is_there=False)
    desk.choose_by("round_robin")
    talk, _ = desk.call_for()

    with desk.database.transaction(desk.shop.organization_id, "panel") as tx:
        holding.take(tx, talk, caio)

    assert desk.meant_for(talk) == caio


def test_what_nobody_took_is_meant_for_the_next_one_the_next_time(desk: Desk, clock: Clock) -> None:
    team_of_two = {desk.hire("Bia"), desk.hire("Caio")}
    desk.choose_by("round_robin")
    talk, first = desk.call_for()
    clock.move(HALF_AN_HOUR)

    take_back(desk.database, desk.shop.organization_id, talk)
    assert desk.meant_for(talk) is None

    assert {first, desk.call_for(talk)[1]} == team_of_two


def test_taking_from_the_agent_chooses_nobody(desk: Desk, wa_id: str) -> None:
    bia = desk.hire("Bia")
    caio = desk.hire("Caio")
    desk.choose_by("round_robin")
    talk = say(desk.database, desk.shop, wa_id=wa_id).conversation_id
    with desk.database.transaction(desk.shop.organization_id, "panel") as tx:
        holding.take(tx, talk, caio)
        holding.give_back(tx, talk)

    say(desk.database, desk.shop, "Deixa comigo!", wa_id=wa_id, echo=True)

    assert desk.meant_for(talk) is None
    moved = read(
        desk.database, desk.shop, "SELECT DISTINCT to_user_id FROM conversation_moves WHERE to_user_id = %s", bia
    )
    assert moved == []


def test_the_agents_own_hand_over_is_meant_for_the_one_who_is_chosen(
    desk: Desk, conversation_id: ConversationId, model: ScriptedModel
) -> None:
    bia = desk.hire("Bia")
    desk.choose_by("round_robin")

    answered(
        claimed(desk.database, desk.shop, conversation_id),
        model.says(call("hand_over", reason="pede desconto"), answer("Vou ver com a equipe.")),
    )

    assert desk.meant_for(conversation_id) == bia
    assert desk.notices() == [str(bia)]
    leads = "SELECT assigned_user_id FROM leads"
    assert read(desk.database, desk.shop, leads) == [(bia,)]
    events = "SELECT detail ->> 'user_id', created_by FROM lead_events WHERE kind = 'assigned'"
    assert read(desk.database, desk.shop, events) == [(str(bia), "ai")]


def test_two_hand_overs_at_once_are_meant_for_two(desk: Desk, connect: Callable[[], Database]) -> None:
    team_of_four = {desk.hire(name) for name in ("Bia", "Caio", "Duda", "Enzo")}
    desk.choose_by("round_robin")
    talks = [say(desk.database, desk.shop).conversation_id for _ in team_of_four]
    together = Barrier(len(talks))

    def call_for(talk: ConversationId) -> None:
        own = connect()
        together.wait()
        with own.transaction(desk.shop.organization_id, "panel") as tx:
            holding.hand_over(tx, talk, "complaint")

    with ThreadPoolExecutor(len(talks)) as pool:
        list(pool.map(call_for, talks))

    assert {desk.meant_for(talk) for talk in talks} == team_of_four


def test_the_team_of_another_shop_is_not_asked(desk: Desk, owner: psycopg.Connection, database: Database) -> None:
    elsewhere = Desk(owner, database, factories.make_pet_shop(owner, database))
    elsewhere.hire("Bia")
    elsewhere.choose_by("round_robin")
    desk.choose_by("round_robin")

    assert desk.chosen(1) == [None]
