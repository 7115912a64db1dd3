"""The dashboard."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import Field

from auzap.insights import dashboard
from auzap.insights.dashboard import Days
from auzap.insights.models import Dashboard
from auzap.organizations.shop import known_shop
from functions.serve_api.answers import Answer, Done
from functions.serve_api.bodies import Body
from functions.serve_api.dependencies import Now, Request_

router = APIRouter(prefix="/v1/dashboard", tags=["dashboard"])


class Assumptions(Body):
    """What the shop takes an answered message and an hour of work to be worth."""

    seconds_per_message: int = Field(ge=1, le=3600, examples=[120])
    hour_value_cents: int = Field(ge=0, le=1_000_000, examples=[4500])


@router.get("")
def show_dashboard(
    begun: Request_,
    at: Now,
    days: Annotated[Days, Query(description="How many days, up to today: 1, 7, 30 or 90")] = Days.MONTH,
) -> Answer[Dashboard]:
    """How the shop stands and what its days have come to, at most a minute old. What is not known is null."""
    zone = known_shop(begun.tx).zone
    return Answer[Dashboard].of(dashboard.dashboard(begun.tx, days=days, zone=zone, now=at))


@router.put("/assumptions")
def set_assumptions(body: Assumptions, begun: Request_) -> Done:
    """Set what the estimate of the agent's worth is made from."""
    dashboard.assume(begun.tx, seconds_per_message=body.seconds_per_message, hour_value_cents=body.hour_value_cents)
    return Done.now()
