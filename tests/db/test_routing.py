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
from tests.unit.known_shop import known_shop

WITH_NINTH, WITHOUT_NINTH = "5511988887777", "551188887777"
LANDLINE, MOBILE_LIKE_IT = "551130000000", "5511930000000"


class Written:
    """As much of a turn as routing looks at: who wrote, and which messages quote a question (Q), teach (L), or neither (-)."""

    def __init__(self, messages: str, who: str) -> None:
        self.contact = Contact(ContactId(new_id()), None, None, who == "owner", who != "customer")
        self.unanswered = [self._said(mark) for mark in messages]
        self.shop = known_shop()

    def _said(self, mark: str) -> Said:
        at = cast(Any, None)
        answers = EscalationId(UUID(int=1)) if mark == "Q" else None
        pressed = {
            "L": f"teach:{UUID(int=1)}",
            "O": f"once:{UUID(int=1)}",
            "?": "teach:no-id",
            "Y": f"yes:{UUID(int=1)}",
        }
        return Said(MessageId(new_id()), "customer", "text", "Sim", pressed.get(mark), None, at, at, answers=answers)


@pytest.mark.parametrize(
    ("messages", "who", "answers", "lessons", "persona"),
    [
        ("-", "customer", [], [], CLIENT_AGENT),
        ("QL", "customer", [], [], CLIENT_AGENT),
        ("-", "owner", [], [], AURORA),
        ("Q", "owner", [0], [], None),
        ("QQ", "owner", [0, 1], [], None),
        ("-Q", "owner", [1], [], AURORA),
        ("Q--", "owner", [0], [], AURORA),
        ("L", "owner", [], [0], None),
        ("LOQ", "owner", [2], [0, 1], None),
        ("?Y", "owner", [], [], AURORA),
        ("-", "manager", [], [], CLIENT_AGENT),
        ("QL", "manager", [0], [1], None),
        ("Q-", "manager", [0], [], CLIENT_AGENT),
    ],
)
def test_a_turn_is_routed_by_who_wrote_and_what_they_quoted_or_pressed(
    messages: str, who: str, answers: list[int], lessons: list[int], persona: Persona | None
) -> None:
    turn = Written(messages, who)

    routed = route(cast(Turn, turn))

    assert routed.answers == [turn.unanswered[index] for index in answers]
    assert routed.lessons == [turn.unanswered[index] for index in lessons]
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
