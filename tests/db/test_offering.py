"""A freed place is offered to whoever has waited longest for it, one at a time, and the server does the yes."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any, cast

import psycopg
import pytest

from auzap.agent import offering
from auzap.agent.model import Model
from auzap.bookings import waitlist
from auzap.conversations.merging import merge
from auzap.db.connection import Database
from auzap.outbox.queries import claim
from auzap.turns import answering
from auzap.turns.answering import Answered
from tests import factories
from tests.db.scripted_model import ScriptedModel, answer, call
from tests.db.turning import claimed
from tests.db.waiting import Customer, Waiting, make_waiting
from tests.factories import PetShop, say
from tests.postgres import Clock

HALF_AN_HOUR = timedelta(minutes=30)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def waiting(owner: psycopg.Connection, database: Database, clock: Clock) -> Waiting:
    return make_waiting(owner, database, clock)


@pytest.fixture
def offered(waiting: Waiting) -> Customer:
    """Ana, who is asked about the bath of ten o'clock by now."""
    ten, _ = waiting.fill()
    ana = waiting.customer()
    waiting.join(ana)
    waiting.cancel(ten)
    assert waiting.offer() == [ana.conversation_id]
    sent(waiting)
    return ana


def sent(waiting: Waiting) -> None:
    """What waits in the outboxes has left."""
    waiting.write(
        "UPDATE outbox SET state = 'sent', claimed_at = app.now(), sent_at = app.now() WHERE state = 'queued'"
    )
    waiting.clock.move(timedelta(seconds=5))


def answers(waiting: Waiting, customer: Customer, *, button: str | None = None, text: str = "Sim") -> None:
    """The customer presses a button of the last question, or writes."""
    content: dict[str, Any] = {}
    if button:
        ((offer_id,),) = waiting.read(
            "SELECT id FROM pending_actions WHERE conversation_id = %s ORDER BY id DESC LIMIT 1",
            customer.conversation_id,
        )
        reply = {"id": f"{button}:{offer_id}", "title": text}
        content = {"kind": "interactive", "content": {"type": "button_reply", "button_reply": reply}}
    say(waiting.database, waiting.shop, text, wa_id=customer.wa_id, at=waiting.clock.now(), **content)
    waiting.clock.move(timedelta(seconds=3))


def turn(waiting: Waiting, customer: Customer, model: ScriptedModel) -> Answered:
    turn = claimed(waiting.database, waiting.shop, customer.conversation_id)
    return answering.answer(turn, cast(Model, model), seconds=20)


def test_a_freed_place_is_asked_about_with_two_buttons(waiting: Waiting, offered: Customer) -> None:
    ((content, kind, author, expires_in),) = waiting.read(
        "SELECT content, kind, author, expires_at - due_at FROM outbox WHERE conversation_id = %s",
        offered.conversation_id,
    )
    ((offer_id, arguments, turn_id),) = waiting.read("SELECT id, arguments, turn_id FROM pending_actions")

    when = f"quinta-feira {waiting.day:%d/%m} 10:00"
    assert content["text"].startswith(f"Boa notícia! Abriu um horário para Rex: Banho, {when}, R$ 60,00.")
    assert "até as 10:30" in content["text"]
    assert content["buttons"] == [
        {"id": f"yes:{offer_id}", "title": "Sim, confirmar"},
        {"id": f"no:{offer_id}", "title": "Não"},
    ]
    assert (kind, author, expires_in, turn_id) == ("reply", "bot", HALF_AN_HOUR, None)
    assert datetime.fromisoformat(arguments["starts_at"]) == waiting.at(10)
    assert waiting.states() == ["offered"]


def test_a_yes_books_what_was_offered(waiting: Waiting, offered: Customer, model: ScriptedModel) -> None:
    answers(waiting, offered, button="yes")

    turn(waiting, offered, model.says(answer("Prontinho, o Rex está agendado! 🐾")))

    booked = waiting.read("SELECT id, starts_at, source, status, pet_id FROM bookings WHERE source = 'waitlist'")
    assert [row[1:] for row in booked] == [(waiting.at(10), "waitlist", "confirmed", offered.pet.id)]
    assert waiting.read("SELECT state, booking_id FROM waitlist_entries") == [("booked", booked[0][0])]
    assert waiting.read("SELECT state FROM pending_actions") == [("done",)]
    # What the server has done stands as a fact behind the reply, which may therefore say so.
    assert waiting.questions(offered)[-1] == "Prontinho, o Rex está agendado! 🐾"


