"""The centre of notifications: what the shop's people were told."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, status
from pydantic import BaseModel

from auzap.ids import NotificationId
from auzap.notifications import centre
from auzap.notifications.centre import Level, Told
from auzap.organizations.shop import known_shop
from functions.serve_api import paging
from functions.serve_api.answers import Answer, List
from functions.serve_api.dependencies import Request_
from functions.serve_api.paging import Paged, rows_of
from functions.serve_api.problems import NotFound

router = APIRouter(prefix="/v1/notifications", tags=["notifications"])


class Unread(BaseModel):
    unread: int


@router.get("")
def list_notifications(
    begun: Request_,
    page: Paged,
    is_archived: Annotated[bool, Query(description="Those that were put away, in place of the others")] = False,
    is_unread: Annotated[bool | None, Query(description="Whether nobody has read them")] = None,
    level: Annotated[Level | None, Query(description="Of this level")] = None,
) -> List[Told]:
    """What the shop was told, the newest first, but for what is meant for somebody else or what the reader has muted."""
    before: Any = (paging.keys_of(page, UUID) or (None,))[0]
    found = centre.page(
        begun.tx,
        reader=begun.asker.user_id,
        locale=begun.asker.locale,
        zone=known_shop(begun.tx).zone,
        is_archived=is_archived,
        is_unread=is_unread,
        level=level,
        before=before,
        limit=page.limit + 1,
    )
    return List[Told].page(rows_of(found, page, lambda row: (row.id,)))


@router.get("/unread")
def count_unread(begun: Request_) -> Answer[Unread]:
    """How many nobody has read yet, of those that are listed for whoever asks."""
    return Answer[Unread].of(Unread(unread=centre.unread(begun.tx, reader=begun.asker.user_id)))


@router.put("/read-mark", status_code=status.HTTP_204_NO_CONTENT)
def mark_all_read(begun: Request_) -> None:
    """All of them were read."""
    centre.read_all(begun.tx, reader=begun.asker.user_id)


@router.put("/{notification_id}/read-mark", status_code=status.HTTP_204_NO_CONTENT)
def mark_notification_read(notification_id: NotificationId, begun: Request_) -> None:
    """It was read."""
    if not centre.read(begun.tx, notification_id):
        raise NotFound


@router.put("/{notification_id}/archive-mark", status_code=status.HTTP_204_NO_CONTENT)
def archive_notification(notification_id: NotificationId, begun: Request_) -> None:
    """Put it away."""
    if not centre.archive(begun.tx, notification_id):
        raise NotFound
