"""The product as a first run shows it: the offline model thinks, with the real tools, rows and gate."""

from datetime import timedelta

import pytest

from auzap.texts import text
from local.street.chats import Chat
from tests.functions.house import House


@pytest.fixture
def helena(house: House) -> Chat:
    """The owner, who has written already."""
    helena = house.person("Helena Prado")
    house.change(
        "INSERT INTO authorized_owner_numbers (phone, name, is_primary) VALUES (%s, 'Helena', true)", f"+{helena.phone}"
    )
    assert "Aqui é a Aurora" in said_to(house, helena, "oi Aurora")
    return helena


def said_to(house: House, person: Chat, asked: str = "", **sent: str) -> str:
    """What the shop answers to one message."""
    before = len(shown(house, person))
    house.hear(person, asked, **sent)
    house.clock.move(timedelta(seconds=2))
    work(house)
    (answer,) = shown(house, person)[before:]
    return answer


def work(house: House) -> None:
    for queue in ("turns", "outbox"):
        for invocation in house.work(queue):
            assert invocation.failed == [], invocation.output


def shown(house: House, person: Chat) -> list[str]:
    messages = house.outside.street.chats.snapshot()["messages"]
    return [m["content"]["body"] for m in messages if m["chat_id"] == person.id and m["sender"] == "shop"]


def test_aurora_answers_the_owner_with_what_the_shop_has(house: House, helena: Chat) -> None:
    ana = house.person("Ana Souza")
    said_to(house, ana, "quero falar com um atendente")
    house.change(
        """
        UPDATE leads SET stage = 'hot', score = 80
        WHERE contact_id = (SELECT id FROM contacts WHERE profile_name = 'Ana Souza')
        """
    )
    house.change(
        """
        UPDATE channel_accounts SET status = 'degraded', status_reason = 'sending limited, quality red',
          health = '{"quality_rating": "RED", "subscription": "missing"}'
        """
    )

    assert said_to(house, helena, "quem está esperando?").startswith(
        "Esperando por uma pessoa ou por você:\n• Ana Souza"
    )
    assert "• Ana Souza (pontuação 80)" in said_to(house, helena, "quais são os leads quentes?")
    numbers = said_to(house, helena, "como foi a semana?")
    assert "• Leads novos: 1" in numbers
    assert "• Faturamento: sem dados" in numbers
    assert "com limitações, envio limitado, qualidade vermelha, qualidade RED, sem receber mensagens" in said_to(
        house, helena, "meus números estão bem?"
    )
    assert "Nada disso na agenda" in said_to(house, helena, "o que tem na agenda hoje?")
    assert "• Banho (60 min): R$ 70,00" in said_to(house, helena, "quais serviços a gente tem?")
    assert house.rows("SELECT DISTINCT outcome FROM turns WHERE handoff_trigger IS NULL") == [("replied",)]


def test_a_question_nobody_here_can_answer_is_the_owners_and_the_answer_the_customers(
    house: House, helena: Chat
) -> None:
    ana = house.person("Ana Souza")

    assert "perguntei para a equipe" in said_to(house, ana, "vocês aceitam cartão de crédito?")

    (asked,) = [
        message
        for message in house.outside.street.chats.snapshot()["messages"]
        if message["chat_id"] == helena.id and "Ana Souza perguntou" in message["content"]["body"]
    ]
    assert "“vocês aceitam cartão de crédito?”" in asked["content"]["body"]
    assert "uma pergunta para você" in said_to(house, helena, "quem está esperando?")
    # With the buttons that ask whether to learn it.
    assert "Pronto, enviei" in str(said_to(house, helena, "Sim, todos.", quoted_id=asked["id"]))
    assert shown(house, ana)[-1] == "A equipe respondeu à sua pergunta:\n\nSim, todos."


def test_what_the_agent_cannot_read_it_asks_for_in_writing_and_the_third_time_calls_a_person(house: House) -> None:
    ana = house.person("Ana Souza")

    for kind in ("image", "voice"):
        assert "Pode me escrever em texto?" in said_to(house, ana, kind=kind)
    assert said_to(house, ana, kind="video").startswith(text("unreadable", "pt-BR"))
    assert house.one("SELECT state FROM conversations") == "waiting_human"


def test_a_caption_is_answered_and_the_photo_is_said_to_be_unseen(house: House) -> None:
    answer = said_to(house, house.person("Ana Souza"), kind="image", caption="quanto custa o banho?")

    assert "R$ 70,00" in answer
    assert "ainda não consigo abrir" in answer
