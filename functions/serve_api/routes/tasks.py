"""What the machine has left to people."""

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query

from auzap.ids import ConversationId, StaffTaskId
from auzap.notifications import tasks
from auzap.notifications.tasks import Task
from functions.serve_api import paging
from functions.serve_api.answers import Done, List
from functions.serve_api.dependencies import DoneOnce, Request_
from functions.serve_api.paging import Paged, rows_of
from functions.serve_api.problems import NotFound

router = APIRouter(prefix="/v1/tasks", tags=["tasks"])


@router.get("")
def list_tasks(
    begun: Request_,
    page: Paged,
    state: Annotated[Literal["open", "done"], Query(description="Those still to do, or those that are done")] = "open",
    kind: Annotated[
        str | None, Query(pattern=r"^[a-z_]{3,40}$", description="Of this kind, as `call_back` or `send_failed`")
    ] = None,
    conversation_id: Annotated[ConversationId | None, Query(description="About this conversation")] = None,
) -> List[Task]:
    """Tasks of the team, the newest first."""
    before: Any = paging.keys_of(page, paging.moment, UUID)
    found = tasks.page(
        begun.tx,
        is_done=state == "done",
        kind=kind,
        conversation_id=conversation_id,
        before=before,
        limit=page.limit + 1,
    )
    return List[Task].page(rows_of(found, page, lambda row: (row.created_at.isoformat(), row.id)))


@router.post("/{task_id}/completion")
def complete_task(task_id: StaffTaskId, once: DoneOnce) -> Done:
    """It is done. Done again, it stays with whoever did it first."""

    def complete() -> None:
        if not tasks.complete(once.begun.tx, task_id):
            raise NotFound

    return once.answer(Done, complete)
