"""Files that people of the shop send: put to a signed link, looked at, and sent."""

from contextlib import suppress

from fastapi import APIRouter, status
from pydantic import Field

from auzap import runtime
from auzap.aws.client import AwsError
from auzap.channels.whatsapp.sending import LONGEST_CAPTION
from auzap.conversations import thread, writing
from auzap.conversations.thread import Queued
from auzap.conversations.writing import File
from auzap.db.connection import Tx
from auzap.ids import ConversationId, MediaId, new_id
from auzap.media import content, uploads
from auzap.media.uploads import Kept, Kind
from functions.serve_api.answers import Created
from functions.serve_api.bodies import Body
from functions.serve_api.dependencies import DoneOnceApart, Now, Request_
from functions.serve_api.stored import Files, Upload

router = APIRouter(prefix="/v1/conversations/{conversation_id}", tags=["conversations"])


class NewUpload(Body):
    kind: Kind = Field(description="As what WhatsApp is to show it")
    content_type: str = Field(min_length=3, max_length=100, examples=["image/jpeg"])
    size: int = Field(ge=1, le=16 * content.MEGABYTE, description="Its bytes", examples=[182_340])


class NewFile(Body):
    upload_id: MediaId = Field(description="Of an upload whose file is there by now")
    kind: Kind = Field(description="The kind that the upload was begun with")
    filename: str | None = Field(default=None, min_length=1, max_length=200, examples=["orçamento.pdf"])
    caption: str = Field(default="", max_length=LONGEST_CAPTION)


@router.post("/uploads", status_code=status.HTTP_201_CREATED)
def begin_upload(
    conversation_id: ConversationId, body: NewUpload, begun: Request_, files: Files, at: Now
) -> Created[Upload]:
    """Where to put a file that is to be sent. Never the same place twice: no Idempotency-Key is taken."""
    thread.check(begun.tx, conversation_id)
    media_id = MediaId(new_id())
    shop = begun.asker.organization_id
    link = uploads.begin(files, shop, media_id, body.kind, size=body.size, content_type=body.content_type, now=at)
    return Created[Upload].of(Upload.by(media_id, link))


@router.post("/files", status_code=status.HTTP_201_CREATED)
def send_file(conversation_id: ConversationId, body: NewFile, once: DoneOnceApart, files: Files) -> Created[Queued]:
    """Send the customer a file that was uploaded. It is kept as what it is, a picture without where it was taken."""
    if answered := once.before(Created[Queued]):
        return answered
    shop = once.apart.asker.organization_id
    with once.apart.transaction() as tx:
        writing.check_sendable(tx, conversation_id)
    kept = uploads.keep(files, shop, body.upload_id, body.kind)
    sent = once.answer(Created[Queued], lambda tx: _sent(tx, conversation_id, once, kept, body))
    with suppress(AwsError):
        # One that is lost is renewed by the sweep.
        runtime.hint_outbox({"organization_id": str(shop), "conversation_id": str(conversation_id)})
    return sent


def _sent(tx: Tx, conversation_id: ConversationId, once: DoneOnceApart, kept: Kept, body: NewFile) -> Queued:
    file = File(kept.kind, kept.object_key, body.filename)
    user_id = once.apart.asker.user_id
    outbox_id = writing.send_new_file(tx, conversation_id, user_id, kept.id, file, caption=body.caption)
    uploads.attach(tx, kept, outbox_id, body.filename)
    return thread.queued(tx, outbox_id)
