"""What the agent's tools show and do of the catalogue and of appointments, word for word where a reply may take it for a fact."""

from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any, LiteralString
from zoneinfo import ZoneInfo

import pytest

from auzap.agent.client_agent import CLIENT_AGENT
from auzap.agent.desk import Desk
from auzap.agent.pending import PriceChanged
from auzap.agent.tools import adding, catalogue
from auzap.agent.tools import bookings as tools
from auzap.agent.tools.adding import AlreadyPart, NoRoomForMore
from auzap.agent.tools.bookings import NoLongerThere, OtherService, SameTime, WhichPets
from auzap.agent.tools.naming import OnlyBeside, UnfitExtra
from auzap.agent.turn import Progress
from auzap.bookings.booking import TooLateToChange
from auzap.bookings.reasons import Kind, Unbookable
from auzap.customers import pets
from auzap.db.connection import Tx
from auzap.errors import Refusal
from auzap.ids import TurnId
from auzap.organizations.shop import Opening, find_shop
from tests import factories
from tests.factories_bookings import block, hire, make_row, offer

ZONE = ZoneInfo("America/Sao_Paulo")
NOW = datetime(2027, 3, 8, 9, tzinfo=ZONE)
SATURDAY, SUNDAY = date(2027, 3, 13), date(2027, 3, 14)
HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Counter:
    """A customer with two dogs, before the desk of a turn, and what became of what was proposed."""

    desk: Desk

    @property
    def tx(self) -> Tx:
        return self.desk.tx

    def find(
        self, *of: str, service: str = "Banho", addons: tuple[str, ...] = (), day: date = SATURDAY, period: Any = "any"
    ) -> str:
        return tools.find_free_slots(self.desk, service, list(addons), list(of), day, period)

    def propose(self, slot: str = "s1", *of: str, notes: str = "") -> str:
        return tools.propose_booking(self.desk, slot, list(of), notes)

    def say_yes(self) -> str:
        row = self.tx.execute("SELECT kind, arguments FROM pending_actions WHERE state = 'proposed'").fetchone()
        assert row
        return CLIENT_AGENT.acts[row[0]](self.desk, row[1])

    def bookings(self, columns: str = "p.name, b.starts_at, b.status") -> list[tuple[Any, ...]]:
        query = f"SELECT {columns} FROM bookings b JOIN pets p ON p.id = b.pet_id ORDER BY b.starts_at, p.name"
        return self.tx.connection.execute(query).fetchall()  # type: ignore[arg-type]


@pytest.fixture
def counter(tx: Tx) -> Counter:
    shop = factories.make_shop(tx, parallel_bookings=2, slot_grid=HOUR, openings=(Opening(5, time(9), time(12)),))
    contact_id = factories.make_contact(tx)
    conversation_id = factories.make_conversation(tx, factories.make_account(tx), contact_id)
    row = tx.execute(
        "INSERT INTO turns (conversation_id, fence, message_ids) VALUES (%s, 1, '{}') RETURNING id", [conversation_id]
    ).fetchone()
    assert row
    for name, size in (("Rex", "small"), ("Thor", "large")):
        pets.register(tx, contact_id, name=name, species="dog", size=size, coat="short")
    nails = offer(tx, "Corte de unhas", is_addon=True, duration=HOUR / 4, price_cents=2500, position=9)
    offer(tx, prices=[("large", "any", 12000, 120), ("large", "long", 13500, 135)], addons=[nails], position=1)
    return Counter(Desk(tx, shop, contact_id, conversation_id, TurnId(row[0]), NOW, Progress()))


def with_rule(counter: Counter, rule: str) -> Counter:
    counter.tx.connection.execute(f"UPDATE organization_settings SET {rule}")  # type: ignore[arg-type]
    return Counter(replace(counter.desk, shop=find_shop(counter.tx)))


def at(hour: float, day: date = SATURDAY) -> datetime:
    return datetime.combine(day, time(), ZONE) + hour * HOUR


