"""What else a message may be: media to copy, an advertisement's customer, a reaction, an imported one."""

from datetime import timedelta
from typing import Any

import pytest

from auzap.conversations import recording
from auzap.db.connection import Database
from tests.db.committed import read, write
from tests.db.recorded import answered, close, count, leads, one
from tests.factories import PetShop, message, new_bsuid, new_wa_id, new_wamid, say
from tests.postgres import Clock

DAY = timedelta(days=1)
MEDIA = {"id": "1037543291543636", "mime_type": "application/pdf", "sha256": "a2V5", "filename": "vacina.pdf"}

# Media


def test_media_wait_to_be_copied_from_the_moment_they_are_stored(database: Database, shop: PetShop) -> None:
    recorded = say(database, shop, kind="document", content=MEDIA | {"caption": "Carteirinha"})

    assert one(database, shop, "SELECT id, provider_media_id, kind, declared_type, filename, state FROM media") == (
        *(recorded.media_id, "1037543291543636", "document", "application/pdf", "vacina.pdf", "waiting"),
    )
    assert one(database, shop, "SELECT m.text FROM messages m JOIN media ON media.message_id = m.id") == (
        "Carteirinha",
    )


def test_media_seen_again_are_copied_once(database: Database, shop: PetShop) -> None:
    wa_id, wamid = new_wa_id(), new_wamid()
    first, again = (say(database, shop, wa_id=wa_id, wamid=wamid, kind="image", content=MEDIA) for _ in range(2))

    assert first.media_id
    assert again.media_id is None
    assert count(database, shop, "media") == 1


@pytest.mark.parametrize("content", [{}, {"id": ""}, {"id": 7}, {"id": "9" * 201}])
def test_media_without_an_id_are_messages_all_the_same(
    database: Database, shop: PetShop, content: dict[str, Any]
) -> None:
    recorded = say(database, shop, kind="image", content=content)

    assert (recorded.is_new, recorded.media_id) == (True, None)
    assert count(database, shop, "media") == 0


def test_a_photo_costs_a_known_customer_no_further_statement(database: Database, shop: PetShop) -> None:
    wa_id = new_wa_id()
    say(database, shop, wa_id=wa_id)

    assert say(database, shop, wa_id=wa_id, kind="image", content=MEDIA).media_id
    assert one(database, shop, "SELECT unread_count FROM conversations") == (2,)


# Advertisements

AD = {
    "source_url": "https://fb.me/banho?utm_source=instagram&utm_campaign=banho_verao&other=x",
    "source_id": "120",
    "source_type": "ad",
    "ctwa_clid": "click-1",
}
UTM = {
    "utm_source": "instagram",
    "utm_campaign": "banho_verao",
    "source_id": "120",
    "source_type": "ad",
    "ctwa_clid": "click-1",
}


def test_whoever_came_by_an_advertisement_is_a_lead_that_knows_it(database: Database, shop: PetShop) -> None:
    say(database, shop, referral=AD)

    assert one(database, shop, "SELECT source, utm FROM leads") == ("advertisement", UTM)
    assert one(database, shop, "SELECT details -> 'utm', details -> 'referral' FROM messages") == (UTM, AD)


def test_the_first_advertisement_is_the_one_that_counts(database: Database, shop: PetShop) -> None:
    wa_id = new_wa_id()
    say(database, shop, wa_id=wa_id, referral=AD)
    say(database, shop, wa_id=wa_id, referral=AD | {"source_id": "121"})

    assert one(database, shop, "SELECT utm ->> 'source_id' FROM leads") == ("120",)


def test_a_lead_that_knows_no_advertisement_learns_of_one(database: Database, shop: PetShop) -> None:
    wa_id = new_wa_id()
    say(database, shop, wa_id=wa_id)
    write(database, shop, "INSERT INTO leads (contact_id, score) SELECT id, 30 FROM contacts")

    say(database, shop, wa_id=wa_id, referral=AD)

    assert one(database, shop, "SELECT source, score, utm FROM leads") == ("whatsapp", 30, UTM)


def test_the_owner_who_tries_an_advertisement_is_no_lead(database: Database, shop: PetShop) -> None:
    wa_id = new_wa_id()
    write(database, shop, "INSERT INTO authorized_owner_numbers (phone, name) VALUES (%s, 'Dona Rosa')", f"+{wa_id}")

    say(database, shop, wa_id=wa_id, referral=AD)

    assert count(database, shop, "leads") == 0


# Reactions


