"""A tool's result as rows: `s1 | sábado 28/11 | 09:00 | Banho`."""

import re

HANDLE = re.compile(r"^[a-z]\d{1,3}$")


def table(result: str) -> list[list[str]]:
    """The lines with columns; sentences around them are for reading, not for choosing."""
    rows = ([column.strip() for column in line.strip().lstrip("-•* ").split("|")] for line in result.splitlines())
    return [columns for columns in rows if len(columns) > 1 and columns[0]]


def with_handle(result: str, prefix: str) -> list[list[str]]:
    return [columns for columns in table(result) if HANDLE.match(columns[0]) and columns[0][0] == prefix]