def test_a_typed_yes_is_one_too(waiting: Waiting, offered: Customer, model: ScriptedModel) -> None:
    answers(waiting, offered, text="Sim!")

    turn(waiting, offered, model.says(answer("Agendado!")))

    assert waiting.states() == ["booked"]


def test_a_yes_that_was_written_before_the_question_left_answers_something_else(
    waiting: Waiting, model: ScriptedModel
) -> None:
    ten, _ = waiting.fill()
    ana = waiting.customer()
    waiting.join(ana)
    waiting.cancel(ten)
    assert waiting.offer() == [ana.conversation_id]
    waiting.clock.move(timedelta(seconds=3))
    answers(waiting, ana, text="Sim")

    turn(waiting, ana, model.says(answer("Oi! Como posso ajudar?")))

    assert waiting.states() == ["offered"]
    assert waiting.read("SELECT state FROM pending_actions") == [("proposed",)]


def test_a_no_leaves_the_place_to_the_next_in_line(waiting: Waiting, offered: Customer, model: ScriptedModel) -> None:
    bia = waiting.customer("Bia", "Mel")
    waiting.join_anyway(bia)
    answers(waiting, offered, button="no", text="Não")

    turn(waiting, offered, model.says(answer("Tudo bem! Continuo de olho para você.")))
    asked = waiting.offer()

    assert asked == [bia.conversation_id]
    assert waiting.states() == ["waiting", "offered"]
    assert waiting.read("SELECT refused FROM waitlist_entries ORDER BY created_at LIMIT 1") == [([waiting.at(10)],)]
    assert "Mel: Banho" in waiting.questions(bia)[0]


def test_what_was_refused_is_not_offered_to_the_same_customer_again(
    waiting: Waiting, offered: Customer, model: ScriptedModel
) -> None:
    answers(waiting, offered, button="no", text="Não")
    turn(waiting, offered, model.says(answer("Tudo bem!")))

    for _ in range(3):
        waiting.clock.move(timedelta(hours=2))
        assert waiting.offer() == []

    assert waiting.states() == ["waiting"]


def test_an_offer_that_nobody_answers_is_over_after_half_an_hour(waiting: Waiting, offered: Customer) -> None:
    bia = waiting.customer("Bia", "Mel")
    waiting.join_anyway(bia)
    waiting.clock.move(timedelta(minutes=20))
    assert waiting.offer() == []
    assert waiting.states() == ["offered", "waiting"]

    waiting.clock.move(timedelta(minutes=10))
    found = waiting.database.lookup("SELECT * FROM app.waiting_for_room(500)")
    asked = waiting.offer()

    assert (waiting.shop.organization_id,) in found
    assert asked == [bia.conversation_id]
    assert waiting.states() == ["waiting", "offered"]
    assert waiting.read("SELECT state FROM pending_actions ORDER BY id") == [("expired",), ("proposed",)]


def test_a_yes_to_an_offer_that_is_over_books_nothing(
    waiting: Waiting, offered: Customer, model: ScriptedModel
) -> None:
    waiting.clock.move(timedelta(minutes=31))
    answers(waiting, offered, button="yes")

    turn(waiting, offered, model.says(answer("Esse horário não está mais reservado para você. Quer ver outro?")))

    assert waiting.read("SELECT count(*) FROM bookings WHERE source = 'waitlist'") == [(0,)]


def test_a_yes_after_somebody_was_quicker_is_refused_and_the_customer_waits_on(
    waiting: Waiting, offered: Customer, model: ScriptedModel
) -> None:
    waiting.book(waiting.customer("Carla", "Mimi"), waiting.at(10))
    answers(waiting, offered, button="yes")

    turn(waiting, offered, model.says(answer("Que pena, esse horário acabou de ser ocupado. Você continua na lista!")))

    assert waiting.states() == ["waiting"]
    assert waiting.read("SELECT state FROM pending_actions") == [("refused",)]
    (told,) = [m["content"] for m in model.asked[-1] if m["role"] == "system" and m["content"].startswith("[result]")]
    assert "The customer stays on the waitlist" in told


