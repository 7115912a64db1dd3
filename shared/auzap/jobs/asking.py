"""Long work as those see it who have asked for it: begun, looked after, and called off."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, get_args
from uuid import UUID

from auzap.db.connection import Tx
from auzap.errors import Refusal
from auzap.ids import JobId

type Kind = Literal["contact_import", "contact_export", "data_export", "erasure"]
type State = Literal["waiting", "running", "done", "failed", "cancelled"]
# Why it failed; the API has a sentence for each.
type Problem = Literal["given_up", "unknown_contact", "unknown_import"]
PROBLEMS: tuple[Problem, ...] = get_args(Problem.__value__)

# As the lifecycle of the bucket says: afterwards there is no file any more.
FILES_LIVE = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Job:
    id: JobId
    kind: Kind
    # What it is about: an import, a contact, or the whole shop.
    subject: UUID
    state: State
    done: int
    # Null where nobody knows beforehand how much it is.
    total: int | None
    problem: Problem | None
    object_key: str | None
    asked_by: str
    created_at: datetime
    finished_at: datetime | None

    def file(self, now: datetime) -> str | None:
        """What it made, for as long as that is kept."""
        is_kept = self.finished_at is not None and now < self.finished_at + FILES_LIVE
        return self.object_key if is_kept else None


class UnknownJob(Refusal):
    def __init__(self) -> None:
        super().__init__("There is no such work. Load the list again.")


class JobOver(Refusal):
    def __init__(self, state: State) -> None:
        super().__init__(f"This work is {state} already. Load it again to see what came of it.")


def begin(tx: Tx, kind: Kind, subject: UUID, *, total: int | None = None) -> Job:
    """Once for its subject: asked for while it is under way, it is the same work."""
    (begun,) = tx.rows(
        Job,
        """
        INSERT INTO jobs (kind, subject, total) VALUES (%(kind)s, %(subject)s, %(total)s)
        ON CONFLICT (organization_id, kind, subject) WHERE state IN ('waiting', 'running') AND subject IS NOT NULL
        DO UPDATE SET subject = excluded.subject
        RETURNING id, kind, subject, state, done, total, problem, object_key, asked_by, created_at, finished_at
        """,
        {"kind": kind, "subject": subject, "total": total},
    ).fetchall()
    return begun


def find(tx: Tx, job_id: JobId, kinds: tuple[Kind, ...]) -> Job:
    found = tx.rows(
        Job,
        """
        SELECT id, kind, subject, state, done, total, problem, object_key, asked_by, created_at, finished_at FROM jobs
        WHERE id = %s AND kind = ANY (%s)
        """,
        [job_id, list(kinds)],
    ).fetchone()
    if found is None:
        raise UnknownJob
    return found


def page(tx: Tx, kinds: tuple[Kind, ...], *, before: UUID | None, most: int) -> list[Job]:
    """The latest first."""
    return tx.rows(
        Job,
        """
        SELECT id, kind, subject, state, done, total, problem, object_key, asked_by, created_at, finished_at FROM jobs
        WHERE kind = ANY (%(kinds)s) AND (%(before)s::uuid IS NULL OR id < %(before)s) ORDER BY id DESC LIMIT %(most)s
        """,
        {"kinds": list(kinds), "before": before, "most": most},
    ).fetchall()


def cancel(tx: Tx, job_id: JobId, kinds: tuple[Kind, ...]) -> Job:
    """What was done stays; a worker that is at it notices at the end of its batch, and undoes that one."""
    job = find(tx, job_id, kinds)
    if not call_off(tx, job.kind, job.subject):
        raise JobOver(job.state)
    return find(tx, job_id, kinds)


def call_off(tx: Tx, kind: Kind, subject: UUID) -> bool:
    """Whether it was under way."""
    called_off = tx.execute(
        """
        UPDATE jobs SET state = 'cancelled', lease_until = NULL, finished_at = app.now()
        WHERE kind = %s AND subject = %s AND state IN ('waiting', 'running')
        """,
        [kind, subject],
    )
    return called_off.rowcount == 1
