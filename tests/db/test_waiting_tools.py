"""The tools of the waitlist and of regular appointments: what they show, what they do, and what they refuse."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import psycopg
import pytest

from auzap.agent.client_agent import CLIENT_AGENT
from auzap.agent.desk import Desk, UnknownHandle
from auzap.agent.pending import PriceChanged
from auzap.agent.rules import compiled
from auzap.agent.rules.replies import STANDING
from auzap.agent.tools import bookings as booking_tools
from auzap.agent.tools import waiting as tools
from auzap.agent.tools.naming import NoPetNamed, NoServiceNamed
from auzap.agent.turn import Progress
from auzap.bookings.reasons import Unbookable
from auzap.bookings.series import NotRepeatable, NotRunning, RepeatsAlready
from auzap.bookings.waitlist import HasRoom, WaitsAlready, WaitsNoMore
from auzap.db.connection import Database, Tx
from auzap.errors import Refusal
from auzap.ids import TurnId
from auzap.organizations.shop import find_shop
from tests import factories
from tests.db.waiting import Customer, Waiting, make_waiting
from tests.postgres import Clock


@dataclass(frozen=True)
class At:
    """A customer's turn at the desk, step by step in transactions of their own."""

    waiting: Waiting
    customer: Customer
    progress: Progress

    def does[Result](self, work: Callable[[Desk], Result]) -> Result:
        waiting = self.waiting
        with waiting.database.transaction(waiting.shop.organization_id, "agent") as tx:
            return work(self.desk(tx))

    def desk(self, tx: Tx) -> Desk:
        return Desk(
            tx,
            find_shop(tx),
            self.customer.contact_id,
            self.customer.conversation_id,
            self._turn(tx),
            self.waiting.clock.now(),
            self.progress,
        )

    def _turn(self, tx: Tx) -> TurnId:
        conversation = self.customer.conversation_id
        known = tx.execute("SELECT id FROM turns WHERE conversation_id = %s", [conversation]).fetchone()
        made = (
            known
            or tx.execute(
                "INSERT INTO turns (conversation_id, fence, message_ids) VALUES (%s, 1, '{}') RETURNING id",
                [conversation],
            ).fetchone()
        )
        assert made
        return TurnId(made[0])

    def joins(self, **told: Any) -> str:
        asked: dict[str, Any] = {
            "service": "Banho",
            "addons": [],
            "pet": "Rex",
            "from_day": self.waiting.day,
            "until_day": self.waiting.day,
            "period": "any",
        }
        return self.does(lambda desk: tools.join_waitlist(desk, **(asked | told)))

    def stored(self) -> tuple[str, dict[str, Any], str]:
        """The act that waits for a yes: its kind, its arguments, and what the customer is asked."""
        ((kind, arguments, summary),) = self.waiting.read(
            "SELECT kind, arguments, summary FROM pending_actions WHERE state = 'proposed'"
        )
        return kind, arguments, summary

    def agrees(self) -> str:
        kind, arguments, _ = self.stored()
        return self.does(lambda desk: CLIENT_AGENT.acts[kind](desk, arguments))


@pytest.fixture
def waiting(owner: psycopg.Connection, database: Database, clock: Clock) -> Waiting:
    return make_waiting(owner, database, clock)


def sits_down(waiting: Waiting, customer: Customer) -> At:
    return At(waiting, customer, Progress())


@pytest.fixture
def ana(waiting: Waiting) -> At:
    return sits_down(waiting, waiting.customer())


def spoken(day: date) -> str:
    return f"{('segunda', 'terça', 'quarta', 'quinta', 'sexta')[day.weekday()]}-feira {day:%d/%m}"


# The waitlist


def test_joining_tells_what_for_when_and_what_then(waiting: Waiting, ana: At) -> None:
    waiting.fill()

    told = ana.joins(period="morning")

    assert told.startswith(f"On the waitlist: Rex, Banho, {spoken(waiting.day)}, in the morning.")
    assert ana.progress.acts_done == ["waitlisted"]
    assert waiting.states() == ["waiting"]


def test_days_are_told_from_the_first_to_the_last(waiting: Waiting, ana: At) -> None:
    friday = waiting.day + timedelta(days=1)
    waiting.fill()
    waiting.fill(friday)

    assert f"{spoken(waiting.day)} to {spoken(friday)}" in ana.joins(until_day=friday)