def test_the_oldest_is_asked_first_and_nobody_else_about_the_same_place(waiting: Waiting) -> None:
    ten, _ = waiting.fill()
    ana, bia = waiting.customer(), waiting.customer("Bia", "Mel")
    waiting.join(ana)
    waiting.join(bia)
    waiting.cancel(ten)

    assert waiting.offer() == [ana.conversation_id]
    assert waiting.offer() == []
    assert waiting.states() == ["offered", "waiting"]


def test_two_freed_places_are_offered_to_two(waiting: Waiting) -> None:
    ten, eleven = waiting.fill()
    ana, bia = waiting.customer(), waiting.customer("Bia", "Mel")
    waiting.join(ana)
    waiting.join(bia)
    waiting.cancel(ten)
    waiting.cancel(eleven)

    assert waiting.offer() == [ana.conversation_id, bia.conversation_id]
    assert "10:00" in waiting.questions(ana)[0]
    assert "11:00" in waiting.questions(bia)[0]


def test_two_places_of_one_hour_are_offered_to_two(owner: psycopg.Connection, database: Database, clock: Clock) -> None:
    waiting = make_waiting(owner, database, clock, parallel_bookings=2)
    taken = [waiting.book(waiting.customer("Outra", f"Bob {n}"), waiting.at(hour)) for n in (1, 2) for hour in (10, 11)]
    ana, bia = waiting.customer(), waiting.customer("Bia", "Mel")
    waiting.join(ana)
    waiting.join(bia)
    for booking_id in (taken[0], taken[2]):
        waiting.cancel(booking_id)

    assert waiting.offer() == [ana.conversation_id, bia.conversation_id]
    assert "10:00" in waiting.questions(ana)[0]
    assert "10:00" in waiting.questions(bia)[0]


def test_who_waits_for_another_part_of_the_day_is_not_asked(
    owner: psycopg.Connection, database: Database, clock: Clock
) -> None:
    waiting = make_waiting(owner, database, clock, openings=tuple(factories.ALL_WEEK))
    booked = [waiting.book(waiting.customer("Outra", f"Bob {hour}"), waiting.at(hour)) for hour in range(8, 18)]
    ana, bia = waiting.customer(), waiting.customer("Bia", "Mel")
    waiting.join(ana, period="afternoon")
    waiting.join(bia, period="morning")

    waiting.cancel(booked[1])

    assert waiting.offer() == [bia.conversation_id]


def test_a_longer_bath_is_not_offered_the_shorter_ones_place(
    owner: psycopg.Connection, database: Database, clock: Clock
) -> None:
    waiting = make_waiting(owner, database, clock)
    waiting.write(
        "INSERT INTO service_prices (service_id, size, price_cents, duration) SELECT id, 'giant', 9000, '2 hours' FROM services"
    )
    ten, _ = waiting.fill()
    ana, bia = waiting.customer(), waiting.customer("Bia", "Mel")
    waiting.write("UPDATE pets SET size = 'giant' WHERE id = %s", ana.pet.id)
    waiting.join(ana)
    waiting.join(bia)

    waiting.cancel(ten)

    assert waiting.offer() == [bia.conversation_id]


def test_a_place_that_is_too_near_is_not_offered(waiting: Waiting) -> None:
    ten, _ = waiting.fill()
    waiting.join(waiting.customer())
    # Ten past eight on the day itself, with two hours of notice asked for.
    waiting.clock.move(waiting.at(8, 10) - waiting.clock.now())
    waiting.cancel(ten)

    assert waiting.offer() == []


