"""The text of a file: of a PDF, of a web page, of plain text. What cannot be read says why."""

import io
import logging
import re
import struct
import time
import zlib
from html.parser import HTMLParser
from typing import Literal

from auzap.knowledge.documents import MOST_CHARACTERS, Unreadable

type Format = Literal["pdf", "html", "plain"]

MOST_PAGES = 200
PDF = b"%PDF-"
CHARSET = re.compile(rb"charset\s*=\s*[\"']?\s*([A-Za-z0-9_.:-]{1,40})", re.IGNORECASE)
FORMATS: dict[str, Format] = {
    "application/pdf": "pdf",
    "application/xhtml+xml": "html",
    "text/html": "html",
    "text/markdown": "plain",
    "text/plain": "plain",
}
HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
# fmt: off
BLOCKS = HEADINGS | {
    "address", "article", "aside", "blockquote", "br", "dd", "div", "dl", "dt", "fieldset", "figure", "footer", "form",
    "header", "hr", "li", "main", "ol", "p", "pre", "section", "table", "tbody", "td", "th", "title", "tr", "ul",
}
# fmt: on
# How a reader fails at a broken file, beside its own errors.
BROKEN = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    EOFError,
    LookupError,
    MemoryError,
    OSError,
    RuntimeError,
    TypeError,
    ValueError,
    struct.error,
    zlib.error,
)  # fmt: skip
# What a page holds and nobody reads; those without an end are not waited for.
UNREAD = frozenset({"canvas", "iframe", "nav", "noscript", "object", "script", "select", "style", "svg", "template"})


def text_of(content: bytes, content_type: str, *, deadline: float) -> str:
    """`deadline` is a moment of time.monotonic(), after which a long PDF is given up."""
    format_ = "pdf" if content.startswith(PDF) else FORMATS.get(content_type.partition(";")[0].strip().lower())
    match format_:
        case "pdf":
            text = _of_pdf(content, deadline)
        case "html":
            text = _of_page(_decoded(content, content_type))
        case "plain":
            text = _decoded(content, content_type)
        case None:
            raise Unreadable("not_a_document")
    if not text.strip():
        raise Unreadable("empty")
    if len(text) > MOST_CHARACTERS:
        raise Unreadable("too_large")
    return text


def _of_pdf(content: bytes, deadline: float) -> str:
    # Most workers never meet one.
    from pypdf import PdfReader
    from pypdf.errors import DependencyError, FileNotDecryptedError, PyPdfError

    # What is wrong with a shop's file is the shop's to hear, and not the log's.
    logging.getLogger("pypdf").setLevel(logging.CRITICAL)

    pages: list[str] = []
    try:
        reader = PdfReader(io.BytesIO(content))
        # Many are locked against changes only, and open without a word.
        if reader.is_encrypted and not reader.decrypt(""):
            raise Unreadable("encrypted")
        if len(reader.pages) > MOST_PAGES:
            raise Unreadable("too_many_pages")
        for page in reader.pages:
            if time.monotonic() > deadline:
                raise Unreadable("too_slow")
            pages.append(page.extract_text().strip())
            if sum(map(len, pages)) > MOST_CHARACTERS:
                raise Unreadable("too_large")
    except FileNotDecryptedError as locked:
        raise Unreadable("encrypted") from locked
    except (PyPdfError, DependencyError, *BROKEN) as broken:
        raise Unreadable("unreadable") from broken
    return "\n\n".join(pages)


def _of_page(written: str) -> str:
    page = _Page()
    page.feed(written)
    page.close()
    return page.text()


def _decoded(content: bytes, content_type: str) -> str:
    """As it says of itself, in its header or in its first lines; else as most are written."""
    said = CHARSET.search(content_type.encode("ascii", "ignore")) or CHARSET.search(content[:2048])
    for name in (said[1].decode() if said else "utf-8", "utf-8"):
        try:
            return content.decode(name)
        except (LookupError, ValueError):
            continue
    return content.decode("latin-1")


class _Page(HTMLParser):
    """What a page shows, its headings marked as in plain text."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._shown: list[str] = []
        self._unread: list[str] = []

    def text(self) -> str:
        lines = [" ".join(line.split()) for line in "".join(self._shown).split("\n")]
        return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in UNREAD:
            self._unread.append(tag)
        elif tag in HEADINGS:
            self._shown.append("\n\n# ")
        elif tag in BLOCKS:
            self._shown.append("\n" if tag in {"br", "td", "th"} else "\n\n")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in BLOCKS:
            self._shown.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in self._unread:
            del self._unread[self._unread.index(tag) :]
        elif tag in BLOCKS:
            self._shown.append("\n\n")

    def handle_data(self, data: str) -> None:
        if not self._unread:
            # A line break in the source is a space on the page.
            self._shown.append(data.replace("\n", " "))
