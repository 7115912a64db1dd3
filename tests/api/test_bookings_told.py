"""Customers hear of it when people of the shop cancel or move their appointment: honestly, once, and not at night."""

from datetime import datetime, timedelta

import pytest

from tests import factories, factories_bookings
from tests.api.at_work import Place
from tests.api.surroundings import Surroundings
from tests.api.talking import Talk, open_talk, other_talk, talk

__all__ = ["open_talk", "other_talk", "talk"]
pytestmark = pytest.mark.usefixtures("morning")


@pytest.fixture
def place(talk: Talk) -> Place:
    with talk.place.tx() as tx:
        factories.open_all_week(tx)
    return talk.place


def booked(talk: Talk, at: datetime) -> tuple[str, str]:
    """An appointment of a customer who has written, and where they did."""
    conversation = talk.say(at=talk.place.now, name="Ana Souza")
    contact_id = str(talk.of(conversation, "contact_id"))
    pet_id = talk.place.pet(contact_id, "Rex")
    with talk.place.tx() as tx:
        service_id = str(factories_bookings.offer(tx, f"Banho {next(factories.numbers)}").id)
    made = talk.place.post(
        "/v1/bookings",
        {
            "contact_id": contact_id,
            "items": [{"pet_id": pet_id, "service_id": service_id, "starts_at": at.isoformat()}],
        },
        status=201,
    )
    return made[0]["id"], conversation


def told(talk: Talk, conversation: str) -> list[tuple[str, str, float]]:
    """Kind, text, and in how many hours it leaves."""
    return talk.read(
        """
        SELECT kind, content ->> 'text', round(extract(epoch FROM due_at - app.now()) / 3600)::float8 FROM outbox
        WHERE conversation_id = %s ORDER BY id
        """,
        conversation,
    )


def test_a_customer_hears_that_their_appointment_was_cancelled_and_not_why(
    talk: Talk, place: Place, around: Surroundings
) -> None:
    at = place.at(10)
    booking, conversation = booked(talk, at)

    place.post(f"/v1/bookings/{booking}/cancellation", {"reason": "falta de gente"})

    ((kind, text, hours),) = told(talk, conversation)
    assert (kind, hours) == ("staff", 0)
    assert text.startswith("Oi! Precisamos desmarcar Banho")
    assert f"de Rex, que seria {place.shop.spoken(at)}." in text
    assert "falta" not in text
    hint = {"organization_id": str(place.organization_id), "conversation_id": conversation}
    assert around.hints("outbox") == [hint]


def test_a_customer_hears_from_when_to_when_their_appointment_was_moved(talk: Talk, place: Place) -> None:
    at, later = place.at(10), place.at(15)
    booking, conversation = booked(talk, at)

    place.post(f"/v1/bookings/{booking}/rescheduling", {"starts_at": later.isoformat()})

    ((_, text, _),) = told(talk, conversation)
    assert f"era {place.shop.spoken(at)}, agora é {place.shop.spoken(later)}." in text


def test_to_the_hour_that_it_has_is_no_news(talk: Talk, place: Place) -> None:
    booking, conversation = booked(talk, place.at(10))

    place.post(f"/v1/bookings/{booking}/rescheduling", {"starts_at": place.at(10).isoformat()})

    assert told(talk, conversation) == []


def test_a_shop_that_calls_its_customers_itself_says_so_in_its_settings(talk: Talk, place: Place) -> None:
    booking, conversation = booked(talk, place.at(10))
    place.patch("/v1/settings", {"booking": {"tells_of_changes": False}})

    cancelled = place.post(f"/v1/bookings/{booking}/cancellation", {})

    assert cancelled["status"] == "cancelled"
    assert told(talk, conversation) == []


def test_nobody_is_told_of_what_is_past_who_is_blocked_or_who_has_never_written(
    talk: Talk, place: Place, around: Surroundings
) -> None:
    booking, conversation = booked(talk, place.at(10))
    talk.write("UPDATE contacts SET blocked_at = app.now() WHERE id = %s", talk.of(conversation, "contact_id"))
    place.post(f"/v1/bookings/{booking}/cancellation", {})
    past, there = booked(talk, place.now - timedelta(hours=2))
    place.post(f"/v1/bookings/{past}/cancellation", {})
    stranger = place.contact("Bia")
    talk.write("UPDATE bookings SET contact_id = %s WHERE id = %s", stranger, booking)

    assert (told(talk, conversation), told(talk, there)) == ([], [])
    assert around.hints("outbox") == []


@pytest.mark.parametrize(
    ("hour", "days", "wrote_before", "hours"),
    [
        (22, 3, timedelta(hours=3), 10),
        (5, 3, timedelta(hours=3), 3),
        # They have just written, and are awake.
        (22, 3, timedelta(minutes=20), 0),
        # In the morning it would be too late.
        (23, 1, timedelta(hours=3), 0),
    ],
)
def test_at_night_the_word_waits_for_the_morning_where_it_can(
    talk: Talk, place: Place, hour: int, days: int, wrote_before: timedelta, hours: int
) -> None:
    booking, conversation = booked(talk, place.at(8, days=days))
    night = place.at(hour, days=0 if hour > 12 else 1)
    place.clock.move(night - place.now)
    talk.write("UPDATE conversations SET last_inbound_at = app.now() - %s", wrote_before)
    talk.sign_in_again()

    place.post(f"/v1/bookings/{booking}/cancellation", {})

    assert [round(each[2]) for each in told(talk, conversation)] == [hours]


def test_whoever_has_not_written_for_a_day_is_asked_to_first(talk: Talk, place: Place) -> None:
    """The word waits in the outbox as every other: a template opens the window, or it is a task of staff's."""
    booking, conversation = booked(talk, place.at(10, days=5))
    talk.let_a_day_pass()

    place.post(f"/v1/bookings/{booking}/cancellation", {})

    assert len(told(talk, conversation)) == 1


def test_another_shops_appointment_is_told_to_nobody(talk: Talk, other_talk: Talk, place: Place) -> None:
    booking, conversation = booked(talk, place.at(10))

    assert other_talk.place.refused("POST", f"/v1/bookings/{booking}/cancellation", {}) == (404, "unknown_booking")

    assert told(talk, conversation) == []