def test_an_offer_ends_before_the_notice_begins(waiting: Waiting) -> None:
    ten, _ = waiting.fill()
    ana = waiting.customer()
    waiting.join(ana)
    waiting.clock.move(waiting.at(7, 45) - waiting.clock.now())
    say(waiting.database, waiting.shop, "Bom dia!", wa_id=ana.wa_id, at=waiting.clock.now())
    quiet(waiting, ana)
    waiting.cancel(ten)

    assert waiting.offer() == [ana.conversation_id]
    ((expires_at,),) = waiting.read("SELECT expires_at FROM pending_actions")
    assert expires_at == waiting.at(8)


def quiet(waiting: Waiting, customer: Customer) -> None:
    """What they wrote is answered, and some minutes have passed."""
    waiting.write("UPDATE messages SET awaits_answer = false WHERE conversation_id = %s", customer.conversation_id)
    waiting.write(
        "UPDATE conversations SET answer_at = NULL, last_message_at = app.now() - interval '2 minutes' WHERE id = %s",
        customer.conversation_id,
    )


def test_who_wants_no_news_of_the_shop_is_asked_for_they_wait(waiting: Waiting) -> None:
    ten, _ = waiting.fill()
    ana = waiting.customer()
    waiting.join(ana)
    waiting.write("UPDATE contacts SET opted_out_at = app.now() WHERE id = %s", ana.contact_id)
    waiting.cancel(ten)
    assert waiting.offer() == [ana.conversation_id]

    taken = claim(
        waiting.database, waiting.shop.organization_id, ana.conversation_id, settled_after=timedelta(minutes=1)
    )

    assert taken is not None
    assert taken.content["type"] == "buttons"


# Who is not asked now


@pytest.mark.parametrize(
    "because",
    [
        "UPDATE contacts SET blocked_at = app.now() WHERE id = %(contact)s",
        "UPDATE contacts SET agent_off = true WHERE id = %(contact)s",
        "UPDATE conversations SET state = 'waiting_human', handoff_at = app.now() WHERE id = %(conversation)s",
        "UPDATE conversations SET last_message_at = app.now() WHERE id = %(conversation)s",
        "UPDATE conversations SET answer_at = app.now() WHERE id = %(conversation)s",
    ],
    ids=["blocked", "left to people", "waits for a person", "in the middle of a talk", "not answered yet"],
)
def test_the_next_in_line_is_asked_where_the_first_cannot_be(waiting: Waiting, because: str) -> None:
    ten, _ = waiting.fill()
    ana, bia = waiting.customer(), waiting.customer("Bia", "Mel")
    waiting.join(ana)
    waiting.join(bia)
    with waiting.database.transaction(waiting.shop.organization_id, "test") as tx:
        tx.execute(because.encode(), {"contact": ana.contact_id, "conversation": ana.conversation_id})  # type: ignore[arg-type]
    waiting.cancel(ten)

    assert waiting.offer() == [bia.conversation_id]
    assert waiting.states() == ["waiting", "offered"]


def test_an_offer_waits_for_the_proposal_that_is_open(waiting: Waiting) -> None:
    ten, _ = waiting.fill()
    ana = waiting.customer()
    waiting.join(ana)
    waiting.write(
        """
        INSERT INTO pending_actions (conversation_id, contact_id, kind, arguments, summary)
        VALUES (%s, %s, 'cancel_booking', '{}', 'cancelar')
        """,
        ana.conversation_id,
        ana.contact_id,
    )
    waiting.cancel(ten)

    assert waiting.offer() == []
    assert waiting.read("SELECT state FROM pending_actions") == [("proposed",)]

    waiting.write("UPDATE pending_actions SET state = 'done'")
    waiting.clock.move(timedelta(minutes=3))
    assert waiting.offer() == [ana.conversation_id]


def test_an_offer_goes_where_a_forgotten_proposal_is_over(waiting: Waiting) -> None:
    ten, _ = waiting.fill()
    ana = waiting.customer()
    waiting.join(ana)
    waiting.write(
        """
        INSERT INTO pending_actions (conversation_id, contact_id, kind, arguments, summary, expires_at)
        VALUES (%s, %s, 'cancel_booking', '{}', 'cancelar', app.now() - interval '1 minute')
        """,
        ana.conversation_id,
        ana.contact_id,
    )
    waiting.cancel(ten)

    assert waiting.offer() == [ana.conversation_id]
    assert waiting.read("SELECT state FROM pending_actions ORDER BY id") == [("expired",), ("proposed",)]