def test_extras_are_waited_for_with_the_service(waiting: Waiting, ana: At) -> None:
    waiting.fill()
    with waiting.database.transaction(waiting.shop.organization_id, "test") as tx:
        nails = factories.make_service(tx, "Corte de unhas", duration=timedelta(minutes=15), price_cents=2500)
        tx.execute("UPDATE services SET is_addon = true WHERE id = %s", [nails.id])
        tx.execute("INSERT INTO service_addons (service_id, addon_id) VALUES (%s, %s)", [waiting.service.id, nails.id])

    assert "Rex, Banho + Corte de unhas" in ana.joins(addons=["unhas"])
    assert waiting.read("SELECT addon_ids FROM waitlist_entries") == [([nails.id],)]


@pytest.mark.parametrize(
    ("told", "refusal"),
    [
        ({}, HasRoom),
        ({"pet": "Bob"}, NoPetNamed),
        ({"service": "Massagem"}, NoServiceNamed),
    ],
)
def test_what_cannot_be_waited_for_is_refused(
    waiting: Waiting, ana: At, told: dict[str, Any], refusal: type[Refusal]
) -> None:
    with pytest.raises(refusal):
        ana.joins(**told)

    assert (ana.progress.acts_done, waiting.states()) == ([], [])


def test_a_day_that_is_over_and_a_second_time_are_refused(waiting: Waiting, ana: At) -> None:
    waiting.fill()
    yesterday = waiting.clock.now().date() - timedelta(days=1)
    with pytest.raises(Unbookable):
        ana.joins(from_day=yesterday, until_day=yesterday)
    ana.joins()

    with pytest.raises(WaitsAlready):
        ana.joins()


def test_a_stay_is_no_appointment_to_wait_for(waiting: Waiting, ana: At) -> None:
    waiting.write("UPDATE services SET category = 'daycare'")

    with pytest.raises(Refusal, match="find_stay"):
        ana.joins()


def test_who_waits_for_nothing_is_told_so(ana: At) -> None:
    assert ana.does(tools.list_waitlist) == "This customer is on no waitlist."


def test_the_list_gives_handles_and_shows_how_each_stands(waiting: Waiting, ana: At) -> None:
    ten, _ = waiting.fill()
    ana.joins()

    assert ana.does(tools.list_waitlist) == f"w1 | Rex | Banho | {spoken(waiting.day)} | at any hour | waiting"

    waiting.cancel(ten)
    waiting.offer()
    assert ana.does(tools.list_waitlist).endswith("| offered")


def test_what_the_list_shows_lets_a_reply_say_that_they_wait(waiting: Waiting, ana: At) -> None:
    waiting.fill()
    ana.joins()

    assert compiled(STANDING["waitlisted"]).search(ana.does(tools.list_waitlist))


def test_leaving_by_a_handle_of_this_turn(waiting: Waiting, ana: At) -> None:
    waiting.fill()
    ana.joins()
    ana.does(tools.list_waitlist)

    assert ana.does(lambda desk: tools.leave_waitlist(desk, "w1")) == "Done: the customer is off that waitlist."
    assert waiting.states() == ["cancelled"]
    assert ana.progress.acts_done == ["waitlisted", "unlisted"]
    with pytest.raises(WaitsNoMore):
        ana.does(lambda desk: tools.leave_waitlist(desk, "w1"))


@pytest.mark.parametrize(
    "run",
    [
        lambda desk: tools.leave_waitlist(desk, "w7"),
        lambda desk: tools.propose_recurring_booking(desk, "b7", 2, "week"),
        lambda desk: tools.propose_series_end(desk, "r7"),
        lambda desk: tools.propose_series_end(desk, "b1"),
    ],
    ids=["an entry", "an appointment", "a series", "an appointment as a series"],
)
def test_a_handle_that_was_not_given_is_unknown(waiting: Waiting, ana: At, run: Callable[[Desk], str]) -> None:
    waiting.book(ana.customer, waiting.at(10))
    ana.does(booking_tools.list_bookings)

    with pytest.raises(UnknownHandle):
        ana.does(run)


# The yes to an offer


@pytest.fixture
def offered(waiting: Waiting, ana: At) -> At:
    ten, _ = waiting.fill()
    ana.joins()
    waiting.clock.move(timedelta(minutes=2))
    waiting.write("UPDATE conversations SET last_message_at = app.now() - interval '2 minutes'")
    waiting.cancel(ten)
    assert waiting.offer() == [ana.customer.conversation_id]
    return ana


def test_a_yes_tells_what_was_booked(waiting: Waiting, offered: At) -> None:
    assert offered.agrees() == f"Booked: Rex, Banho, {spoken(waiting.day)} 10:00, R$ 60,00."
    assert offered.progress.acts_done == ["waitlisted", "booked"]
    assert waiting.states() == ["booked"]