def test_services_are_listed_with_prices_by_size_and_coat_conditions_and_extras(counter: Counter) -> None:
    visit = offer(counter.tx, "Consulta", category="veterinary", needs_vet=True, position=2)
    offer(
        counter.tx,
        "Castração",
        category="veterinary",
        duration=3 * HOUR,
        price_cents=60000,
        species=["dog", "cat"],
        youngest_months=6,
        oldest_months=120,
        prerequisite_id=visit.id,
        deposit_percent=30,
        active_until=date(2027, 12, 20),
        is_bookable_by_agent=False,
        position=3,
    )
    offer(counter.tx, "Tosa de verão", active_until=date(2027, 3, 7))

    assert catalogue.list_services(counter.desk, "any").splitlines() == [
        "- Banho | 60 min | R$ 60,00 (grande R$ 120,00 in 120 min, grande pelo longo R$ 135,00 in 135 min)",
        "- Consulta | 60 min | R$ 60,00",
        "- Castração | 180 min | R$ 600,00 | for dog and cat | from 6 months | up to 120 months | needs Consulta first | "
        "deposit 30% | until 20/12 | only people of the shop book it",
        "Only beside another service, as addons:",
        "- Corte de unhas | 15 min | R$ 25,00 | with Banho",
        "Stays in the hotel: call list_rooms.",
        "Days of daycare: call list_rooms.",
        "Training plans: call find_training_days.",
        "Payment: Pix, cartão, dinheiro",
    ]


@pytest.mark.parametrize(
    ("category", "first"),
    [
        ("veterinary", "The shop lists no veterinary services."),
        ("hotel", "Stays in the hotel: call list_rooms."),
        ("grooming", "- Banho | 60 min"),
    ],
)
def test_services_of_one_kind_are_listed_by_themselves(counter: Counter, category: Any, first: str) -> None:
    assert catalogue.list_services(counter.desk, category).startswith(first)


def test_a_shop_without_services_says_so(counter: Counter) -> None:
    counter.tx.execute("UPDATE services SET is_active = false")

    assert catalogue.list_services(counter.desk, "any").startswith("The shop has not listed its services yet.")


def test_products_show_their_price_and_whether_they_are_there_but_not_how_many(counter: Counter) -> None:
    make_row(counter.tx, "products", name="Ração Golden", brand="PremieR", price_cents=18990, stock=7)
    make_row(counter.tx, "products", name="Ração Filhote", price_cents=9900, stock=0)

    assert catalogue.search_products(counter.desk, "racao").splitlines() == [
        "- Ração Golden (PremieR) | R$ 189,90 | available",
        "- Ração Filhote | R$ 99,00 | not available now",
    ]
    assert catalogue.search_products(counter.desk, "R$ 1,00 coleira").startswith(
        "The shop has no product for 'R  coleira'."
    )


def test_slots_for_several_pets_are_together_with_length_and_price_of_each(counter: Counter) -> None:
    assert counter.find("Rex", "thor", addons=("unhas",)).splitlines() == [
        "s1 | sábado 13/03 | 09:00 | Banho + Corte de unhas | Rex e Thor together",
        "For Rex: Banho + Corte de unhas, 75 min, R$ 85,00",
        "For Thor: Banho + Corte de unhas, 135 min, R$ 145,00",
    ]


def test_where_they_cannot_come_together_each_ones_hour_is_said(counter: Counter) -> None:
    factories.book_at(counter.tx, counter.desk.shop, at(9), service=offer(counter.tx, "Tosa", duration=3 * HOUR))

    assert counter.find("Rex", "Thor").splitlines()[0] == (
        "s1 | sábado 13/03 | 09:00 | Banho | one after the other: Rex 09:00, Thor 10:00"
    )


def test_without_a_name_the_hours_are_long_enough_for_whichever_pet_it_is(counter: Counter) -> None:
    found = counter.find().splitlines()

    assert [line.split(" | ")[2] for line in found[:-1]] == ["09:00", "10:00"]
    assert found[-1] == "For a pet that is not named yet: Banho, about 120 min"
    with pytest.raises(WhichPets, match="Rex, Thor"):
        counter.propose()


def test_the_only_pet_need_not_be_named(counter: Counter) -> None:
    counter.tx.execute("UPDATE pets SET is_active = false WHERE name = 'Thor'")
    counter.find()

    assert counter.propose() == "Ask: Rex, Banho, sábado 13/03 09:00, R$ 60,00. Confirm?"


