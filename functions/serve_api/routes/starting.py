"""Somebody of the shop writes to a customer first."""

from fastapi import APIRouter, status
from pydantic import Field

from auzap.conversations import starting, thread, writing
from auzap.conversations.thread import Queued
from auzap.ids import AccountId, ContactId
from functions.serve_api import hints
from functions.serve_api.answers import Created
from functions.serve_api.dependencies import DoneOnce
from functions.serve_api.filled import FilledTemplate

router = APIRouter(prefix="/v1/contacts/{contact_id}/conversation", tags=["contacts"])


class First(FilledTemplate):
    channel_account_id: AccountId | None = Field(
        default=None, description="Over which number; without it, over the one that they used last"
    )


@router.post("", status_code=status.HTTP_201_CREATED)
def start_conversation(contact_id: ContactId, body: First, once: DoneOnce) -> Created[Queued]:
    """Write to a customer first, with a template: in the conversation that is open, or in a new one."""
    begun = once.begun

    def start() -> Queued:
        place = starting.open_with(begun.tx, contact_id, body.channel_account_id)
        outbox_id = writing.send_template(begun.tx, place, begun.asker.user_id, body.name, body.language, body.values)
        hints.something_to_send(begun, [place])
        return thread.queued(begun.tx, outbox_id)

    return once.answer(Created[Queued], start)
