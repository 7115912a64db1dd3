"""What no queue could deliver, for a person who has it sent again or puts it away."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel

from auzap import runtime
from auzap.aws.client import AwsError
from auzap.conversations import redriving
from auzap.conversations.dead_letter_queries import Listed
from auzap.conversations.redriving import JOB
from auzap.ids import ConversationId, DeadLetterId
from functions.serve_api import paging
from functions.serve_api.answers import Done, List
from functions.serve_api.dependencies import Begun, DoneOnce, Now, Request_
from functions.serve_api.paging import Paged, rows_of
from functions.serve_api.problems import Problem

router = APIRouter(prefix="/v1/dead-letters", tags=["dead-letters"])
RETRY_AFTER = "5"


class ShownLetter(BaseModel):
    """`payload` says what it is about, and nothing that anybody has written."""

    id: DeadLetterId
    queue: str
    reason: str
    payload: dict[str, Any]
    receives: int
    state: Literal["kept", "redriven", "discarded"]
    redrives: int
    conversation_id: ConversationId | None
    recorded_at: datetime
    asked_by: str | None
    asked_at: datetime | None
    settled_by: str | None
    settled_at: datetime | None


@router.get("")
def list_dead_letters(
    begun: Request_,
    page: Paged,
    state: Annotated[
        Literal["kept", "redriven", "discarded"], Query(description="Those that are kept, or what became of them")
    ] = "kept",
) -> List[ShownLetter]:
    """Letters, the newest first."""
    before: Any = (paging.keys_of(page, UUID) or (None,))[0]
    found = redriving.list_letters(begun.tx, state=state, before=before, limit=page.limit + 1)
    rows = rows_of(found, page, lambda row: (row.id,))
    return List[ShownLetter].page(paging.Rows([_shown(letter) for letter in rows.rows], rows.cursor))


@router.post("/{letter_id}/redrive")
def redrive_letter(letter_id: DeadLetterId, once: DoneOnce, at: Now) -> Done:
    """Have it sent again by the way it came. Sent twice, it has no second effect."""
    answered = once.answer(Done, lambda: redriving.ask(once.begun.tx, letter_id))
    # Also where it was asked for before: that word may have been lost.
    once.begun.later(lambda: _send_again(once.begun, letter_id, at))
    return answered


@router.post("/{letter_id}/discard")
def discard_letter(letter_id: DeadLetterId, once: DoneOnce) -> Done:
    """Put it away unsent."""
    return once.answer(Done, lambda: redriving.put_away(once.begun.tx, letter_id))


def _send_again(begun: Begun, letter_id: DeadLetterId, at: datetime) -> None:
    """No sweep renews this word: who asks must know that it was not said."""
    shop = str(begun.asker.organization_id)
    try:
        runtime.hint_automation({"organization_id": shop, "job": JOB, "subject": str(letter_id), "at": at.isoformat()})
    except AwsError:
        raise Problem(503, "unavailable", headers={"retry-after": RETRY_AFTER}) from None


def _shown(letter: Listed) -> ShownLetter:
    return ShownLetter.model_validate(
        {name: getattr(letter, name) for name in ShownLetter.model_fields if name != "payload"}
        | {"payload": redriving.shown(letter.body)}
    )
