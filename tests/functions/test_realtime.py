"""What a panel hears: what changes, what it missed, who is where."""

import time
from datetime import timedelta
from uuid import uuid4

import psycopg
import pytest
from psycopg.types.json import Jsonb

from auzap.db.connection import Database
from auzap.ids import OrganizationId
from auzap.realtime.publishing import publish
from tests import factories
from tests.functions.house import House
from tests.functions.live import Live
from tests.functions.panel import Panel


@pytest.fixture
def other_shop(house: House) -> OrganizationId:
    with psycopg.connect(house.place.owner, autocommit=True) as owner:
        return factories.make_organization(owner)


def types(panel: Panel) -> list[str]:
    return [event["type"] for event in panel.events]


# Hearing.


def test_what_changes_is_heard_in_its_order_with_what_it_belongs_to(live: Live) -> None:
    place = live.open(live.person())
    ana = live.add_contact()
    pet = live.house.one("INSERT INTO pets (contact_id, name, species) VALUES (%s, 'Thor', 'dog') RETURNING id", ana)
    live.house.change("UPDATE contacts SET name = 'Ana Maria' WHERE id = %s", ana)

    live.publish()

    heard = live.panels[place].events
    assert [(event["type"], event["id"]) for event in heard] == [
        ("contact.created", str(ana)),
        ("pet.created", str(pet)),
        ("contact.updated", str(ana)),
    ]
    assert heard[1]["contact_id"] == str(ana)
    assert [event["position"] for event in heard] == list(range(heard[0]["position"], heard[0]["position"] + 3))


def test_a_message_of_a_customer_is_heard_with_its_conversation(live: Live) -> None:
    place = live.open(live.person())

    live.house.hear(live.house.person())
    live.publish()

    heard = {event["type"]: event for event in live.panels[place].events}
    assert heard["message.created"]["conversation_id"] == heard["conversation.created"]["id"]
    assert heard["conversation.created"]["contact_id"] == heard["contact.created"]["id"]


def test_the_state_of_a_number_and_the_progress_of_long_work_come_with_their_news(live: Live) -> None:
    place = live.open(live.person())
    live.house.change("UPDATE channel_accounts SET status = 'disconnected'")
    job = live.house.one("INSERT INTO jobs (kind, total) VALUES ('contact_export', 10) RETURNING id")
    live.house.change("UPDATE jobs SET state = 'running', done = 4 WHERE id = %s", job)
    live.hint()

    live.publish()

    channel, _, progress = live.panels[place].events
    assert (channel["type"], channel["status"]) == ("channel.updated", "disconnected")
    assert progress["type"] == "job.updated"
    assert (progress["kind"], progress["state"], progress["done"], progress["total"]) == (
        "contact_export",
        "running",
        4,
        10,
    )


def test_each_shop_hears_of_its_own_alone(live: Live, other_shop: OrganizationId) -> None:
    here, there = live.open(live.person()), live.open(live.person(shop=other_shop))
    live.add_contact()
    with live.house.database.transaction(other_shop, "test") as tx:
        ((theirs,),) = tx.execute("INSERT INTO contacts (name) VALUES ('Bia') RETURNING id").fetchall()
    live.hint(other_shop)

    live.publish()

    assert types(live.panels[here]) == ["contact.created"]
    assert [event["id"] for event in live.panels[there].events] == [str(theirs)]


def test_a_shop_that_is_hinted_often_in_a_batch_is_published_once(live: Live) -> None:
    live.open(live.person())
    live.add_contact("Ana")
    live.hint()
    live.hint()
    asked = len(live.house.installation.aws.of("Query"))

    (invocation,) = live.publish()

    assert len(invocation.answers) == 1
    assert len(live.house.installation.aws.of("Query")) == asked + 1


def test_many_changes_come_in_frames_of_at_most_32_kilobytes(live: Live) -> None:
    place = live.open(live.person())
    live.house.change("INSERT INTO contacts (name) SELECT 'Ana' FROM generate_series(1, 1200)")
    live.hint()

    live.publish()

    assert len(live.panels[place].events) == 1200
    assert max(live.sockets.sizes) <= 32_000
    assert len(live.sockets.sizes) > 5


def test_a_shop_that_was_suspended_is_dropped_and_its_sockets_hear_nothing(live: Live) -> None:
    place = live.open(live.person())
    live.add_contact()
    live.house.suspend()

    live.publish()
    live.say(place, action="ping")

    assert live.sockets.closed == [place]


# What was missed.


def test_who_comes_again_is_told_what_was_missed(live: Live) -> None:
    helena = live.person()
    place = live.open(helena)
    panel = live.panels.pop(place)
    live.leave(place)
    for name in ("Ana", "Bia", "Caio"):
        live.add_contact(name)
    live.publish()

    _, again = live.enter(live.ticket(helena))
    live.panels[again] = panel
    live.say(again, **panel.open())
    live.listen()

    assert types(panel) == ["contact.created"] * 3
    assert panel.times_resynced == 0


