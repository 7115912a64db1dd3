"""Message templates, as the shop's business accounts at Meta have them."""

from typing import Annotated

from fastapi import APIRouter, Query

from auzap.channels.whatsapp import templates
from auzap.channels.whatsapp.templates import Kept, Status
from auzap.ids import AccountId
from functions.serve_api.answers import List
from functions.serve_api.dependencies import Request_

router = APIRouter(prefix="/v1/templates", tags=["templates"])


@router.get("")
def list_templates(
    begun: Request_,
    status: Annotated[Status | None, Query(description="Of this status")] = None,
    channel_account_id: Annotated[AccountId | None, Query(description="Those that this number may send")] = None,
) -> List[Kept]:
    """Templates by name, whatever their status; they are asked for anew each day, and whenever Meta tells of a change."""
    return List[Kept].of(templates.kept(begun.tx, status=status, account_id=channel_account_id))
