"""What people send over the API: words, files and templates, within the customer's window and outside of it."""

from typing import Any

import pytest

from tests.api.surroundings import Surroundings
from tests.api.talking import Talk, open_talk, other_talk, talk
from tests.factories import new_wa_id, new_wamid

__all__ = ["open_talk", "other_talk", "talk"]

HELLO = {"type": "text", "text": "Oi, Ana! O Rex está pronto."}
REMINDER: dict[str, Any] = {"name": "lembrete", "language": "pt_BR", "values": {"1": "Ana", "2": "banho"}}


def send(talk: Talk, place: str, body: object = HELLO) -> dict[str, Any]:
    return talk.place.post(f"/v1/conversations/{place}/messages", body, status=201)


def refused(talk: Talk, place: str, body: object = HELLO) -> tuple[int, str]:
    return talk.place.refused("POST", f"/v1/conversations/{place}/messages", body)


def details(talk: Talk, place: str, body: object) -> Any:
    return talk.place.details("POST", f"/v1/conversations/{place}/messages", body)


def stored_file(talk: Talk, *, kind: str = "image") -> str:
    """That a customer has sent."""
    talk.say(wa_id=new_wa_id(), kind=kind, content={"id": "111", "mime_type": "image/jpeg"})
    return str(
        talk.one(
            """
            UPDATE media SET state = 'stored', content_type = 'image/jpeg', object_key = 'media/rex', bytes = 9,
              filename = 'rex.jpg'
            RETURNING id
            """
        )
    )


def test_what_somebody_writes_is_sent_and_the_conversation_is_theirs(talk: Talk, around: Surroundings) -> None:
    place = talk.say()

    sent = send(talk, place)

    assert (sent["text"], sent["delivery"], sent["conversation_id"]) == (HELLO["text"], "queued", place)
    assert talk.outbox() == [("staff", "person", HELLO["text"])]
    assert (talk.of(place, "state"), str(talk.of(place, "assigned_user_id"))) == ("human", talk.user_id)
    assert talk.of(place, "unread_count") == 0
    hint = {"organization_id": str(talk.place.organization_id), "conversation_id": place}
    assert around.hints("outbox") == [hint]
    shown = talk.place.get(f"/v1/conversations/{place}/messages")[0]
    assert (shown["id"], shown["sender"], shown["written_by"]) == (sent["id"], "staff", f"user:{talk.user_id}")


def test_a_message_sent_twice_with_one_key_goes_once(talk: Talk, around: Surroundings) -> None:
    path = f"/v1/conversations/{talk.say()}/messages"
    answers = [talk.place.person.ask("POST", path, HELLO, **{"idempotency-key": "m1"}).json() for _ in range(2)]

    assert answers[0] == answers[1]
    assert len(talk.outbox()) == 1


def test_what_somebody_else_has_is_not_written_in(talk: Talk) -> None:
    place, bia = talk.say(), talk.member()
    send(bia, place)

    assert refused(talk, place) == (409, "held_by_another")
    assert len(talk.outbox()) == 1


def test_a_program_writes_and_takes_nothing(talk: Talk) -> None:
    place, program = talk.say(), talk.key("conversations:write")

    send(program, place)

    assert (talk.of(place, "state"), talk.outbox()) == ("ai", [("staff", "person", HELLO["text"])])
    assert talk.one("SELECT written_by LIKE 'key:%%' FROM messages WHERE sender = 'staff'")


def test_a_closed_conversation_is_opened_by_who_writes(talk: Talk) -> None:
    place = talk.say()
    talk.place.post(f"/v1/conversations/{place}/closing", {})

    send(talk, place)

    assert talk.of(place, "state") == "human"


def test_a_message_answers_another_one(talk: Talk) -> None:
    wamid = new_wamid()
    place = talk.say(wamid=wamid)
    (asked,) = talk.place.get(f"/v1/conversations/{place}/messages")

    send(talk, place, HELLO | {"answers": asked["id"]})

    assert talk.one("SELECT content ->> 'quote' FROM outbox") == wamid


def test_a_message_of_another_conversation_is_not_answered(talk: Talk) -> None:
    here, there = talk.say(wa_id=new_wa_id()), talk.say(wa_id=new_wa_id())
    (asked,) = talk.place.get(f"/v1/conversations/{there}/messages")

    assert refused(talk, here, HELLO | {"answers": asked["id"]}) == (404, "unknown_message")


