"""One chat completion: the policy's step written as the message of a model."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from local.street.offline_model import dialect
from local.street.offline_model.acts import Act
from local.street.offline_model.conversation import ANSWER_TOOL, Conversation, read
from local.street.offline_model.desk import Call
from local.street.offline_model.dialect import BadRequest, ChatRequest, FunctionDefinition
from local.street.offline_model.policy import decide
from local.street.offline_model.summary import summary
from local.street.offline_model.wording import Reply, say

# Where it truly does not know, and a person would.
UNSURE = frozenset({Act.UNKNOWN, Act.STUCK, Act.CANNOT_HERE})
# Kinds of replies, as the answer tool of the shop's agent tells them apart.
ANSWER_INTENTS: dict[str, tuple[Act, ...]] = {
    "greeting": (Act.GREETING, Act.OWNER_GREETING),
    "prices": (Act.SERVICES, Act.PRICE, Act.NO_SERVICES),
    "location": (Act.ADDRESS, Act.NO_ADDRESS),
    "service_info": (
        *(Act.OPENING_HOURS, Act.NO_OPENING_HOURS, Act.CLOSED_WEEKDAY, Act.CLOSED_NOW, Act.OPEN_NOW, Act.OFFER_BOOKING),
    ),
    "availability": (
        Act.OFFER_SLOTS,
        Act.OFFER_ONE_SLOT,
        Act.OFFER_OTHER_SLOTS,
        Act.OFFER_OTHER_DAYS,
        Act.NOTHING_FREE,
        Act.ASK_DAY,
        Act.WHICH_HOUR,
    ),
    "reschedule": (Act.CHANGE_PROPOSAL, Act.CHANGE_REFUSED, Act.RESCHEDULED, Act.ASK_NEW_DAY),
    "confirmation": (Act.ATTENDANCE_CONFIRMED, Act.ATTENDANCE_REFUSED),
    "cancellation": (
        *(Act.CANCELLATION_PROPOSAL, Act.CANCELLATION_REFUSED, Act.CANCELLED, Act.WHICH_BOOKING),
        *(Act.STAY_CANCELLATION_PROPOSAL, Act.WHICH_STAY),
    ),
    "registration": (
        *(Act.ASK_NEW_PET, Act.ASK_PET_NAME, Act.ASK_PET_DETAILS, Act.PET_REGISTERED, Act.PET_REFUSED, Act.NO_PETS),
        *(Act.PET_UPDATED, Act.UPDATE_REFUSED, Act.NAME_SAVED),
    ),
    "lodging": (
        *(Act.ROOMS, Act.NO_ROOMS, Act.OFFER_STAY, Act.OFFER_DAYCARE, Act.ASK_STAY_DAYS, Act.ASK_STAY_END),
        *(
            Act.ASK_DAYCARE_DAY,
            Act.WHICH_ROOM,
            Act.NO_ROOM,
            Act.STAY_PROPOSAL,
            Act.STAY_MISSING,
            Act.STAY_PROOF,
            Act.STAY_REFUSED,
        ),
        *(Act.RESERVED, Act.ASK_STAY_FACTS, Act.STAY_FACTS_KEPT, Act.WHICH_EXTRA, Act.NO_EXTRAS, Act.EXTRA_PROPOSAL),
        *(Act.EXTRA_ADDED, Act.MY_STAYS, Act.NO_STAYS),
    ),
    "training": (
        *(Act.TRAINING_BEGINS, Act.MORE_WORDS, Act.ASK_ROUTINE, Act.ASK_PROBLEMS, Act.ASK_FAMILY, Act.ASK_HEALTH),
        *(Act.ASK_OBSERVATION, Act.ASK_GOALS, Act.ASK_RHYTHM, Act.PLAN_PROPOSAL, Act.PLAN_REFUSED, Act.PLANNED),
        *(Act.OFFER_TRAINING, Act.TRAINING_DAYS, Act.NO_TRAINING_DAYS),
    ),
    "health": (
        *(Act.PET_RECORD, Act.VACCINE_NOTED, Act.VACCINE_REFUSED, Act.WHICH_VACCINE, Act.ASK_VACCINE_DAY),
        *(Act.HEALTH_CARE, Act.OFFER_CONSULTATION),
    ),
    "purchase": (Act.PRODUCTS, Act.NO_PRODUCTS),
    "question": (
        *(Act.MY_PETS, Act.MY_BOOKINGS, Act.NO_BOOKINGS, Act.TEAM_ASKED, Act.KNOWN, Act.IDENTITY),
        *(act for act in Act if act.startswith("owner_") and act is not Act.OWNER_GREETING),
    ),
    "praise": (Act.PRAISED,),
    "small_talk": (
        Act.REMEMBERED,
        Act.NOT_REMEMBERED,
        Act.FORGOTTEN,
        Act.NOTHING_KEPT,
        Act.WHICH_NOTE,
        Act.NEWS_OFF,
        Act.NEWS_ON,
        Act.GO_AHEAD,
    ),
    "complaint": (Act.APOLOGY,),
    "emergency": (Act.EMERGENCY, Act.TEAM_TOLD),
    "person": (Act.HANDED_OVER, Act.ENGLISH),
    "farewell": (Act.FAREWELL, Act.WELCOME, Act.AT_EASE),
    "other": (*UNSURE, Act.UNREADABLE),
}
# Everything else moves a booking forward.
USUAL_INTENT = "booking"
MOST_CHOICES = 10
URGENCIES = {"emergency": "critical", "complaint": "high", "small_talk": "low", "farewell": "low", "praise": "low"}
SENTIMENTS = {"complaint": "frustrated", "emergency": "anxious", "praise": "positive", "farewell": "positive"}


def complete(request: ChatRequest, *, today: date) -> dict[str, Any]:
    """`today` stands in when the conversation's context names no day."""
    if (asked := summary(request.messages)) is not None:
        return dialect.text_message(asked)
    tools = request.offered_tools
    conversation = read(request.messages, today=today)
    step = decide(conversation, tools)
    if request.forced_tool:
        step = obeying(request.forced_tool, step)
    if isinstance(step, Call):
        return dialect.tool_call_message(step.tool, step.arguments, place=len(request.messages))
    text = step.text(variant(conversation))
    if answer := tools.get(ANSWER_TOOL):
        return dialect.tool_call_message(ANSWER_TOOL, answer_arguments(step, text, answer), place=len(request.messages))
    if request.tool_choice == "required":
        raise BadRequest("tool_choice asks for a tool, and this model answers only by `answer`.", param="tool_choice")
    return dialect.text_message(text)


