"""One job at a time, batch by batch: the effects of a batch and the place after it are one transaction."""

from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from psycopg.types.json import Jsonb

from auzap import failpoints
from auzap.db.connection import Database, Tx
from auzap.ids import JobId, OrganizationId
from auzap.jobs.asking import Kind, Problem
from auzap.media.bucket import Bucket

type Outcome = Literal["skipped", "unfinished", "overtaken", "failed", "done"]

ACTOR = "jobs"
# A little longer than a worker lives: who finds it over finds nobody at work.
LEASE = timedelta(seconds=70)
# Workers that in a row have come to the end of no batch.
MOST_FAILURES = 5


class Overtaken(Exception):
    """The job is not this worker's any more: it was called off, or another one has it."""


class Impossible(Exception):
    """The job can never be done, however often it is tried."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem)
        self.problem: Problem = problem


@dataclass(frozen=True, slots=True)
class Claimed:
    id: JobId
    kind: Kind
    subject: UUID
    place: dict[str, Any]
    done: int
    attempts: int
    asked_by: str
    # Until when it is this worker's; and since no two claims end at the same moment, the mark by which it knows that it is.
    lease_until: datetime


@dataclass(slots=True)
class Work:
    """A job in the hands of one worker."""

    database: Database
    bucket: Bucket
    organization_id: OrganizationId
    job: Claimed

    @contextmanager
    def transaction(self) -> Generator[Tx]:
        """As whoever has asked for it."""
        with self.database.transaction(self.organization_id, self.job.asked_by) as tx:
            yield tx

    def note(self, tx: Tx, place: dict[str, Any]) -> None:
        """What must be known of a batch that has only begun. No progress: who dies now has failed."""
        self._store(tx, place, more=0, attempts=self.job.attempts)

    def keep(self, tx: Tx, place: dict[str, Any], *, more: int = 0) -> None:
        """At the end of a batch's transaction: where the next one begins, and how many more are done."""
        failpoints.reach("before_batch_is_kept")
        self._store(tx, place, more=more, attempts=0)

    def finish(self, tx: Tx, *, more: int = 0, object_key: str | None = None) -> None:
        """With the last batch. What it needed on its way is forgotten."""
        finished = tx.execute(
            """
            UPDATE jobs SET state = 'done', place = '{}', done = done + %(more)s,
              total = total + greatest(0, done + %(more)s - total), object_key = %(key)s, lease_until = NULL,
              finished_at = app.now()
            WHERE id = %(job)s AND state = 'running' AND lease_until = %(mark)s
            """,
            {"more": more, "key": object_key, **self._mark()},
        )
        if finished.rowcount == 0:
            raise Overtaken

    def put_down(self) -> None:
        """For whoever comes next, at once."""
        with self.database.transaction(self.organization_id, ACTOR) as tx:
            tx.execute("UPDATE jobs SET lease_until = NULL WHERE id = %(job)s AND lease_until = %(mark)s", self._mark())

    def fail(self, problem: Problem) -> None:
        with self.database.transaction(self.organization_id, ACTOR) as tx:
            tx.execute(
                """
                UPDATE jobs SET state = 'failed', problem = %(problem)s, lease_until = NULL, finished_at = app.now()
                WHERE id = %(job)s AND state = 'running' AND lease_until = %(mark)s
                """,
                {"problem": problem, **self._mark()},
            )

    def _store(self, tx: Tx, place: dict[str, Any], *, more: int, attempts: int) -> None:
        row = tx.execute(
            """
            -- There may be more to do by now than when it was counted.
            UPDATE jobs SET place = %(place)s, done = done + %(more)s, total = total + greatest(0, done + %(more)s - total),
              attempts = %(attempts)s, lease_until = app.now() + %(lease)s
            WHERE id = %(job)s AND state = 'running' AND lease_until = %(mark)s RETURNING done, lease_until
            """,
            {"place": Jsonb(place), "more": more, "attempts": attempts, "lease": LEASE, **self._mark()},
        ).fetchone()
        if row is None:
            raise Overtaken
        self.job = replace(self.job, place=place, done=row[0], lease_until=row[1], attempts=attempts)

    def _mark(self) -> dict[str, Any]:
        return {"job": self.job.id, "mark": self.job.lease_until}


# The next batch of a job; whether there is another one.
type Step = Callable[[Work], bool]


@dataclass(frozen=True, slots=True)
class Worked:
    outcome: Outcome
    kind: Kind | None = None


def work(
    database: Database,
    bucket: Bucket,
    organization_id: OrganizationId,
    job_id: JobId,
    steps: Mapping[Kind, Step],
    *,
    has_time: Callable[[], bool],
    tell: Callable[[], None],
) -> Worked:
    """As far as there is time, and at least one batch; `tell` is called after each."""
    job = _claim(database, organization_id, job_id)
    if job is None:
        return Worked("skipped")
    taken = Work(database, bucket, organization_id, job)
    try:
        return Worked(_work_on(taken, steps[job.kind], has_time, tell), job.kind)
    except Overtaken:
        return Worked("overtaken", job.kind)
    except Impossible as impossible:
        taken.fail(impossible.problem)
        return Worked("failed", job.kind)


def _work_on(taken: Work, step: Step, has_time: Callable[[], bool], tell: Callable[[], None]) -> Outcome:
    if taken.job.attempts > MOST_FAILURES:
        # Every worker that took it died of it.
        raise Impossible("given_up")
    while step(taken):
        failpoints.reach("after_batch")
        tell()
        if not has_time():
            taken.put_down()
            return "unfinished"
    return "done"


def _claim(database: Database, organization_id: OrganizationId, job_id: JobId) -> Claimed | None:
    """For one worker at a time. A failure is counted before it happens: a killed worker says nothing."""
    with database.transaction(organization_id, ACTOR) as tx:
        return tx.rows(
            Claimed,
            """
            UPDATE jobs SET state = 'running', attempts = attempts + 1, lease_until = app.now() + %(lease)s
            WHERE id = %(job)s AND state IN ('waiting', 'running') AND (lease_until IS NULL OR lease_until <= app.now())
            RETURNING id, kind, subject, place, done, attempts, asked_by, lease_until
            """,
            {"job": job_id, "lease": LEASE},
        ).fetchone()
