"""Notes of the team on a conversation; no customer and no model reads them."""

from fastapi import APIRouter, status
from pydantic import Field

from auzap.conversations import notes, thread
from auzap.conversations.notes import Note
from auzap.ids import ConversationId, NoteId
from functions.serve_api.answers import Created, List
from functions.serve_api.bodies import Body
from functions.serve_api.dependencies import DoneOnce, Request_
from functions.serve_api.problems import NotFound

router = APIRouter(prefix="/v1/conversations/{conversation_id}/notes", tags=["conversations"])


class NewNote(Body):
    text: str = Field(min_length=1, max_length=notes.LONGEST_NOTE, examples=["Prefere ser atendida pelo Caio."])


@router.get("")
def list_notes(conversation_id: ConversationId, begun: Request_) -> List[Note]:
    """The latest hundred, the newest first."""
    thread.check(begun.tx, conversation_id)
    return List[Note].of(notes.notes(begun.tx, conversation_id))


@router.post("", status_code=status.HTTP_201_CREATED)
def add_note(conversation_id: ConversationId, body: NewNote, once: DoneOnce) -> Created[Note]:
    """Write one."""
    tx = once.begun.tx
    thread.check(tx, conversation_id)

    def add() -> Note:
        notes.add(tx, conversation_id, body.text)
        return notes.notes(tx, conversation_id)[0]

    return once.answer(Created[Note], add)


@router.delete("/{note_id}", status_code=status.HTTP_204_NO_CONTENT)
def remove_note(conversation_id: ConversationId, note_id: NoteId, begun: Request_) -> None:
    """Remove one: staff their own, whoever runs the shop any."""
    thread.check(begun.tx, conversation_id)
    own = begun.asker.actor if begun.asker.role == "staff" else None
    if not notes.remove(begun.tx, conversation_id, note_id, by=own):
        raise NotFound
