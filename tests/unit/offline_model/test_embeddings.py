"""Vectors: the same for the same text, of length one, and near for similar texts."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.street.offline_model.embeddings import DIMENSIONS, embed


def nearness(one: str, other: str) -> float:
    return math.sumprod(embed(one), embed(other))


@given(st.text(min_size=1, max_size=300))
def test_every_text_has_a_vector_of_length_one(text: str) -> None:
    vector = embed(text)

    assert len(vector) == DIMENSIONS
    assert math.isclose(math.hypot(*vector), 1.0)
    assert vector == embed(text)


@pytest.mark.parametrize(
    ("text", "similar", "dissimilar"),
    [
        ("Qual é o preço do banho?", "quanto custa um banho", "vocês abrem no domingo?"),
        ("horário de funcionamento", "em que horarios a loja funciona?", "tosa higiênica para gatos"),
        ("meu cachorro está com alergia", "alergia na pele do cachorro", "quero pagar com cartão"),
        ("agendar consulta com o veterinário", "agendamento de consultas veterinárias", "entrega de ração"),
        ("vacinação de filhotes", "vacina para filhote", "banho e tosa no sábado"),
        ("aceita pix?", "formas de pagamento: pix, cartão e dinheiro", "o tapete higiênico acabou"),
    ],
)
def test_similar_texts_lie_nearer_than_others(text: str, similar: str, dissimilar: str) -> None:
    assert nearness(text, similar) > nearness(text, dissimilar) + 0.1


def test_accents_and_capitals_make_no_difference() -> None:
    assert math.isclose(nearness("TOSA HIGIÊNICA", "tosa higienica"), 1.0)
