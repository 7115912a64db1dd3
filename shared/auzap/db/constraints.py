"""What the database's constraints refuse, as refusals of the domain; and the columns that a change names."""

import functools
import json
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from psycopg import errors, sql
from psycopg.types.json import Jsonb

from auzap.db.connection import Tx
from auzap.errors import Refusal

# Dates and ids as JSON has them.
_dumps = functools.partial(json.dumps, default=str)
NO_SPANS: Mapping[str, tuple[str, str]] = {}


@contextmanager
def refused(
    tx: Tx,
    *,
    unfit: type[Refusal],
    taken: type[Refusal] | None = None,
    unknown: type[Refusal] | None = None,
) -> Generator[None]:
    """`taken`: there is one already; `unknown`: it names what is not there; `unfit`: a value that may not be."""
    try:
        with tx.savepoint():
            yield
    except errors.UniqueViolation as twice:
        raise (taken or unfit) from twice
    except errors.ForeignKeyViolation as nowhere:
        raise (unknown or unfit) from nowhere
    except (errors.CheckViolation, errors.NotNullViolation, errors.DataError) as wrong:
        raise unfit from wrong


def columns(given: Mapping[str, Any], *, spans: Mapping[str, tuple[str, str]] = NO_SPANS) -> Jsonb:
    """As jsonb_populate_record takes them: what is not given keeps its value, and None empties a column.

    `spans` are the fields that count a unit of time, each with its interval column and that unit.
    """
    return Jsonb(dict(_column(name, value, spans.get(name)) for name, value in given.items()), dumps=_dumps)


def remove_or_archive(tx: Tx, table: str, row_id: UUID, *, unknown: type[Refusal]) -> None:
    """What something else refers to cannot go, and is put away."""
    remove = sql.SQL("DELETE FROM {} WHERE id = %s").format(sql.Identifier(table))
    archive = sql.SQL("UPDATE {} SET is_active = false WHERE id = %s").format(sql.Identifier(table))
    try:
        with tx.savepoint():
            done = tx.connection.execute(remove, [row_id])
    except errors.ForeignKeyViolation:
        done = tx.connection.execute(archive, [row_id])
    if done.rowcount == 0:
        raise unknown


def _column(name: str, value: Any, span: tuple[str, str] | None) -> tuple[str, Any]:
    if span is None:
        return name, value
    column, unit = span
    return column, None if value is None else f"{value} {unit}"
