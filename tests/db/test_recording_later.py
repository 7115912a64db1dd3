"""What comes later: after a conversation was closed, and from the shop's own phone."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from auzap.conversations.recording import Recorded
from auzap.db.connection import Database
from tests import factories
from tests.db.committed import about, read, write
from tests.db.recorded import answered, at_once, close, count, leads, one, write_as_shop
from tests.factories import PetShop, new_wa_id, new_wamid, say
from tests.postgres import Clock

SECOND = timedelta(seconds=1)
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


def test_what_somebody_was_called_for_is_done_when_they_have_answered_on_the_phone(
    database: Database, shop: PetShop, clock: Clock
) -> None:
    wa_id = new_wa_id()
    say(database, shop, wa_id=wa_id, at=clock.now())
    task = "INSERT INTO staff_tasks (conversation_id, kind, detail) SELECT id, 'call_back', 'person' FROM conversations"
    write(database, shop, task)
    clock.move(MINUTE)
    write_as_shop(database, shop, wa_id, at=clock.now())
    write(database, shop, task)

    write_as_shop(database, shop, wa_id, "O que disse antes", at=clock.now() - MINUTE / 2)

    open_ones = "SELECT done_at IS NULL FROM staff_tasks ORDER BY id"
    assert read(database, shop, open_ones) == [(False,), (True,)]


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


def test_the_agent_returns_to_a_phone_that_was_put_away(database: Database, shop: PetShop) -> None:
    wa_id = new_wa_id()
    say(database, shop, wa_id=wa_id)

    write_as_shop(database, shop, wa_id)

    (minutes,) = one(database, shop, "SELECT extract(epoch FROM returns_at - app.now()) / 60 FROM conversations")
    assert float(minutes) == about(60)
    moves = read(database, shop, "SELECT from_state, to_state, reason FROM conversation_moves ORDER BY id")
    assert moves == [("ai", "waiting_human", "answered_on_phone"), ("waiting_human", "human", "answered_on_phone")]


def test_what_the_customer_wrote_after_an_echo_that_came_late_still_wants_its_answer(
    database: Database, shop: PetShop, clock: Clock
) -> None:
    wa_id, now = new_wa_id(), clock.now()
    say(database, shop, "Oi", wa_id=wa_id, at=now - MINUTE)
    say(database, shop, "E amanhã?", wa_id=wa_id, at=now)

    write_as_shop(database, shop, wa_id, at=now - MINUTE / 2)

    waiting = read(database, shop, "SELECT text FROM messages WHERE awaits_answer AND turn_id IS NULL")
    assert waiting == [("E amanhã?",)]
    assert one(database, shop, "SELECT unread_count, answer_at IS NULL FROM conversations") == (1, False)


def test_an_echo_that_came_late_keeps_the_agent_away_for_what_is_left_of_the_pause(
    database: Database, shop: PetShop, clock: Clock
) -> None:
    wa_id = new_wa_id()
    say(database, shop, wa_id=wa_id, at=clock.now() - 50 * MINUTE)

    write_as_shop(database, shop, wa_id, at=clock.now() - 40 * MINUTE)

    (state, minutes) = one(
        database, shop, "SELECT state, extract(epoch FROM returns_at - app.now()) / 60 FROM conversations"
    )
    assert (state, float(minutes)) == ("human", about(20))


@pytest.mark.parametrize("state", ["ai", "waiting_human", "human"])
def test_an_echo_that_came_when_the_pause_was_over_silences_nobody(
    database: Database, shop: PetShop, clock: Clock, state: str
) -> None:
    wa_id = new_wa_id()
    say(database, shop, "Oi", wa_id=wa_id, at=clock.now())
    for move in factories.MOVES.get(state, "").split(";"):
        if move:
            write(database, shop, move)
    write(database, shop, "UPDATE conversations SET returns_at = app.now() + interval '10 minutes' WHERE state <> 'ai'")
    before = one(database, shop, "SELECT state, handoff_reason, returns_at, answer_at FROM conversations")

    write_as_shop(database, shop, wa_id, at=clock.now() - 61 * MINUTE)

    assert one(database, shop, "SELECT state, handoff_reason, returns_at, answer_at FROM conversations") == before
    assert one(database, shop, "SELECT sender, text FROM messages WHERE sender = 'staff'") == ("staff", "Deixa comigo!")


@pytest.mark.parametrize("kind", ["reaction", "edit", "revoke"])
def test_who_only_reacts_or_corrects_on_the_shops_phone_has_answered_nobody(
    database: Database, shop: PetShop, clock: Clock, kind: str
) -> None:
    wa_id, wamid = new_wa_id(), new_wamid()
    write_as_shop(database, shop, wa_id, wamid=wamid, at=clock.now() - 2 * MINUTE)
    write(database, shop, "UPDATE conversations SET state = 'ai'")
    say(database, shop, "E amanhã?", wa_id=wa_id, at=clock.now() - MINUTE)
    before = one(database, shop, "SELECT state, unread_count, answer_at, returns_at FROM conversations")
    edited = {"type": "text", "text": {"body": "São 90 reais"}}

    write_as_shop(
        *(database, shop, wa_id),
        kind=kind,
        content={"message_id": wamid, "original_message_id": wamid, "emoji": "👍", "message": edited},
        at=clock.now(),
    )

    assert one(database, shop, "SELECT state, unread_count, answer_at, returns_at FROM conversations") == before
    assert before[:2] == ("ai", 1)
    assert one(database, shop, "SELECT text FROM messages WHERE awaits_answer AND turn_id IS NULL") == ("E amanhã?",)


def test_a_photo_from_the_shops_phone_is_copied_too(database: Database, shop: PetShop) -> None:
    wa_id = new_wa_id()
    echoed = write_as_shop(database, shop, wa_id, kind="image", content={"id": "77", "caption": "Ficou lindo!"})

    assert one(database, shop, "SELECT id, provider_media_id, kind, state FROM media") == (
        *(echoed.media_id, "77", "image", "waiting"),
    )


def test_a_person_corrects_what_they_wrote_on_the_shops_phone(database: Database, shop: PetShop) -> None:
    wa_id, wamid = new_wa_id(), new_wamid()
    write_as_shop(database, shop, wa_id, "São 80 reais", wamid=wamid)
    content = {"original_message_id": wamid, "message": {"type": "text", "text": {"body": "São 90 reais"}}}

    write_as_shop(database, shop, wa_id, kind="edit", content=content)

    (text, edited) = one(database, shop, "SELECT text, edited_at FROM messages WHERE provider_id = %s", wamid)
    assert text == "São 90 reais"
    assert edited


def test_a_person_takes_back_what_they_wrote_on_the_shops_phone(database: Database, shop: PetShop) -> None:
    wa_id, wamid = new_wa_id(), new_wamid()
    write_as_shop(database, shop, wa_id, "Mensagem errada", wamid=wamid)

    write_as_shop(database, shop, wa_id, kind="revoke", content={"original_message_id": wamid})

    (text, revoked) = one(database, shop, "SELECT text, revoked_at FROM messages WHERE provider_id = %s", wamid)
    assert text == ""
    assert revoked


def corrected(wamid: str, text: str) -> dict[str, Any]:
    content = {"original_message_id": wamid, "message": {"type": "text", "text": {"body": text}}}
    return {"kind": "edit", "content": content}


@pytest.mark.parametrize("apart", [SECOND, 0 * SECOND], ids=["a second apart", "in one second"])
def test_a_correction_that_comes_again_brings_no_old_text_back(
    database: Database, shop: PetShop, clock: Clock, apart: timedelta
) -> None:
    wa_id, wamid, again, now = new_wa_id(), new_wamid(), new_wamid(), clock.now()
    write_as_shop(database, shop, wa_id, "um", wamid=wamid, at=now)
    write_as_shop(database, shop, wa_id, wamid=again, at=now, **corrected(wamid, "dois"))
    write_as_shop(database, shop, wa_id, at=now + apart, **corrected(wamid, "três"))

    assert not write_as_shop(database, shop, wa_id, wamid=again, at=now, **corrected(wamid, "dois")).is_new

    assert one(database, shop, "SELECT text FROM messages WHERE provider_id = %s", wamid) == ("três",)


def test_a_correction_that_a_later_one_has_overtaken_changes_nothing(
    database: Database, shop: PetShop, clock: Clock
) -> None:
    wa_id, wamid, now = new_wa_id(), new_wamid(), clock.now()
    write_as_shop(database, shop, wa_id, "um", wamid=wamid, at=now)
    write_as_shop(database, shop, wa_id, at=now + 2 * SECOND, **corrected(wamid, "três"))

    write_as_shop(database, shop, wa_id, at=now + SECOND, **corrected(wamid, "dois"))

    assert one(database, shop, "SELECT text FROM messages WHERE provider_id = %s", wamid) == ("três",)


def test_what_a_person_takes_back_on_the_shops_phone_is_nowhere_any_more(
    database: Database, shop: PetShop, clock: Clock
) -> None:
    wa_id, wamid, now = new_wa_id(), new_wamid(), clock.now()
    write_as_shop(database, shop, wa_id, "Segredo meu", wamid=wamid, at=now)
    write_as_shop(database, shop, wa_id, at=now + SECOND, **corrected(wamid, "Segredo nosso"))
    revoked = {"kind": "revoke", "content": {"original_message_id": wamid}}
    write_as_shop(database, shop, wa_id, at=now + 3 * SECOND, **revoked)

    write_as_shop(database, shop, wa_id, at=now + 2 * SECOND, **corrected(wamid, "Segredo de todos"))

    kept = read(database, shop, "SELECT m::text || r::text FROM messages m JOIN raw_elements r ON r.id = m.id")
    assert len(kept) == 4
    assert not [row for (row,) in kept if "Segredo" in row]


@pytest.mark.parametrize("kind", ["edit", "revoke"])
def test_the_shops_phone_changes_nothing_that_the_customer_wrote(database: Database, shop: PetShop, kind: str) -> None:
    wa_id, wamid = new_wa_id(), new_wamid()
    say(database, shop, "Quero banho", wa_id=wa_id, wamid=wamid)
    content = {"original_message_id": wamid, "message": {"type": "text", "text": {"body": "Quero tosa"}}}

    write_as_shop(database, shop, wa_id, kind=kind, content=content)

    assert one(database, shop, "SELECT text FROM messages WHERE provider_id = %s", wamid) == ("Quero banho",)