def test_who_has_no_pet_yet_is_asked_for_it(counter: Counter) -> None:
    counter.tx.execute("UPDATE pets SET is_active = false")
    counter.find()

    with pytest.raises(WhichPets, match="register it"):
        counter.propose()


def test_an_unknown_size_is_no_reason_not_to_look_but_one_not_to_book(counter: Counter) -> None:
    pets.register(counter.tx, counter.desk.contact_id, name="Mel", species="dog")

    assert counter.find("Mel").splitlines()[-1] == (
        "For Mel: Banho; the price depends on what is not known yet of the pet"
    )
    with pytest.raises(Refusal, match=r"The size of Mel is not known.*update_pet"):
        counter.propose("s1", "Mel")


def test_a_closed_day_is_told_with_the_nearest_and_what_was_looked_at(counter: Counter) -> None:
    assert counter.find("Rex", day=SUNDAY).splitlines() == [
        "The shop is closed on domingo 14/03. Offer another day.",
        "Nearest, of the days from 08/03 to 21/03:",
        "s1 | sábado 13/03 | 09:00 | Banho | Rex",
        "s2 | sábado 20/03 | 09:00 | Banho | Rex",
    ]


def test_a_full_day_says_what_was_looked_at(counter: Counter) -> None:
    block(counter.tx, at(10.5), at(11.5))
    for _ in range(2):
        factories.book_at(counter.tx, counter.desk.shop, at(9))

    assert counter.find("Rex").splitlines()[:3] == [
        "Nothing is free for Banho on sábado 13/03. Offer another time.",
        "Looked at sábado 13/03 09:00-10:30, 11:30-12:00.",
        "Nearest, of the days from 08/03 to 20/03:",
    ]


def test_what_no_day_has_room_for_is_led_to_a_person(counter: Counter) -> None:
    offer(counter.tx, "Escultura", duration=5 * HOUR, position=3)

    told = counter.find("Rex", service="Escultura").splitlines()

    assert told[0].startswith("Escultura takes longer than the shop is open at a time on sábado 13/03.")
    assert "Nothing is free from 08/03 to 20/03: hand over to a person." in told


def test_another_part_of_the_day_is_told_where_the_wanted_one_has_nothing(counter: Counter) -> None:
    assert counter.find("Rex", period="afternoon").splitlines()[:2] == [
        "Nothing is free in that part of sábado 13/03; at other hours there is:",
        "s1 | sábado 13/03 | 09:00 | Banho | Rex",
    ]


def test_a_long_day_is_shown_from_early_to_late(counter: Counter) -> None:
    factories.open_at(counter.tx, (Opening(5, time(8), time(20)),))
    wide = Counter(replace(counter.desk, shop=find_shop(counter.tx)))

    lines = wide.find("Rex").splitlines()

    assert len(lines) == 10
    assert [lines[0].split(" | ")[2], lines[7].split(" | ")[2]] == ["08:00", "19:00"]
    assert lines[8] == "Hours between these are free too: ask for the morning or the afternoon to see them all."


def test_of_a_part_of_the_day_no_free_hour_is_left_out(counter: Counter) -> None:
    factories.open_at(counter.tx, (Opening(5, time(8), time(20)),))
    counter.tx.execute("UPDATE organization_settings SET slot_grid = interval '15 minutes'")
    wide = Counter(replace(counter.desk, shop=find_shop(counter.tx)))

    hours = [line.split(" | ")[2] for line in wide.find("Rex", period="morning").splitlines() if line.startswith("s")]
    assert hours == [f"{hour:02}:{minute:02}" for hour in range(8, 12) for minute in range(0, 60, 15)]


def test_extras_are_only_had_beside_what_they_fit(counter: Counter) -> None:
    offer(counter.tx, "Consulta", category="veterinary")

    with pytest.raises(OnlyBeside, match="Corte de unhas is only done beside another service: Banho"):
        counter.find("Rex", service="corte de unhas")
    with pytest.raises(UnfitExtra, match="'unhas' cannot be added to Consulta; what can be added is: nothing"):
        counter.find("Rex", service="Consulta", addons=("unhas",))


def test_a_stay_is_no_appointment(counter: Counter) -> None:
    offer(counter.tx, "Hotel", category="hotel")

    with pytest.raises(Refusal, match="Call list_rooms and find_stay"):
        counter.find("Rex", service="Hotel")


