"""What a customer writes anew or takes back: before it was read, while it is read, and after."""

from datetime import timedelta
from typing import Any

import pytest

from auzap.agent.model import Completion
from auzap.db.connection import Database
from auzap.turns.claiming import claim
from tests import factories
from tests.db.committed import read, write
from tests.db.recorded import answered, count, one
from tests.db.scripted_model import ScriptedModel, answer
from tests.db.turning import EXPIRED, claimed, replies, unanswered
from tests.db.turning import answered as answered_by
from tests.factories import PetShop, new_wa_id, new_wamid, say
from tests.postgres import Clock

SECOND = timedelta(seconds=1)


def edited(original: str, text: str) -> dict[str, Any]:
    return {
        "kind": "edit",
        "content": {"original_message_id": original, "message": {"type": "text", "text": {"body": text}}},
    }


def revoked(original: str) -> dict[str, Any]:
    return {"kind": "revoke", "content": {"original_message_id": original}}


def as_shown(database: Database, shop: PetShop, wamid: str) -> tuple[str, bool, bool]:
    """A message's text, and whether it is marked as edited and as taken back."""
    query = "SELECT text, edited_at IS NOT NULL, revoked_at IS NOT NULL FROM messages WHERE provider_id = %s"
    text, is_edited, is_revoked = one(database, shop, query, wamid)
    return text, is_edited, is_revoked


# Edits


def test_an_edit_of_what_nobody_has_read_changes_it(database: Database, shop: PetShop) -> None:
    wa_id, wamid = new_wa_id(), new_wamid()
    say(database, shop, "Quero banho sábdo", wa_id=wa_id, wamid=wamid)

    recorded = say(database, shop, wa_id=wa_id, **edited(wamid, "Quero banho sábado"))

    assert as_shown(database, shop, wamid) == ("Quero banho sábado", True, False)
    assert recorded.answer_in is not None
    assert one(database, shop, "SELECT awaits_answer FROM messages WHERE kind = 'edit'") == (False,)


def test_the_panel_is_told_of_an_edit(database: Database, shop: PetShop) -> None:
    wa_id, wamid = new_wa_id(), new_wamid()
    say(database, shop, wa_id=wa_id, wamid=wamid)
    say(database, shop, wa_id=wa_id, **edited(wamid, "Outra coisa"))

    told = "SELECT count(*) FROM changes WHERE table_name = 'messages' AND operation = 'update'"
    assert one(database, shop, told) == (1,)


def test_an_edit_of_what_was_answered_changes_nothing(database: Database, shop: PetShop) -> None:
    wa_id, wamid = new_wa_id(), new_wamid()
    say(database, shop, "Quero banho sábado", wa_id=wa_id, wamid=wamid)
    answered(database, shop)

    recorded = say(database, shop, wa_id=wa_id, **edited(wamid, "Quero tosa domingo"))

    assert as_shown(database, shop, wamid) == ("Quero banho sábado", False, False)
    assert one(database, shop, "SELECT text FROM messages WHERE kind = 'edit'") == ("Quero tosa domingo",)
    assert recorded.answer_in is None


def test_an_edit_of_what_is_being_read_is_read_before_the_reply(
    database: Database, shop: PetShop, clock: Clock, model: ScriptedModel
) -> None:
    wa_id, wamid = new_wa_id(), new_wamid()
    conversation_id = say(database, shop, "Quero banho sábado", wa_id=wa_id, wamid=wamid).conversation_id
    clock.move(3 * SECOND)
    turn = claimed(database, shop, conversation_id)

    def meanwhile(_: object) -> Completion:
        say(database, shop, wa_id=wa_id, **edited(wamid, "Quero banho domingo"))
        return answer("Para sábado?")

    answered_by(turn, model.says(meanwhile, answer("Para domingo, então?")))

    assert model.last_words == ["Quero banho sábado", "Quero banho domingo"]
    assert replies(database, shop) == ["Para domingo, então?"]
    assert as_shown(database, shop, wamid) == ("Quero banho sábado", False, False)
    assert unanswered(database, shop) == []