def test_after_a_day_only_a_template_reaches_the_customer(talk: Talk) -> None:
    place = talk.say()
    talk.template()
    talk.template("em_analise", status="pending")
    talk.let_a_day_pass()

    assert refused(talk, place) == (409, "window_closed")
    assert details(talk, place, HELLO) == [
        {"name": "lembrete", "language": "pt_BR", "body": "Oi, {{1}}! Podemos confirmar o {{2}}?"}
    ]
    assert (talk.outbox(), talk.of(place, "state")) == ([], "ai")
    send(talk, place, REMINDER | {"type": "template"})
    assert talk.outbox() == [("template", "person", "Oi, Ana! Podemos confirmar o banho?")]


def test_without_a_template_the_refusal_names_none(talk: Talk) -> None:
    place = talk.say()
    talk.let_a_day_pass()

    assert (refused(talk, place), details(talk, place, HELLO)) == ((409, "window_closed"), [])


def test_the_templates_of_a_conversation_are_those_of_its_number(talk: Talk) -> None:
    place = talk.say()
    talk.template()
    talk.write(
        """
        INSERT INTO message_templates (business_id, name, language, category, status, body)
        VALUES ('another', 'outro', 'pt_BR', 'utility', 'approved', 'Oi')
        """
    )

    ((known),) = talk.place.get(f"/v1/conversations/{place}/templates")

    assert (known["name"], known["parameters"], known["buttons"]) == ("lembrete", ["1", "2"], ["Sim"])


@pytest.mark.parametrize("values", [{}, {"1": "Ana"}, {"1": "Ana", "2": "banho", "3": "tosa"}, {"1": "Ana", "x": "y"}])
def test_a_template_is_filled_in_completely(talk: Talk, values: dict[str, str]) -> None:
    place = talk.say()
    talk.template()
    body = REMINDER | {"type": "template", "values": values}

    assert (refused(talk, place, body), details(talk, place, body)) == ((422, "unfilled_template"), ["1", "2"])


@pytest.mark.parametrize("status", ["pending", "rejected", "paused", "disabled"])
def test_a_template_that_is_not_approved_is_not_sent(talk: Talk, status: str) -> None:
    place = talk.say()
    talk.template(status=status)

    assert refused(talk, place, REMINDER | {"type": "template"}) == (404, "unknown_template")


def test_who_wants_no_news_gets_no_template(talk: Talk) -> None:
    place = talk.say()
    talk.template()
    talk.write("UPDATE contacts SET opted_out_at = app.now()")

    assert refused(talk, place, REMINDER | {"type": "template"}) == (409, "opted_out")
    send(talk, place)


def test_over_a_number_that_is_not_connected_nothing_goes(talk: Talk) -> None:
    place = talk.say()
    talk.write("UPDATE channel_accounts SET status = 'disconnected'")

    assert refused(talk, place) == (409, "number_disconnected")


def test_a_file_of_the_shop_is_sent(talk: Talk) -> None:
    place, media_id = talk.say(wa_id=new_wa_id()), stored_file(talk)

    send(talk, place, {"type": "file", "media_id": media_id, "caption": "Olha ele!"})

    assert talk.one("SELECT content FROM outbox") == {
        "type": "image",
        "media_id": media_id,
        "object_key": "media/rex",
        "text": "Olha ele!",
    }
    shown = talk.place.get(f"/v1/conversations/{place}/messages")[0]
    assert (shown["kind"], shown["text"], shown["details"]) == ("image", "Olha ele!", {})
    assert shown["media"]["id"] == media_id
    assert "media/rex?" in shown["media"]["link"]


def test_a_file_that_was_taken_back_is_not_sent(talk: Talk) -> None:
    place, media_id = talk.say(wa_id=new_wa_id()), stored_file(talk)
    talk.write("UPDATE messages SET revoked_at = app.now() WHERE kind = 'image'")

    assert refused(talk, place, {"type": "file", "media_id": media_id}) == (404, "unknown_file")


def test_a_file_of_the_owners_is_not_sent(talk: Talk) -> None:
    place, media_id = talk.say(wa_id="5511987654321"), stored_file(talk)
    talk.write("UPDATE contacts SET phone = '+5521912345678' WHERE phone <> '+5511987654321'")
    talk.write("INSERT INTO authorized_owner_numbers (phone, name) VALUES ('+5521912345678', 'Helena')")

    assert refused(talk, place, {"type": "file", "media_id": media_id}) == (404, "unknown_file")


