"""The inbox over the API: which conversations there are, what was said and done in them, and what staff mark."""

from datetime import timedelta
from typing import Any

import pytest

from tests.api.talking import Talk, open_talk, other_talk, talk
from tests.factories import new_wa_id, new_wamid

__all__ = ["open_talk", "other_talk", "talk"]


def listed(talk: Talk, query: str = "") -> list[str]:
    return [row["id"] for row in talk.place.page(f"/v1/conversations{query}")[0]]


def test_a_new_shop_has_an_empty_inbox(talk: Talk) -> None:
    assert talk.place.page("/v1/conversations") == ([], None)


def test_the_inbox_shows_who_wrote_and_what_was_said_last(talk: Talk) -> None:
    place = talk.say("Oi!", wa_id="5511987654321", name="Ana Souza")
    talk.say("Quanto custa o banho?", wa_id="5511987654321")

    ((entry),) = talk.place.page("/v1/conversations")[0]

    assert (entry["id"], entry["state"], entry["unread_count"], entry["is_window_open"]) == (place, "ai", 2, True)
    assert (entry["contact_name"], entry["contact_phone"]) == ("Ana Souza", "+5511987654321")
    assert (entry["last_sender"], entry["last_text"]) == ("customer", "Quanto custa o banho?")
    assert entry["channel_account_id"] == str(talk.account.id)


def test_the_last_to_speak_comes_first_over_all_pages(talk: Talk) -> None:
    said = []
    for number in range(5):
        said.append(talk.say(f"Oi {number}", wa_id=new_wa_id()))
        talk.place.clock.move(timedelta(seconds=10))

    assert [row["id"] for row in talk.place.all_pages("/v1/conversations")] == said[::-1]


def test_conversations_are_found_by_what_they_are(talk: Talk) -> None:
    mine, waiting, plain = (talk.say(wa_id=new_wa_id()) for _ in range(3))
    talk.place.post(f"/v1/conversations/{mine}/hold")
    talk.write("UPDATE conversations SET state = 'waiting_human', handoff_at = app.now() WHERE id = %s", waiting)
    talk.place.person.ask("PATCH", f"/v1/conversations/{plain}", {"priority": "urgent"})
    talk.place.post(f"/v1/conversations/{plain}/tags", {"tag": "Orçamento"})
    talk.place.put(f"/v1/conversations/{plain}/read-mark")
    contact = talk.of(plain, "contact_id")

    assert listed(talk, "?state=waiting_human") == [waiting]
    assert set(listed(talk, "?state=waiting_human&state=human")) == {waiting, mine}
    assert listed(talk, "?state=closed") == []
    assert listed(talk, "?assigned_user_id=me") == listed(talk, f"?assigned_user_id={talk.user_id}") == [mine]
    assert set(listed(talk, "?assigned_user_id=nobody")) == {waiting, plain}
    assert listed(talk, "?priority=urgent") == listed(talk, "?tag=ORÇAMENTO") == [plain]
    assert listed(talk, "?is_unread=false") == [plain]
    assert plain not in listed(talk, "?is_unread=true")
    assert listed(talk, f"?contact_id={contact}") == [plain]
    assert len(listed(talk, f"?channel_account_id={talk.account.id}")) == 3
    assert listed(talk, f"?channel_account_id={contact}") == []


def test_what_rests_is_shown_apart_until_its_moment(talk: Talk) -> None:
    place = talk.say()
    until = talk.place.now + timedelta(minutes=10)
    talk.place.person.ask("PATCH", f"/v1/conversations/{place}", {"snoozed_until": until.isoformat()})
    assert (listed(talk, "?is_snoozed=true"), listed(talk, "?is_snoozed=false")) == ([place], [])

    talk.place.clock.move(timedelta(minutes=11))
    assert listed(talk, "?is_snoozed=false") == [place]


