"""Files of what the shop knows: a table of all its customers, or everything about one of them, for that person."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Request, status
from pydantic import Field

from auzap.ids import ContactId, JobId
from auzap.jobs import asking, contact_export, data_export
from auzap.jobs.asking import Job, Kind
from auzap.media.bucket import Bucket
from functions.serve_api import paging, problems
from functions.serve_api.answers import Answer, List
from functions.serve_api.bodies import Body
from functions.serve_api.dependencies import Begun, DoneOnce, Now, Request_
from functions.serve_api.long_work import ShownWork, begun_to_work
from functions.serve_api.paging import Paged, rows_of
from functions.serve_api.stored import Files

router = APIRouter(prefix="/v1/exports", tags=["exports"])

KINDS: tuple[Kind, ...] = ("contact_export", "data_export")
NAMES = {"contact_export": "customers.csv", "data_export": "personal-data.json"}


class AllContacts(Body):
    kind: Literal["contacts"]


class OneContact(Body):
    kind: Literal["contact"]
    contact_id: ContactId = Field(description="Whose data it is that is to be handed out")


class ShownExport(ShownWork):
    """`url` is a link to the file, good for five minutes; the file is kept for a week."""

    url: str | None


Wanted = Annotated[AllContacts | OneContact, Field(discriminator="kind")]


@router.get("")
def list_exports(begun: Request_, page: Paged, request: Request) -> List[ShownWork]:
    """Exports, the latest first."""
    (before,) = paging.keys_of(page, UUID) or (None,)
    found = asking.page(begun.tx, KINDS, before=before, most=page.limit + 1)
    rows = rows_of(found, page, lambda job: (job.id,))
    locale = problems.locale_of(request)
    return List[ShownWork].page(paging.Rows([ShownWork.of(job, locale) for job in rows.rows], rows.cursor))


@router.post("", status_code=status.HTTP_202_ACCEPTED)
def begin_export(body: Wanted, once: DoneOnce, request: Request) -> Answer[ShownWork]:
    """Make a CSV file of all customers with their pets, or a JSON file of everything about one of them.

    Asked for while it is being made, it is the same file.
    """
    locale = problems.locale_of(request)
    answered = once.answer(Answer[ShownWork], lambda: ShownWork.of(_begun(once.begun, body), locale))
    begun_to_work(once.begun, answered.data.id)
    return answered


@router.get("/{job_id}")
def get_export(job_id: JobId, begun: Request_, files: Files, at: Now, request: Request) -> Answer[ShownExport]:
    """How far it is; and when it is done, a link to the file."""
    job = asking.find(begun.tx, job_id, KINDS)
    shown = ShownWork.of(job, problems.locale_of(request))
    return Answer[ShownExport].of(ShownExport(**shown.model_dump(), url=_link(files, job, at)))


@router.post("/{job_id}/cancellation")
def cancel_export(job_id: JobId, once: DoneOnce, request: Request) -> Answer[ShownWork]:
    """Make it no further."""

    def cancel() -> Any:
        return ShownWork.of(asking.cancel(once.begun.tx, job_id, KINDS), problems.locale_of(request))

    return once.answer(Answer[ShownWork], cancel)


def _begun(begun: Begun, body: AllContacts | OneContact) -> Job:
    match body:
        case AllContacts():
            return contact_export.ask(begun.tx)
        case OneContact():
            return data_export.ask(begun.tx, body.contact_id)


def _link(files: Bucket, job: Job, at: datetime) -> str | None:
    key = job.file(at)
    if key is None:
        return None
    # Never opened on a page of ours, whatever a customer has put into it.
    return files.link(key, answer={"content-disposition": f'attachment; filename="{NAMES[job.kind]}"'}, now=at)
