"""What the shop has used of its plan."""

from datetime import date, timedelta
from typing import Annotated

from fastapi import APIRouter, Query

from auzap.billing import usage
from auzap.billing.usage import Usage
from auzap.organizations.shop import known_shop
from functions.serve_api.answers import Answer
from functions.serve_api.bodies import Day
from functions.serve_api.dependencies import Now, Request_
from functions.serve_api.problems import Problem

router = APIRouter(prefix="/v1/usage", tags=["usage"])

SHOWN = timedelta(days=30)
LONGEST = timedelta(days=92)


@router.get("")
def show_usage(
    begun: Request_,
    at: Now,
    from_day: Annotated[Day | None, Query(description="The first day; thirty days ago without it")] = None,
    until_day: Annotated[Day | None, Query(description="The last day; today without it")] = None,
) -> Answer[Usage]:
    """Tokens, cost, messages and leads by day and by month, beside what the plan allows; at most 92 days."""
    zone = known_shop(begun.tx).zone
    first, last = _days(from_day, until_day, today=at.astimezone(zone).date())
    return Answer[Usage].of(usage.usage(begun.tx, since=first, until=last, zone=zone, now=at))


def _days(from_day: date | None, until_day: date | None, *, today: date) -> tuple[date, date]:
    last = until_day or today
    first = from_day or last - SHOWN + timedelta(days=1)
    if not first <= last <= today or last - first >= LONGEST:
        raise Problem(422, "bad_days")
    return first, last
