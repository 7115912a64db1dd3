"""What staff keep with a conversation: notes, tags, priority, rest."""

from datetime import timedelta
from typing import Any, LiteralString, cast

import psycopg
import pytest

from auzap.conversations import marking, notes
from auzap.conversations.marking import PastSnooze, TooManyTags, UnusableTag
from auzap.conversations.notes import UnusableNote
from auzap.db.connection import Database, Tx
from auzap.ids import ConversationId
from tests import factories
from tests.postgres import Clock


@pytest.fixture
def conversation_id(tx: Tx) -> ConversationId:
    return factories.make_conversation(tx, factories.make_account(tx), factories.make_contact(tx))


def of(tx: Tx, conversation_id: ConversationId, column: str) -> Any:
    query = cast(LiteralString, f"SELECT {column} FROM conversations WHERE id = %s")
    ((value,),) = tx.execute(query, [conversation_id]).fetchall()
    return value


def test_notes_are_kept_with_their_author_and_shown_newest_first(tx: Tx, conversation_id: ConversationId) -> None:
    first = notes.add(tx, conversation_id, "  Prefere o tosador Caio.\x00 ")
    notes.add(tx, conversation_id, "Rex morde.")

    assert [(note.author, note.text) for note in notes.notes(tx, conversation_id)] == [
        ("test", "Rex morde."),
        ("test", "Prefere o tosador Caio.�"),
    ]
    assert notes.remove(tx, conversation_id, first)
    assert not notes.remove(tx, conversation_id, first)
    assert [note.text for note in notes.notes(tx, conversation_id)] == ["Rex morde."]


@pytest.mark.parametrize("text", ["", " \n ", "x" * 4001])
def test_a_note_says_something_and_not_everything(tx: Tx, conversation_id: ConversationId, text: str) -> None:
    with pytest.raises(UnusableNote):
        notes.add(tx, conversation_id, text)


def test_a_tag_is_there_once_however_it_is_written(tx: Tx, conversation_id: ConversationId) -> None:
    for name in ("Banho", " banho ", "BANHO", "dono  bravo"):
        marking.tag(tx, conversation_id, name)
    assert of(tx, conversation_id, "tags") == ["banho", "dono bravo"]

    for _ in range(2):
        marking.untag(tx, conversation_id, "Banho")
    assert of(tx, conversation_id, "tags") == ["dono bravo"]


def test_the_lead_of_a_conversation_remembers_its_tags(tx: Tx, conversation_id: ConversationId) -> None:
    tx.execute("INSERT INTO leads (contact_id) SELECT contact_id FROM conversations")
    for _ in range(2):
        marking.tag(tx, conversation_id, "Banho", by="agent:bia")
    for _ in range(2):
        marking.untag(tx, conversation_id, "banho")

    assert tx.execute("SELECT kind, detail, created_by FROM lead_events ORDER BY id").fetchall() == [
        ("tag_added", {"tag": "banho"}, "agent:bia"),
        ("tag_removed", {"tag": "banho"}, "system"),
    ]


def test_the_twenty_first_tag_is_refused_and_the_others_stay(tx: Tx, conversation_id: ConversationId) -> None:
    for number in range(20):
        marking.tag(tx, conversation_id, f"tag {number}")

    with pytest.raises(TooManyTags):
        marking.tag(tx, conversation_id, "one more")
    marking.tag(tx, conversation_id, "tag 3")

    assert of(tx, conversation_id, "cardinality(tags)") == 20


@pytest.mark.parametrize("name", ["", "  ", "x" * 41])
def test_a_tag_is_short_and_not_empty(tx: Tx, conversation_id: ConversationId, name: str) -> None:
    with pytest.raises(UnusableTag):
        marking.tag(tx, conversation_id, name)


def test_what_was_read_is_not_unread(tx: Tx, conversation_id: ConversationId) -> None:
    tx.execute("UPDATE conversations SET unread_count = 3")

    marking.read(tx, conversation_id)

    assert of(tx, conversation_id, "unread_count") == 0


def test_a_priority_is_told_to_the_panel_once(tx: Tx, conversation_id: ConversationId) -> None:
    for _ in range(2):
        marking.prioritise(tx, conversation_id, "urgent")

    assert of(tx, conversation_id, "priority") == "urgent"
    told = tx.execute("SELECT count(*) FROM changes WHERE table_name = 'conversations' AND operation = 'update'")
    assert told.fetchone() == (1,)


def test_a_conversation_rests_until_its_time_or_until_it_is_woken(
    tx: Tx, conversation_id: ConversationId, clock: Clock
) -> None:
    tomorrow = clock.now() + timedelta(days=1)
    marking.snooze(tx, conversation_id, tomorrow)
    assert of(tx, conversation_id, "snoozed_until") == tomorrow

    marking.wake(tx, conversation_id)
    assert of(tx, conversation_id, "snoozed_until") is None
    with pytest.raises(PastSnooze):
        marking.snooze(tx, conversation_id, clock.now() - timedelta(seconds=1))


def test_another_shop_reads_and_marks_nothing(owner: psycopg.Connection, database: Database, clock: Clock) -> None:
    shop, other = (factories.make_pet_shop(owner, database) for _ in range(2))
    conversation_id = factories.say(database, shop).conversation_id
    with database.transaction(shop.organization_id, "test") as tx:
        note_id = notes.add(tx, conversation_id, "Rex morde.")
        marking.tag(tx, conversation_id, "banho")

    with database.transaction(other.organization_id, "test") as tx:
        assert notes.notes(tx, conversation_id) == []
        notes.remove(tx, conversation_id, note_id)
        marking.read(tx, conversation_id)
        marking.prioritise(tx, conversation_id, "urgent")
        marking.tag(tx, conversation_id, "tosa")
        marking.untag(tx, conversation_id, "banho")
        marking.snooze(tx, conversation_id, clock.now() + timedelta(days=1))

    with database.transaction(shop.organization_id, "test") as tx:
        assert len(notes.notes(tx, conversation_id)) == 1
        columns = "(unread_count, priority, tags, snoozed_until IS NULL)::text"
        assert of(tx, conversation_id, columns) == "(1,normal,{banho},t)"
