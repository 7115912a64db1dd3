"""The text of PDFs, pages and plain files; whatever else comes says why it cannot be read."""

import random
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auzap.knowledge.documents import MOST_CHARACTERS, Unreadable
from auzap.knowledge.extracting import MOST_PAGES, text_of
from tests.unit.pdf_files import locked, pdf

RULES = "Regulamento do hotel\nA saída é até as 12h (meio-dia)."
HOUR = 3_600.0


def read(content: bytes, content_type: str = "", *, seconds: float = HOUR) -> str:
    return text_of(content, content_type, deadline=time.monotonic() + seconds)


def problem(content: bytes, content_type: str = "", *, seconds: float = HOUR) -> str:
    with pytest.raises(Unreadable) as raised:
        read(content, content_type, seconds=seconds)
    return raised.value.problem


def came_to(content: bytes, content_type: str = "") -> str:
    """Why it cannot be read, or "read"."""
    try:
        return "read" if read(content, content_type).strip() else "read as nothing"
    except Unreadable as unreadable:
        return unreadable.problem


def test_a_pdf_is_read_page_by_page() -> None:
    assert read(pdf(RULES, "Página dois.")) == f"{RULES}\n\nPágina dois."


def test_a_pdf_is_known_by_its_first_bytes_whatever_its_server_calls_it() -> None:
    assert "meio-dia" in read(pdf(RULES), "text/html")


def test_a_pdf_that_is_only_protected_against_changes_is_read() -> None:
    assert "meio-dia" in read(locked(pdf(RULES), ""))


def test_a_pdf_with_a_password_says_so() -> None:
    assert problem(locked(pdf(RULES), "secret")) == "encrypted"


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"%PDF-1.4\nno more than that", "unreadable"),
        (pdf(RULES)[:200], "unreadable"),
        (pdf(""), "empty"),
        (b"%PDF-", "unreadable"),
    ],
)
def test_what_only_looks_like_a_pdf_says_so(content: bytes, expected: str) -> None:
    assert problem(content) == expected


def test_a_pdf_of_too_many_pages_is_not_read() -> None:
    assert problem(pdf(*["Oi"] * (MOST_PAGES + 1))) == "too_many_pages"


def test_a_pdf_that_takes_too_long_is_given_up() -> None:
    assert problem(pdf(RULES), seconds=-1) == "too_slow"


def test_a_mangled_pdf_is_read_or_says_why_and_never_breaks_the_reader() -> None:
    whole, chance = locked(pdf(RULES, "Página dois."), ""), random.Random(7)
    for _ in range(150):
        mangled = bytearray(whole)
        for _ in range(chance.randint(1, 40)):
            mangled[chance.randrange(5, len(mangled))] = chance.randrange(256)
        assert came_to(bytes(mangled)) in {"read", "unreadable", "encrypted", "empty", "too_many_pages"}


PAGE = """<!DOCTYPE html><html><head><title>Pet Feliz</title><meta charset="utf-8"><style>p { color: red }</style>
<script>document.write("comprar agora")</script></head><body><nav><a href="/">Início</a></nav>
<h2>Vacinas &amp; sa&uacute;de</h2><p>Só com V10 <b>em
dia</b>.</p><ul><li>Raiva</li><li>Gripe</li></ul><table><tr><td>Banho</td><td>R$ 60,00</td></tr></table>
<noscript>Ligue o JavaScript</noscript></body></html>"""


def test_a_page_is_read_as_it_is_shown_with_its_headings_marked() -> None:
    text = read(PAGE.encode(), "text/html; charset=utf-8")

    assert [line for line in text.split("\n") if line] == [
        "Pet Feliz", "# Vacinas & saúde", "Só com V10 em dia.", "Raiva", "Gripe", "Banho", "R$ 60,00",
    ]  # fmt: skip


@pytest.mark.parametrize("content_type", ["text/html; charset=iso-8859-1", 'text/html;charset="latin1"', "text/html"])
def test_a_page_in_an_old_alphabet_is_read_by_what_it_says_of_itself(content_type: str) -> None:
    page = '<meta http-equiv="Content-Type" content="text/html; charset=iso-8859-1"><p>Saúde e vermífugo</p>'

    assert "Saúde e vermífugo" in read(page.encode("latin-1"), content_type)


@pytest.mark.parametrize("content_type", ["text/plain", "text/plain; charset=nonsense", "text/markdown"])
def test_a_plain_text_is_read_whatever_it_says_of_its_alphabet(content_type: str) -> None:
    assert read("Saúde".encode(), content_type) == "Saúde"
    assert read("Saúde".encode("latin-1"), content_type) == "Saúde"


@pytest.mark.parametrize("content_type", ["", "image/png", "application/json", "application/octet-stream", "text/csv"])
def test_what_is_no_document_is_refused(content_type: str) -> None:
    assert problem(b"anything", content_type) == "not_a_document"


@pytest.mark.parametrize("page", ["", "  \n ", "<script>alert(1)", "<html></html>", "<style>p{}"])
def test_a_page_without_words_is_empty(page: str) -> None:
    assert problem(page.encode(), "text/html") == "empty"


def test_a_text_beyond_all_measure_is_refused() -> None:
    assert problem(b"x" * (MOST_CHARACTERS + 1), "text/plain") == "too_large"


@given(st.binary(max_size=2_000), st.sampled_from(["text/html", "text/plain", "application/pdf"]))
def test_whatever_comes_is_read_or_refused(content: bytes, content_type: str) -> None:
    assert came_to(content, content_type) in {"read", "unreadable", "empty"}


@given(
    st.lists(
        st.sampled_from(
            ["<p>", "</p>", "<script>", "</script>", "<nav>", "<h1>", "<br/>", "oi ", "&amp;", "<!--", "<![CDATA["]
        )
    )
)
def test_a_page_of_broken_tags_breaks_nothing(tags: list[str]) -> None:
    assert came_to("".join(tags).encode(), "text/html") in {"read", "empty"}