def test_one_question_a_conversation(waiting: Waiting) -> None:
    ten, eleven = waiting.fill()
    ana = waiting.customer()
    waiting.join(ana)
    with waiting.database.transaction(waiting.shop.organization_id, "test") as tx:
        grooming = factories.make_service(tx, "Tosa")
    waiting.join(ana, service=grooming)
    waiting.cancel(ten)
    waiting.cancel(eleven)

    assert waiting.offer() == [ana.conversation_id]

    assert waiting.states() == ["offered", "waiting"]


def test_what_the_customer_asks_for_instead_lets_the_offer_go(
    waiting: Waiting, offered: Customer, model: ScriptedModel
) -> None:
    answers(waiting, offered, text="Na verdade quero marcar na sexta")
    slots = call(
        "find_free_slots",
        service="Banho",
        addons=[],
        pets=["Rex"],
        day=f"{waiting.day + timedelta(days=1)}",
        period="any",
    )
    friday = f"{waiting.day + timedelta(days=1):%d/%m}"

    turn(
        waiting,
        offered,
        model.says(
            slots, call("propose_booking", slot="s1", pets=["Rex"], notes=""), answer(f"Rex, Banho, {friday} 10:00?")
        ),
    )

    assert waiting.read("SELECT kind, state FROM pending_actions ORDER BY id") == [
        ("book_offered", "replaced"),
        ("book_service", "proposed"),
    ]
    assert waiting.states() == ["waiting"]


def test_at_night_only_who_is_awake_is_asked(waiting: Waiting) -> None:
    ten, _ = waiting.fill()
    ana, bia = waiting.customer(), waiting.customer("Bia", "Mel")
    waiting.join(ana)
    waiting.join(bia)
    waiting.clock.move(waiting.at(23, day=waiting.day - timedelta(days=2)) - waiting.clock.now())
    say(waiting.database, waiting.shop, "Boa noite!", wa_id=bia.wa_id, at=waiting.clock.now())
    quiet(waiting, bia)
    waiting.cancel(ten)

    assert waiting.offer() == [bia.conversation_id]
    assert waiting.read("SELECT look_at FROM waitlist_entries WHERE pet_id = %s", ana.pet.id) == [
        (waiting.at(8, day=waiting.day - timedelta(days=1)),)
    ]


def test_a_closed_conversation_is_opened_for_the_question(waiting: Waiting) -> None:
    ten, _ = waiting.fill()
    ana = waiting.customer()
    waiting.join(ana)
    with waiting.database.transaction(waiting.shop.organization_id, "clock") as tx:
        tx.execute("UPDATE conversations SET state = 'closed' WHERE id = %s", [ana.conversation_id])
    waiting.cancel(ten)

    assert waiting.offer() == [ana.conversation_id]
    assert waiting.read("SELECT state FROM conversations WHERE id = %s", ana.conversation_id) == [("ai",)]


def test_the_question_goes_to_the_conversation_that_is_open(waiting: Waiting) -> None:
    ten, _ = waiting.fill()
    ana = waiting.customer()
    waiting.join(ana)
    with waiting.database.transaction(waiting.shop.organization_id, "clock") as tx:
        tx.execute("UPDATE conversations SET state = 'closed' WHERE id = %s", [ana.conversation_id])
        ((newer,),) = tx.execute(
            """
            INSERT INTO conversations (contact_id, channel_account_id, reply_to, last_message_at, last_inbound_at)
            SELECT contact_id, channel_account_id, reply_to, app.now() - interval '1 hour', app.now() - interval '1 hour'
            FROM conversations WHERE id = %s RETURNING id
            """,
            [ana.conversation_id],
        )
    waiting.cancel(ten)

    assert waiting.offer() == [newer]
    assert waiting.read("SELECT conversation_id FROM waitlist_entries") == [(newer,)]