def test_an_edit_of_what_a_dead_worker_read_is_what_the_next_one_reads(
    database: Database, shop: PetShop, clock: Clock
) -> None:
    wa_id, wamid = new_wa_id(), new_wamid()
    conversation_id = say(database, shop, "Quero banho sábado", wa_id=wa_id, wamid=wamid).conversation_id
    clock.move(3 * SECOND)
    claimed(database, shop, conversation_id)
    clock.move(EXPIRED)

    say(database, shop, wa_id=wa_id, **edited(wamid, "Quero banho domingo"))

    assert [message.text for message in claimed(database, shop, conversation_id).unanswered] == ["Quero banho domingo"]


@pytest.mark.parametrize("apart", [SECOND, 0 * SECOND], ids=["a second apart", "in one second"])
def test_an_edit_that_comes_again_brings_no_old_text_back(
    database: Database, shop: PetShop, clock: Clock, apart: timedelta
) -> None:
    wa_id, wamid, again, now = new_wa_id(), new_wamid(), new_wamid(), clock.now()
    say(database, shop, "um", wa_id=wa_id, wamid=wamid, at=now)
    say(database, shop, wa_id=wa_id, wamid=again, at=now, **edited(wamid, "dois"))
    say(database, shop, wa_id=wa_id, at=now + apart, **edited(wamid, "três"))

    assert not say(database, shop, wa_id=wa_id, wamid=again, at=now, **edited(wamid, "dois")).is_new

    assert as_shown(database, shop, wamid) == ("três", True, False)


def test_an_edit_that_a_later_one_has_overtaken_changes_nothing(
    database: Database, shop: PetShop, clock: Clock
) -> None:
    wa_id, wamid, now = new_wa_id(), new_wamid(), clock.now()
    say(database, shop, "um", wa_id=wa_id, wamid=wamid, at=now)
    say(database, shop, wa_id=wa_id, at=now + 2 * SECOND, **edited(wamid, "três"))

    say(database, shop, wa_id=wa_id, at=now + SECOND, **edited(wamid, "dois"))

    assert as_shown(database, shop, wamid) == ("três", True, False)


def test_an_edit_reaches_no_message_of_another_customer(database: Database, shop: PetShop) -> None:
    wamid, stranger = new_wamid(), new_wa_id()
    say(database, shop, "Quero banho sábado", wa_id=new_wa_id(), wamid=wamid)
    say(database, shop, wa_id=stranger)

    say(database, shop, wa_id=stranger, **edited(wamid, "Cancela tudo"))
    say(database, shop, wa_id=stranger, **revoked(wamid))

    assert as_shown(database, shop, wamid) == ("Quero banho sábado", False, False)


def test_an_edit_in_one_shop_changes_nothing_in_another(database: Database, shop: PetShop, other_shop: PetShop) -> None:
    wa_id, wamid = new_wa_id(), new_wamid()
    for place in (shop, other_shop):
        say(database, place, "Quero banho", wa_id=wa_id, wamid=wamid)

    say(database, shop, wa_id=wa_id, **edited(wamid, "Quero tosa"))

    assert as_shown(database, shop, wamid)[0] == "Quero tosa"
    assert as_shown(database, other_shop, wamid) == ("Quero banho", False, False)


# Taken back


def test_what_is_taken_back_before_it_was_read_is_not_answered(database: Database, shop: PetShop, clock: Clock) -> None:
    wa_id, wamid = new_wa_id(), new_wamid()
    say(database, shop, "Sem querer", wa_id=wa_id, wamid=wamid, kind="image", content={"id": "5", "caption": "Ops"})

    recorded = say(database, shop, wa_id=wa_id, **revoked(wamid))

    assert recorded.answer_in is None
    assert as_shown(database, shop, wamid) == ("", False, True)
    assert one(database, shop, "SELECT details, awaits_answer FROM messages WHERE provider_id = %s", wamid) == (
        {},
        False,
    )
    assert one(database, shop, "SELECT state, reason FROM media") == ("refused", "revoked")
    clock.move(timedelta(minutes=10))
    assert one(database, shop, "SELECT answer_at FROM conversations") == (None,)
    assert not database.lookup(
        "SELECT FROM app.unhinted_conversations(1000) WHERE organization_id = %s", [shop.organization_id]
    )