def test_another_shops_file_is_not_sent(talk: Talk, other_talk: Talk) -> None:
    place, media_id = talk.say(), stored_file(other_talk)

    assert refused(talk, place, {"type": "file", "media_id": media_id}) == (404, "unknown_file")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"type": "text", "text": ""}, "text"),
        ({"type": "text", "text": "x" * 4097}, "text"),
        ({"type": "text", "text": "Oi", "price": 1}, "price"),
        ({"type": "file"}, "media_id"),
        ({"type": "template", "name": "x"}, "language"),
        ({"type": "sticker"}, "type"),
        ({"text": "Oi"}, "type"),
    ],
)
def test_what_cannot_be_sent_names_its_field(talk: Talk, body: object, field: str) -> None:
    place = talk.say()

    assert refused(talk, place, body) == (422, "invalid")
    assert details(talk, place, body)[0]["field"] == field


def test_a_shop_writes_first_to_who_has_never_written(talk: Talk, around: Surroundings) -> None:
    contact = talk.place.contact("Ana", phone="+5511987654321")
    talk.template()

    sent = talk.place.post(f"/v1/contacts/{contact}/conversation", REMINDER, status=201)

    place = sent["conversation_id"]
    assert (talk.of(place, "state"), talk.of(place, "reply_to")) == ("human", "5511987654321")
    assert talk.outbox() == [("template", "person", "Oi, Ana! Podemos confirmar o banho?")]
    assert [hint["conversation_id"] for hint in around.hints("outbox")] == [place]
    # Whoever answers goes on in it.
    assert talk.say("Sim", wa_id="5511987654321") == place


def test_a_shop_goes_on_in_the_conversation_that_is_open(talk: Talk) -> None:
    place = talk.say()
    contact = talk.of(place, "contact_id")
    talk.template()

    assert talk.place.post(f"/v1/contacts/{contact}/conversation", REMINDER)["conversation_id"] == place


def test_a_conversation_that_was_closed_lately_goes_on_and_an_old_one_does_not(talk: Talk) -> None:
    place = talk.say()
    contact = talk.of(place, "contact_id")
    talk.template()
    talk.place.post(f"/v1/conversations/{place}/closing", {})
    assert talk.place.post(f"/v1/contacts/{contact}/conversation", REMINDER)["conversation_id"] == place
    talk.place.post(f"/v1/conversations/{place}/closing", {})
    talk.write("UPDATE conversations SET closed_at = app.now() - interval '8 days'")

    newer = talk.place.post(f"/v1/contacts/{contact}/conversation", REMINDER)["conversation_id"]

    assert newer != place
    assert talk.of(newer, "reply_to") == talk.of(place, "reply_to")


def test_a_conversation_is_not_begun_with_who_cannot_be_reached(talk: Talk, other_talk: Talk) -> None:
    nameless, theirs = talk.place.contact("Ana"), other_talk.place.contact("Bia", phone="+5511987654321")
    talk.template()

    def refused(contact: str, **given: object) -> tuple[int, str]:
        return talk.place.refused("POST", f"/v1/contacts/{contact}/conversation", REMINDER | given)

    assert refused(nameless) == (409, "no_address")
    assert refused(theirs) == (404, "unknown_contact")
    assert refused(nameless, channel_account_id=str(other_talk.account.id)) == (409, "no_number")
    assert talk.read("SELECT 1 FROM conversations") == []


def test_nobody_writes_first_to_the_owner(talk: Talk) -> None:
    contact = talk.place.contact("Helena", phone="+5511987654321")
    talk.write("INSERT INTO authorized_owner_numbers (phone, name) VALUES ('+5511987654321', 'Helena')")
    talk.template()

    assert talk.place.refused("POST", f"/v1/contacts/{contact}/conversation", REMINDER) == (404, "unknown_contact")


def test_an_address_is_the_identity_that_writes(talk: Talk) -> None:
    contact = talk.place.contact("Ana", phone="+5511987654321")
    talk.template()
    with talk.place.tx() as tx:
        tx.execute(
            "INSERT INTO contact_identities (channel, kind, value, contact_id) VALUES ('whatsapp', 'bsuid', 'BR.123', %s)",
            [contact],
        )

    place = talk.place.post(f"/v1/contacts/{contact}/conversation", REMINDER)["conversation_id"]

    assert talk.of(place, "reply_to") == "BR.123"


def test_the_refusal_of_a_template_leaves_no_conversation_behind(talk: Talk) -> None:
    contact = talk.place.contact("Ana", phone="+5511987654321")

    assert talk.place.refused("POST", f"/v1/contacts/{contact}/conversation", REMINDER) == (404, "unknown_template")
    assert talk.read("SELECT 1 FROM conversations") == []


def test_typing_is_shown_only_where_there_is_something_to_show_it_below(talk: Talk) -> None:
    place = talk.say()

    # The number has no credentials: nothing can be shown, and nothing is refused.
    assert talk.place.person.ask("POST", f"/v1/conversations/{place}/typing").status_code == 204
