"""A question that the agent cannot answer, from the customer's phone to the owner's and back."""

from local.street.chats import Chat
from tests.functions.house import House
from tests.functions.outside.model import answer, call

QUESTION = "Vocês atendem coelhos?"


def work(house: House) -> None:
    for queue in ("turns", "outbox"):
        for invocation in house.work(queue):
            assert invocation.failed == [], invocation.output


def shown(house: House, person: Chat) -> list[tuple[str, str]]:
    """The id and the text of each message of the shop on a phone."""
    messages = house.outside.street.chats.snapshot()["messages"]
    return [
        # Under buttons the text is one deeper.
        (message["id"], body["text"] if isinstance(body := message["content"]["body"], dict) else body)
        for message in messages
        if message["chat_id"] == person.id and message["sender"] == "shop"
    ]


def make_owner(house: House) -> Chat:
    """Somebody who has written to Aurora today."""
    helena = house.person("Helena Prado")
    house.change(
        "INSERT INTO authorized_owner_numbers (phone, name, is_primary) VALUES (%s, 'Helena', true)", f"+{helena.phone}"
    )
    house.outside.model.script = [answer("Oi, Helena!")]
    house.hear(helena, "Oi, Aurora!")
    work(house)
    return helena


def test_a_question_travels_to_the_owner_and_the_quoted_answer_to_the_customer(house: House) -> None:
    helena, ana, other = make_owner(house), house.person("Ana Souza"), house.person("Bia Lima")
    house.outside.model.script = [
        call("search_knowledge", question=QUESTION),
        call("ask_the_team", question=QUESTION),
        answer("Vou perguntar à equipe, que te responde por aqui.", confidence=90),
    ]
    house.hear(ana, QUESTION)
    work(house)

    asked, text = shown(house, helena)[-1]
    assert "Ana Souza perguntou" in text
    assert QUESTION in text
    assert ana.phone not in text  # pyright: ignore[reportOperatorIssue]
    house.hear(helena, "Sim, coelhos também!", quoted_id=asked)
    work(house)

    assert [text for _, text in shown(house, ana)] == [
        "Vou perguntar à equipe, que te responde por aqui.",
        "A equipe respondeu à sua pergunta:\n\nSim, coelhos também!",
    ]
    assert shown(house, helena)[-1][1].startswith("Pronto, enviei a sua resposta para Ana Souza. ✅")
    assert shown(house, other) == []
    assert house.rows("SELECT state, answer FROM escalations") == [("answered", "Sim, coelhos também!")]


def test_what_the_owner_writes_is_auroras_and_makes_no_lead(house: House) -> None:
    make_owner(house)

    (asked,) = house.outside.model.asked
    assert "shop_numbers" in asked.request.offered_tools
    assert house.rows("SELECT FROM leads") == []
    assert house.rows("SELECT FROM usage_counters WHERE metric = 'leads'") == []


def test_a_question_that_cannot_reach_the_owner_now_is_the_staffs_to_see(house: House) -> None:
    house.change(
        "INSERT INTO authorized_owner_numbers (phone, name, is_primary) VALUES ('+5511988887777', 'Helena', true)"
    )
    ana = house.person("Ana Souza")
    house.outside.model.script = [
        call("search_knowledge", question=QUESTION),
        call("ask_the_team", question=QUESTION),
        answer("A equipe te responde por aqui."),
    ]
    house.hear(ana, QUESTION)

    work(house)

    assert [text for _, text in shown(house, ana)] == ["A equipe te responde por aqui."]
    # The owner has not written for a day, and no template is approved.
    assert ("window_closed",) in house.rows("SELECT kind FROM staff_tasks")
    assert house.rows("SELECT kind FROM notifications WHERE kind = 'escalation'") == [("escalation",)]
    assert house.rows("SELECT state FROM escalations") == [("pending",)]
