"""Which language somebody writes, where it is plain."""

import pytest

from auzap.agent.language import language_of


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Oi, quanto fica o banho do meu cachorro?", "pt"),
        ("vc tem horario pra amanha de manha?", "pt"),
        ("Hi, how much is a bath for my dog?", "en"),
        ("Can I book an appointment for tomorrow please", "en"),
        ("Hola, cuánto cuesta el baño para mi perro?", "es"),
        ("Buenos días, quiero una cita para mañana", "es"),
        # Too little to tell by.
        ("ok", None),
        ("Rex, Golden Retriever", None),
        ("Thor 28/11 10:00", None),
        ("Golden Retriever, Shih Tzu, Poodle", None),
        ("", None),
    ],
)
def test_a_language_is_told_only_where_it_is_plain(text: str, language: str | None) -> None:
    assert language_of([text]) == language


def test_several_short_messages_tell_together() -> None:
    assert language_of(["Hi", "how much", "is the bath"]) == "en"