def test_more_than_five_hundred_are_told_in_parts(live: Live) -> None:
    place = live.open(live.person())
    panel = live.panels.pop(place)
    live.house.change("INSERT INTO contacts (name) SELECT 'Ana' FROM generate_series(1, 1100)")
    live.hint()
    live.publish()
    live.sockets.take(place)

    live.panels[place] = panel
    live.say(place, **panel.open())
    live.listen()

    assert len(panel.events) == 1100


@pytest.mark.parametrize("missed", ["old", "far", "gone", "ahead"])
def test_who_has_missed_too_much_begins_anew(live: Live, missed: str) -> None:
    place = live.open(live.person())
    panel = live.panels[place]
    start = panel.position or 0
    live.add_contact()
    live.house.traffic.take("changes")
    publish(live.audience(), live.house.organization_id, now=time.time())
    live.sockets.take(place)
    with psycopg.connect(live.house.place.admin) as admin:
        ours = {"shop": live.house.organization_id, "start": start}
        if missed == "gone":
            admin.execute("DELETE FROM changes WHERE organization_id = %(shop)s AND position > %(start)s", ours)
        if missed == "far":
            admin.execute("UPDATE change_heads SET position = position + 5001 WHERE organization_id = %(shop)s", ours)
    if missed == "old":
        live.house.clock.move(timedelta(days=7, minutes=1))
        live.house.change("UPDATE change_heads SET position = position")
    said = {"old": start, "far": start, "gone": start, "ahead": start + 1000}[missed]
    if missed == "old":
        # Sessions last as long as this one was given.
        with psycopg.connect(live.house.place.admin) as admin:
            admin.execute("UPDATE sessions SET expires_at = expires_at + interval '20 days'")

    live.say(place, action="subscribe", since=said)

    (answer,) = live.sockets.take(place)
    assert answer == {"type": "resync", "position": live.house.one("SELECT position FROM change_heads")}


def test_a_heartbeat_tells_where_all_stands_and_a_gap_is_asked_for(live: Live) -> None:
    place = live.open(live.person())
    live.add_contact()
    live.house.failpoint = "after_numbering"
    (killed,) = live.house.work("changes", settings=live.settings)
    assert killed.was_killed
    live.listen()
    assert live.panels[place].events == []

    live.say(place, action="ping")
    live.listen()

    assert types(live.panels[place]) == ["contact.created"]


def test_news_whose_hint_was_lost_is_told_by_the_sweep(lonely_live: Live) -> None:
    live = lonely_live
    place = live.open(live.person())
    live.add_contact()
    live.house.traffic.take("changes")
    live.house.clock.move(timedelta(seconds=6))

    assert live.house.invoke("run_schedule", {"job": "hint_sweep"}).answer is None
    live.publish()

    assert types(live.panels[place]) == ["contact.created"]


def test_a_hint_that_cannot_be_said_fails_nothing(live: Live) -> None:
    live.house.says(live.house.person())
    records = live.house.traffic.take("inbound")
    live.house.environment["AUZAP_CHANGES_QUEUE_URL"] = f"{live.house.traffic.urls['changes']}-gone"

    recorded = live.house.traffic.deliver("inbound", records)

    assert recorded.failed == []
    assert "HintLost" in recorded.output
    assert live.house.one("SELECT count(*) FROM messages") == 1


# Who is where.


def test_colleagues_see_who_has_which_conversation_open_and_when_they_go(live: Live) -> None:
    helena, bruno = live.person(), live.person()
    hers, his = live.open(helena), live.open(bruno)
    conversation = str(uuid4())

    live.say(hers, action="here", conversation_id=conversation)
    live.say(his, action="here", conversation_id=None)
    live.listen()
    (_, seen) = live.panels[his].others
    live.leave(hers)
    live.listen()

    places = {each["user_id"]: each["conversation_id"] for each in seen["people"]}
    assert places == {str(helena.user_id): conversation, str(bruno.user_id): None}
    assert all(80 < each["expires_in"] <= 90 and not each["is_support"] for each in seen["people"])
    assert [each["user_id"] for each in live.panels[his].others[-1]["people"]] == [str(bruno.user_id)]


def test_who_does_not_say_that_they_are_there_is_not_for_long(live: Live) -> None:
    hers, his = live.open(live.person()), live.open(live.person())
    live.connections.place(hers, None, until=time.time() - 1)

    live.say(his, action="here", conversation_id=None)

    (seen,) = live.sockets.take(his)
    assert len(seen["people"]) == 1


