"""Long work as its routes show it, and the word that there is some to do."""

from datetime import datetime
from typing import Self
from uuid import UUID

from pydantic import BaseModel, Field

from auzap import runtime, texts
from auzap.ids import JobId
from auzap.jobs.asking import Job, Kind, State
from functions.serve_api.dependencies import Begun


class ShownWork(BaseModel):
    """How far it is. Its progress is told over the socket, as `job.updated`."""

    id: JobId
    kind: Kind
    subject: UUID = Field(description="What it is about: an import, a customer, or the whole shop")
    state: State
    done: int = Field(description="Rows that are done")
    total: int | None = Field(description="Rows that there are; null where nobody counts them beforehand")
    problem: str | None = Field(description="Why it failed, and what to do")
    asked_by: str
    created_at: datetime
    finished_at: datetime | None

    @classmethod
    def of(cls, job: Job, locale: str) -> Self:
        told = {name: getattr(job, name) for name in ShownWork.model_fields}
        return cls.model_validate(told | {"problem": job.problem and texts.JOB_PROBLEMS[locale][job.problem]})


def begun_to_work(begun: Begun, job_id: JobId) -> None:
    body = {"organization_id": str(begun.asker.organization_id), "job_id": str(job_id)}
    begun.later(lambda: runtime.hint_job(body))
