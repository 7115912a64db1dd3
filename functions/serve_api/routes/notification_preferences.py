"""What whoever is signed in wants to hear of in this shop, and how."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from auzap.ids import UserId
from auzap.notifications import preferences
from auzap.notifications.kinds import KINDS, Kind
from auzap.notifications.preferences import Preference, ShownPreference
from functions.serve_api.answers import Answer
from functions.serve_api.bodies import Body
from functions.serve_api.dependencies import Begun, Request_

router = APIRouter(prefix="/v1/me/notification-preferences", tags=["me"])


class WantedNotice(Body):
    kind: Kind
    in_centre: bool
    by_mail: bool


def _each_once(wanted: list[WantedNotice]) -> list[WantedNotice]:
    if len({each.kind for each in wanted}) < len(wanted):
        raise PydanticCustomError("twice", "A kind is named twice")
    return wanted


class WantedNotices(Body):
    # What is not among them is as usual again.
    kinds: Annotated[list[WantedNotice], Field(max_length=len(KINDS)), AfterValidator(_each_once)] = Field(
        examples=[[{"kind": "low_stock", "in_centre": True, "by_mail": True}]]
    )


@router.get("")
def list_notification_preferences(begun: Request_) -> Answer[list[ShownPreference]]:
    """Of every kind of notification, whether I am shown it and whether it comes by mail when nobody reads it."""
    return Answer[list[ShownPreference]].of(_mine(begun))


@router.put("")
def choose_notification_preferences(body: WantedNotices, begun: Request_) -> Answer[list[ShownPreference]]:
    """Choose what I am shown and what comes by mail. What is about the shop's security is shown to everybody."""
    wanted = [Preference(each.kind, each.in_centre, each.by_mail) for each in body.kinds]
    preferences.choose(begun.tx, _person(begun), wanted)
    return Answer[list[ShownPreference]].of(_mine(begun))


def _mine(begun: Begun) -> list[ShownPreference]:
    return preferences.of(begun.tx, _person(begun), role=begun.asker.role)


def _person(begun: Begun) -> UserId:
    # A key of a program is not let in here.
    assert begun.asker.user_id
    return begun.asker.user_id
