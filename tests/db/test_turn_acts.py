"""Acts that bind: done once, after a yes to what was shown, by a worker that still holds the turn."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from auzap.agent.model import Completion
from auzap.db.connection import Database, Tx
from auzap.ids import ContactId, ConversationId
from auzap.turns.answering import Answered
from tests import factories
from tests.db.committed import read
from tests.db.scripted_model import Killed, ScriptedModel, answer, call, dies
from tests.db.turning import EXPIRED, SECOND, answered, claimed, replies
from tests.factories import PetShop, say
from tests.postgres import Clock, Place

SAO_PAULO = ZoneInfo("America/Sao_Paulo")


def only_contact(tx: Tx) -> ContactId:
    (row,) = tx.execute("SELECT id FROM contacts")
    return ContactId(row[0])


@pytest.fixture
def proposed(
    database: Database, shop: PetShop, conversation_id: ConversationId, wa_id: str, model: ScriptedModel, clock: Clock
) -> datetime:
    """The agent has proposed a bath in three days at ten, and the customer has just said yes."""
    with database.transaction(shop.organization_id, "test") as tx:
        factories.make_service(tx)
        factories.make_pet(tx, only_contact(tx), "Rex")
    day = clock.now().astimezone(SAO_PAULO).date() + timedelta(days=3)
    answered(
        claimed(database, shop, conversation_id),
        model.says(
            call("find_free_slots", service="Banho", addons=[], pets=["Rex"], day=f"{day}", period="morning"),
            call("propose_booking", slot="s4", pets=["Rex"], notes=""),
            answer("Rex, Banho, por R$ 60,00. Confirma?", intent="booking"),
        ),
    )
    assert read(database, shop, "SELECT content ->> 'type' FROM outbox") == [("buttons",)]
    say(database, shop, "Sim!", wa_id=wa_id, at=clock.now())
    clock.move(3 * SECOND)
    (starts_at,) = read(database, shop, "SELECT arguments #>> '{pets,0,1}' FROM pending_actions")[0]
    return datetime.fromisoformat(starts_at)


def bookings(database: Database, shop: PetShop) -> list[datetime]:
    return [row[0] for row in read(database, shop, "SELECT starts_at FROM bookings")]


def test_a_yes_books_what_was_stored(
    database: Database, shop: PetShop, conversation_id: ConversationId, proposed: datetime, model: ScriptedModel
) -> None:
    outcome = answered(claimed(database, shop, conversation_id), model.says(answer("Agendado!")))

    assert outcome.outcome == "replied"
    assert bookings(database, shop) == [proposed]
    assert read(database, shop, "SELECT state FROM pending_actions") == [("done",)]


def test_an_expired_lease_cannot_book(
    connect: Callable[[], Database],
    shared_database: Place,
    database: Database,
    shop: PetShop,
    conversation_id: ConversationId,
    proposed: datetime,
    model: ScriptedModel,
    clock: Clock,
) -> None:
    slow = connect()
    zombie = claimed(slow, shop, conversation_id)
    clock.move(EXPIRED)

    assert answered(zombie, ScriptedModel(shared_database, slow)) == Answered("superseded")
    assert bookings(database, shop) == []

    assert answered(claimed(database, shop, conversation_id), model.says(answer("Agendado!"))).outcome == "replied"
    assert answered(zombie, ScriptedModel(shared_database, slow)) == Answered("superseded")
    assert bookings(database, shop) == [proposed]
    assert len(replies(database, shop)) == 2


def test_a_worker_that_died_after_booking_books_once(
    connect: Callable[[], Database],
    shared_database: Place,
    database: Database,
    shop: PetShop,
    conversation_id: ConversationId,
    proposed: datetime,
    model: ScriptedModel,
    clock: Clock,
) -> None:
    first = connect()
    with pytest.raises(Killed):
        answered(claimed(first, shop, conversation_id), ScriptedModel(shared_database, first).says(dies))
    assert bookings(database, shop) == [proposed]
    clock.move(EXPIRED)

    assert answered(claimed(database, shop, conversation_id), model.says(answer("Agendado!"))).outcome == "replied"
    assert bookings(database, shop) == [proposed]


def test_a_slot_that_was_taken_meanwhile_is_refused_and_told(
    database: Database, shop: PetShop, conversation_id: ConversationId, proposed: datetime, model: ScriptedModel
) -> None:
    with database.transaction(shop.organization_id, "test") as tx:
        rules = factories.make_shop(tx)
        for _ in range(rules.parallel_bookings):
            factories.book_at(tx, rules, proposed)

    answered(claimed(database, shop, conversation_id), model.says(answer("Esse horário acabou de ser ocupado.")))

    assert len(bookings(database, shop)) == 2
    assert read(database, shop, "SELECT state FROM pending_actions") == [("refused",)]
    (told,) = [m["content"] for m in model.asked[-1] if m["role"] == "system" and m["content"].startswith("[result]")]
    assert "Nothing is free for Banho on" in told
    assert "These are free:\ns1 | " in told


def test_a_yes_to_what_this_turn_has_replaced_books_nothing(
    database: Database, shop: PetShop, conversation_id: ConversationId, wa_id: str, model: ScriptedModel, clock: Clock
) -> None:
    with database.transaction(shop.organization_id, "test") as tx:
        factories.make_service(tx)
        factories.make_pet(tx, only_contact(tx), "Rex")
    day = clock.now().astimezone(SAO_PAULO).date() + timedelta(days=3)
    slots = call("find_free_slots", service="Banho", addons=[], pets=["Rex"], day=f"{day}", period="morning")
    ask = answer("Rex, Banho, por R$ 60,00. Confirma?", intent="booking")
    answered(
        claimed(database, shop, conversation_id),
        model.says(slots, call("propose_booking", slot="s4", pets=["Rex"], notes=""), ask),
    )
    say(database, shop, "Tem mais cedo?", wa_id=wa_id, at=clock.now())
    clock.move(3 * SECOND)

    def ask_while_they_agree(_: list[dict[str, Any]]) -> Completion:
        say(database, shop, "Sim", wa_id=wa_id, at=clock.now())
        return ask

    another = call("propose_booking", slot="s1", pets=["Rex"], notes="")
    answered(claimed(database, shop, conversation_id), model.says(slots, another, ask_while_they_agree, ask))

    assert bookings(database, shop) == []
    assert read(database, shop, "SELECT state FROM pending_actions ORDER BY id") == [("replaced",), ("proposed",)]


def test_a_yes_after_ten_minutes_books_nothing(
    database: Database,
    shop: PetShop,
    conversation_id: ConversationId,
    proposed: datetime,
    model: ScriptedModel,
    clock: Clock,
) -> None:
    clock.move(timedelta(minutes=11))

    answered(claimed(database, shop, conversation_id), model.says(answer("Podemos ver outro horário?")))

    assert bookings(database, shop) == []


def test_a_yes_to_what_was_never_shown_books_nothing(
    connect: Callable[[], Database],
    shared_database: Place,
    database: Database,
    shop: PetShop,
    conversation_id: ConversationId,
    wa_id: str,
    clock: Clock,
) -> None:
    """The worker dies after proposing; a "sim" that comes before the question is asked means something else."""

    with database.transaction(shop.organization_id, "test") as tx:
        factories.make_service(tx)
        factories.make_pet(tx, only_contact(tx), "Rex")
    day = clock.now().astimezone(SAO_PAULO).date() + timedelta(days=3)
    first = connect()
    dying = ScriptedModel(shared_database, first).says(
        call("find_free_slots", service="Banho", addons=[], pets=["Rex"], day=f"{day}", period="morning"),
        call("propose_booking", slot="s4", pets=["Rex"], notes=""),
        dies,
    )
    with pytest.raises(Killed):
        answered(claimed(first, shop, conversation_id), dying)
    say(database, shop, "Sim", wa_id=wa_id, at=clock.now())
    clock.move(EXPIRED)

    ask = answer("Rex, Banho, por R$ 60,00. Confirma?", intent="booking")
    answered(claimed(database, shop, conversation_id), ScriptedModel(shared_database, database).says(ask, ask))

    assert bookings(database, shop) == []
    assert read(database, shop, "SELECT state FROM pending_actions") == [("proposed",)]
