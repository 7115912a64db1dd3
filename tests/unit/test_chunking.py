"""Pieces of a text: none too long, nothing lost, each under its heading."""

import itertools
import re

from hypothesis import given
from hypothesis import strategies as st

from auzap.knowledge.chunking import MOST, OVERLAP, chunks

SENTENCE = "O hóspede passeia três vezes por dia e dorme em suíte individual com ar-condicionado."


def paragraph(sentences: int) -> str:
    return " ".join(f"{number} {SENTENCE}" for number in range(sentences))


def test_a_short_text_is_one_piece() -> None:
    assert chunks("Só com hora marcada.\n\nTraga a carteira de vacinação.") == [
        "Só com hora marcada.\nTraga a carteira de vacinação."
    ]


def test_what_has_no_words_is_no_piece() -> None:
    assert chunks(" \n\n \t \n") == chunks("# Regulamento") == []


def test_a_long_section_goes_on_under_its_heading_and_with_the_last_words_of_the_piece_before() -> None:
    cut = chunks(f"# Rotina do hotel\n\n{paragraph(40)}")

    assert len(cut) > 2
    assert all(piece.startswith("Rotina do hotel\n") for piece in cut)
    for before, after in itertools.pairwise(cut):
        again = after.split("\n")[1]
        assert before.endswith(again)
        assert 0 < len(again) <= OVERLAP


def test_a_heading_begins_a_new_piece_once_there_is_enough() -> None:
    cut = chunks(f"# Entrada\n\n{paragraph(8)}\n\n# Saída\n\nAté o meio-dia.\n\n# Feriados\n\nSó o hotel.")

    assert len(cut) == 2
    assert cut[1] == "Saída\nAté o meio-dia.\nFeriados\nSó o hotel."


def test_a_sentence_without_end_is_cut() -> None:
    cut = chunks("x" * 5_000)

    assert "".join(piece.replace("\n", "").replace(" ", "") for piece in cut).count("x") >= 5_000
    assert max(map(len, cut)) <= MOST


PIECES = st.lists(
    st.one_of(
        st.text(alphabet="abcdé .!?;", min_size=1, max_size=1_500),
        st.builds("# {}".format, st.text(alphabet="abc ", min_size=1, max_size=300)),
        st.just(paragraph(20)),
    ),
    max_size=12,
)


@given(PIECES)
def test_no_piece_is_too_long_and_no_word_is_lost(parts: list[str]) -> None:
    text = "\n\n".join(parts)

    cut = chunks(text)

    assert all(0 < len(piece) <= MOST for piece in cut)
    body = [line for line in text.split("\n") if not line.startswith("# ")]
    joined = re.sub(r"\s", "", "".join(cut))
    for word in {word for line in body for word in line.split() if len(word) < 200}:
        assert word in joined