def test_where_staff_confirm_a_yes_is_a_request(waiting: Waiting, offered: At) -> None:
    waiting.write("UPDATE organization_settings SET staff_confirms = true")

    assert offered.agrees().startswith("Requested, and a person of the shop confirms it later: Rex, Banho")
    assert offered.progress.acts_done == ["waitlisted", "requested"]
    assert waiting.read("SELECT status FROM bookings WHERE source = 'waitlist'") == [("requested",)]


def test_an_offer_at_a_price_that_was_raised_meanwhile_is_not_booked(waiting: Waiting, offered: At) -> None:
    waiting.write("UPDATE services SET price_cents = 7000")

    with pytest.raises(PriceChanged):
        offered.agrees()

    assert waiting.states() == ["offered"]
    assert offered.progress.acts_done == ["waitlisted"]


def test_a_stored_offer_is_nobody_elses_to_take(waiting: Waiting, offered: At) -> None:
    kind, arguments, _ = offered.stored()
    bia = sits_down(waiting, waiting.customer("Bia", "Mel"))

    with pytest.raises(tools.OfferOver):
        bia.does(lambda desk: CLIENT_AGENT.acts[kind](desk, arguments))

    assert waiting.states() == ["offered"]


@pytest.mark.parametrize(
    "gone",
    ["UPDATE pets SET is_active = false WHERE name = 'Rex'", "UPDATE services SET is_active = false"],
    ids=["the pet", "the service"],
)
def test_an_offer_of_what_is_gone_is_over(waiting: Waiting, offered: At, gone: str) -> None:
    waiting.write(gone)

    with pytest.raises(tools.OfferOver, match="list_waitlist"):
        offered.agrees()


# Regular appointments


@pytest.fixture
def booked(waiting: Waiting, ana: At) -> At:
    waiting.book(ana.customer, waiting.at(10))
    ana.does(booking_tools.list_bookings)
    return ana


def repeat(at: At, every: int = 2) -> str:
    return at.does(lambda desk: tools.propose_recurring_booking(desk, "b1", every, "week"))


def test_repeating_is_asked_in_the_shops_language_and_done_after_the_yes(waiting: Waiting, booked: At) -> None:
    asked = repeat(booked)

    summary = f"Banho de Rex a cada 2 semanas, às 10:00, a partir de {spoken(waiting.day)}, R$ 60,00"
    assert asked == f"Ask: {summary}. Confirm?"
    assert booked.stored() == ("repeat_booking", booked.stored()[1], summary)
    assert waiting.read("SELECT count(*) FROM booking_series") == [(0,)]

    told = booked.agrees()

    assert told.startswith("Repeated: Rex, Banho, a cada 2 semanas, 10:00. Booked by now: quinta-feira")
    assert booked.progress.acts_done == ["repeated", "booked"]
    assert waiting.read("SELECT every, unit, state FROM booking_series") == [(2, "week", "active")]


@pytest.mark.parametrize(
    ("every", "unit", "words"),
    [(1, "week", "toda semana"), (1, "month", "todo mês"), (3, "month", "a cada 3 meses")],
)
def test_every_rhythm_has_its_words(booked: At, every: int, unit: Any, words: str) -> None:
    assert words in booked.does(lambda desk: tools.propose_recurring_booking(desk, "b1", every, unit))


def test_days_that_cannot_be_are_told(waiting: Waiting, booked: At) -> None:
    later = waiting.day + timedelta(weeks=2)
    waiting.fill(later)
    repeat(booked)

    told = booked.agrees()

    assert f"Not possible on {spoken(later)} 10:00: the team will arrange another time." in told


def test_an_appointment_that_is_gone_by_now_is_not_repeated(waiting: Waiting, booked: At) -> None:
    waiting.write("UPDATE bookings SET status = 'cancelled'")

    with pytest.raises(NotRepeatable):
        repeat(booked)


def test_what_repeats_already_is_refused_after_the_yes(waiting: Waiting, booked: At) -> None:
    repeat(booked)
    booked.agrees()

    with pytest.raises(RepeatsAlready):
        booked.agrees()


def test_appointments_of_two_pets_are_repeated_one_by_one(waiting: Waiting, booked: At) -> None:
    with waiting.database.transaction(waiting.shop.organization_id, "test") as tx:
        mel = factories.make_pet(tx, booked.customer.contact_id, "Mel")
        factories.book_at(
            tx, find_shop(tx), waiting.at(11), pet=mel, contact_id=booked.customer.contact_id, service=waiting.service
        )
        tx.execute("UPDATE bookings SET request_id = %s", [waiting.service.id])
    shown = booked.does(booking_tools.list_bookings)
    together = next(line.split(" | ")[0] for line in shown.splitlines() if "together" in line)

    with pytest.raises(tools.OnePetAtATime):
        booked.does(lambda desk: tools.propose_recurring_booking(desk, together, 2, "week"))


