"""What the owner answers to customers' questions goes on its way before anybody thinks about the rest."""

from dataclasses import replace

from auzap import texts
from auzap.agent.turn import Said, Turn
from auzap.escalations import answering
from auzap.escalations.answering import Outcome
from auzap.texts import TextKey

TOLD: dict[Outcome, TextKey] = {
    "sent": "answer_sent",
    "answered_already": "answered_already",
    "no_text": "answer_without_text",
}
# In place of the answer, which is not for Aurora to answer again.
PASSED_ON = "[the owner answered a customer's question here, and the system has passed it on]"


def pass_on(turn: Turn, answers: list[Said]) -> str:
    """What the owner is told of it. A retry finds the same done, and tells the same."""
    told = [_passed_on(turn, message) for message in answers]
    turn.unanswered = [replace(each, text=PASSED_ON) if each in answers else each for each in turn.unanswered]
    return "\n\n".join(told)


def _passed_on(turn: Turn, message: Said) -> str:
    if message.answers is None:
        raise ValueError("a message that answers no question")
    locale = turn.shop.locale
    passed = answering.pass_on(
        turn.database,
        turn.shop.organization_id,
        escalation_id=message.answers,
        message_id=message.id,
        contact_id=turn.contact.id,
        locale=locale,
    )
    if passed.outcome == "sent":
        turn.progress.wakes.append(str(passed.conversation_id))
    customer = passed.customer or texts.text("some_customer", locale)
    return texts.text(TOLD[passed.outcome], locale).format(customer=customer)