def test_two_pets_with_extras_are_asked_for_and_booked_with_their_total(counter: Counter) -> None:
    counter.find("Rex", "Thor", addons=("unhas",))
    summary = "Rex R$ 85,00, Thor R$ 145,00, Banho + Corte de unhas, sábado 13/03 09:00, total R$ 230,00"

    assert counter.propose("s1", "Rex", "Thor", notes="O Thor morde") == f"Ask: {summary}. Confirm?"
    assert counter.bookings() == []
    assert counter.say_yes() == f"Booked: {summary}."

    assert counter.bookings() == [("Rex", at(9), "confirmed"), ("Thor", at(9), "confirmed")]
    assert counter.bookings("b.notes, b.price_cents, b.source") == [("O Thor morde", c, "agent") for c in (8500, 14500)]
    assert counter.desk.progress.acts_done == ["booked"]


def test_hours_one_after_the_other_are_kept_for_each_pet(counter: Counter) -> None:
    factories.book_at(counter.tx, counter.desk.shop, at(9), service=offer(counter.tx, "Tosa", duration=3 * HOUR))
    counter.find("Rex", "Thor")

    assert counter.propose("s1", "Thor", "Rex") == (
        "Ask: Thor R$ 120,00, Rex R$ 60,00, Banho, Thor sábado 13/03 10:00 e Rex sábado 13/03 09:00, total R$ 180,00. Confirm?"
    )
    counter.say_yes()
    assert counter.bookings()[1:] == [("Rex", at(9), "confirmed"), ("Thor", at(10), "confirmed")]


def test_a_deposit_is_part_of_what_is_asked(counter: Counter) -> None:
    offer(counter.tx, "Castração", price_cents=60000, deposit_percent=30)
    counter.find("Rex", service="Castração")

    assert counter.propose("s1", "Rex").endswith("R$ 600,00, sinal de R$ 180,00. Confirm?")


def test_a_slot_that_was_found_for_one_pet_is_checked_for_another(counter: Counter) -> None:
    counter.find("Rex")

    with pytest.raises(Refusal, match="The shop is not open for all of Banho") as refused:
        counter.propose("s3", "Thor")

    # What there is instead can be proposed at once.
    assert str(refused.value).splitlines()[1:] == [
        "These are free:",
        "s4 | sábado 13/03 | 09:00 | Banho | Thor",
        "s5 | sábado 13/03 | 10:00 | Banho | Thor",
    ]
    assert counter.propose("s5", "Thor").startswith("Ask: Thor, Banho, sábado 13/03 10:00")


def test_a_shop_may_have_plain_bookings_made_without_the_question(counter: Counter) -> None:
    quick = with_rule(counter, "asks_before_booking = false")
    quick.find("Rex")

    assert quick.propose("s1", "Rex") == "Booked: Rex, Banho, sábado 13/03 09:00, R$ 60,00."
    assert quick.bookings() == [("Rex", at(9), "confirmed")]
    assert quick.tx.execute("SELECT FROM pending_actions").rowcount == 0
    assert quick.desk.progress.acts_done == ["booked"]


def test_where_staff_confirm_it_is_requested_and_never_called_booked(counter: Counter) -> None:
    careful = with_rule(counter, "staff_confirms = true")
    careful.find("Rex")
    careful.propose("s1", "Rex")

    assert careful.say_yes().startswith("Requested, and a person of the shop confirms it later: Rex, Banho")
    assert careful.bookings() == [("Rex", at(9), "requested")]
    assert careful.desk.progress.acts_done == ["requested"]
    assert tools.list_bookings(careful.desk).endswith("| requested")


def test_a_second_one_on_the_same_day_is_led_to_moving_the_first(counter: Counter) -> None:
    counter.find("Rex")
    counter.propose("s1", "Rex")
    counter.say_yes()

    assert "Rex already has Banho on sábado 13/03 09:00. To move it, call list_bookings" in counter.find("Rex")
    with pytest.raises(Unbookable) as refused:
        counter.propose("s3", "Rex")
    assert refused.value.reason.kind is Kind.ALREADY