def test_typing_is_told_to_the_others_of_the_shop_alone(live: Live, other_shop: OrganizationId) -> None:
    helena = live.person()
    hers, his, elsewhere = live.open(helena), live.open(live.person()), live.open(live.person(shop=other_shop))
    conversation = str(uuid4())

    # Whatever shop it names.
    live.say(hers, action="typing", conversation_id=conversation, organization_id=str(other_shop))

    assert live.sockets.take(his) == [
        {"type": "typing", "user_id": str(helena.user_id), "conversation_id": conversation, "expires_in": 6}
    ]
    assert live.sockets.take(hers) == live.sockets.take(elsewhere) == []


def test_who_has_signed_out_types_nothing_to_anybody(live: Live) -> None:
    helena = live.person()
    hers, his = live.open(helena), live.open(live.person())
    live.end_session(helena.session_id)

    live.say(hers, action="typing", conversation_id=str(uuid4()))

    assert live.sockets.take(his) == []
    assert live.sockets.closed == [hers]


# What is not for everybody.


def test_whoever_has_muted_a_kind_is_told_nothing_of_it_and_misses_nothing_else(live: Live) -> None:
    helena, davi = live.person(), live.person()
    live.house.change(
        "INSERT INTO notification_preferences (user_id, kind, in_centre, by_mail) VALUES (%s, 'handoff', false, false)",
        helena.user_id,
    )
    hers, his = live.open(helena), live.open(davi)
    add_notification(live, "handoff")
    live.add_contact()

    live.publish()

    assert types(live.panels[hers]) == ["nothing", "contact.created"]
    assert types(live.panels[his]) == ["notification.created", "contact.created"]
    assert live.panels[hers].events[0].keys() == {"type", "position"}
    assert "told_to" not in live.panels[his].events[0]


def test_what_is_meant_for_one_person_is_told_to_them_alone(live: Live) -> None:
    helena, davi = live.person(), live.person()
    hers, his = live.open(helena), live.open(davi)
    add_notification(live, "handoff", {"user_id": str(davi.user_id)})
    live.hint()

    live.publish()

    assert types(live.panels[hers]) == ["nothing"]
    assert types(live.panels[his]) == ["notification.created"]


def test_what_was_missed_is_no_more_told_to_whoever_has_muted_it(live: Live) -> None:
    helena = live.person()
    hers = live.open(helena)
    live.house.change(
        "INSERT INTO notification_preferences (user_id, kind, in_centre, by_mail) VALUES (%s, 'handoff', false, false)",
        helena.user_id,
    )
    panel = live.panels[hers]
    live.leave(hers)
    add_notification(live, "handoff")
    add_notification(live, "escalation")
    live.hint()
    live.publish()

    again = live.enter(live.ticket(helena))[1]
    live.panels[again] = panel
    live.say(again, **panel.open())
    live.listen()

    assert types(panel) == ["nothing", "notification.created"]


def add_notification(live: Live, kind: str, detail: dict[str, str] | None = None) -> None:
    live.house.change("INSERT INTO notifications (kind, detail) VALUES (%s, %s)", kind, Jsonb(detail or {}))


# The hints of those who change something.


def test_each_step_of_a_message_hints_that_there_is_news(live: Live) -> None:
    house = live.house
    place = live.open(live.person())
    house.hear(house.person())
    recorded = len(house.traffic.hints("changes"))
    house.work("turns")
    answered = len(house.traffic.hints("changes"))
    house.work("outbox")
    sent = len(house.traffic.hints("changes"))

    live.publish()

    assert (recorded, answered, sent) == (1, 2, 3)
    assert {"message.created", "conversation.updated", "message.updated"} <= set(types(live.panels[place]))


def test_a_batch_of_one_shop_is_hinted_at_once_and_a_second_later_and_no_more(live: Live) -> None:
    house = live.house
    for _ in range(5):
        house.says(house.person())

    (invocation,) = house.work("inbound")

    assert not invocation.failed
    assert [hint.get("DelaySeconds") for hint in house.traffic.hints("changes")] == [0, 1]


def test_what_the_api_reads_is_no_news_and_what_it_does_is(live: Live) -> None:
    owner = live.person(role="owner")

    assert live.ask(owner, "GET", "/v1/me")[0] == 200
    assert live.house.traffic.hints("changes") == []
    assert live.ask(owner, "DELETE", "/v1/auth/session")[0] == 204
    assert len(live.house.traffic.hints("changes")) == 1


def test_a_database_of_another_sandbox_numbers_the_same_feed(live: Live) -> None:
    place = live.open(live.person())
    other = Database(lambda: live.house.place.app)
    with other.transaction(live.house.organization_id, "test") as early:
        early.execute("INSERT INTO contacts (name) VALUES ('begun first')")
        live.add_contact("committed first")
        live.publish()
    other.close()
    live.hint()
    live.publish()

    assert types(live.panels[place]) == ["contact.created"] * 2
