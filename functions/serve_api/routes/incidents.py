"""What the prompt guard and the reply gate noticed."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query

from auzap.agent import incidents
from auzap.agent.incidents import Kind, Noted, Severity
from auzap.ids import IncidentId
from functions.serve_api import paging
from functions.serve_api.answers import Done, List
from functions.serve_api.dependencies import DoneOnce, Request_
from functions.serve_api.paging import Paged, rows_of
from functions.serve_api.problems import NotFound

router = APIRouter(prefix="/v1/incidents", tags=["incidents"])


@router.get("")
def list_incidents(
    begun: Request_,
    page: Paged,
    is_resolved: Annotated[
        bool, Query(description="Those that somebody has looked at, in place of the others")
    ] = False,
    kind: Annotated[Kind | None, Query(description="Of this kind")] = None,
    severity: Annotated[Severity | None, Query(description="Of this severity")] = None,
) -> List[Noted]:
    """Incidents, the newest first: which rules, never what was written."""
    before: Any = (paging.keys_of(page, UUID) or (None,))[0]
    found = incidents.page(
        begun.tx, is_resolved=is_resolved, kind=kind, severity=severity, before=before, limit=page.limit + 1
    )
    return List[Noted].page(rows_of(found, page, lambda row: (row.id,)))


@router.post("/{incident_id}/resolution")
def resolve_incident(incident_id: IncidentId, once: DoneOnce) -> Done:
    """Somebody has looked at it. Who was first stays."""

    def resolve() -> None:
        if not incidents.resolve(once.begun.tx, incident_id):
            raise NotFound

    return once.answer(Done, resolve)