def test_an_appointment_is_moved_after_the_yes(counter: Counter) -> None:
    counter.find("Rex")
    counter.propose("s1", "Rex")
    counter.say_yes()
    tools.list_bookings(counter.desk)
    counter.find("Rex")

    assert tools.propose_reschedule(counter.desk, "b1", "s6") == (
        "Ask: mudar Banho de Rex, de sábado 13/03 09:00 para sábado 13/03 11:00. Confirm?"
    )
    assert counter.say_yes() == "Rescheduled: Banho, Rex, now sábado 13/03 11:00."
    assert counter.bookings() == [("Rex", at(11), "confirmed")]
    assert counter.desk.progress.acts_done == ["booked", "rescheduled"]


def test_where_staff_confirm_a_move_is_a_request_again(counter: Counter) -> None:
    careful = with_rule(counter, "staff_confirms = true")
    careful.find("Rex")
    careful.propose("s1", "Rex")
    careful.say_yes()
    careful.tx.execute("UPDATE bookings SET status = 'confirmed'")
    tools.list_bookings(careful.desk)
    careful.find("Rex")
    tools.propose_reschedule(careful.desk, "b1", "s6")

    assert careful.say_yes() == (
        "Requested, and a person of the shop confirms it later: Banho, Rex, moved to sábado 13/03 11:00."
    )
    assert careful.bookings() == [("Rex", at(11), "requested")]
    assert careful.desk.progress.acts_done == ["requested", "requested"]


def test_an_appointment_is_not_moved_to_where_it_is(counter: Counter) -> None:
    counter.find("Rex")
    counter.propose("s1", "Rex")
    counter.say_yes()
    tools.list_bookings(counter.desk)
    assert counter.find("Rex").startswith("s4 | sábado 13/03 | 09:00")

    with pytest.raises(SameTime):
        tools.propose_reschedule(counter.desk, "b1", "s4")


def test_all_that_a_family_has_booked_is_listed(counter: Counter) -> None:
    pet, *_ = pets.pets_of(counter.tx, counter.desk.contact_id)
    for week in range(12):
        day = SATURDAY + week * timedelta(days=7)
        factories.book_at(counter.tx, counter.desk.shop, at(9, day), pet=pet, contact_id=counter.desk.contact_id)

    assert len(tools.list_bookings(counter.desk).splitlines()) == 12


def test_pets_that_came_together_are_moved_and_cancelled_by_one_handle(counter: Counter) -> None:
    counter.find("Rex", "Thor")
    counter.propose("s1", "Rex", "Thor")
    counter.say_yes()

    assert tools.list_bookings(counter.desk).splitlines() == [
        "b1 | Rex | Banho | sábado 13/03 09:00 | confirmed",
        "b2 | Thor | Banho | sábado 13/03 09:00 | confirmed",
        "b3 | b1 and b2 together, as they were booked",
    ]
    counter.find("Rex", "Thor")
    tools.propose_reschedule(counter.desk, "b3", "s4")
    assert counter.say_yes() == "Rescheduled: Banho, Rex e Thor, now sábado 13/03 10:00."
    assert counter.bookings("b.starts_at") == [(at(10),), (at(10),)]

    asked = tools.propose_cancellation(counter.desk, "b3", "vou viajar")
    assert asked == "Ask: cancelar Banho de Rex e Thor, sábado 13/03 10:00. Confirm?"
    assert counter.say_yes() == "Cancelled: Banho, Rex e Thor, sábado 13/03 10:00."
    assert counter.bookings("b.status, b.status_reason") == [("cancelled", "vou viajar")] * 2
    assert tools.list_bookings(counter.desk) == "This customer has no coming appointments."


def test_a_slot_of_another_service_moves_nothing(counter: Counter) -> None:
    offer(counter.tx, "Consulta")
    counter.find("Rex")
    counter.propose("s1", "Rex")
    counter.say_yes()
    tools.list_bookings(counter.desk)
    counter.find("Rex", service="Consulta")

    with pytest.raises(OtherService, match="Call find_free_slots for Banho"):
        tools.propose_reschedule(counter.desk, "b1", "s4")


