"""When there is room for an appointment, and if there is none, why not and when instead."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel

from auzap.bookings import asking, availability
from auzap.bookings.asking import Item
from auzap.bookings.availability import Period, Slot
from auzap.bookings.intervals import Interval
from auzap.bookings.reasons import Kind, Reason
from auzap.ids import PetId, ServiceId
from auzap.organizations.shop import known_shop
from functions.serve_api import problems
from functions.serve_api.answers import Answer
from functions.serve_api.bodies import Day
from functions.serve_api.dependencies import Now, Request_
from functions.serve_api.problems import Problem

router = APIRouter(prefix="/v1/availability", tags=["bookings"])


class ShownSlot(BaseModel):
    # An hour for each pet, in the order in which they were named.
    starts: list[datetime]
    is_together: bool


class ShownReason(BaseModel):
    reason: Kind
    message: str


class Availability(BaseModel):
    day: date
    # What was looked at: when the shop is open on that day, as far as it can still be booked.
    checked: list[Interval]
    slots: list[ShownSlot]
    # Of the same day, where the part of it that was asked for has none.
    other_hours: list[ShownSlot]
    # Why there are no slots.
    reasons: list[ShownReason]
    # The first slot of each of the nearest days with room, and between which days was looked.
    nearest: list[ShownSlot]
    looked_at: tuple[date, date] | None
    # What a pet has of the same service on that day, which can only be moved.
    notes: list[ShownReason]


@router.get("")
def find_slots(
    request: Request,
    begun: Request_,
    at: Now,
    service_id: Annotated[ServiceId, Query(description="What is to be done")],
    pet_id: Annotated[list[PetId], Query(min_length=1, max_length=6, description="For which pets")],
    day: Annotated[Day, Query(description="On which day, as the shop's clock has it")],
    addon_id: Annotated[list[ServiceId], Query(max_length=10, description="What is done beside it")] = [],  # noqa: B006
    period: Annotated[Period, Query(description="In which part of the day")] = "any",
) -> Answer[Availability]:
    """The hours of a day that the shop's rules allow; people may book others too."""
    items = [Item(pet, service_id, tuple(addon_id)) for pet in pet_id]
    asked = asking.asked_for(begun.tx, items)
    found = availability.find(begun.tx, known_shop(begun.tx), asked, day, period=period, now=at)
    locale = problems.locale_of(request)
    return Answer[Availability].of(
        Availability(
            day=found.day,
            checked=list(found.checked),
            slots=_slots(found.slots),
            other_hours=_slots(found.other_hours),
            reasons=_reasons(found.reasons, locale),
            nearest=_slots(found.nearest),
            looked_at=found.looked_at,
            notes=_reasons(found.notes, locale),
        )
    )


def _slots(found: Sequence[Slot]) -> list[ShownSlot]:
    return [ShownSlot(starts=list(slot.starts), is_together=slot.is_together) for slot in found]


def _reasons(found: Sequence[Reason], locale: str) -> list[ShownReason]:
    """In the caller's language: what is told to the agent is not for people."""
    return [
        ShownReason(reason=each.kind, message=problems.told(Problem(409, f"unbookable_{each.kind}"), locale))
        for each in found
    ]
