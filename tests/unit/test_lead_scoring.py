"""Which words and messages warm a lead, in both languages, and by how much."""

import pytest

from auzap.leads.scoring import POINTS, Lead, Signal, counting, heard, score_after
from auzap.leads.words import said_in

KNOWN = Lead(stage="qualifying", score=30, is_known=True)

SAID: dict[str, list[str]] = {
    "asked_price": [
        "Quanto custa o banho?",
        "quanto fica a tosa",
        "qual o valor do banho",
        "Me passa os preços por favor",
        "valores?",
        "How much is a bath?",
        "what's the price of grooming",
    ],
    "asked_duration": [
        "quanto tempo demora o banho?",
        "que horas ele fica pronto?",
        "qual o prazo",
        "How long does it take?",
        "when will she be ready",
    ],
    "wants_to_buy": [
        "quero agendar um banho",
        "como faço para marcar?",
        "Tem horário amanhã?",
        "Can I book a bath?",
        "how do i buy it",
    ],
    "names_competitor": ["na outra loja é mais barato", "vi na Petz por menos", "another pet shop is cheaper"],
    "complains": ["quero fazer uma reclamação", "péssimo atendimento", "I want a refund", "this is terrible"],
    "asks_to_stop": [
        "pare",
        "STOP",
        "Sair.",
        "Parem de me mandar mensagem",
        "não quero mais receber",
        "me tira da lista",
        "para de me enviar promoção",
        "pode parar de mandar mensagem",
        "stop sending me this",
        "please remove me from your list",
    ],
}
NOTHING = [
    "Oi!",
    "obrigada",
    "o cachorro não para de latir",
    "quero sair mais cedo hoje",
    "ele não para de enviar beijos",
    "para enviar o comprovante, qual o número",
    "não quero mais receber o cachorro molhado",
    "não me chame mais de Ana",
    "vamos parar na praça",
    "where is the bus stop",
    "o valor sentimental dele é grande",
]


@pytest.mark.parametrize(("meant", "text"), [(meant, text) for meant, texts in SAID.items() for text in texts])
def test_words_mean_what_they_mean(meant: str, text: str) -> None:
    assert meant in said_in(text)


@pytest.mark.parametrize("text", NOTHING)
def test_what_only_sounds_like_it_means_nothing(text: str) -> None:
    assert said_in(text) == set()


@pytest.mark.parametrize(
    ("kind", "signals"), [("audio", {"media"}), ("image", {"media"}), ("text", set()), ("sticker", set())]
)
def test_a_photo_or_a_voice_message_is_a_signal(kind: str, signals: set[str]) -> None:
    assert heard([(kind, "")], intent=None, after_agent=False) == signals


@pytest.mark.parametrize(
    ("intent", "signals"),
    [
        ("prices", {"asked_price"}),
        ("booking", {"wants_to_buy"}),
        ("complaint", {"complains"}),
        ("person", {"asks_person"}),
        ("greeting", set()),
        (None, set()),
    ],
)
def test_what_the_model_understood_counts_too(intent: str | None, signals: set[str]) -> None:
    assert heard([("text", "oi")], intent=intent, after_agent=False) == signals


def test_all_messages_of_a_turn_are_heard() -> None:
    signals = heard([("text", "quanto custa?"), ("text", "e quanto tempo leva?")], intent=None, after_agent=True)
    assert signals == {"asked_price", "asked_duration", "answered"}


def test_a_first_contact_counts_once() -> None:
    assert counting(Lead(), {"asked_price"}) == ["first_contact", "asked_price"]
    assert counting(KNOWN, {"asked_price"}) == ["asked_price"]


def test_a_signal_counts_once_a_day_and_answering_each_time() -> None:
    today = Lead(is_known=True, today=("asked_price",))
    assert counting(today, {"asked_price", "answered", "media"}) == ["answered", "media"]


@pytest.mark.parametrize(
    ("signal", "points"),
    [
        ("first_contact", 10),
        ("answered", 5),
        ("asked_price", 20),
        ("asked_duration", 15),
        ("wants_to_buy", 30),
        ("media", 5),
        ("names_competitor", 10),
        ("asks_person", 15),
        ("complains", 5),
        ("asks_to_stop", -50),
    ],
)
def test_each_signal_has_its_points(signal: Signal, points: int) -> None:
    assert POINTS[signal] == points
    assert score_after(Lead(score=100), [signal]) == 100 + points


def test_a_score_is_never_below_nothing() -> None:
    assert score_after(KNOWN, ["asks_to_stop"]) == 0
