"""A full day, the waitlist, a place that is freed, and whoever is offered it: from phone to phone."""

import json
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from local.street.chats import Chat
from tests import factories
from tests.functions.house import House
from tests.functions.outside.model import Answer, answer, call
from tests.functions.sandbox import Invocation

HANDS = ("inbound", "turns", "automations", "outbox")
A_WHILE = timedelta(minutes=2)
ANA, CARLA = ("Ana Souza", "Rex"), ("Carla Reis", "Nina")


@pytest.fixture
def day(house: House) -> date:
    """The day after tomorrow, on which there is room for one bath."""
    house.change("UPDATE organization_settings SET parallel_bookings = 1")
    house.change("UPDATE opening_hours SET opens = '10:00', closes = '11:00'")
    return house.one("SELECT (app.now() AT TIME ZONE 'America/Sao_Paulo')::date + 2")


def work(house: House, *queues: str) -> list[Invocation]:
    """Everything that lies on these queues, in this order."""
    done = [invocation for queue in queues or HANDS for invocation in house.work(queue)]
    for invocation in done:
        assert invocation.failed == [], invocation.output
    return done


def tick(house: House) -> None:
    """The clock of each minute."""
    at = house.clock.now().replace(microsecond=0)
    assert house.invoke("run_schedule", {"job": "returns", "at": at.isoformat()}).exit_code == 0


def ring(house: House) -> None:
    """The clock of each minute, and what follows from it."""
    tick(house)
    work(house, "automations", "outbox")


def come(house: House, name: str, pet: str) -> Chat:
    """Somebody whose pet the shop knows."""
    person = house.person(name)
    house.outside.model.script = [answer(f"Oi, {name.split()[0]}!")]
    house.hear(person, "Oi!")
    work(house)
    with house.database.transaction(house.organization_id, "test") as tx:
        ((contact_id,),) = tx.execute("SELECT id FROM contacts WHERE phone = %s", [f"+{person.phone}"])
        factories.make_pet(tx, contact_id, pet)
    return person


def talk(house: House, person: Chat, text: str, *script: Answer, **fields: Any) -> None:
    house.outside.model.script = script
    house.hear(person, text, **fields)
    work(house)


def books(house: House, person: Chat, pet: str, day: date) -> None:
    slots = call("find_free_slots", service="Banho", addons=[], pets=[pet], day=day.isoformat(), period="any")
    propose = call("propose_booking", slot="s1", pets=[pet], notes="")
    talk(house, person, "Quero um banho", slots, propose, answer(f"{pet}, Banho, R$ 70,00. Confirma?"))
    talk(house, person, "Sim", answer("Agendado! 🐾"))
    assert house.one("SELECT count(*) FROM bookings WHERE status = 'confirmed'") == 1


def waits(house: House, person: Chat, pet: str, day: date) -> None:
    asked = {"service": "Banho", "addons": []}
    slots = call("find_free_slots", **asked, pets=[pet], day=day.isoformat(), period="any")
    join = call("join_waitlist", **asked, pet=pet, from_day=day.isoformat(), until_day=day.isoformat(), period="any")
    talk(house, person, "Tem vaga?", slots, join, answer(f"Está cheio, mas coloquei {pet} na lista de espera."))
    assert shown(house, person)[-1] == f"Está cheio, mas coloquei {pet} na lista de espera."


def on_a_full_day(house: House, day: date, *waiting: tuple[str, str]) -> list[Chat]:
    """Bia has the day's only bath, and these wait for it."""
    everybody = [come(house, name, pet) for name, pet in (("Bia Lima", "Mel"), *waiting)]
    books(house, everybody[0], "Mel", day)
    for person, (_, pet) in zip(everybody[1:], waiting, strict=True):
        waits(house, person, pet, day)
    house.clock.move(A_WHILE)
    return everybody


def cancels(house: House, person: Chat) -> None:
    propose = call("propose_cancellation", booking="b1", reason="")
    talk(house, person, "Quero cancelar", call("list_bookings"), propose, answer("Posso cancelar o banho?"))
    talk(house, person, "Sim", answer("Pronto, o banho foi cancelado."))
    assert house.one("SELECT count(*) FROM bookings WHERE status = 'cancelled'") == 1


def messages(house: House, person: Chat) -> list[dict[str, Any]]:
    found = house.outside.street.chats.snapshot()["messages"]
    return [m for m in found if m["chat_id"] == person.id and m["sender"] == "shop"]


def shown(house: House, person: Chat) -> list[str]:
    """What the shop's messages say on a phone."""
    bodies = [message["content"]["body"] for message in messages(house, person)]
    return [body if isinstance(body, str) else body["text"] for body in bodies]


def presses(house: House, person: Chat, place: int, *script: Answer) -> None:
    """A button of the last message: 0 says yes, 1 says no."""
    offer_id, title = house.rows(
        """
        SELECT content -> 'buttons' -> %s ->> 'id', content -> 'buttons' -> %s ->> 'title' FROM outbox
        WHERE once_key LIKE 'offer:%%' ORDER BY id DESC LIMIT 1
        """,
        place,
        place,
    )[0]
    talk(house, person, title, *script, kind="button_reply", reply_id=offer_id, title=title)


def run(house: House, job: str, at: datetime) -> str:
    """A job of the shop's, and what came of it."""
    shop = str(house.organization_id)
    asked = {"organization_id": shop, "job": job, "subject": shop, "at": at.isoformat()}
    house.traffic.put("automations", json.dumps(asked))
    (invocation,) = work(house, "automations")
    return json.loads(invocation.output.splitlines()[-1])["outcome"]