def test_who_leaves_while_asked_leaves_the_place_to_the_next(waiting: Waiting, offered: Customer) -> None:
    bia = waiting.customer("Bia", "Mel")
    waiting.join_anyway(bia)
    with waiting.database.transaction(waiting.shop.organization_id, "test") as tx:
        ((entry,),) = tx.execute("SELECT id FROM waitlist_entries WHERE contact_id = %s", [offered.contact_id])
        waitlist.leave(tx, entry, offered.contact_id)

    assert waiting.offer() == [bia.conversation_id]
    assert waiting.states() == ["cancelled", "offered"]


def test_who_lets_five_offers_pass_is_asked_no_more(waiting: Waiting) -> None:
    ten, _ = waiting.fill()
    ana = waiting.customer()
    waiting.join(ana)
    hours = [waiting.at(15) + timedelta(hours=n) for n in range(5)]
    waiting.write("UPDATE waitlist_entries SET refused = %s", hours)
    waiting.cancel(ten)

    assert waiting.offer() == []
    assert waiting.states() == ["expired"]


def test_one_shops_freed_place_asks_nobody_of_another(
    owner: psycopg.Connection, database: Database, clock: Clock, other_shop: PetShop
) -> None:
    theirs = make_waiting(owner, database, clock)
    theirs.fill()
    theirs.join(theirs.customer("Beatriz", "Bidu"))
    ours = make_waiting(owner, database, clock)
    ten, _ = ours.fill()
    ana = ours.customer()
    ours.join(ana)

    ours.cancel(ten)

    assert ours.offer() == [ana.conversation_id]
    assert theirs.states() == ["waiting"]
    assert "Bidu" not in str(ours.questions(ana))


def test_two_workers_at_once_offer_one_place_once(waiting: Waiting, connect: Callable[[], Database]) -> None:
    ten, _ = waiting.fill()
    for name, pet in (("Ana", "Rex"), ("Bia", "Mel"), ("Carla", "Nina")):
        waiting.join(waiting.customer(name, pet))
    waiting.cancel(ten)
    databases = [connect() for _ in range(4)]

    with ThreadPoolExecutor(4) as pool:
        asked = list(pool.map(lambda database: offering.offer_freed(database, waiting.shop.organization_id), databases))

    assert sum(len(each) for each in asked) == 1
    assert sorted(waiting.states()) == ["offered", "waiting", "waiting"]


def test_a_merge_lets_an_offer_go_and_the_customer_waits_on(waiting: Waiting, offered: Customer) -> None:
    with waiting.database.transaction(waiting.shop.organization_id, "test") as tx:
        kept = factories.make_contact(tx, "Ana Souza")
        assert merge(tx, kept, offered.contact_id, "by_staff")

    assert waiting.read("SELECT contact_id, state FROM waitlist_entries") == [(kept, "waiting")]
    assert waiting.read("SELECT state FROM pending_actions") == [("replaced",)]


def test_of_two_waits_for_one_animal_a_merge_keeps_one(waiting: Waiting) -> None:
    waiting.fill()
    ana, again = waiting.customer(), waiting.customer("Ana", "rex")
    waiting.join(ana)
    waiting.join(again)

    with waiting.database.transaction(waiting.shop.organization_id, "test") as tx:
        assert merge(tx, ana.contact_id, again.contact_id, "by_staff")

    assert sorted(waiting.states()) == ["cancelled", "waiting"]


def test_a_closed_window_leaves_the_question_to_the_outbox(waiting: Waiting) -> None:
    """Without a template that opens it, the staff are told; the place goes on to the next in line when its time is up."""
    ten, _ = waiting.fill()
    ana, bia = waiting.customer(), waiting.customer("Bia", "Mel")
    waiting.join(ana)
    waiting.join(bia)
    waiting.write(
        "UPDATE conversations SET last_inbound_at = app.now() - interval '2 days' WHERE id = %s", ana.conversation_id
    )
    waiting.cancel(ten)
    assert waiting.offer() == [ana.conversation_id]

    waiting.look_at_outbox(ana)

    assert waiting.read("SELECT state, error_detail FROM outbox") == [("failed", "window_closed")]
    assert waiting.read("SELECT kind FROM staff_tasks") == [("window_closed",)]
    waiting.clock.move(HALF_AN_HOUR)
    assert waiting.offer() == [bia.conversation_id]
