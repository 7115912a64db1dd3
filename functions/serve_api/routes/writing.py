"""What people of the shop send: words, files, templates, and the sign that somebody types."""

from typing import Annotated, Literal

from fastapi import APIRouter, status
from pydantic import Field

from auzap import runtime
from auzap.aws.client import AwsError
from auzap.channels.whatsapp.graph import Graph, GraphError
from auzap.channels.whatsapp.sending import LONGEST_CAPTION
from auzap.conversations import thread, typing, writing
from auzap.conversations.holding import LONGEST_TEXT
from auzap.conversations.thread import Queued
from auzap.conversations.writing import Known
from auzap.db.connection import Tx
from auzap.ids import ConversationId, MediaId, MessageId, OutboxId, UserId
from auzap.metrics import count
from functions.serve_api import hints
from functions.serve_api.answers import Created, List
from functions.serve_api.bodies import Body
from functions.serve_api.dependencies import Asking, DoneOnce, Request_
from functions.serve_api.filled import FilledTemplate

router = APIRouter(prefix="/v1/conversations/{conversation_id}", tags=["conversations"])


class Text(Body):
    type: Literal["text"]
    text: str = Field(min_length=1, max_length=LONGEST_TEXT, examples=["Oi, Ana! O Rex está pronto."])
    answers: MessageId | None = Field(default=None, description="The message that it quotes")


class File(Body):
    """A file that the shop has: one of any conversation's messages."""

    type: Literal["file"]
    media_id: MediaId
    caption: str = Field(default="", max_length=LONGEST_CAPTION)


class Template(FilledTemplate):
    """Also outside of the 24 hours after the customer's last message."""

    type: Literal["template"]


type Content = Annotated[Text | File | Template, Field(discriminator="type")]


@router.get("/templates")
def list_sendable_templates(conversation_id: ConversationId, begun: Request_) -> List[Known]:
    """The templates that may be sent in it, by name."""
    thread.check(begun.tx, conversation_id)
    return List[Known].of(writing.known_templates(begun.tx, conversation_id))


@router.post("/messages", status_code=status.HTTP_201_CREATED)
def send_message(conversation_id: ConversationId, body: Content, once: DoneOnce) -> Created[Queued]:
    """Send it to the customer. Whoever writes has the conversation from now on; a program leaves it with whoever has it."""
    begun = once.begun

    def send() -> Queued:
        outbox_id = _sent(begun.tx, conversation_id, begun.asker.user_id, body)
        hints.something_to_send(begun, [conversation_id])
        return thread.queued(begun.tx, outbox_id)

    return once.answer(Created[Queued], send)


@router.post("/typing", status_code=status.HTTP_204_NO_CONTENT)
def show_typing(conversation_id: ConversationId, apart: Asking) -> None:
    """Show the customer that somebody types, for as long as WhatsApp shows it (at most 25 seconds), and that theirs was read.

    It is never the same twice: no Idempotency-Key is taken. Where WhatsApp does not take it, nothing is lost.
    """
    with apart.transaction() as tx:
        thread.check(tx, conversation_id)
        line = typing.line(tx, conversation_id)
    if line is None:
        return
    try:
        typing.show(
            Graph(runtime.settings().graph_url, timeout=2), runtime.aws("kms"), apart.asker.organization_id, line
        )
    except (GraphError, AwsError):
        count("TypingNotShown")


def _sent(tx: Tx, conversation_id: ConversationId, user_id: UserId | None, body: Text | File | Template) -> OutboxId:
    match body:
        case Text():
            return writing.send_text(tx, conversation_id, user_id, body.text, answers=body.answers)
        case File():
            return writing.send_file(tx, conversation_id, user_id, body.media_id, caption=body.caption)
        case Template():
            return writing.send_template(tx, conversation_id, user_id, body.name, body.language, body.values)
