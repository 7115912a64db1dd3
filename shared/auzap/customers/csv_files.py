"""Tables that people keep: read whatever their program wrote, and written so that no cell is run by the program that opens it."""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from auzap.errors import Refusal
from auzap.text import clean

# What a function can be handed in one request, where each three bytes travel as four.
MOST_BYTES = 4 * 1024 * 1024
MOST_ROWS = 5_000
MOST_COLUMNS = 100
LONGEST_CELL = 4_000
SEPARATORS = (";", ",", "\t", "|")
# What makes a spreadsheet take a cell for a formula.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
BYTE_ORDER_MARK = "\ufeff"

type Problem = Literal["too_large", "unreadable", "no_rows", "too_many_rows", "too_many_columns", "cell_too_long"]


class UnreadableFile(Refusal):
    """The file as a whole is refused; `problem` is the name of a text of the catalogue."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(f"The file cannot be read: {problem.replace('_', ' ')}.")
        self.problem: Problem = problem
        self.details = {"problem": problem}


@dataclass(frozen=True, slots=True)
class Table:
    headers: list[str]
    # As many cells as there are headers, or more: what is missing at the end is empty.
    rows: list[list[str]]
    encoding: str
    separator: str


def read(data: bytes) -> Table:
    if len(data) > MOST_BYTES:
        raise UnreadableFile("too_large")
    text, encoding = _decoded(data)
    separator, text = _separator(text)
    try:
        lines = [
            [unguarded(clean(cell).strip()) for cell in line]
            for line in csv.reader(io.StringIO(text, newline=""), delimiter=separator)
        ]
    except csv.Error as broken:
        raise UnreadableFile("unreadable") from broken
    filled = [line for line in lines if any(line)]
    if len(filled) < 2:
        raise UnreadableFile("no_rows")
    headers, *rows = filled
    _check(headers, rows)
    return Table(headers, [row + [""] * (len(headers) - len(row)) for row in rows], encoding, separator)


def write(headers: Sequence[str], rows: Iterable[Sequence[str]], *, separator: str) -> bytes:
    """With a mark that tells spreadsheets the encoding, and with no cell that they would run."""
    return BYTE_ORDER_MARK.encode() + lines([headers, *rows], separator=separator)


def lines(rows: Iterable[Sequence[str]], *, separator: str) -> bytes:
    """More of the same file."""
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=separator, quoting=csv.QUOTE_ALL).writerows(
        [guarded(cell) for cell in row] for row in rows
    )
    return out.getvalue().encode()


def guarded(cell: str) -> str:
    return f"'{cell}" if cell.startswith(FORMULA) else cell


def unguarded(cell: str) -> str:
    """As it was before it was guarded: what we have written can be read in again."""
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(FORMULA) else cell


def _decoded(data: bytes) -> tuple[str, str]:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return _as(data, "utf-16"), "utf-16"
    # Without its mark UTF-16 is known by the empty half of its letters.
    if b"\x00" in data[:2]:
        wide = "utf-16-be" if data[:1] == b"\x00" else "utf-16-le"
        return _as(data, wide), wide
    try:
        return data.decode("utf-8-sig"), "utf-8"
    except UnicodeDecodeError:
        # Every byte is a letter in it: what older programs write in Portuguese.
        return data.decode("cp1252", "replace"), "cp1252"


def _as(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding).removeprefix(BYTE_ORDER_MARK)
    except UnicodeDecodeError as broken:
        raise UnreadableFile("unreadable") from broken


def _separator(text: str) -> tuple[str, str]:
    """The one that the first line has most of, outside of quotation marks; some programs say it in a line of its own."""
    first, _, rest = text.lstrip("\r\n").partition("\n")
    said = first.strip().lower()
    if said.startswith("sep=") and len(said) == 5 and said[4] in SEPARATORS:
        return said[4], rest
    if first.strip("\r\n") == "sep=\t":
        return "\t", rest
    bare = "".join(part for number, part in enumerate(first.split('"')) if number % 2 == 0)
    return max(SEPARATORS, key=bare.count), text


def _check(headers: list[str], rows: list[list[str]]) -> None:
    if len(rows) > MOST_ROWS:
        raise UnreadableFile("too_many_rows")
    if len(headers) > MOST_COLUMNS:
        raise UnreadableFile("too_many_columns")
    if any(len(cell) > LONGEST_CELL for row in (headers, *rows) for cell in row):
        raise UnreadableFile("cell_too_long")