def test_a_reaction_is_shown_on_what_it_is_about_and_asks_nothing(database: Database, shop: PetShop) -> None:
    wa_id, wamid = new_wa_id(), new_wamid()
    say(database, shop, wa_id=wa_id, wamid=wamid)
    answered(database, shop)

    put = say(database, shop, wa_id=wa_id, kind="reaction", content={"message_id": wamid, "emoji": "❤️"})
    taken = say(database, shop, wa_id=wa_id, kind="reaction", content={"message_id": wamid})

    assert (put.answer_in, taken.answer_in) == (None, None)
    kept = read(database, shop, "SELECT quoted_provider_id, text FROM messages WHERE kind = 'reaction' ORDER BY id")
    assert kept == [(wamid, "❤️"), (wamid, "")]


# Imported history


def imported(database: Database, shop: PetShop, wa_id: str, text: str = "Oi", **said: Any) -> recording.Recorded:
    said.setdefault("from", wa_id)
    return recording.record(database, message(shop, text, wa_id=wa_id, envelope="history", **said))


def test_history_is_kept_and_nobody_is_woken_by_it(database: Database, shop: PetShop, clock: Clock) -> None:
    wa_id, then = new_wa_id(), clock.now() - 90 * DAY

    theirs = imported(database, shop, wa_id, "Quanto é o banho?", at=then)
    ours = imported(
        *(database, shop, wa_id, "60 reais"),
        **{"at": then + DAY, "from": "551130000000", "history_context": {"status": "READ"}},
    )

    assert (theirs.answer_in, ours.answer_in) == (None, None)
    said = read(
        database, shop, "SELECT sender, text, awaits_answer, delivery, imported FROM messages ORDER BY provider_at"
    )
    assert said == [("customer", "Quanto é o banho?", False, None, True), ("staff", "60 reais", False, "read", True)]
    assert one(database, shop, "SELECT state, unread_count, last_inbound_at, answer_at FROM conversations") == (
        *("closed", 0, None, None),
    )
    assert leads(database, shop) == []
    assert [count(database, shop, table) for table in ("staff_tasks", "contacts", "conversations")] == [0, 1, 1]


def test_history_goes_to_the_conversation_that_is_open(database: Database, shop: PetShop, clock: Clock) -> None:
    wa_id = new_wa_id()
    live = say(database, shop, wa_id=wa_id)
    before = one(database, shop, "SELECT state, unread_count, answer_at, last_message_at FROM conversations")

    past = imported(database, shop, wa_id, at=clock.now() - 30 * DAY)

    assert past.conversation_id == live.conversation_id
    assert one(database, shop, "SELECT state, unread_count, answer_at, last_message_at FROM conversations") == before


def test_history_reopens_nothing(database: Database, shop: PetShop, clock: Clock) -> None:
    wa_id = new_wa_id()
    live = say(database, shop, wa_id=wa_id)
    close(database, shop, live.conversation_id)

    imported(database, shop, wa_id, at=clock.now() - DAY)

    assert one(database, shop, "SELECT id, state FROM conversations") == (live.conversation_id, "closed")


def test_a_customer_with_a_history_goes_on_where_it_ended(database: Database, shop: PetShop, clock: Clock) -> None:
    wa_id = new_wa_id()
    past = imported(database, shop, wa_id, at=clock.now() - 30 * DAY)

    live = say(database, shop, wa_id=wa_id)

    assert live.conversation_id == past.conversation_id
    assert live.answer_in is not None
    assert one(database, shop, "SELECT state, unread_count FROM conversations") == ("ai", 1)


def test_history_that_comes_again_or_was_heard_live_is_kept_once(
    database: Database, shop: PetShop, clock: Clock
) -> None:
    wa_id, wamid = new_wa_id(), new_wamid()
    say(database, shop, wa_id=wa_id, wamid=wamid)

    assert not imported(database, shop, wa_id, wamid=wamid).is_new
    assert one(database, shop, "SELECT imported, awaits_answer FROM messages") == (False, True)


def test_the_photo_of_an_imported_message_takes_its_placeholders_place(database: Database, shop: PetShop) -> None:
    wa_id, wamid = new_wa_id(), new_wamid()
    imported(database, shop, wa_id, wamid=wamid, kind="media_placeholder", content={})
    assert one(database, shop, "SELECT kind FROM messages") == ("unsupported",)

    photo = imported(database, shop, wa_id, wamid=wamid, kind="image", content=MEDIA | {"caption": "O Thor"})

    assert photo.media_id
    assert one(database, shop, "SELECT kind, text, imported FROM messages") == ("image", "O Thor", True)
    assert one(database, shop, "SELECT id, state FROM media") == (photo.media_id, "waiting")


def test_two_halves_in_the_history_are_one_person(database: Database, shop: PetShop) -> None:
    wa_id, bsuid = new_wa_id(), new_bsuid()
    imported(database, shop, wa_id)
    say(database, shop, bsuid=bsuid)

    extra: dict[str, Any] = {"from": wa_id}
    recording.record(database, message(shop, "Oi", wa_id=wa_id, bsuid=bsuid, envelope="history", **extra))

    assert count(database, shop, "contacts") == 1
