"""Who has a conversation: taken, given back, passed on, closed and opened again by people."""

from collections.abc import Callable

from fastapi import APIRouter
from pydantic import Field

from auzap.conversations import holding, thread
from auzap.conversations.thread import Standing
from auzap.ids import ConversationId, UserId
from functions.serve_api import hints
from functions.serve_api.answers import Answer
from functions.serve_api.bodies import Body
from functions.serve_api.dependencies import DoneOnce, Once, Request_
from functions.serve_api.persons import named, person

router = APIRouter(prefix="/v1/conversations/{conversation_id}", tags=["conversations"])


class Receiver(Body):
    user_id: UserId


class Assignee(Body):
    user_id: UserId | None = Field(description="Whose turn it is to take it; null: anybody's")


class Closing(Body):
    reason: str | None = Field(default=None, min_length=1, max_length=200, examples=["Resolvido por telefone"])


@router.post("/hold")
def hold_conversation(conversation_id: ConversationId, once: DoneOnce) -> Answer[Standing]:
    """Take it: from now on the agent says nothing more in it."""
    user_id = person(once.begun)
    return _moved(once, conversation_id, lambda: holding.take(once.begun.tx, conversation_id, user_id))


@router.post("/return")
def return_conversation(conversation_id: ConversationId, once: DoneOnce) -> Answer[Standing]:
    """Give it back to the agent, which answers what nobody has answered."""
    begun = once.begun

    def give_back() -> None:
        if holding.give_back(begun.tx, conversation_id, by=named(begun)):
            hints.something_to_answer(begun, [conversation_id])

    return _moved(once, conversation_id, give_back)


@router.post("/transfer")
def transfer_conversation(conversation_id: ConversationId, body: Receiver, once: DoneOnce) -> Answer[Standing]:
    """Give it to somebody else of the team, whoever has it."""
    return _moved(once, conversation_id, lambda: holding.transfer(once.begun.tx, conversation_id, body.user_id))


@router.put("/assignment")
def assign_conversation(conversation_id: ConversationId, body: Assignee, begun: Request_) -> Answer[Standing]:
    """Say whose turn it is to take a waiting conversation. Everybody may still take it."""
    thread.check(begun.tx, conversation_id)
    holding.assign(begun.tx, conversation_id, body.user_id)
    return Answer[Standing].of(thread.standing(begun.tx, conversation_id))


@router.post("/closing")
def close_conversation(conversation_id: ConversationId, body: Closing, once: DoneOnce) -> Answer[Standing]:
    """Have done with it, and with all that was said in it. The customer's next message within seven days opens it again."""
    user_id = person(once.begun)
    return _moved(once, conversation_id, lambda: holding.close(once.begun.tx, conversation_id, user_id, body.reason))


@router.post("/reopening")
def reopen_conversation(conversation_id: ConversationId, once: DoneOnce) -> Answer[Standing]:
    """Open a closed one again: the agent has it, as if the customer had written."""
    return _moved(once, conversation_id, lambda: holding.reopen(once.begun.tx, conversation_id))


def _moved(once: Once, conversation_id: ConversationId, move: Callable[[], None]) -> Answer[Standing]:
    tx = once.begun.tx
    thread.check(tx, conversation_id)

    def moved() -> Standing:
        move()
        return thread.standing(tx, conversation_id)

    return once.answer(Answer[Standing], moved)