def test_within_the_notice_of_the_shop_it_is_for_people_before_anything_is_asked(counter: Counter) -> None:
    strict = with_rule(counter, "cancellation_notice = '6 days'")
    booking_id = factories.book_at(strict.tx, strict.desk.shop, at(9), contact_id=strict.desk.contact_id, now=NOW)
    strict.tx.execute("UPDATE bookings SET contact_id = %s WHERE id = %s", [strict.desk.contact_id, booking_id])
    tools.list_bookings(strict.desk)

    with pytest.raises(TooLateToChange, match="Less than 144 hours"):
        tools.propose_cancellation(strict.desk, "b1", "")
    assert strict.tx.execute("SELECT FROM pending_actions").rowcount == 0


def test_that_they_come_is_noted(counter: Counter) -> None:
    counter.find("Rex")
    counter.propose("s1", "Rex")
    counter.say_yes()
    tools.list_bookings(counter.desk)

    assert tools.confirm_attendance(counter.desk, "b1") == "Noted: the customer comes to that appointment."
    assert counter.bookings("b.attendance_confirmed_at IS NOT NULL") == [(True,)]
    assert counter.desk.progress.acts_done == ["booked", "confirmed"]


def test_what_was_agreed_to_and_is_taken_by_then_names_what_is_free(counter: Counter) -> None:
    counter.find("Rex")
    counter.propose("s1", "Rex")
    for _ in range(2):
        factories.book_at(counter.tx, counter.desk.shop, at(9))

    with pytest.raises(Refusal, match="Nothing is free for Banho on sábado 13/03 09:00") as refused:
        counter.say_yes()

    assert str(refused.value).splitlines()[1:] == [
        "These are free:",
        "s4 | sábado 13/03 | 10:00 | Banho | Rex",
        "s5 | sábado 13/03 | 11:00 | Banho | Rex",
    ]
    assert counter.desk.progress.acts_done == []


def test_what_was_agreed_to_and_is_no_longer_offered_is_refused(counter: Counter) -> None:
    counter.find("Rex")
    counter.propose("s1", "Rex")
    counter.tx.execute("UPDATE services SET is_active = false WHERE name = 'Banho'")

    with pytest.raises(NoLongerThere):
        counter.say_yes()


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE services SET price_cents = 7000 WHERE name = 'Banho'",
        "UPDATE pets SET size = 'large' WHERE name = 'Rex'",
    ],
    ids=["the catalogue", "the pet"],
)
def test_a_price_that_changed_since_it_was_told_is_not_booked(counter: Counter, change: LiteralString) -> None:
    counter.find("Rex")
    counter.propose("s1", "Rex")
    counter.tx.execute(change)

    with pytest.raises(PriceChanged, match="Call find_free_slots, tell the new one"):
        counter.say_yes()

    assert (counter.bookings(), counter.desk.progress.acts_done) == ([], [])


def test_a_service_that_only_people_book_says_so_at_once(counter: Counter) -> None:
    hire(counter.tx, "Camila", is_vet=True)
    offer(counter.tx, "Cirurgia", is_bookable_by_agent=False, needs_vet=True)

    assert counter.find("Rex", service="Cirurgia") == "Only people of the shop book Cirurgia: hand over to them."


def booked_bath(counter: Counter, *of: str) -> None:
    counter.find(*of)
    counter.propose("s1", *of)
    counter.say_yes()
    tools.list_bookings(counter.desk)


def test_an_extra_is_added_to_an_appointment_after_the_yes_at_the_price_of_the_catalogue(counter: Counter) -> None:
    booked_bath(counter, "Rex")

    assert adding.propose_booking_extras(counter.desk, "b1", ["corte de unhas"]) == (
        "Ask: Corte de unhas junto com Banho de Rex, sábado 13/03 09:00, mais R$ 25,00, total R$ 85,00. Confirm?"
    )
    assert counter.bookings("b.price_cents") == [(6000,)]
    assert counter.say_yes() == "Added: Rex, Banho + Corte de unhas, sábado 13/03 09:00, total R$ 85,00."
    assert counter.bookings("p.name, b.price_cents, b.ends_at - b.starts_at, b.status") == [
        ("Rex", 8500, HOUR * 5 / 4, "confirmed")
    ]
    taken = counter.tx.execute("SELECT ends_at - starts_at FROM booking_places").fetchall()
    assert taken == [(HOUR * 5 / 4,)]
    assert counter.tx.execute("SELECT price_cents FROM booking_addons").fetchall() == [(2500,)]
    assert counter.desk.progress.acts_done == ["booked", "added"]