def test_the_rest_of_a_burst_is_answered_without_what_was_taken_back(
    database: Database, shop: PetShop, clock: Clock
) -> None:
    wa_id, wamid = new_wa_id(), new_wamid()
    say(database, shop, "Sem querer", wa_id=wa_id, wamid=wamid)
    conversation_id = say(database, shop, "Tem vaga hoje?", wa_id=wa_id).conversation_id

    recorded = say(database, shop, wa_id=wa_id, **revoked(wamid))

    assert recorded.answer_in is not None
    clock.move(5 * SECOND)
    assert [message.text for message in claimed(database, shop, conversation_id).unanswered] == ["Tem vaga hoje?"]


def test_what_was_answered_and_is_taken_back_is_shown_no_more(database: Database, shop: PetShop) -> None:
    wa_id, wamid = new_wa_id(), new_wamid()
    say(database, shop, "Meu endereço é...", wa_id=wa_id, wamid=wamid)
    answered(database, shop)

    recorded = say(database, shop, wa_id=wa_id, **revoked(wamid))

    assert recorded.answer_in is None
    assert as_shown(database, shop, wamid) == ("", False, True)


def test_what_was_taken_back_is_not_edited_back(database: Database, shop: PetShop) -> None:
    wa_id, wamid = new_wa_id(), new_wamid()
    say(database, shop, wa_id=wa_id, wamid=wamid)
    say(database, shop, wa_id=wa_id, **revoked(wamid))
    say(database, shop, wa_id=wa_id, **edited(wamid, "De volta"))

    assert as_shown(database, shop, wamid) == ("", False, True)


def test_what_is_taken_back_is_nowhere_any_more(database: Database, shop: PetShop, clock: Clock) -> None:
    wa_id, wamid, now = new_wa_id(), new_wamid(), clock.now()
    say(database, shop, "Segredo meu", wa_id=wa_id, wamid=wamid, at=now)
    say(database, shop, wa_id=wa_id, at=now + SECOND, **edited(wamid, "Segredo nosso"))
    say(database, shop, "Tem vaga hoje?", wa_id=wa_id, at=now + 2 * SECOND)

    say(database, shop, wa_id=wa_id, at=now + 9 * SECOND, **revoked(wamid))
    say(database, shop, wa_id=wa_id, at=now + 3 * SECOND, **edited(wamid, "Segredo de todos"))

    kept = read(database, shop, "SELECT m::text || r::text FROM messages m JOIN raw_elements r ON r.id = m.id")
    assert len(kept) == 5
    assert not [row for (row,) in kept if "Segredo" in row]
    assert one(database, shop, "SELECT count(*) FROM messages WHERE revoked_at IS NOT NULL") == (3,)


def test_a_deletion_that_comes_again_deletes_no_second_time(database: Database, shop: PetShop, clock: Clock) -> None:
    wa_id, wamid, again = new_wa_id(), new_wamid(), new_wamid()
    say(database, shop, wa_id=wa_id, wamid=wamid)
    say(database, shop, wa_id=wa_id, wamid=again, **revoked(wamid))
    first = one(database, shop, "SELECT revoked_at FROM messages WHERE provider_id = %s", wamid)
    clock.move(SECOND)

    say(database, shop, wa_id=wa_id, wamid=again, **revoked(wamid))

    assert one(database, shop, "SELECT revoked_at FROM messages WHERE provider_id = %s", wamid) == first