def test_a_resting_conversation_is_woken_by_null(talk: Talk) -> None:
    place = talk.say()
    until = talk.place.now + timedelta(minutes=10)
    talk.place.person.ask("PATCH", f"/v1/conversations/{place}", {"snoozed_until": until.isoformat()})

    assert talk.place.person.ask("PATCH", f"/v1/conversations/{place}", {"snoozed_until": None}).status_code == 204
    assert listed(talk, "?is_snoozed=false") == [place]


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("tosa", ["bia"]),
        ("TÓS", ["bia"]),
        ("banho cachorrinha", ["ana"]),
        ("banho", ["ana", "bia"]),
        ("souza", ["ana"]),
        ("joão", ["bia"]),
        ("98765-43", ["ana"]),
        ("(11) 98765", ["ana"]),
        ("gato", []),
        ("!!", []),
        ("' OR 1=1 --", []),
        ("b:* | x", []),
    ],
)
def test_conversations_are_found_by_words_names_and_numbers(talk: Talk, search: str, found: list[str]) -> None:
    places = {
        "ana": talk.say("Quanto custa o banho da minha cachorrinha?", wa_id="5511987654321", name="Ana Souza"),
        "bia": talk.say("Vocês fazem banho e tosa?", wa_id="5521912345678", name="Beatriz João"),
    }

    assert set(listed(talk, f"?search={search}")) == {places[name] for name in found}


def test_a_search_of_one_letter_names_its_field(talk: Talk) -> None:
    assert talk.place.refused("GET", "/v1/conversations?search=a") == (422, "invalid")
    assert talk.place.details("GET", "/v1/conversations?search=a")[0]["field"] == "search"


def test_another_shop_is_not_listed_and_not_found(talk: Talk, other_talk: Talk) -> None:
    theirs = other_talk.say("Quanto custa o banho?", name="Ana")

    assert listed(talk) == listed(talk, "?search=banho") == listed(talk, "?search=ana") == []
    for path in ("", "/messages", "/timeline", "/notes", "/templates"):
        assert talk.place.refused("GET", f"/v1/conversations/{theirs}{path}") == (404, "unknown_conversation")


def test_what_the_owner_says_to_the_agent_is_not_for_the_inbox(talk: Talk) -> None:
    # With and without Brazil's ninth digit.
    talk.write("INSERT INTO authorized_owner_numbers (phone, name) VALUES ('+551187654321', 'Helena')")
    place = talk.say("Quanto vendemos hoje?", wa_id="5511987654321", name="Helena")

    assert listed(talk) == listed(talk, "?search=vendemos") == listed(talk, "?search=helena") == []
    for path in ("", "/messages", "/timeline"):
        assert talk.place.refused("GET", f"/v1/conversations/{place}{path}") == (404, "unknown_conversation")


def test_a_conversation_is_shown_with_its_customer(talk: Talk) -> None:
    place = talk.say(wa_id="5511987654321", name="Ana")
    talk.place.pet(str(talk.of(place, "contact_id")), "Rex")
    talk.lead(place, stage="qualifying", score=35)

    shown = talk.place.get(f"/v1/conversations/{place}")

    assert (shown["state"], shown["account_name"], shown["contact_phone"]) == ("ai", "Pet Feliz", "+5511987654321")
    assert (shown["card"]["name"], [pet["name"] for pet in shown["card"]["pets"]]) == ("Ana", ["Rex"])
    assert (shown["lead"]["stage"], shown["lead"]["score"]) == ("qualifying", 35)
    assert (shown["proposal"], shown["open_tasks"], shown["upcoming"]["bookings"]) == (None, 0, [])


def test_an_unknown_conversation_is_as_one_of_another_shop(talk: Talk) -> None:
    nobody = talk.place.organization_id

    for method, path, body in EVERYTHING:
        assert talk.place.refused(method, f"/v1/conversations/{nobody}{path}", body) == (404, "unknown_conversation")


EVERYTHING: list[tuple[str, str, Any]] = [
    ("GET", "", None),
    ("PATCH", "", {"priority": "high"}),
    ("GET", "/messages", None),
    ("POST", "/messages", {"type": "text", "text": "Oi"}),
    ("GET", "/timeline", None),
    ("GET", "/templates", None),
    ("POST", "/typing", None),
    ("PUT", "/read-mark", None),
    ("POST", "/tags", {"tag": "vip"}),
    ("DELETE", "/tags?tag=vip", None),
    ("POST", "/hold", None),
    ("POST", "/return", None),
    ("POST", "/transfer", {"user_id": "0192f0c1-0000-7000-8000-000000000000"}),
    ("PUT", "/assignment", {"user_id": None}),
    ("POST", "/closing", {}),
    ("POST", "/reopening", None),
    ("GET", "/notes", None),
    ("POST", "/notes", {"text": "Oi"}),
    ("DELETE", "/notes/0192f0c1-0000-7000-8000-000000000000", None),
]


