"""Acts that were proposed to customers, and wait for their yes."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query

from auzap.conversations import proposals
from auzap.conversations.proposals import Proposed, State
from auzap.ids import ConversationId
from functions.serve_api import paging
from functions.serve_api.answers import List
from functions.serve_api.dependencies import Request_
from functions.serve_api.paging import Paged, rows_of

router = APIRouter(prefix="/v1/pending-actions", tags=["pending-actions"])


@router.get("")
def list_pending_actions(
    begun: Request_,
    page: Paged,
    state: Annotated[
        State | None, Query(description="Those that wait, or what became of them; without it, all")
    ] = None,
    conversation_id: Annotated[ConversationId | None, Query(description="Of this conversation")] = None,
) -> List[Proposed]:
    """What was proposed, the newest first, and what became of it."""
    before: Any = (paging.keys_of(page, UUID) or (None,))[0]
    found = proposals.page(begun.tx, state=state, conversation_id=conversation_id, before=before, limit=page.limit + 1)
    return List[Proposed].page(rows_of(found, page, lambda row: (row.id,)))