def test_who_has_nothing_regular_is_told_so(ana: At) -> None:
    assert ana.does(tools.list_recurring) == "This customer has no regular appointments."


def test_the_list_of_what_is_regular(waiting: Waiting, booked: At) -> None:
    repeat(booked)
    booked.agrees()

    shown = booked.does(tools.list_recurring)

    assert shown == "r1 | Rex | Banho | every 2 weeks | quinta-feira 10:00"
    assert compiled(STANDING["repeated"]).search(shown)
    waiting.write("UPDATE booking_series SET every = 1, unit = 'month'")
    assert booked.does(tools.list_recurring) == f"r2 | Rex | Banho | every 1 month | on day {waiting.day.day} 10:00"


def test_the_end_is_asked_first_and_leaves_what_is_booked(waiting: Waiting, booked: At) -> None:
    repeat(booked)
    booked.agrees()
    waiting.write("UPDATE pending_actions SET state = 'done'")
    booked.does(tools.list_recurring)

    asked = booked.does(lambda desk: tools.propose_series_end(desk, "r1"))

    assert asked == "Ask: encerrar o horário fixo de Rex: Banho a cada 2 semanas. Confirm?"
    assert waiting.read("SELECT state FROM booking_series") == [("active",)]
    told = booked.agrees()
    assert told.startswith("Ended: Rex, Banho, a cada 2 semanas. Still booked: quinta-feira")
    assert booked.progress.acts_done[-1] == "unrepeated"
    assert waiting.read("SELECT count(*) FROM bookings WHERE status = 'cancelled'") == [(0,)]
    with pytest.raises(NotRunning):
        booked.agrees()


def test_the_end_with_nothing_booked_says_no_more(waiting: Waiting, booked: At) -> None:
    repeat(booked)
    booked.agrees()
    waiting.write("UPDATE pending_actions SET state = 'done'")
    waiting.write("UPDATE bookings SET status = 'cancelled'")
    booked.does(tools.list_recurring)
    booked.does(lambda desk: tools.propose_series_end(desk, "r1"))

    assert booked.agrees() == "Ended: Rex, Banho, a cada 2 semanas."


def test_an_act_on_somebody_elses_series_or_appointment_is_refused(waiting: Waiting, booked: At) -> None:
    repeat(booked)
    _, arguments, _ = booked.stored()
    booked.agrees()
    ((series_id,),) = waiting.read("SELECT id FROM booking_series")
    bia = sits_down(waiting, waiting.customer("Bia", "Mel"))

    with pytest.raises(NotRepeatable):
        bia.does(lambda desk: tools.repeat_booking(desk, arguments))
    with pytest.raises(NotRunning):
        bia.does(lambda desk: tools.end_series(desk, {"series_id": str(series_id)}))


# Two shops


def test_a_tool_shows_and_touches_its_own_shop_only(
    owner: psycopg.Connection, database: Database, clock: Clock
) -> None:
    theirs = make_waiting(owner, database, clock)
    beatriz = sits_down(theirs, theirs.customer("Beatriz", "Bidu"))
    theirs.fill()
    beatriz.joins(pet="Bidu")
    theirs.book(beatriz.customer, theirs.at(10, day=theirs.day + timedelta(days=1)))
    beatriz.does(booking_tools.list_bookings)
    repeat(beatriz)
    _, arguments, _ = beatriz.stored()
    beatriz.agrees()
    ours = make_waiting(owner, database, clock)
    ours.fill()
    ana = sits_down(ours, ours.customer())
    ana.joins()

    assert "Rex" in ana.does(tools.list_waitlist)
    assert "Bidu" not in ana.does(tools.list_waitlist)
    assert ana.does(tools.list_recurring) == "This customer has no regular appointments."
    with pytest.raises(NoPetNamed):
        ana.joins(pet="Bidu")
    with pytest.raises(NotRepeatable):
        ana.does(lambda desk: tools.repeat_booking(desk, arguments))
    ((entry_id,),) = theirs.read("SELECT id FROM waitlist_entries")
    with pytest.raises(tools.OfferOver):
        ana.does(
            lambda desk: tools.book_offered(desk, {"entry_id": str(entry_id), "starts_at": ours.at(10).isoformat()})
        )
    assert theirs.states() == ["waiting"]


def test_every_act_of_these_tools_is_known_to_the_agent() -> None:
    assert tools.ACTS.items() <= CLIENT_AGENT.acts.items()
    assert {"join_waitlist", "leave_waitlist", "list_waitlist"} <= CLIENT_AGENT.tools.keys()
    assert {"propose_recurring_booking", "propose_series_end", "list_recurring"} <= CLIENT_AGENT.tools.keys()