def test_nothing_is_done_to_another_shops_conversation(talk: Talk, other_talk: Talk) -> None:
    theirs = other_talk.say()
    before = other_talk.read("SELECT to_jsonb(c) FROM conversations c")

    for method, path, body in EVERYTHING:
        assert talk.place.refused(method, f"/v1/conversations/{theirs}{path}", body) == (404, "unknown_conversation")

    assert other_talk.read("SELECT to_jsonb(c) FROM conversations c") == before


def test_messages_are_paged_from_the_latest_back(talk: Talk) -> None:
    wa_id, place = new_wa_id(), ""
    for number in range(5):
        place = talk.say(f"Mensagem {number}", wa_id=wa_id)
        talk.place.clock.move(timedelta(seconds=2))

    said = talk.place.all_pages(f"/v1/conversations/{place}/messages")

    assert [row["text"] for row in said] == [f"Mensagem {number}" for number in (4, 3, 2, 1, 0)]
    assert {row["sender"] for row in said} == {"customer"}


def test_a_quoted_message_is_named(talk: Talk) -> None:
    wa_id, wamid = new_wa_id(), new_wamid()
    place = talk.say("O preto ou o branco?", wa_id=wa_id, wamid=wamid)
    talk.say("Este", wa_id=wa_id, context={"id": wamid})

    latest, first = talk.place.get(f"/v1/conversations/{place}/messages")

    assert (latest["quoted_message_id"], first["quoted_message_id"]) == (first["id"], None)


def test_a_message_that_was_taken_back_shows_nothing_of_what_it_was(talk: Talk) -> None:
    wa_id, wamid = new_wa_id(), new_wamid()
    place = talk.say("Meu CPF é 123", wa_id=wa_id, wamid=wamid)
    talk.say(wa_id=wa_id, kind="revoke", content={"original_message_id": wamid})

    ((shown),) = talk.place.get(f"/v1/conversations/{place}/messages")

    assert shown["revoked_at"] is not None
    assert (shown["text"], shown["details"], shown["media"]) == ("", {}, None)


def test_a_stored_file_has_a_link_and_one_that_is_awaited_has_none(talk: Talk) -> None:
    photo = {"id": "111", "mime_type": "image/jpeg", "sha256": "x"}
    place = talk.say(wa_id="5511987654321", kind="image", content=photo)
    ((waiting),) = talk.place.get(f"/v1/conversations/{place}/messages")
    assert (waiting["media"]["state"], waiting["media"]["link"], waiting["details"]) == ("waiting", None, {})

    talk.write("UPDATE media SET state = 'stored', content_type = 'image/jpeg', object_key = 'media/x', bytes = 9")
    ((stored),) = talk.place.get(f"/v1/conversations/{place}/messages")

    assert (stored["media"]["state"], stored["media"]["content_type"], stored["media"]["bytes"]) == (
        "stored",
        "image/jpeg",
        9,
    )
    assert "media/x?" in stored["media"]["link"]
    assert "X-Amz-Expires=300" in stored["media"]["link"]


def test_the_timeline_tells_turns_moves_notes_and_questions(talk: Talk) -> None:
    place = talk.say()
    talk.write(
        """
        WITH turned AS (
          INSERT INTO turns (conversation_id, fence, state, message_ids, intent, confidence)
          VALUES (%s, 1, 'answered', '{}', 'prices', 90) RETURNING id
        )
        INSERT INTO turn_steps (turn_id, step, kind, content)
        SELECT id, 1, 'tool', '{"name": "list_services", "arguments": "{}", "result": "Banho R$ 60,00"}' FROM turned
        """,
        place,
    )
    talk.place.post(f"/v1/conversations/{place}/hold")
    talk.place.post(f"/v1/conversations/{place}/notes", {"text": "Ligar amanhã"})
    talk.write("INSERT INTO escalations (conversation_id, question) VALUES (%s, 'Atende coelho?')", place)

    happened = talk.place.all_pages(f"/v1/conversations/{place}/timeline")

    assert [each["kind"] for each in happened] == ["question", "note", "move", "move", "turn"]
    turn = happened[-1]["detail"]
    assert (turn["intent"], turn["tools"]) == ("prices", [{"name": "list_services", "result": "Banho R$ 60,00"}])
    assert happened[1]["detail"] == {"text": "Ligar amanhã", "by": f"user:{talk.user_id}"}
    assert (happened[2]["detail"]["to"], happened[2]["detail"]["to_user_id"]) == ("human", talk.user_id)