def test_what_is_taken_back_in_one_shop_stays_in_another(
    database: Database, shop: PetShop, other_shop: PetShop
) -> None:
    wa_id, wamid = new_wa_id(), new_wamid()
    for place in (shop, other_shop):
        say(database, place, "Segredo", wa_id=wa_id, wamid=wamid)

    say(database, shop, wa_id=wa_id, **revoked(wamid))

    assert as_shown(database, other_shop, wamid) == ("Segredo", False, False)
    assert "Segredo" in str(one(database, other_shop, "SELECT element FROM raw_elements"))


# What comes before its original


def test_an_edit_that_overtook_its_original_counts(database: Database, shop: PetShop, clock: Clock) -> None:
    wa_id, wamid, now = new_wa_id(), new_wamid(), clock.now()
    say(database, shop, "Oi", wa_id=wa_id, at=now - 9 * SECOND)
    say(database, shop, wa_id=wa_id, at=now, **edited(wamid, "Quero banho domingo"))

    say(database, shop, "Quero banho sábado", wa_id=wa_id, wamid=wamid, at=now - 5 * SECOND)

    assert as_shown(database, shop, wamid) == ("Quero banho domingo", True, False)


def test_of_two_edits_that_overtook_their_original_the_later_counts(
    database: Database, shop: PetShop, clock: Clock
) -> None:
    wa_id, wamid, now = new_wa_id(), new_wamid(), clock.now()
    say(database, shop, wa_id=wa_id, at=now, **edited(wamid, "três"))
    say(database, shop, "um", wa_id=wa_id, wamid=wamid, at=now - 2 * SECOND)

    say(database, shop, wa_id=wa_id, at=now - SECOND, **edited(wamid, "dois"))

    assert as_shown(database, shop, wamid) == ("três", True, False)


def test_a_deletion_that_overtook_all_else_leaves_nothing(database: Database, shop: PetShop, clock: Clock) -> None:
    wa_id, wamid, now = new_wa_id(), new_wamid(), clock.now()
    say(database, shop, wa_id=wa_id, at=now - SECOND, **edited(wamid, "Segredo nosso"))
    say(database, shop, wa_id=wa_id, at=now, **revoked(wamid))

    say(database, shop, "Segredo meu", wa_id=wa_id, wamid=wamid, at=now - 2 * SECOND)

    kept = read(database, shop, "SELECT m::text || r::text FROM messages m JOIN raw_elements r ON r.id = m.id")
    assert not [row for (row,) in kept if "Segredo" in row]


def test_a_deletion_that_overtook_its_original_counts(database: Database, shop: PetShop, clock: Clock) -> None:
    wa_id, wamid, now = new_wa_id(), new_wamid(), clock.now()
    conversation_id = say(database, shop, wa_id=wa_id, at=now, **revoked(wamid)).conversation_id

    recorded = say(
        database, shop, wa_id=wa_id, wamid=wamid, at=now - SECOND, kind="image", content={"id": "5", "caption": "Ops"}
    )

    assert (recorded.answer_in, recorded.media_id) == (None, None)
    assert as_shown(database, shop, wamid) == ("", False, True)
    clock.move(10 * SECOND)
    assert not hasattr(claim(database, shop.organization_id, conversation_id), "unanswered")


# Who writes while the conversation is held


@pytest.mark.parametrize("state", ["waiting_human", "human"])
def test_an_edit_reaches_what_waits_for_a_person(database: Database, shop: PetShop, state: str) -> None:
    wa_id, wamid = new_wa_id(), new_wamid()
    say(database, shop, "Quero banho sábdo", wa_id=wa_id, wamid=wamid)
    for move in factories.MOVES[state].split(";"):
        write(database, shop, move)

    assert say(database, shop, wa_id=wa_id, **edited(wamid, "Quero banho sábado")).answer_in is None

    assert as_shown(database, shop, wamid) == ("Quero banho sábado", True, False)
    assert count(database, shop, "messages") == 2
    assert read(database, shop, "SELECT state FROM conversations") == [(state,)]