def offer(house: House) -> str:
    return run(house, "offer_freed", house.clock.now())


def states(house: House) -> list[str]:
    return [row[0] for row in house.rows("SELECT state FROM waitlist_entries ORDER BY created_at, id")]


def test_a_cancelled_bath_is_offered_to_who_waits_and_booked_by_a_yes(house: House, day: date) -> None:
    bia, ana = on_a_full_day(house, day, ANA)

    cancels(house, bia)

    question = shown(house, ana)[-1]
    assert question.startswith("Boa notícia! Abriu um horário para Rex: Banho, ")
    assert f"{day:%d/%m} 10:00, R$ 70,00." in question
    assert states(house) == ["offered"]
    presses(house, ana, 0, answer("Prontinho, o banho do Rex está agendado! 🐾"))
    assert shown(house, ana)[-1] == "Prontinho, o banho do Rex está agendado! 🐾"
    assert states(house) == ["booked"]
    assert house.rows("SELECT source, status FROM bookings ORDER BY id") == [
        ("agent", "cancelled"),
        ("waitlist", "confirmed"),
    ]
    assert not any("Abriu um horário" in text for text in shown(house, bia))


def test_the_first_says_no_and_the_second_is_asked(house: House, day: date) -> None:
    bia, ana, carla = on_a_full_day(house, day, ANA, CARLA)
    cancels(house, bia)
    assert states(house) == ["offered", "waiting"]

    presses(house, ana, 1, answer("Tudo bem! Você continua na espera por outro horário?"))
    ring(house)

    assert states(house) == ["waiting", "offered"]
    assert "Nina: Banho" in shown(house, carla)[-1]
    presses(house, carla, 0, answer("Prontinho, agendado! 🐾"))
    assert states(house) == ["waiting", "booked"]


def test_an_offer_without_an_answer_goes_to_the_next(house: House, day: date) -> None:
    bia, _, carla = on_a_full_day(house, day, ANA, CARLA)
    cancels(house, bia)

    house.clock.move(timedelta(minutes=31))
    ring(house)

    assert states(house) == ["waiting", "offered"]
    assert "Nina: Banho" in shown(house, carla)[-1]


def test_a_cancellation_whose_hint_was_lost_is_found_by_the_clock(house: House, day: date) -> None:
    bia, ana = on_a_full_day(house, day, ANA)
    propose = call("propose_cancellation", booking="b1", reason="")
    talk(house, bia, "Quero cancelar", call("list_bookings"), propose, answer("Posso cancelar o banho?"))
    house.outside.model.script = [answer("Pronto, o banho foi cancelado.")]
    # The worker has cancelled, and dies before it can tell anybody.
    house.failpoint = "after_finish"
    house.hear(bia, "Sim")
    (killed,) = house.work("turns")
    assert killed.was_killed
    assert house.one("SELECT count(*) FROM bookings WHERE status = 'cancelled'") == 1
    house.traffic.take("automations")

    ring(house)

    assert states(house) == ["offered"]
    assert "Abriu um horário para Rex" in shown(house, ana)[-1]


def test_what_staff_cancel_is_offered_too(house: House, day: date) -> None:
    _, ana = on_a_full_day(house, day, ANA)
    house.change("UPDATE bookings SET status = 'cancelled', status_reason = 'pelo telefone'")

    ring(house)

    assert states(house) == ["offered"]
    assert "Abriu um horário para Rex" in shown(house, ana)[-1]


def test_a_doubled_hint_asks_once(house: House, day: date) -> None:
    _, ana = on_a_full_day(house, day, ANA)
    house.change("UPDATE bookings SET status = 'cancelled'")

    outcomes = [offer(house) for _ in range(2)]

    assert outcomes == ["offered", "nothing"]
    work(house, "outbox")
    assert sum("Abriu um horário" in text for text in shown(house, ana)) == 1


def test_a_shop_where_nobody_waits_is_not_asked_for(lonely_house: House) -> None:
    lonely_house.clock.move(timedelta(hours=2))
    hinted = len(lonely_house.traffic.hints("automations"))

    tick(lonely_house)

    assert len(lonely_house.traffic.hints("automations")) == hinted


def test_a_suspended_shop_offers_nothing(house: House, day: date) -> None:
    on_a_full_day(house, day, ANA)
    house.suspend()

    assert offer(house) == "skipped"


def test_the_shops_clock_makes_the_regular_appointments(house: House, day: date) -> None:
    bia = come(house, "Bia Lima", "Mel")
    books(house, bia, "Mel", day)
    propose = call("propose_recurring_booking", booking="b1", every=2, unit="week")
    talk(house, bia, "Toda quinzena", call("list_bookings"), propose, answer("A cada 2 semanas, R$ 70,00. Confirma?"))
    talk(house, bia, "Sim", answer("Pronto, deixei o banho da Mel repetindo a cada 2 semanas."))
    assert shown(house, bia)[-1] == "Pronto, deixei o banho da Mel repetindo a cada 2 semanas."
    before = house.one("SELECT count(*) FROM bookings")
    assert before == 5

    house.clock.move(timedelta(days=14))
    at = datetime.fromisoformat(house.one("SELECT date_trunc('minute', app.now())::text"))
    outcomes = [run(house, "make_series", at) for _ in range(2)]

    assert outcomes == ["claimed", "done"]
    assert house.one("SELECT count(*) FROM bookings") == before + 1
