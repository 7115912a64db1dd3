"""What queues are told once a request's transaction stands."""

from collections.abc import Iterable
from datetime import datetime

from auzap import runtime
from auzap.ids import ConversationId
from functions.serve_api.dependencies import Begun


def something_to_send(begun: Begun, places: Iterable[ConversationId | None]) -> None:
    """In these conversations; None where there was nobody to tell."""
    for place in places:
        if place is not None:
            body = {"organization_id": str(begun.asker.organization_id), "conversation_id": str(place)}
            begun.later(lambda body=body: runtime.hint_outbox(body))


def something_to_answer(begun: Begun, places: Iterable[ConversationId]) -> None:
    for place in places:
        body = {"organization_id": str(begun.asker.organization_id), "conversation_id": str(place)}
        begun.later(lambda body=body: runtime.hint_turn(body))


def place_freed(begun: Begun, at: datetime) -> None:
    """Whoever waits for one is asked now, and not with the next look of the clock."""
    shop = str(begun.asker.organization_id)
    body = {"organization_id": shop, "job": "offer_freed", "subject": shop, "at": at.isoformat()}
    begun.later(lambda: runtime.hint_automation(body))