def test_a_cursor_of_another_list_is_refused(talk: Talk) -> None:
    place = talk.say()
    for number in range(2):
        talk.say(f"Oi {number}", wa_id=new_wa_id())
    _, cursor = talk.place.page("/v1/conversations?limit=1")

    assert talk.place.refused("GET", f"/v1/conversations/{place}/timeline?cursor={cursor}") == (422, "bad_cursor")


def test_a_tag_is_given_and_taken(talk: Talk) -> None:
    place = talk.say()
    talk.lead(place)
    talk.place.post(f"/v1/conversations/{place}/tags", {"tag": "VIP"})
    assert talk.of(place, "tags") == ["vip"]
    assert talk.one("SELECT created_by FROM lead_events WHERE kind = 'tag_added'") == f"agent:{talk.user_id}"

    talk.place.delete(f"/v1/conversations/{place}/tags?tag=vip")

    assert talk.of(place, "tags") == []


def test_tags_have_a_length_and_a_number(talk: Talk) -> None:
    place = talk.say()
    talk.write("UPDATE conversations SET tags = ARRAY(SELECT 'tag ' || n FROM generate_series(1, 20) n)")

    assert talk.place.refused("POST", f"/v1/conversations/{place}/tags", {"tag": "mais uma"}) == (409, "too_many_tags")
    assert talk.place.details("POST", f"/v1/conversations/{place}/tags", {"tag": "x" * 41})[0]["field"] == "tag"


def test_a_conversation_cannot_rest_until_yesterday(talk: Talk) -> None:
    place, yesterday = talk.say(), (talk.place.now - timedelta(days=1)).isoformat()

    refused = talk.place.refused("PATCH", f"/v1/conversations/{place}", {"snoozed_until": yesterday})

    assert refused == (422, "past_snooze")


def test_a_change_of_nothing_is_refused(talk: Talk) -> None:
    place = talk.say()

    assert talk.place.refused("PATCH", f"/v1/conversations/{place}", {}) == (422, "invalid")
    assert talk.place.refused("PATCH", f"/v1/conversations/{place}", {"state": "closed"}) == (422, "invalid")


def test_notes_are_written_read_and_removed_by_who_may(talk: Talk) -> None:
    place, bia = talk.say(), talk.member()
    mine = talk.place.post(f"/v1/conversations/{place}/notes", {"text": " Ligar amanhã "}, status=201)
    theirs = bia.place.post(f"/v1/conversations/{place}/notes", {"text": "Rex morde"}, status=201)
    assert (mine["text"], mine["author"]) == ("Ligar amanhã", f"user:{talk.user_id}")
    assert [note["text"] for note in bia.place.get(f"/v1/conversations/{place}/notes")] == ["Rex morde", "Ligar amanhã"]

    assert bia.place.refused("DELETE", f"/v1/conversations/{place}/notes/{mine['id']}") == (404, "not_found")
    talk.place.delete(f"/v1/conversations/{place}/notes/{theirs['id']}")

    assert [note["text"] for note in talk.place.get(f"/v1/conversations/{place}/notes")] == ["Ligar amanhã"]


def test_a_note_sent_twice_with_one_key_is_one_note(talk: Talk) -> None:
    path, body = f"/v1/conversations/{talk.say()}/notes", {"text": "Ligar"}
    first = talk.place.person.ask("POST", path, body, **{"idempotency-key": "n1"})
    again = talk.place.person.ask("POST", path, body, **{"idempotency-key": "n1"})

    assert first.json()["data"] == again.json()["data"]
    assert len(talk.place.get(path)) == 1


def test_an_empty_note_names_its_field(talk: Talk) -> None:
    assert talk.place.details("POST", f"/v1/conversations/{talk.say()}/notes", {"text": "  "})[0]["field"] == "text"
