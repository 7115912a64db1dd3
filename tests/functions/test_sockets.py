"""The sockets of the panel: who is let in, which are given up, and when they end."""

import json
import time
from typing import Any

import pytest

from auzap.realtime.hearing import hear
from auzap.realtime.publishing import publish
from tests.functions.live import Live
from tests.functions.panel import Panel


def types(panel: Panel) -> list[str]:
    return [event["type"] for event in panel.events]


# Coming in.


def test_a_signed_in_person_gets_a_ticket_that_opens_one_socket_once(live: Live) -> None:
    helena = live.person()

    status, answer = live.ask(helena, "POST", "/v1/realtime/ticket")

    assert status == 201
    assert answer["data"] == {"ticket": answer["data"]["ticket"], "url": "wss://app.example/realtime", "expires_in": 30}
    live.house.canaries.add(answer["data"]["ticket"])
    assert live.enter(answer["data"]["ticket"])[0] == 200
    assert live.enter(answer["data"]["ticket"])[0] == 401


@pytest.mark.parametrize("ticket", [None, "", "x", "é" * 30, "x" * 5_000])
def test_nobody_comes_in_without_a_ticket_of_ours(live: Live, ticket: str | None) -> None:
    assert live.enter(ticket)[0] == 401


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        ({}, 200),
        ({"Origin": "https://app.example"}, 200),
        ({"origin": "https://app.example"}, 200),
        ({"Origin": "https://app.example.evil.example"}, 403),
        ({"Origin": "https://evil-app.example"}, 403),
        ({"Origin": "http://app.example"}, 403),
        ({"Origin": "null"}, 403),
    ],
)
def test_a_page_of_somebody_else_opens_no_socket(live: Live, origin: dict[str, str], status: int) -> None:
    live.house.environment["AUZAP_PANEL_URL"] = "https://app.example"

    assert live.enter(live.ticket(live.person()), **origin)[0] == status


def test_a_ticket_is_good_for_half_a_minute(live: Live) -> None:
    helena = live.person()

    assert live.enter(live.ticket(helena, asked_at=time.time() - 31))[0] == 401
    assert live.enter(live.ticket(helena, asked_at=time.time() - 25))[0] == 200


def test_a_ticket_of_a_session_that_has_ended_since_opens_nothing(live: Live) -> None:
    helena = live.person()
    ticket = live.ticket(helena)
    live.end_session(helena.session_id)

    assert live.enter(ticket)[0] == 401
    assert live.connections.of_shop(helena.organization_id, now=time.time()) == []


def test_the_table_holds_no_ticket_that_could_be_used(live: Live) -> None:
    ticket = live.ticket(live.person())

    found = live.house.installation.clients["dynamodb"].scan(TableName="connections-of-the-tests")["Items"]

    assert found
    assert ticket not in json.dumps(found)


@pytest.mark.parametrize("operation", ["DeleteItem", "PutItem"])
def test_while_the_table_is_away_nobody_comes_in_and_is_told_to_come_again(live: Live, operation: str) -> None:
    ticket = live.ticket(live.person())
    live.house.installation.aws.refuse(operation)

    assert live.enter(ticket)[0] == 503


def test_while_the_table_is_away_there_are_no_tickets(live: Live) -> None:
    helena = live.person()
    live.house.installation.aws.refuse("PutItem")

    status, answer = live.ask(helena, "POST", "/v1/realtime/ticket")

    assert (status, answer["code"]) == (503, "unavailable")


def test_while_the_database_is_away_nobody_comes_in(live: Live) -> None:
    ticket = live.ticket(live.person())
    live.house.environment["AUZAP_DATABASE_URL"] = "postgresql://auzap_app:none@127.0.0.1:1/auzap"

    assert live.enter(ticket)[0] == 503


def test_the_oldest_of_a_persons_twenty_sockets_makes_room(live: Live) -> None:
    helena, bruno = live.person(), live.person()
    now = time.time()
    for number in range(20):
        live.sockets.open(f"helena-{number}")
        live.connections.keep(f"helena-{number}", helena.holder, now=now - 100 + number)
    live.sockets.open("bruno")
    live.connections.keep("bruno", bruno.holder, now=now - 200)

    assert live.enter(live.ticket(helena))[0] == 200

    assert live.sockets.closed == ["helena-0"]
    assert len(live.connections.of_shop(helena.organization_id, now=now)) == 21


# Sockets that are not well.


def test_a_dead_socket_is_forgotten_and_a_hanging_one_keeps_nobody_waiting(live: Live) -> None:
    helena = live.person()
    dead, hanging, well = (live.open(helena) for _ in range(3))
    live.sockets.drop(dead)
    live.sockets.hanging.add(hanging)
    live.house.change("INSERT INTO contacts (name) VALUES ('Ana')")
    audience = live.audience(patience=0.3)
    began = time.monotonic()

    published = publish(audience, live.house.organization_id, now=time.time())

    assert time.monotonic() - began < 2
    assert (published.events, published.told) == (1, 1)
    live.listen()
    assert types(live.panels[well]) == ["contact.created"]
    left = live.connections.of_shop(live.house.organization_id, now=time.time())
    assert [each.id for each in left] == [well]


