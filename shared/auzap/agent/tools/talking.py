"""Tools that end a turn: the answer, and a person."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from auzap.agent.desk import Desk

AnswerText = Annotated[str, StringConstraints(min_length=1, max_length=4000)]
Reason = Annotated[str, StringConstraints(min_length=3, max_length=200)]
Choice = Annotated[str, StringConstraints(min_length=1, max_length=96)]
Intent = Literal[
    "greeting",
    "prices",
    "service_info",
    "location",
    "booking",
    "reschedule",
    "cancellation",
    "confirmation",
    "question",
    "complaint",
    "praise",
    "follow_up",
    "emergency",
    "small_talk",
    "farewell",
    "registration",
    "availability",
    "lodging",
    "training",
    "health",
    "purchase",
    "person",
    "other",
]
Urgency = Literal["low", "normal", "high", "critical"]
Sentiment = Literal["positive", "neutral", "negative", "frustrated", "anxious", "excited"]
MOST_CHOICES = 10


def answer(
    desk: Desk,
    text: AnswerText,
    intent: Intent,
    confidence: Annotated[int, Field(ge=0, le=100)],
    urgency: Urgency,
    sentiment: Sentiment,
    choices: Annotated[list[Choice], Field(max_length=MOST_CHOICES)],
) -> str:
    """Send the customer your one reply and end the turn. Every turn ends with this call.

    Args:
        text: The reply: one short message, in the customer's language.
        intent: What the customer wanted.
        confidence: How sure you are that the reply is right and enough, 0 to 100.
        urgency: How soon it matters; critical only when an animal's life may be in danger.
        sentiment: How the customer feels.
        choices: Short options to press, where the reply asks to choose among known ones: at best 20 characters each; else empty.
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
