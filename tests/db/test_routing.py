"""Who speaks in a turn: a table of who wrote and what they quoted, and how an owner's number is known."""

from datetime import timedelta
from typing import Any, cast
from uuid import UUID

import psycopg
import pytest

from auzap.agent.client_agent import CLIENT_AGENT
from auzap.agent.persona import Persona
from auzap.agent.turn import Contact, Said, Turn
from auzap.aurora.agent import AURORA
from auzap.db.connection import Database
from auzap.ids import ContactId, EscalationId, MessageId, new_id
from auzap.turns.routing import route
from tests import factories
from tests.db.committed import write
from tests.db.turning import claimed
from tests.factories import PetShop, say
from tests.postgres import Clock

WITH_NINTH, WITHOUT_NINTH = "5511988887777", "551188887777"
LANDLINE, MOBILE_LIKE_IT = "551130000000", "5511930000000"


class Written:
    """As much of a turn as routing looks at: who wrote, and which of the messages quote a question (Q) or not (-)."""

    def __init__(self, messages: str, *, is_owner: bool) -> None:
        self.contact = Contact(ContactId(new_id()), None, None, is_owner)
        self.unanswered = [self._said(quotes=mark == "Q") for mark in messages]

    def _said(self, *, quotes: bool) -> Said:
        at = cast(Any, None)
        answers = EscalationId(UUID(int=1)) if quotes else None
        return Said(MessageId(new_id()), "customer", "text", "Sim", None, None, at, at, answers=answers)


@pytest.mark.parametrize(
    ("messages", "is_owner", "passed_on", "persona"),
    [
        ("-", False, [], CLIENT_AGENT),
        ("Q", False, [], CLIENT_AGENT),
        ("-", True, [], AURORA),
        ("Q", True, [0], None),
        ("QQ", True, [0, 1], None),
        ("-Q", True, [1], AURORA),
        ("Q--", True, [0], AURORA),
    ],
)
def test_a_turn_is_routed_by_who_wrote_and_what_they_quoted(
    messages: str, is_owner: bool, passed_on: list[int], persona: Persona | None
) -> None:
    turn = Written(messages, is_owner=is_owner)

    routed = route(cast(Turn, turn))

    assert routed.answers == [turn.unanswered[index] for index in passed_on]
    assert routed.persona is persona


def is_owner(database: Database, shop: PetShop, clock: Clock, *, authorized: str, writes: str) -> bool:
    write(database, shop, "INSERT INTO authorized_owner_numbers (phone, name) VALUES (%s, 'Helena')", f"+{authorized}")
    place = say(database, shop, "Oi!", wa_id=writes, at=clock.now()).conversation_id
    clock.move(timedelta(seconds=3))
    return claimed(database, shop, place).contact.is_owner


@pytest.mark.parametrize(
    ("authorized", "writes", "expected"),
    [
        (WITH_NINTH, WITH_NINTH, True),
        (WITH_NINTH, WITHOUT_NINTH, True),
        (WITHOUT_NINTH, WITH_NINTH, True),
        (WITHOUT_NINTH, WITHOUT_NINTH, True),
        (WITH_NINTH, "5511988887778", False),
        (LANDLINE, LANDLINE, True),
        (LANDLINE, MOBILE_LIKE_IT, False),
        ("447911123456", "447911123456", True),
    ],
)
def test_an_owner_is_known_however_brazils_ninth_digit_is_spelled(
    database: Database, shop: PetShop, clock: Clock, authorized: str, writes: str, expected: bool
) -> None:
    assert is_owner(database, shop, clock, authorized=authorized, writes=writes) == expected


def test_a_number_that_is_no_longer_authorized_is_a_customers(database: Database, shop: PetShop, clock: Clock) -> None:
    assert is_owner(database, shop, clock, authorized=WITH_NINTH, writes=WITH_NINTH)
    write(database, shop, "UPDATE authorized_owner_numbers SET is_active = false")
    clock.move(timedelta(minutes=1))
    place = say(database, shop, "E agora?", wa_id=WITH_NINTH, at=clock.now()).conversation_id
    clock.move(timedelta(seconds=10))

    assert not claimed(database, shop, place).contact.is_owner


def test_the_owner_of_one_shop_is_a_customer_of_another(
    database: Database, owner: psycopg.Connection, shop: PetShop, clock: Clock
) -> None:
    write(database, shop, "INSERT INTO authorized_owner_numbers (phone, name) VALUES (%s, 'Helena')", f"+{WITH_NINTH}")
    other = factories.make_pet_shop(owner, database)
    place = say(database, other, "Oi!", wa_id=WITH_NINTH, at=clock.now()).conversation_id
    clock.move(timedelta(seconds=3))

    assert not claimed(database, other, place).contact.is_owner
