"""Tools that end a turn: the answer, and a person."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from auzap.agent.desk import Desk

AnswerText = Annotated[str, StringConstraints(min_length=1, max_length=4000)]
Reason = Annotated[str, StringConstraints(min_length=3, max_length=200)]
Intent = Literal[
    "greeting",
    "question",
    "prices",
    "availability",
    "booking",
    "cancellation",
    "registration",
    "complaint",
    "emergency",
    "person",
    "farewell",
    "other",
]


def answer(desk: Desk, text: AnswerText, intent: Intent, confidence: Annotated[int, Field(ge=0, le=100)]) -> str:
    """Send the customer your one reply and end the turn. Every turn ends with this call.

    Args:
        text: The reply: one short message, in the customer's language.
        intent: What the customer wanted.
        confidence: How sure you are that the reply is right and enough, 0 to 100.
    """
    return text


def hand_over(desk: Desk, reason: Reason) -> str:
    """Give the conversation to a person of the shop: emergencies, complaints, a wish for a person, what you cannot do.

    Args:
        reason: Why a person is needed, in one sentence in the shop's language, for the staff.
    """
    desk.progress.handoff_reason = reason
    return (
        "A person will take over after your reply; the customer is told so below it. Now answer what you can, kindly."
    )