def test_an_extra_of_pets_that_come_together_is_added_for_each(counter: Counter) -> None:
    booked_bath(counter, "Rex", "Thor")

    assert "mais R$ 50,00, total R$ 230,00" in adding.propose_booking_extras(counter.desk, "b3", ["Corte de unhas"])
    counter.say_yes()
    assert counter.bookings("p.name, b.price_cents") == [("Rex", 8500), ("Thor", 14500)]


def test_what_is_part_of_an_appointment_already_is_not_added_again(counter: Counter) -> None:
    counter.find("Rex", addons=("Corte de unhas",))
    counter.propose("s1", "Rex")
    counter.say_yes()
    tools.list_bookings(counter.desk)

    with pytest.raises(AlreadyPart):
        adding.propose_booking_extras(counter.desk, "b1", ["Corte de unhas"])


def test_what_does_not_go_with_the_service_is_not_added(counter: Counter) -> None:
    offer(counter.tx, "Tosa", position=3)
    booked_bath(counter, "Rex")

    with pytest.raises(UnfitExtra, match="what can be added is: Corte de unhas"):
        adding.propose_booking_extras(counter.desk, "b1", ["Tosa"])


def test_an_extra_for_which_there_is_no_time_at_that_hour_leads_to_moving_the_appointment(counter: Counter) -> None:
    booked_bath(counter, "Rex")
    block(counter.tx, at(10), at(12))

    with pytest.raises(NoRoomForMore, match="offer to move it with propose_reschedule"):
        adding.propose_booking_extras(counter.desk, "b1", ["Corte de unhas"])


def test_an_extra_whose_time_is_gone_by_the_yes_is_not_added(counter: Counter) -> None:
    booked_bath(counter, "Rex")
    adding.propose_booking_extras(counter.desk, "b1", ["Corte de unhas"])
    block(counter.tx, at(10), at(12))

    with pytest.raises(NoRoomForMore), counter.tx.savepoint():
        counter.say_yes()
    assert counter.bookings("b.price_cents, b.ends_at - b.starts_at") == [(6000, HOUR)]


def test_an_extra_whose_price_has_changed_is_told_and_proposed_again(counter: Counter) -> None:
    booked_bath(counter, "Rex")
    adding.propose_booking_extras(counter.desk, "b1", ["Corte de unhas"])
    counter.tx.execute("UPDATE services SET price_cents = 3000 WHERE name = 'Corte de unhas'")

    with pytest.raises(PriceChanged):
        counter.say_yes()


def test_an_extra_that_is_no_longer_there_is_refused(counter: Counter) -> None:
    booked_bath(counter, "Rex")
    adding.propose_booking_extras(counter.desk, "b1", ["Corte de unhas"])
    counter.tx.execute("UPDATE services SET is_active = false WHERE name = 'Corte de unhas'")

    with pytest.raises(Refusal, match="no longer there"):
        counter.say_yes()


def test_an_extra_that_is_not_for_this_animal_is_refused_whatever_the_hour(counter: Counter) -> None:
    booked_bath(counter, "Rex")
    counter.tx.execute("UPDATE services SET species = '{cat}' WHERE name = 'Corte de unhas'")

    with pytest.raises(Unbookable, match="is done for cats only"):
        adding.propose_booking_extras(counter.desk, "b1", ["Corte de unhas"])


def test_within_the_notice_of_the_shop_an_extra_is_for_people(counter: Counter) -> None:
    booked_bath(counter, "Rex")
    careful = with_rule(counter, "cancellation_notice = '6 days'")

    with pytest.raises(TooLateToChange):
        adding.propose_booking_extras(careful.desk, "b1", ["Corte de unhas"])


def test_where_staff_confirm_an_extra_makes_it_a_request_again(counter: Counter) -> None:
    careful = with_rule(counter, "staff_confirms = true")
    booked_bath(careful, "Rex")
    careful.tx.execute("UPDATE bookings SET status = 'confirmed'")
    adding.propose_booking_extras(careful.desk, "b1", ["Corte de unhas"])

    assert careful.say_yes().startswith("Requested, and a person of the shop confirms it later: Rex, Banho + Corte")
    assert careful.bookings("b.status") == [("requested",)]
