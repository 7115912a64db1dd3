"""Who has a conversation, over the API: every act, every refusal, and what customers and the agent notice of it."""

import pytest

from tests.api.surroundings import Surroundings
from tests.api.talking import Talk, open_talk, other_talk, talk
from tests.factories import new_wa_id

__all__ = ["open_talk", "other_talk", "talk"]


def act(talk: Talk, place: str, what: str, body: object = None) -> dict[str, object]:
    return talk.place.post(f"/v1/conversations/{place}/{what}", body, status=200)


def refused(talk: Talk, place: str, what: str, body: object = None) -> tuple[int, str]:
    return talk.place.refused("POST", f"/v1/conversations/{place}/{what}", body)


def test_who_takes_a_conversation_has_it_and_the_agent_falls_silent(talk: Talk) -> None:
    place = talk.say()
    talk.write(
        "INSERT INTO outbox (conversation_id, kind, author, content) VALUES (%s, 'reply', 'bot', '{\"type\": \"text\"}')",
        place,
    )

    held = act(talk, place, "hold")

    assert (held["state"], held["assigned_user_id"]) == ("human", talk.user_id)
    assert held["returns_at"] is not None
    assert talk.one("SELECT state FROM outbox") == "cancelled"
    assert talk.of(place, "answer_at") is None


def test_what_somebody_has_is_not_taken_from_them(talk: Talk) -> None:
    place, bia = talk.say(), talk.member()
    act(bia, place, "hold")

    assert refused(talk, place, "hold") == (409, "held_by_another")
    assert talk.place.details("POST", f"/v1/conversations/{place}/hold") == {"user_id": bia.user_id}
    assert talk.of(place, "assigned_user_id") is not None


def test_nobody_holds_more_than_they_may(talk: Talk) -> None:
    first, second = talk.say(wa_id=new_wa_id()), talk.say(wa_id=new_wa_id())
    talk.write("UPDATE memberships SET most_conversations = 1")
    act(talk, first, "hold")

    assert refused(talk, second, "hold") == (409, "too_many_held")
    assert talk.of(second, "state") == "ai"


def test_the_agent_gets_it_back_with_what_nobody_has_answered(talk: Talk, around: Surroundings) -> None:
    place = talk.say()
    act(talk, place, "hold")

    back = act(talk, place, "return")

    assert (back["state"], back["assigned_user_id"]) == ("ai", None)
    hint = {"organization_id": str(talk.place.organization_id), "conversation_id": place}
    assert around.hints("turns") == [hint]


def test_giving_back_where_nothing_waits_wakes_nobody(talk: Talk, around: Surroundings) -> None:
    place = talk.say()
    act(talk, place, "hold")
    talk.write("UPDATE messages SET awaits_answer = false")

    act(talk, place, "return")

    assert around.hints("turns") == []


def test_a_closed_conversation_is_not_given_back(talk: Talk) -> None:
    place = talk.say()
    act(talk, place, "closing", {})

    assert refused(talk, place, "return") == (409, "illegal_move")
    assert talk.place.details("POST", f"/v1/conversations/{place}/return") == {"from": "closed", "to": "ai"}


def test_a_conversation_is_passed_on_whoever_has_it(talk: Talk) -> None:
    place, caio = talk.say(), talk.colleague()
    act(talk, place, "hold")

    assert act(talk, place, "transfer", {"user_id": str(caio)})["assigned_user_id"] == str(caio)


def test_it_is_passed_on_to_nobody_of_another_shop(talk: Talk, other_talk: Talk) -> None:
    stranger = other_talk.colleague()

    assert refused(talk, talk.say(), "transfer", {"user_id": str(stranger)}) == (404, "not_a_member")


def test_a_waiting_conversation_is_somebodys_turn_and_still_anybodys_to_take(talk: Talk) -> None:
    place, caio = talk.say(), talk.colleague()
    talk.write("UPDATE conversations SET state = 'waiting_human', handoff_at = app.now()")

    assigned = talk.place.put(f"/v1/conversations/{place}/assignment", {"user_id": str(caio)})
    assert (assigned["state"], assigned["assigned_user_id"]) == ("waiting_human", str(caio))
    assert talk.place.put(f"/v1/conversations/{place}/assignment", {"user_id": None})["assigned_user_id"] is None
    assert act(talk, place, "hold")["assigned_user_id"] == talk.user_id


def test_only_what_waits_is_assigned(talk: Talk) -> None:
    place, caio = talk.say(), talk.colleague()

    refused = talk.place.refused("PUT", f"/v1/conversations/{place}/assignment", {"user_id": str(caio)})

    assert refused == (409, "not_waiting")


def test_who_closes_what_the_agent_has_has_done_with_it(talk: Talk) -> None:
    place = talk.say()

    closed = act(talk, place, "closing", {"reason": "Resolvido por telefone"})

    assert (closed["state"], closed["unread_count"]) == ("closed", 0)
    assert talk.of(place, "closed_reason") == "Resolvido por telefone"


def test_a_closed_conversation_is_opened_again(talk: Talk) -> None:
    place = talk.say()
    act(talk, place, "closing", {})

    assert act(talk, place, "reopening")["state"] == "ai"


def test_one_that_went_on_elsewhere_stays_closed(talk: Talk) -> None:
    place = talk.say(wa_id="5511987654321")
    act(talk, place, "closing", {})
    talk.write("UPDATE conversations SET closed_at = app.now() - interval '8 days'")
    newer = talk.say(wa_id="5511987654321")

    assert newer != place
    assert refused(talk, place, "reopening") == (409, "went_on")


def test_a_hold_asked_twice_with_one_key_is_one_hold(talk: Talk) -> None:
    path = f"/v1/conversations/{talk.say()}/hold"
    first = talk.place.person.ask("POST", path, **{"idempotency-key": "h1"})
    talk.place.post(path.replace("hold", "return"))
    again = talk.place.person.ask("POST", path, **{"idempotency-key": "h1"})

    assert first.json() == again.json()
    assert talk.one("SELECT state FROM conversations") == "ai"


@pytest.mark.parametrize("what", ["hold", "closing"])
def test_a_program_holds_nothing(talk: Talk, what: str) -> None:
    place, program = talk.say(), talk.key("conversations:write")

    body = {} if what == "closing" else None
    assert refused(program, place, what, body) == (403, "people_only")


def test_a_program_gives_back_what_people_have(talk: Talk) -> None:
    place, program = talk.say(), talk.key("conversations:write")
    act(talk, place, "hold")

    assert act(program, place, "return")["state"] == "ai"


def test_staff_take_give_back_and_close(talk: Talk) -> None:
    place, bia = talk.say(), talk.member("staff")

    for what, state in (("hold", "human"), ("return", "ai"), ("hold", "human")):
        assert act(bia, place, what)["state"] == state
    assert act(bia, place, "closing", {})["state"] == "closed"
