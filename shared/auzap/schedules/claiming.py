"""A due job is done once for its nominal time, in the transaction of what it does; what comes too late is kept as missed."""

from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from auzap.db.connection import Tx

type Claim = Literal["claimed", "expired", "done"]


def claim(tx: Tx, job: str, subject: UUID, nominal_at: datetime, *, late: timedelta) -> Claim:
    """By the database's clock alone: those of two workers may differ."""
    row = tx.execute(
        """
        INSERT INTO job_runs (job, subject, nominal_at, state)
        VALUES (%(job)s, %(subject)s, %(at)s,
          CASE WHEN app.now() > %(at)s + %(late)s::interval THEN 'expired' ELSE 'claimed' END)
        ON CONFLICT DO NOTHING RETURNING state
        """,
        {"job": job, "subject": subject, "at": nominal_at, "late": late},
    ).fetchone()
    return row[0] if row else "done"