def obeying(forced: str, step: Call | Reply) -> Call | Reply:
    match step:
        case Call(tool=tool) if tool == forced:
            return step
        case Call() if forced == ANSWER_TOOL:
            return say(Act.STUCK)
        case Reply() if forced == ANSWER_TOOL:
            return step
        case _ if forced == "hand_over":
            return Call("hand_over", {"reason": "a conversa precisa de uma pessoa"})
        case _:
            raise BadRequest(f"This model does not call {forced!r} here; it can be forced to `answer` or `hand_over`.")


def variant(conversation: Conversation) -> int:
    """Another wording after each reply, sent or refused."""
    return conversation.refusals + sum(said.by == "shop" for said in conversation.earlier)


def answer_arguments(reply: Reply, text: str, tool: FunctionDefinition) -> dict[str, object]:
    intent = next((intent for intent, acts in ANSWER_INTENTS.items() if reply.act in acts), USUAL_INTENT)
    arguments: dict[str, object] = {
        "text": text,
        "intent": intent,
        "confidence": 30 if reply.act in UNSURE else 90,
        "urgency": URGENCIES.get(intent, "normal"),
        "sentiment": SENTIMENTS.get(intent, "neutral"),
        "choices": reply.choices[:MOST_CHOICES],
    }
    properties = tool.properties()
    allowed = intents_allowed(properties)
    if allowed and arguments["intent"] not in allowed:
        arguments["intent"] = "other" if "other" in allowed else allowed[0]
    return {name: value for name, value in arguments.items() if not properties or name in properties}


def intents_allowed(properties: Mapping[str, Any]) -> list[Any]:
    intent = properties.get("intent")
    allowed = intent.get("enum") if isinstance(intent, dict) else None
    return allowed if isinstance(allowed, list) else []
