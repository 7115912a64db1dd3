"""What comes later: after a conversation was closed, from the shop's own phone, and as an edit."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest

from auzap.channels.whatsapp.inbound import InboundMessage
from auzap.conversations import recording
from auzap.conversations.recording import Recorded
from auzap.db.connection import Database
from tests.db.committed import about, read
from tests.db.recorded import answered, at_once, close, count, leads, one, write_as_shop
from tests.factories import PetShop, message, new_wa_id, new_wamid, say
from tests.postgres import Clock

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


# Closed, and open again


def test_a_conversation_closed_less_than_seven_days_ago_goes_on(
    database: Database, shop: PetShop, clock: Clock
) -> None:
    wa_id = new_wa_id()
    first = say(database, shop, wa_id=wa_id)
    answered(database, shop)
    close(database, shop, first.conversation_id)
    clock.move(7 * DAY - MINUTE)

    again = say(database, shop, wa_id=wa_id, at=clock.now())

    assert again.conversation_id == first.conversation_id
    assert again.answer_in == about(2)
    assert one(database, shop, "SELECT state, closed_at FROM conversations") == ("ai", None)


def test_after_seven_days_a_new_conversation_begins(database: Database, shop: PetShop, clock: Clock) -> None:
    wa_id = new_wa_id()
    first = say(database, shop, wa_id=wa_id)
    close(database, shop, first.conversation_id)
    clock.move(7 * DAY + MINUTE)

    again = say(database, shop, wa_id=wa_id, at=clock.now())

    assert again.conversation_id != first.conversation_id
    assert sorted(read(database, shop, "SELECT state FROM conversations")) == [("ai",), ("closed",)]
    assert count(database, shop, "contacts") == 1


@pytest.mark.parametrize("days", [1, 8])
def test_a_message_seen_again_neither_reopens_a_conversation_nor_begins_one(
    database: Database, shop: PetShop, clock: Clock, days: int
) -> None:
    wa_id, wamid = new_wa_id(), new_wamid()
    first = say(database, shop, wa_id=wa_id, wamid=wamid)
    answered(database, shop)
    close(database, shop, first.conversation_id)
    clock.move(days * DAY)

    again = say(database, shop, wa_id=wa_id, wamid=wamid)

    assert again == Recorded(shop.organization_id, first.conversation_id, is_new=False, answer_in=None)
    assert one(database, shop, "SELECT id, state FROM conversations") == (first.conversation_id, "closed")


def test_a_reaction_reopens_a_conversation_and_leaves_nothing_to_look_at(
    database: Database, shop: PetShop, clock: Clock
) -> None:
    wa_id = new_wa_id()
    first = say(database, shop, wa_id=wa_id)
    close(database, shop, first.conversation_id)
    clock.move(DAY)

    say(database, shop, wa_id=wa_id, at=clock.now(), kind="reaction", content={"emoji": "❤️"})

    assert one(database, shop, "SELECT state, answer_at FROM conversations") == ("ai", None)


def test_two_messages_at_once_reopen_one_conversation(
    connect: Callable[[], Database], database: Database, shop: PetShop
) -> None:
    workers = connect(), connect()
    wa_id = new_wa_id()
    first = say(database, shop, wa_id=wa_id)
    for _ in range(5):
        close(database, shop, first.conversation_id)
        both = at_once(*(partial(say, worker, shop, wa_id=wa_id) for worker in workers))
        assert {recorded.conversation_id for recorded in both} == {first.conversation_id}

    assert count(database, shop, "messages") == 11


def test_what_a_person_answered_before_closing_is_not_answered_by_the_agent_later(
    database: Database, shop: PetShop, clock: Clock
) -> None:
    wa_id = new_wa_id()
    first = say(database, shop, wa_id=wa_id)
    write_as_shop(database, shop, wa_id)
    say(database, shop, "E o preço?", wa_id=wa_id)
    write_as_shop(database, shop, wa_id)
    close(database, shop, first.conversation_id)
    clock.move(DAY)

    say(database, shop, "Oi de novo", wa_id=wa_id, at=clock.now())

    waiting = read(database, shop, "SELECT text FROM messages WHERE awaits_answer AND turn_id IS NULL")
    assert waiting == [("Oi de novo",)]


# What the shop writes on its own phone


def test_a_person_who_writes_on_the_shops_phone_silences_the_agent(database: Database, shop: PetShop) -> None:
    wa_id = new_wa_id()
    say(database, shop, wa_id=wa_id)

    echoed = write_as_shop(database, shop, wa_id)

    assert echoed.answer_in is None
    assert one(database, shop, "SELECT state, answer_at, unread_count FROM conversations") == ("human", None, 0)
    assert read(database, shop, "SELECT sender, text FROM messages ORDER BY id DESC LIMIT 1") == [
        ("staff", "Deixa comigo!")
    ]
    assert say(database, shop, wa_id=wa_id).answer_in is None


def test_an_echo_seen_again_is_stored_once(database: Database, shop: PetShop) -> None:
    wa_id, wamid = new_wa_id(), new_wamid()
    first = write_as_shop(database, shop, wa_id, wamid=wamid)
    second = write_as_shop(database, shop, wa_id, wamid=wamid)

    assert (first.is_new, second.is_new) == (True, False)
    assert count(database, shop, "messages") == 1


def test_writing_to_a_stranger_opens_a_conversation_and_counts_no_lead(database: Database, shop: PetShop) -> None:
    write_as_shop(database, shop, new_wa_id())

    assert one(database, shop, "SELECT state FROM conversations") == ("human",)
    assert leads(database, shop) == []


# Edits


def edit(shop: PetShop, wa_id: str, original: str, text: str) -> InboundMessage:
    content = {"original_message_id": original, "message": {"type": "text", "text": {"body": text}}}
    return message(shop, wa_id=wa_id, kind="edit", content=content)


def test_an_edit_of_what_nobody_has_read_changes_it(database: Database, shop: PetShop) -> None:
    wa_id, wamid = new_wa_id(), new_wamid()
    say(database, shop, "Quero banho sábdo", wa_id=wa_id, wamid=wamid)

    edited = recording.record(database, edit(shop, wa_id, wamid, "Quero banho sábado"))

    assert one(database, shop, "SELECT text FROM messages WHERE provider_id = %s", wamid) == ("Quero banho sábado",)
    assert edited.answer_in is not None
    assert one(database, shop, "SELECT awaits_answer FROM messages WHERE kind = 'edit'") == (False,)


def test_an_edit_of_what_was_answered_changes_nothing(database: Database, shop: PetShop) -> None:
    wa_id, wamid = new_wa_id(), new_wamid()
    say(database, shop, "Quero banho sábado", wa_id=wa_id, wamid=wamid)
    answered(database, shop)

    edited = recording.record(database, edit(shop, wa_id, wamid, "Quero tosa domingo"))

    assert one(database, shop, "SELECT text FROM messages WHERE provider_id = %s", wamid) == ("Quero banho sábado",)
    assert edited.answer_in is None


def test_an_edit_reaches_no_message_of_another_customer(database: Database, shop: PetShop) -> None:
    wamid = new_wamid()
    say(database, shop, "Quero banho sábado", wa_id=new_wa_id(), wamid=wamid)
    stranger = new_wa_id()
    say(database, shop, wa_id=stranger)

    recording.record(database, edit(shop, stranger, wamid, "Cancela tudo"))

    assert one(database, shop, "SELECT text FROM messages WHERE provider_id = %s", wamid) == ("Quero banho sábado",)
