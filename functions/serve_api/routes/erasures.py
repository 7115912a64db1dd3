"""People who ask to be forgotten."""

from uuid import UUID

from fastapi import APIRouter, Request, status
from pydantic import Field

from auzap.ids import ContactId, JobId
from auzap.jobs import asking, erasure
from auzap.jobs.asking import Kind
from functions.serve_api import paging, problems
from functions.serve_api.answers import Answer, List
from functions.serve_api.bodies import Body
from functions.serve_api.dependencies import DoneOnce, Request_
from functions.serve_api.long_work import ShownWork, begun_to_work
from functions.serve_api.paging import Paged, rows_of

router = APIRouter(prefix="/v1/erasures", tags=["erasures"])

KINDS: tuple[Kind, ...] = ("erasure",)


class Forgotten(Body):
    contact_id: ContactId = Field(description="Who is to be forgotten. It cannot be undone.")


@router.get("")
def list_erasures(begun: Request_, page: Paged, request: Request) -> List[ShownWork]:
    """Erasures, the latest first."""
    (before,) = paging.keys_of(page, UUID) or (None,)
    rows = rows_of(asking.page(begun.tx, KINDS, before=before, most=page.limit + 1), page, lambda job: (job.id,))
    locale = problems.locale_of(request)
    return List[ShownWork].page(paging.Rows([ShownWork.of(job, locale) for job in rows.rows], rows.cursor))


@router.post("", status_code=status.HTTP_202_ACCEPTED)
def begin_erasure(body: Forgotten, once: DoneOnce, request: Request) -> Answer[ShownWork]:
    """Forget a customer: what they said and wrote, what was written of them, their files, and what the trail says of it.

    Visits, stays and their prices stay, as somebody's of whom nothing is known. It cannot be called off. Whoever writes from
    the same number afterwards is somebody new.
    """
    locale = problems.locale_of(request)
    answered = once.answer(Answer[ShownWork], lambda: ShownWork.of(erasure.ask(once.begun.tx, body.contact_id), locale))
    begun_to_work(once.begun, answered.data.id)
    return answered


@router.get("/{job_id}")
def get_erasure(job_id: JobId, begun: Request_, request: Request) -> Answer[ShownWork]:
    """How far it is."""
    return Answer[ShownWork].of(ShownWork.of(asking.find(begun.tx, job_id, KINDS), problems.locale_of(request)))
