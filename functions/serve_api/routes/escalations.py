"""Questions that the agent has asked the team."""

from datetime import UTC, datetime, timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, status
from pydantic import Field

from auzap import runtime
from auzap.escalations import answering, queries
from auzap.escalations.answering import LONGEST
from auzap.escalations.queries import Listed, State, Statistics
from auzap.ids import ConversationId, EscalationId, OrganizationId
from functions.serve_api.answers import Answer, Created, Done, List
from functions.serve_api.bodies import Body, Moment
from functions.serve_api.dependencies import Begun, DoneOnce, Now, Request_
from functions.serve_api.paging import Paged, keys_of, rows_of

router = APIRouter(prefix="/v1/escalations", tags=["escalations"])

COUNTED = timedelta(days=30)


class TeamAnswer(Body):
    answer: str = Field(min_length=1, max_length=LONGEST, examples=["Sim, atendemos coelhos às terças."])
    teach: bool = Field(default=False, description="The agent knows it from now on")


class AgentSwitch(Body):
    is_on: bool


@router.get("")
def list_escalations(
    begun: Request_, page: Paged, state: Annotated[State | None, Query(description="Where it stands")] = None
) -> List[Listed]:
    """Questions of the agent, the newest first."""
    (after,) = keys_of(page, UUID) or (None,)
    found = queries.listed(begun.tx, state=state, after=EscalationId(after) if after else None, most=page.limit + 1)
    return List.page(rows_of(found, page, lambda row: (row.id,)))


@router.get("/statistics")
def show_escalation_statistics(
    begun: Request_,
    at: Now,
    since: Annotated[Moment | None, Query(description="The last thirty days where it is not given")] = None,
) -> Answer[Statistics]:
    """What became of them, and how long an answer took."""
    return Answer[Statistics].of(queries.statistics(begun.tx, since or at - COUNTED))


@router.post("/{escalation_id}/answer", status_code=status.HTTP_201_CREATED)
def answer_escalation(escalation_id: EscalationId, body: TeamAnswer, once: DoneOnce) -> Created[Listed]:
    """Answer the customer on their WhatsApp, once, whoever else answers; with `teach` the agent learns it."""
    begun = once.begun

    def answer() -> Listed:
        place = answering.answer_in_panel(
            begun.tx,
            escalation_id,
            body.answer,
            teach=body.teach,
            by=begun.asker.actor,
            locale=queries.locale(begun.tx),
        )
        _hint_outbox(begun, place)
        return queries.one(begun.tx, escalation_id)

    answered = once.answer(Created[Listed], answer)
    if body.teach:
        begun.later(lambda: _hint_embedding(begun.asker.organization_id))
    return answered


@router.put("/{escalation_id}/agent")
def switch_agent(escalation_id: EscalationId, body: AgentSwitch, begun: Request_) -> Done:
    """Take the customer's conversation from the agent, or give it back."""
    place, is_asked = answering.switch_agent(begun.tx, escalation_id, is_on=body.is_on, user_id=begun.asker.user_id)
    if is_asked:
        begun.later(lambda: runtime.hint_turn(_hint(begun, place)))
    return Done.now()


def _hint_outbox(begun: Begun, place: ConversationId) -> None:
    begun.later(lambda: runtime.hint_outbox(_hint(begun, place)))


def _hint_embedding(shop: OrganizationId) -> None:
    at = datetime.now(UTC).isoformat()
    runtime.hint_automation({"organization_id": str(shop), "job": "embed_knowledge", "subject": str(shop), "at": at})


def _hint(begun: Begun, place: ConversationId) -> dict[str, str]:
    return {"organization_id": str(begun.asker.organization_id), "conversation_id": str(place)}
