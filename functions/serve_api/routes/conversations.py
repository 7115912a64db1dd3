"""Conversations: the inbox, what was said and done in one, and what staff mark on it."""

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Annotated, Any, ClassVar, Literal
from uuid import UUID

from fastapi import APIRouter, Query, status
from pydantic import BaseModel, Field

from auzap.conversations import inbox, marking, thread
from auzap.conversations.beside import Happening
from auzap.conversations.inbox import Entry, Priority, State, Wanted
from auzap.conversations.thread import Detail, Message, Said
from auzap.ids import AccountId, ContactId, ConversationId, MediaId, UserId
from auzap.media import links
from auzap.media.bucket import Bucket
from auzap.media.queries import Stored
from functions.serve_api import paging
from functions.serve_api.answers import Answer, Done, List
from functions.serve_api.bodies import Body, Change, Moment, Words
from functions.serve_api.dependencies import DoneOnce, Now, Request_
from functions.serve_api.paging import Paged, rows_of
from functions.serve_api.persons import named, person
from functions.serve_api.stored import Files

router = APIRouter(prefix="/v1/conversations", tags=["conversations"])

TagName = Annotated[Words, Field(min_length=1, max_length=marking.LONGEST_TAG, examples=["orçamento"])]


class Marks(Change):
    """What is given is changed; null wakes a conversation that was put to rest."""

    MAY_BE_EMPTY: ClassVar = frozenset({"snoozed_until"})

    priority: Priority | None = None
    # It is the inbox that rests until then, not the agent.
    snoozed_until: Moment | None = None


class NewTag(Body):
    tag: TagName


class ShownMedia(BaseModel):
    """A file of a message. `link` is there once it is stored, and opens it for five minutes."""

    id: MediaId
    kind: str
    state: str
    content_type: str | None
    name: str | None
    bytes: int | None
    link: str | None


type ShownHappening = Annotated[Happening, Field(discriminator="kind")]


@dataclass(frozen=True)
class ShownMessage(Said):
    media: ShownMedia | None


@router.get("")
def list_conversations(
    begun: Request_,
    page: Paged,
    state: Annotated[list[State] | None, Query(max_length=4, description="In one of these states")] = None,
    assigned_user_id: Annotated[
        UserId | Literal["me", "nobody"] | None, Query(description="Whose they are: `me`, `nobody`, or a person's id")
    ] = None,
    is_unread: Annotated[bool | None, Query(description="Whether there is something that nobody has read")] = None,
    is_snoozed: Annotated[bool | None, Query(description="Whether they rest at this moment")] = None,
    priority: Annotated[Priority | None, Query(description="Of this priority")] = None,
    tag: Annotated[Words | None, Query(description="With this tag")] = None,
    channel_account_id: Annotated[AccountId | None, Query(description="Over this number of the shop")] = None,
    contact_id: Annotated[ContactId | None, Query(description="With this customer")] = None,
    search: Annotated[
        Words | None,
        Query(
            min_length=2,
            description="Beginnings of words that were said in one message (the 500 conversations that spoke of it last), "
            "or of the customer's name, or at least four digits of their number",
        ),
    ] = None,
) -> List[Entry]:
    """Conversations with customers, the one in which something was said last first."""
    if assigned_user_id == "me":
        assigned_user_id = person(begun)
    wanted = Wanted(
        states=state,
        assigned_user_id=None if assigned_user_id == "nobody" else assigned_user_id,
        is_unassigned=assigned_user_id == "nobody",
        is_unread=is_unread,
        is_snoozed=is_snoozed,
        priority=priority,
        tag=tag,
        channel_account_id=channel_account_id,
        contact_id=contact_id,
        search=search,
    )
    after: Any = paging.keys_of(page, paging.moment, UUID)
    found = inbox.page(begun.tx, wanted, after=after, limit=page.limit + 1)
    return List[Entry].page(rows_of(found, page, lambda row: (row.last_message_at.isoformat(), row.id)))


