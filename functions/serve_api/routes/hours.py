"""When the shop is open."""

from datetime import date, timedelta
from typing import Annotated

from fastapi import APIRouter, Query, status
from pydantic import Field

from auzap.organizations import hours
from auzap.organizations.hours import Day, Hours
from auzap.organizations.shop import Opening
from functions.serve_api.answers import Answer, List
from functions.serve_api.bodies import Body, Hour
from functions.serve_api.bodies import Day as GivenDay
from functions.serve_api.dependencies import Now, Request_
from functions.serve_api.paging import Paged, keys_of, rows_of
from functions.serve_api.problems import NotFound

router = APIRouter(prefix="/v1/opening-hours", tags=["opening-hours"])
special_days = APIRouter(prefix="/v1/special-days", tags=["opening-hours"])


class Interval(Body):
    """By the clock on the shop's wall."""

    opens: Hour
    closes: Hour


class WeekdayHours(Interval):
    weekday: int = Field(ge=0, le=6, description="0 is Monday", examples=[0])


class Week(Body):
    """All of the week: a weekday that is not named is closed."""

    hours: list[WeekdayHours] = Field(max_length=42)

    def openings(self) -> list[Opening]:
        return [Opening(given.weekday, given.opens, given.closes) for given in self.hours]


class SpecialDay(Body):
    label: str = Field(min_length=1, max_length=80, examples=["Véspera de Natal"])
    hours: list[Interval] = Field(default_factory=list[Interval], max_length=6, description="None: closed")


@router.get("")
def list_hours(begun: Request_) -> List[Opening]:
    """The week, Monday first."""
    return List.of(hours.week(begun.tx))


@router.put("")
def set_hours(body: Week, begun: Request_) -> List[Opening]:
    """Replace the week."""
    hours.set_week(begun.tx, body.openings())
    return List.of(hours.week(begun.tx))


@special_days.get("")
def list_special_days(
    begun: Request_,
    at: Now,
    page: Paged,
    from_day: Annotated[GivenDay | None, Query(description="From this day on; yesterday where it is not given")] = None,
    until_day: Annotated[GivenDay | None, Query(description="Up to this day, with it")] = None,
) -> List[Day]:
    """Days that are not like their weekday, the nearest first."""
    (after,) = keys_of(page, date.fromisoformat) or (None,)
    first = from_day or at.date() - timedelta(days=1)
    found = hours.special_days(begun.tx, since=first, until=until_day, after=after, most=page.limit + 1)
    return List.page(rows_of(found, page, lambda row: (row.day,)))


@special_days.put("/{day}")
def set_special_day(day: GivenDay, body: SpecialDay, begun: Request_) -> Answer[Day]:
    """Say how a day is; without hours the shop is closed on it."""
    special = Day(
        day, body.label, sorted((Hours(i.opens, i.closes) for i in body.hours), key=lambda found: found.opens)
    )
    hours.set_special_day(begun.tx, special)
    return Answer[Day].of(special)


@special_days.delete("/{day}", status_code=status.HTTP_204_NO_CONTENT)
def forget_special_day(day: GivenDay, begun: Request_) -> None:
    """Let a day be like its weekday again."""
    if not hours.forget_special_day(begun.tx, day):
        raise NotFound
