"""Files of customers: judged row by row before anything changes, then carried out row by row."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Body, Query, Request, Response, status

from auzap.customers import csv_files, import_listing, importing
from auzap.customers.import_listing import ListedImport
from auzap.customers.importing import Import, Row
from auzap.ids import ImportId
from auzap.jobs import contact_import
from auzap.organizations.shop import known_shop
from functions.serve_api import paging, problems
from functions.serve_api.answers import Answer, Created, List
from functions.serve_api.bodies import Words
from functions.serve_api.dependencies import DoneOnce, Now, Request_
from functions.serve_api.long_work import ShownWork, begun_to_work
from functions.serve_api.paging import Paged, rows_of

router = APIRouter(prefix="/v1/imports", tags=["contacts"])

# Byte by byte: what calls itself text is read as UTF-8 on its way, and older programs write otherwise.
BYTES = "application/octet-stream"
File = Annotated[
    bytes, Body(media_type=BYTES, max_length=csv_files.MOST_BYTES, description="The file as it is, of at most 4 MB")
]
CSV = "text/csv; charset=utf-8"


@router.get("")
def list_imports(begun: Request_, page: Paged) -> List[ListedImport]:
    """Imports, the latest first."""
    (after,) = paging.keys_of(page, UUID) or (None,)
    found = import_listing.imports(begun.tx, after=after, most=page.limit + 1)
    return List[ListedImport].page(rows_of(found, page, lambda row: (row.id,)))


@router.post("", status_code=status.HTTP_201_CREATED)
def preview_import(
    file: File,
    once: DoneOnce,
    at: Now,
    file_name: Annotated[Words, Query(description="How the file is called")] = "",
) -> Created[Import]:
    """Read a CSV file of customers and judge each row. Nothing changes yet."""
    tx = once.begun.tx

    def preview() -> Import:
        today = known_shop(tx).today(at)
        return importing.find(tx, importing.preview(tx, file_name=file_name, data=file, today=today))

    return once.answer(Created[Import], preview)


@router.get("/{import_id}")
def get_import(import_id: ImportId, begun: Request_) -> Answer[Import]:
    """An import: what each column is taken for, and how many rows came out how."""
    return Answer[Import].of(importing.find(begun.tx, import_id))


@router.get("/{import_id}/rows")
def list_import_rows(import_id: ImportId, begun: Request_, page: Paged) -> List[Row]:
    """Its rows in the order of the file, with what became of each."""
    importing.find(begun.tx, import_id)
    (after,) = paging.keys_of(page, paging.small) or (0,)
    found = importing.rows_of(begun.tx, import_id, after=after, most=page.limit + 1)
    return List[Row].page(rows_of(found, page, lambda row: (row.number,)))


@router.post("/{import_id}/run", status_code=status.HTTP_202_ACCEPTED)
def run_import(import_id: ImportId, once: DoneOnce, request: Request) -> Answer[ShownWork]:
    """Have the rows carried out. Asked for again it is the same work; where that has failed, it goes on."""
    locale = problems.locale_of(request)
    answered = once.answer(
        Answer[ShownWork], lambda: ShownWork.of(contact_import.start(once.begun.tx, import_id), locale)
    )
    begun_to_work(once.begun, answered.data.id)
    return answered


@router.post("/{import_id}/cancellation")
def cancel_import(import_id: ImportId, once: DoneOnce) -> Answer[Import]:
    """What was carried out stays; the rest is not done any more."""
    tx = once.begun.tx

    def cancel() -> Import:
        contact_import.cancel(tx, import_id)
        return importing.find(tx, import_id)

    return once.answer(Answer[Import], cancel)


@router.get(
    "/{import_id}/export",
    response_class=Response,
    responses={200: {"content": {"text/csv": {"schema": {"type": "string"}}}}},
)
def export_import(import_id: ImportId, begun: Request_, request: Request) -> Response:
    """The file as it came, and beside each row what became of it, in words."""
    data = importing.export(begun.tx, import_id, locale=problems.locale_of(request))
    headers = {"content-disposition": f'attachment; filename="import-{import_id}.csv"'}
    return Response(data, media_type=CSV, headers=headers)
