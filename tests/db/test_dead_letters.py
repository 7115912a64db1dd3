"""Dead letters: kept with their shop, apologised for once, listed, and sent again without a second effect."""

import json
from datetime import timedelta
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from auzap.conversations import dead_letters, redriving
from auzap.conversations.dead_letters import Kept
from auzap.db.connection import Database
from auzap.ids import ConversationId, DeadLetterId
from auzap.texts import text
from auzap.turns.claiming import LEASE, NotNow, claim
from tests import factories
from tests.db.committed import read, write
from tests.db.scripted_model import ScriptedModel, answer
from tests.db.turning import answered, claimed, replies, turns
from tests.factories import PetShop, new_wamid, say
from tests.postgres import Clock

HOUR = timedelta(hours=1)


def hint(shop: PetShop, conversation_id: ConversationId) -> dict[str, Any]:
    return {"organization_id": str(shop.organization_id), "conversation_id": str(conversation_id)}


def keep(database: Database, queue: str, body: dict[str, Any]) -> Kept:
    return dead_letters.keep(database, queue=queue, message_id=str(uuid4()), body=json.dumps(body), receives=12)


def the_letter(database: Database, shop: PetShop) -> DeadLetterId:
    ((letter_id,),) = read(database, shop, "SELECT id FROM dead_letters ORDER BY id DESC LIMIT 1")
    return letter_id


