"""A text cut into pieces that can be found and read by themselves: along headings, paragraphs and sentences."""

import re
from collections.abc import Iterator

# A piece is closed when it has so many characters, sooner where a heading begins, and never has more than the last.
ENOUGH_AT_HEADING = 600
ENOUGH = 1_000
MOST = 1_200
# What the next piece says again of the one before, where a section goes on.
OVERLAP = 150
MOST_CHUNKS = 600
HEADING = re.compile(r"#{1,6}[ \t]+(?=\S)")
PARAGRAPHS = re.compile(r"\n[ \t]*\n+")
SENTENCES = re.compile(r"(?<=[.!?…;:])\s+|\n")
SPACES = re.compile(r"[^\S\n]+")


def chunks(text: str) -> list[str]:
    """In their order. A line that begins with # is a heading: what follows is read under it, in every piece."""
    cut: list[str] = []
    piece, heading = "", ""
    for block in _blocks(text):
        if HEADING.match(block):
            heading = HEADING.sub("", block, count=1)
            if len(piece) >= ENOUGH_AT_HEADING:
                cut.append(piece)
                piece = ""
            piece = _joined(piece, heading) if len(piece) + len(heading) + 1 <= MOST else piece
            continue
        if piece and len(piece) + len(block) + 1 > (ENOUGH if len(piece) >= ENOUGH_AT_HEADING else MOST):
            cut.append(piece)
            piece = _begun(heading, piece, room=MOST - len(block) - 1)
        piece = _joined(piece, block)
    return [*cut, piece] if piece and piece != heading else cut


def _blocks(text: str) -> Iterator[str]:
    """Headings, and paragraphs that fit into a piece beside a heading and an overlap."""
    for paragraph in PARAGRAPHS.split(text):
        lines = SPACES.sub(" ", paragraph).strip()
        first, _, rest = lines.partition("\n")
        if HEADING.match(first):
            yield first[:ENOUGH_AT_HEADING]
            lines = rest.strip()
        if lines:
            yield from _pieces(lines) if len(lines) > ENOUGH else [lines]


def _pieces(paragraph: str) -> Iterator[str]:
    """A long paragraph by its sentences, and a long sentence as it comes."""
    piece = ""
    for sentence in SENTENCES.split(paragraph):
        for part in _cut(sentence):
            if piece and len(piece) + len(part) + 1 > ENOUGH_AT_HEADING:
                yield piece
                piece = ""
            piece = f"{piece} {part}" if piece else part
    if piece:
        yield piece


def _cut(sentence: str) -> Iterator[str]:
    for start in range(0, len(sentence), ENOUGH_AT_HEADING):
        yield sentence[start : start + ENOUGH_AT_HEADING]


def _begun(heading: str, before: str, *, room: int) -> str:
    """The next piece of a section: under its heading, with the last words of the piece before."""
    last = SENTENCES.split(before)[-1]
    again = last if last != heading and len(last) <= OVERLAP else ""
    return next((said for said in (_joined(heading, again), heading) if said and len(said) <= room), "")


def _joined(above: str, below: str) -> str:
    return "\n".join(part for part in (above, below) if part)
