"""The connection and its transactions: each transaction belongs to one organization."""

import select
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields, is_dataclass
from functools import cache
from types import MemberDescriptorType
from typing import Any, LiteralString

import psycopg
from psycopg import Connection, Cursor
from psycopg.pq import TransactionStatus
from psycopg.rows import RowFactory, RowMaker, TupleRow, class_row

from auzap.errors import OrganizationUnavailable
from auzap.ids import OrganizationId

Parameters = Mapping[str, Any] | Sequence[Any] | None
BEGIN_TENANT = "SELECT settings_version FROM app.begin_tenant(%s, %s)"
REFUSED_ORGANIZATION = "AZ001"


@dataclass(frozen=True, slots=True)
class Tx:
    """One transaction of one organization. Row security filters what it reads and fills in what it writes."""

    connection: Connection[TupleRow]
    organization_id: OrganizationId
    _begun: Cursor[TupleRow]

    def execute(self, query: LiteralString, parameters: Parameters = None) -> Cursor[TupleRow]:
        return self.connection.execute(query, parameters)

    def rows[Row](self, row: type[Row], query: LiteralString, parameters: Parameters = None) -> Cursor[Row]:
        return self.connection.cursor(row_factory=rows_of(row)).execute(query, parameters)

    @contextmanager
    def savepoint(self) -> Generator[None]:
        with self.connection.transaction():
            yield

    @property
    def settings_version(self) -> int:
        """The version of the shop's settings that this transaction sees; in a batch, known when the batch has run."""
        version = self._begun.fetchone()
        self._begun.scroll(0, mode="absolute")
        return int(version[0]) if version else 0


class Database:
    """One kept connection, opened when first needed and opened anew when it is found dead."""

    def __init__(self, conninfo: Callable[[], str]) -> None:
        self._conninfo = conninfo
        self._connection: Connection[TupleRow] | None = None

    @contextmanager
    def transaction(self, organization_id: OrganizationId, actor: str) -> Generator[Tx]:
        """A transaction whose statements are answered one by one."""
        connection = self._live()
        with _undone_on_failure(connection):
            with connection.pipeline():
                connection.execute("BEGIN")
                begun = connection.execute(BEGIN_TENANT, [organization_id, actor])
            yield Tx(connection, organization_id, begun)
            _commit(connection)

    @contextmanager
    def transaction_begun(self, begin: LiteralString, parameters: Parameters) -> Generator[tuple[Tx, TupleRow]]:
        """One whose tenant is found by its first statement: it tells the settings' version, the organization, and what else."""
        connection = self._live()
        with _undone_on_failure(connection):
            with connection.pipeline():
                connection.execute("BEGIN")
                begun = connection.execute(begin, parameters)
            (row,) = begun.fetchall()
            begun.scroll(0, mode="absolute")
            yield Tx(connection, OrganizationId(row[1]), begun), row[2:]
            _commit(connection)

    @contextmanager
    def batch(self, organization_id: OrganizationId, actor: str) -> Generator[Tx]:
        """A transaction in one round trip: statements are queued, and their results are read after the block.

        A pipeline without BEGIN is one implicit transaction, committed whole when the block ends.
        """
        connection = self._live()
        with _undone_on_failure(connection), connection.pipeline():
            begun = connection.execute(BEGIN_TENANT, [organization_id, actor])
            try:
                yield Tx(connection, organization_id, begun)
            except BaseException:
                # The end of a pipeline commits what was queued, whatever ended it.
                connection.execute("ROLLBACK")
                raise

    def call[Row](self, row: type[Row], query: LiteralString, parameters: Parameters) -> Row | None:
        """A routine that is a whole transaction and begins its tenant itself: one statement, one round trip.

        It returns the row's fields in their order, which is quicker than to ask the server for their names each time.
        """
        connection = self._live()
        with _undone_on_failure(connection):
            found = connection.execute(query, parameters).fetchone()
        return None if found is None else row(*found)

    def lookup(self, query: LiteralString, parameters: Parameters = None) -> list[TupleRow]:
        """A definer function, called before a tenant is known."""
        return self._live().execute(query, parameters).fetchall()

    def lookup_from(self, address: str, query: LiteralString, parameters: Parameters = None) -> list[TupleRow]:
        """The same in one round trip with where the request came from, which what it writes into the trail says."""
        connection = self._live()
        with _undone_on_failure(connection), connection.pipeline():
            connection.execute("SELECT set_config('app.address', %s, true)", [address])
            found = connection.execute(query, parameters)
        return found.fetchall()

    @property
    def in_transaction(self) -> bool:
        return self._connection is not None and self._connection.info.transaction_status not in {
            TransactionStatus.IDLE,
            TransactionStatus.UNKNOWN,
        }

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _live(self) -> Connection[TupleRow]:
        if self._connection is None or not _is_alive(self._connection):
            self.close()
            self._connection = psycopg.connect(
                self._conninfo(), autocommit=True, prepare_threshold=None, connect_timeout=5, application_name="auzap"
            )
        return self._connection


def rows_of[Row](row: type[Row]) -> RowFactory[Row]:
    """Rows of a dataclass, by the names of the columns.

    Where it has slots they are filled one by one. A frozen one's own `__init__`, called with names, takes four times as
    long, which of a page of fifty is longer than to find the page.
    """

    def factory(cursor: Cursor[Any]) -> RowMaker[Row]:
        result = cursor.pgresult
        slots = _slots(row, tuple(result.fname(column) for column in range(result.nfields))) if result else None
        if slots is None:
            return class_row(row)(cursor)

        def made(values: Sequence[Any]) -> Row:
            instance = object.__new__(row)
            for fill, value in zip(slots, values, strict=True):
                fill(instance, value)
            return instance

        return made

    return factory


@cache
def _slots(row: type, names: tuple[bytes | None, ...]) -> list[Callable[[Any, Any], None]] | None:
    """What fills them, in the order of the columns; None where these are not its fields, or more belongs to its making."""
    columns = [name.decode() for name in names if name]
    if not is_dataclass(row) or hasattr(row, "__post_init__") or {*columns} != {each.name for each in fields(row)}:
        return None
    slots = [getattr(row, name, None) for name in columns]
    filled = [slot.__set__ for slot in slots if isinstance(slot, MemberDescriptorType)]
    return filled if len(filled) == len(columns) else None


def _commit(connection: Connection[TupleRow]) -> None:
    # The server answers a COMMIT of a failed transaction with ROLLBACK, and without an error.
    if connection.execute("COMMIT").statusmessage != "COMMIT":
        raise psycopg.errors.InFailedSqlTransaction("a statement had failed: nothing was committed")


def _is_alive(connection: Connection[TupleRow]) -> bool:
    """Whether the server has not hung up: an idle connection has nothing to read but the news of its end."""
    if connection.closed or connection.info.transaction_status != TransactionStatus.IDLE:
        return False
    try:
        while select.select([connection.fileno()], [], [], 0)[0]:
            connection.pgconn.consume_input()
    except psycopg.OperationalError:
        return False
    return True


@contextmanager
def _undone_on_failure(connection: Connection[TupleRow]) -> Generator[None]:
    try:
        yield
    except BaseException as failed:
        _roll_back(connection)
        if isinstance(failed, psycopg.Error) and failed.sqlstate == REFUSED_ORGANIZATION:
            raise OrganizationUnavailable(str(failed)) from failed
        raise


def _roll_back(connection: Connection[TupleRow]) -> None:
    try:
        connection.rollback()
    except psycopg.Error:
        connection.close()
