"""What is kept for a time and then cleared: each kind with its term, in small batches, so that nobody waits for it."""

from dataclasses import dataclass
from datetime import timedelta
from typing import LiteralString

from auzap.db.connection import Database
from auzap.ids import OrganizationId

ACTOR = "clock"
MOST_ROWS = 1_000
# A kind's batches of one night; the next one goes on.
MOST_BATCHES = 50


@dataclass(frozen=True, slots=True)
class Term:
    """How long rows of a kind are kept, and the statement that clears a batch of those beyond it."""

    name: str
    keeps: timedelta
    clear: LiteralString


TERMS = (
    # Nobody sends a request again after that.
    Term(
        "idempotency_keys",
        timedelta(days=7),
        """
        DELETE FROM idempotency_keys WHERE (scope, key) IN (
          SELECT scope, key FROM idempotency_keys WHERE created_at < app.now() - %(keeps)s LIMIT %(most)s)
        """,
    ),
    Term(
        "job_runs",
        timedelta(days=60),
        """
        DELETE FROM job_runs WHERE (job, subject, nominal_at) IN (
          SELECT job, subject, nominal_at FROM job_runs WHERE nominal_at < app.now() - %(keeps)s LIMIT %(most)s)
        """,
    ),
    # As the provider sent it; the message itself keeps what the shop needs. The empty rows go with their month.
    Term(
        "raw_elements",
        timedelta(days=30),
        """
        UPDATE raw_elements SET element = '{}' WHERE id = ANY (ARRAY(
          SELECT id FROM raw_elements WHERE id < app.uuid_floor(app.now() - %(keeps)s) AND element <> '{}' LIMIT %(most)s))
        """,
    ),
    Term(
        "mails",
        timedelta(days=90),
        """
        DELETE FROM mails WHERE id = ANY (ARRAY(
          SELECT id FROM mails WHERE state IN ('sent', 'failed') AND created_at < app.now() - %(keeps)s LIMIT %(most)s))
        """,
    ),
    Term(
        "invitations",
        timedelta(days=90),
        """
        DELETE FROM invitations WHERE id = ANY (ARRAY(
          SELECT id FROM invitations
          WHERE least(accepted_at, revoked_at, expires_at) < app.now() - %(keeps)s LIMIT %(most)s))
        """,
    ),
    # What was in the file; that there was one stays.
    Term(
        "import_rows",
        timedelta(days=90),
        """
        DELETE FROM import_rows WHERE (import_id, number) IN (
          SELECT r.import_id, r.number FROM imports i JOIN import_rows r ON r.import_id = i.id
          WHERE i.state <> 'running' AND coalesce(i.finished_at, i.created_at) < app.now() - %(keeps)s LIMIT %(most)s)
        """,
    ),
    Term("sessions", timedelta(days=90), "SELECT app.clear_sign_ins(%(keeps)s, %(most)s)"),
    # The sealed trail keeps what it has told.
    Term(
        "access_events",
        timedelta(days=730),
        """
        DELETE FROM access_events WHERE id = ANY (ARRAY(
          SELECT id FROM access_events WHERE created_at < app.now() - %(keeps)s LIMIT %(most)s))
        """,
    ),
)


def clear(
    database: Database, organization_id: OrganizationId, *, most_rows: int = MOST_ROWS, most_batches: int = MOST_BATCHES
) -> dict[str, int]:
    """How many rows of each kind went, each batch in a transaction of its own."""
    return {term.name: _clear(database, organization_id, term, most_rows, most_batches) for term in TERMS}


def _clear(database: Database, organization_id: OrganizationId, term: Term, most_rows: int, most_batches: int) -> int:
    cleared = 0
    for _ in range(most_batches):
        with database.transaction(organization_id, ACTOR) as tx:
            done = tx.execute(term.clear, {"keeps": term.keeps, "most": most_rows})
            row = done.fetchone() if done.description else None
        rows = row[0] if row else done.rowcount
        cleared += rows
        if rows < most_rows:
            break
    return cleared