@router.get("/{conversation_id}")
def get_conversation(conversation_id: ConversationId, begun: Request_) -> Answer[Detail]:
    """A conversation, with the customer as the agent knows them, the lead, and what waits for a yes."""
    return Answer[Detail].of(thread.find(begun.tx, conversation_id))


@router.patch("/{conversation_id}", status_code=status.HTTP_204_NO_CONTENT)
def mark_conversation(conversation_id: ConversationId, body: Marks, begun: Request_) -> None:
    """Set its priority, or let it rest in the inbox until a moment."""
    thread.check(begun.tx, conversation_id)
    given = body.given()
    if body.priority:
        marking.prioritise(begun.tx, conversation_id, body.priority)
    if body.snoozed_until:
        marking.snooze(begun.tx, conversation_id, body.snoozed_until)
    elif "snoozed_until" in given:
        marking.wake(begun.tx, conversation_id)


@router.get("/{conversation_id}/messages")
def list_messages(
    conversation_id: ConversationId, begun: Request_, page: Paged, files: Files, at: Now
) -> List[ShownMessage]:
    """What was said, the latest first. What its sender has deleted is empty, and what was edited is as it is now."""
    before: Any = paging.keys_of(page, paging.moment, UUID)
    found = thread.messages(begun.tx, conversation_id, before=before, limit=page.limit + 1)
    rows = rows_of(found, page, lambda row: (row.at.isoformat(), row.id))
    shown = [_shown(message, files, at) for message in rows.rows]
    return List[ShownMessage].page(paging.Rows(shown, rows.cursor))


@router.get("/{conversation_id}/timeline")
def list_happenings(conversation_id: ConversationId, begun: Request_, page: Paged) -> List[ShownHappening]:
    """What was done, the latest first.

    Turns of the agent with its tools, who had it, notes, incidents, questions to the team, proposed acts.
    """
    (before,) = paging.keys_of(page, UUID) or (None,)
    found = thread.happenings(begun.tx, conversation_id, before=before, limit=page.limit + 1)
    return List[ShownHappening].page(rows_of(found, page, lambda row: (row.id,)))


@router.put("/{conversation_id}/read-mark", status_code=status.HTTP_204_NO_CONTENT)
def mark_read(conversation_id: ConversationId, begun: Request_) -> None:
    """Somebody has read it: nothing in it is unread until the customer writes again."""
    thread.check(begun.tx, conversation_id)
    marking.read(begun.tx, conversation_id)


@router.post("/{conversation_id}/tags")
def tag_conversation(conversation_id: ConversationId, body: NewTag, once: DoneOnce) -> Done:
    """Give it this tag too. Tags are compared without regard to case."""
    begun = once.begun
    thread.check(begun.tx, conversation_id)
    return once.answer(Done, lambda: marking.tag(begun.tx, conversation_id, body.tag, by=named(begun)))


@router.delete("/{conversation_id}/tags", status_code=status.HTTP_204_NO_CONTENT)
def untag_conversation(
    conversation_id: ConversationId, tag: Annotated[TagName, Query(description="Which of them")], begun: Request_
) -> None:
    """Take this tag from it."""
    thread.check(begun.tx, conversation_id)
    marking.untag(begun.tx, conversation_id, tag, by=named(begun))


def _shown(message: Message, bucket: Bucket, at: datetime) -> ShownMessage:
    said = {each.name: getattr(message, each.name) for each in fields(Said)}
    return ShownMessage(**said, media=_media(message, bucket, at))


def _media(message: Message, bucket: Bucket, at: datetime) -> ShownMedia | None:
    if message.media_id is None or message.media_kind is None or message.media_state is None:
        return None
    link = None
    if message.media_key and message.media_type:
        stored = Stored(message.media_kind, message.media_name, message.media_type, message.media_key)
        link = links.link_to(bucket, stored, now=at)
    return ShownMedia(
        id=message.media_id,
        kind=message.media_kind,
        state=message.media_state,
        content_type=message.media_type,
        name=message.media_name,
        bytes=message.media_bytes,
        link=link,
    )