def test_what_cannot_be_told_in_time_is_not_told_and_is_asked_for(live: Live) -> None:
    place = live.open(live.person())
    live.house.change("INSERT INTO contacts (name) VALUES ('Ana')")
    audience = live.audience()
    late = type(audience)(audience.database, audience.connections, audience.sockets, time.monotonic() - 1)

    publish(late, live.house.organization_id, now=time.time())
    live.listen()
    assert types(live.panels[place]) == []
    live.say(place, action="ping")
    live.listen()

    assert types(live.panels[place]) == ["contact.created"]


def test_a_socket_that_left_is_told_nothing(live: Live) -> None:
    place = live.open(live.person())
    live.leave(place)
    live.add_contact()
    calls = len(live.sockets.calls)

    live.publish()

    assert len(live.sockets.calls) == calls


def test_one_that_is_being_opened_is_not_taken_for_dead(live: Live) -> None:
    helena = live.person()
    live.connections.keep("opening", helena.holder, now=time.time())
    live.add_contact()

    live.publish()
    live.sockets.open("opening")
    live.say("opening", action="subscribe", since=0)

    assert live.sockets.calls == [("POST", "opening"), ("POST", "opening")]
    assert [frame["type"] for frame in live.sockets.take("opening")] == ["events", "head"]


def test_one_that_nobody_knows_any_more_is_closed_and_comes_again(live: Live) -> None:
    place = live.open(live.person())
    live.connections.forget(place)

    live.say(place, action="ping")

    assert live.sockets.closed == [place]


def test_one_that_says_too_much_is_closed(live: Live) -> None:
    place = live.open(live.person())
    audience, minute = live.audience(most_frames=3), time.time() + 60

    for later in (0, 0, 0, 60, 60, 60):
        hear(audience, place, '{"action": "ping"}', now=minute + later)
    assert [frame["type"] for frame in live.sockets.take(place)] == ["pong"] * 6
    hear(audience, place, '{"action": "ping"}', now=minute + 60)

    assert live.sockets.closed == [place]


@pytest.mark.parametrize(
    "said",
    [
        "",
        "null",
        "[]",
        "{",
        '{"action": "subscribe", "since": "1"}',
        '{"action": "subscribe", "since": -1}',
        '{"action": "subscribe", "since": true}',
        '{"action": "subscribe", "since": null}',
        '{"action": "subscribe", "since": 1.5}',
        '{"action": "subscribe", "since": 99999999999999999999}',
        '{"action": "here", "conversation_id": "1"}',
        '{"action": "here"}',
        '{"action": "typing", "conversation_id": null}',
        '{"action": "drop table"}',
        '{"action": "ping", "pad": "' + "x" * 1_000 + '"}',
        "[" * 900,
    ],
)
def test_what_no_panel_says_is_refused_and_the_socket_stays(live: Live, said: str) -> None:
    place = live.open(live.person())

    live.say_text(place, said)

    assert live.sockets.take(place) == [{"type": "error", "code": "bad_frame"}]


def test_while_the_database_is_away_it_is_said_and_the_socket_stays(live: Live) -> None:
    place = live.open(live.person())
    live.house.environment["AUZAP_DATABASE_URL"] = "postgresql://auzap_app:none@127.0.0.1:1/auzap"

    live.say(place, action="ping")

    assert live.sockets.take(place) == [{"type": "error", "code": "unavailable", "again_in": 30}]


# The end.


def test_a_logout_ends_the_sockets_of_its_session_at_once_and_no_other(live: Live) -> None:
    helena = live.person()
    again = live.signed_in(helena.organization_id, helena.user_id)
    first, second = live.open(helena), live.open(again)

    status, _ = live.ask(helena, "DELETE", "/v1/auth/session")
    live.publish()

    assert status == 204
    assert live.sockets.closed == [first]
    assert live.panels[first].others == []
    assert second in live.sockets.told


def test_of_a_session_that_has_ended_no_socket_hears_anything_more(live: Live) -> None:
    helena, bruno = live.person(), live.person()
    ended, well = live.open(helena), live.open(bruno)
    live.end_session(helena.session_id)
    live.add_contact()
    before = len(live.sockets.calls)

    live.publish()

    told = [call for call in live.sockets.calls[before:] if call[1] == ended]
    assert told == [("POST", ended), ("DELETE", ended)], "one word, that it has ended"
    assert live.panels[ended].events == []
    assert types(live.panels[well]) == ["contact.created"]


@pytest.mark.parametrize("said", [{"action": "ping"}, {"action": "subscribe", "since": 0}, {"action": "subscribe"}])
def test_a_session_that_has_ended_is_told_nothing_whatever_it_asks(live: Live, said: dict[str, Any]) -> None:
    helena = live.person()
    place = live.open(helena)
    live.end_session(helena.session_id)

    live.say(place, **said)

    assert live.sockets.closed == [place]


def test_who_is_shut_out_of_the_team_is_out_of_its_sockets(live: Live) -> None:
    helena = live.person()
    place = live.open(helena)
    live.house.change("UPDATE memberships SET is_active = false WHERE user_id = %s", helena.user_id)
    live.hint()

    live.publish()

    assert live.sockets.closed == [place]