class Queues:
    """What is sent again, and where to."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, Any]] = []

    def __call__(self, source: str, body: Any, letter_id: DeadLetterId) -> None:
        self.sent.append((source, body))


@pytest.fixture
def queues() -> Queues:
    return Queues()


def redrive(database: Database, shop: PetShop, queues: Queues) -> bool:
    return redriving.redrive(database, shop.organization_id, the_letter(database, shop), send=queues)


def holding(database: Database, shop: PetShop) -> tuple[Any, ...]:
    (row,) = read(database, shop, "SELECT state, handoff_reason, priority FROM conversations")
    return row


def apologies(database: Database, shop: PetShop) -> int:
    return len(read(database, shop, "SELECT FROM outbox WHERE kind = 'apology'"))


@pytest.mark.parametrize(
    ("queue", "source"),
    [
        ("auzap-staging-turns-dead", "turns"),
        ("auzap-production-inbound-dead.fifo", "inbound"),
        ("provider-events-dead", "provider-events"),
        ("auzap-local-lost-ticks", "auzap-local-lost-ticks"),
    ],
)
def test_the_name_of_a_dead_letter_queue_tells_where_its_letters_came_from(queue: str, source: str) -> None:
    assert dead_letters.source_of(queue) == source


def test_a_dead_turn_hands_over_with_one_apology_for_what_was_not_answered(
    database: Database, shop: PetShop, conversation_id: ConversationId
) -> None:
    kept = [keep(database, "turns-dead", hint(shop, conversation_id)) for _ in range(2)]

    assert [letter.apologised_in for letter in kept] == [conversation_id, None]
    assert holding(database, shop) == ("waiting_human", "dead_letter", "high")
    assert apologies(database, shop) == 1
    assert read(database, shop, "SELECT kind, detail FROM staff_tasks") == [("dead_letter", "turn_failed")] * 2


def test_the_staff_is_told_once_that_a_dead_letter_left_a_customer_to_them(
    database: Database, owner: psycopg.Connection, shop: PetShop, conversation_id: ConversationId
) -> None:
    bia = factories.make_member(owner, shop.organization_id)
    write(database, shop, "UPDATE memberships SET availability = 'online'")
    write(database, shop, "UPDATE organization_settings SET assignment = 'round_robin'")
    for _ in range(2):
        keep(database, "turns-dead", hint(shop, conversation_id))

    assert read(database, shop, "SELECT kind, level, conversation_id, detail FROM notifications") == [
        ("handoff", "warning", conversation_id, {"reason": "dead_letter", "user_id": str(bia)})
    ]


def test_the_staff_is_not_called_to_a_dead_letter_of_an_answered_customer(
    database: Database, shop: PetShop, conversation_id: ConversationId
) -> None:
    write(database, shop, "UPDATE messages SET awaits_answer = false")

    keep(database, "turns-dead", hint(shop, conversation_id))

    assert read(database, shop, "SELECT FROM notifications") == []


def test_an_answered_customer_gets_no_apology(
    database: Database, shop: PetShop, conversation_id: ConversationId, model: ScriptedModel
) -> None:
    answered(claimed(database, shop, conversation_id), model.says(answer("Oi! Como posso ajudar?")))
    write(database, shop, "UPDATE outbox SET state = 'sent'")

    assert keep(database, "turns-dead", hint(shop, conversation_id)).apologised_in is None
    assert holding(database, shop) == ("ai", None, "high")


def test_a_person_who_has_the_conversation_is_not_talked_over(
    database: Database, shop: PetShop, conversation_id: ConversationId
) -> None:
    write(database, shop, factories.TAKE)

    assert keep(database, "turns-dead", hint(shop, conversation_id)).apologised_in is None
    assert (holding(database, shop)[0], apologies(database, shop)) == ("human", 0)


def test_a_worker_at_the_conversation_is_left_to_answer(
    database: Database, shop: PetShop, conversation_id: ConversationId, model: ScriptedModel
) -> None:
    turn = claimed(database, shop, conversation_id)
    keep(database, "turns-dead", hint(shop, conversation_id))

    assert answered(turn, model.says(answer("Oi!"))).outcome == "replied"
    assert replies(database, shop) == ["Oi!"]


def test_a_send_that_died_is_a_persons_to_look_at_and_says_what_was_last_wrong(
    database: Database, shop: PetShop, conversation_id: ConversationId, model: ScriptedModel
) -> None:
    answered(claimed(database, shop, conversation_id), model.says(answer("Oi!")))
    write(database, shop, "UPDATE outbox SET error_code = 131056")

    keep(database, "outbox-dead", hint(shop, conversation_id))

    assert holding(database, shop) == ("waiting_human", "dead_letter", "high")
    assert apologies(database, shop) == 0
    assert read(database, shop, "SELECT reason FROM dead_letters") == [("send_failed: 131056",)]


def test_a_message_that_died_before_it_was_stored_is_apologised_for_where_the_customer_is_known(
    database: Database, shop: PetShop, wa_id: str, conversation_id: ConversationId, model: ScriptedModel
) -> None:
    answered(claimed(database, shop, conversation_id), model.says(answer("Oi!")))
    envelope = {"account": shop.account.external_id, "kind": "message", "id": new_wamid(), "person": {"wa_id": wa_id}}

    for _ in range(2):
        keep(database, "inbound-dead.fifo", envelope)

    assert apologies(database, shop) == 1
    assert holding(database, shop)[0] == "waiting_human"


def test_a_message_with_a_name_of_any_length_is_apologised_for(
    database: Database, shop: PetShop, wa_id: str, conversation_id: ConversationId
) -> None:
    write(database, shop, "UPDATE messages SET awaits_answer = false")
    envelope = {"account": shop.account.external_id, "kind": "message", "id": "w" * 9_000, "person": {"wa_id": wa_id}}

    assert keep(database, "inbound", envelope).apologised_in == conversation_id


def test_an_owner_gets_an_apology_of_their_own_and_no_person_is_called(
    database: Database, shop: PetShop, wa_id: str, conversation_id: ConversationId
) -> None:
    write(database, shop, "INSERT INTO authorized_owner_numbers (phone, name) VALUES (%s, 'Helena')", f"+{wa_id}")

    kept = [keep(database, "turns-dead", hint(shop, conversation_id)) for _ in range(2)]

    assert [letter.apologised_in for letter in kept] == [conversation_id, conversation_id]
    assert holding(database, shop)[0] == "ai"
    assert read(database, shop, "SELECT content ->> 'text' FROM outbox") == [(text("apology_to_owner", "pt-BR"),)]


def test_a_letter_of_a_file_flags_the_conversation_it_was_sent_in(
    database: Database, shop: PetShop, conversation_id: ConversationId
) -> None:
    write(
        database,
        shop,
        """
        INSERT INTO media (message_id, conversation_id, provider_media_id, kind)
        SELECT id, conversation_id, '1', 'image' FROM messages
        """,
    )
    ((media_id,),) = read(database, shop, "SELECT id FROM media")

    keep(database, "media-dead", {"organization_id": str(shop.organization_id), "media_id": str(media_id)})

    assert read(database, shop, "SELECT conversation_id, reason FROM dead_letters") == [
        (conversation_id, "media_failed")
    ]


def test_a_redriven_turn_is_answered_once_however_often_it_is_asked_for(
    database: Database, shop: PetShop, conversation_id: ConversationId, model: ScriptedModel, queues: Queues
) -> None:
    keep(database, "turns-dead", hint(shop, conversation_id))

    assert [redrive(database, shop, queues) for _ in range(3)] == [True, False, False]

    assert queues.sent == [("turns", hint(shop, conversation_id))]
    answered(claimed(database, shop, conversation_id), model.says(answer("Oi! Como posso ajudar?")))
    assert claim(database, shop.organization_id, conversation_id) == NotNow("answered")
    assert read(database, shop, "SELECT state, redrives, settled_by FROM dead_letters") == [("redriven", 1, "system")]


def test_a_redriven_turn_is_the_agents_again_though_somebody_was_meant_to_take_it(
    database: Database, owner: psycopg.Connection, shop: PetShop, conversation_id: ConversationId, queues: Queues
) -> None:
    bia = factories.make_member(owner, shop.organization_id)
    write(database, shop, "UPDATE memberships SET availability = 'online'")
    write(database, shop, "UPDATE organization_settings SET assignment = 'round_robin'")
    keep(database, "turns-dead", hint(shop, conversation_id))
    assert read(database, shop, "SELECT assigned_user_id FROM conversations") == [(bia,)]

    redrive(database, shop, queues)

    assert read(database, shop, "SELECT state, assigned_user_id FROM conversations") == [("ai", None)]


def test_a_redriven_turn_goes_on_from_its_journal(
    database: Database, shop: PetShop, conversation_id: ConversationId, clock: Clock, queues: Queues
) -> None:
    turn = claimed(database, shop, conversation_id)
    write(database, shop, "UPDATE turns SET attempt = 5")
    clock.move(LEASE + timedelta(seconds=1))
    keep(database, "turns-dead", hint(shop, conversation_id))
    assert turns(database, shop) == [("gave_up", "dead_letter")]

    redrive(database, shop, queues)

    again = claimed(database, shop, conversation_id)
    assert (again.id, again.attempt) == (turn.id, 1)


def test_a_redrive_after_newer_messages_answers_all_of_them_in_one_turn(
    database: Database, shop: PetShop, wa_id: str, conversation_id: ConversationId, clock: Clock, queues: Queues
) -> None:
    keep(database, "turns-dead", hint(shop, conversation_id))
    say(database, shop, "E a tosa?", wa_id=wa_id)
    clock.move(timedelta(seconds=11))

    redrive(database, shop, queues)

    assert [message.text for message in claimed(database, shop, conversation_id).unanswered] == ["Oi!", "E a tosa?"]


def test_a_redrive_after_a_person_answered_brings_no_reply(
    database: Database, shop: PetShop, conversation_id: ConversationId, queues: Queues
) -> None:
    keep(database, "turns-dead", hint(shop, conversation_id))
    write(database, shop, "UPDATE conversations SET state = 'human'")

    assert redrive(database, shop, queues)

    assert holding(database, shop)[0] == "human"
    assert claim(database, shop.organization_id, conversation_id) == NotNow("held")


def test_a_redrive_of_what_waited_too_long_stays_with_the_people(
    database: Database, shop: PetShop, conversation_id: ConversationId, clock: Clock, queues: Queues
) -> None:
    keep(database, "turns-dead", hint(shop, conversation_id))
    clock.move(HOUR)

    assert redrive(database, shop, queues)

    assert holding(database, shop)[0] == "waiting_human"


def test_a_redriven_message_of_a_known_customer_is_the_agents_again(
    database: Database, shop: PetShop, wa_id: str, conversation_id: ConversationId, model: ScriptedModel, queues: Queues
) -> None:
    answered(claimed(database, shop, conversation_id), model.says(answer("Oi!")))
    lost = factories.message(shop, "E a tosa?", wa_id=wa_id)
    envelope = {
        "account": shop.account.external_id,
        "kind": "message",
        "id": lost.provider_id,
        "person": {"wa_id": wa_id},
    }
    keep(database, "inbound-dead.fifo", envelope)
    assert holding(database, shop)[0] == "waiting_human"

    assert redrive(database, shop, queues)

    assert queues.sent == [("inbound", envelope)]
    assert read(database, shop, "SELECT state, answer_at FROM conversations") == [("ai", None)]


@pytest.mark.parametrize("taken", ["state = 'human'", "handoff_reason = 'asked for a person'"])
def test_a_redriven_message_of_a_customer_whom_a_person_has_or_who_wants_one_takes_nobody_back(
    database: Database, shop: PetShop, wa_id: str, conversation_id: ConversationId, queues: Queues, taken: str
) -> None:
    envelope = {"account": shop.account.external_id, "kind": "message", "id": new_wamid(), "person": {"wa_id": wa_id}}
    keep(database, "inbound-dead.fifo", envelope)
    write(database, shop, f"UPDATE conversations SET {taken}")
    before = holding(database, shop)

    assert redrive(database, shop, queues)

    assert holding(database, shop) == before


def test_a_letter_that_could_not_be_sent_again_stays_kept(
    database: Database, shop: PetShop, conversation_id: ConversationId, queues: Queues
) -> None:
    keep(database, "turns-dead", hint(shop, conversation_id))

    def refuse(source: str, body: Any, letter_id: DeadLetterId) -> None:
        assert not database.in_transaction
        raise ConnectionError

    with pytest.raises(ConnectionError):
        redriving.redrive(database, shop.organization_id, the_letter(database, shop), send=refuse)

    assert redrive(database, shop, queues)


def test_a_discarded_letter_is_not_sent_again(
    database: Database, shop: PetShop, conversation_id: ConversationId, queues: Queues
) -> None:
    keep(database, "turns-dead", hint(shop, conversation_id))
    letter_id = the_letter(database, shop)
    with database.transaction(shop.organization_id, "user:helena") as tx:
        assert redriving.discard(tx, letter_id)

    assert not redrive(database, shop, queues)
    assert read(database, shop, "SELECT state, settled_by FROM dead_letters") == [("discarded", "user:helena")]


def test_a_letter_that_is_settled_leaves_its_own_task_done_and_no_other(
    database: Database, shop: PetShop, conversation_id: ConversationId, queues: Queues
) -> None:
    write(database, shop, "INSERT INTO staff_tasks (kind, detail) VALUES ('send_failed', 'undeliverable')")
    letters: list[DeadLetterId] = []
    for _ in range(3):
        keep(database, "turns-dead", hint(shop, conversation_id))
        letters.append(the_letter(database, shop))

    redriving.redrive(database, shop.organization_id, letters[0], send=queues)
    with database.transaction(shop.organization_id, "user:helena") as tx:
        redriving.discard(tx, letters[1])

    assert read(database, shop, "SELECT kind, done_at IS NOT NULL FROM staff_tasks ORDER BY created_at, id") == [
        ("send_failed", False),
        ("dead_letter", True),
        ("dead_letter", True),
        ("dead_letter", False),
    ]


def test_letters_are_listed_newest_first_by_page_with_reason_and_payload(
    database: Database, shop: PetShop, conversation_id: ConversationId
) -> None:
    bodies = [hint(shop, conversation_id) | {"number": number} for number in range(3)]
    for body in bodies:
        keep(database, "turns-dead", body)

    with database.transaction(shop.organization_id, "test") as tx:
        first = redriving.list_letters(tx, limit=2)
        rest = redriving.list_letters(tx, before=first[-1].id, limit=2)

    assert [letter.body for letter in [*first, *rest]] == bodies[::-1]
    assert {(letter.reason, letter.state, letter.receives) for letter in first} == {("turn_failed", "kept", 12)}


def test_a_shop_neither_sees_nor_redrives_another_shops_letters(
    database: Database, owner: psycopg.Connection, shop: PetShop, conversation_id: ConversationId, queues: Queues
) -> None:
    keep(database, "turns-dead", hint(shop, conversation_id))
    other, letter_id = factories.make_pet_shop(owner, database), the_letter(database, shop)

    with database.transaction(other.organization_id, "test") as tx:
        assert redriving.list_letters(tx) == []
        assert not redriving.discard(tx, letter_id)
    assert not redriving.redrive(database, other.organization_id, letter_id, send=queues)
    assert queues.sent == []
