"""What somebody of the team answers to customers' questions goes on its way before anybody thinks about the rest."""

from dataclasses import dataclass, field, replace
from typing import Any

from auzap import texts
from auzap.agent.turn import Said, Turn
from auzap.escalations import answering, learning
from auzap.escalations.answering import Outcome
from auzap.ids import EscalationId
from auzap.texts import TextKey

TOLD: dict[Outcome, TextKey] = {
    "sent": "answer_sent",
    "answered_already": "answered_already",
    "no_text": "answer_without_text",
}
LEARNED: dict[learning.Outcome, TextKey] = {"learned": "taught", "left": "not_taught", "nothing": "nothing_to_teach"}
# In place of the answer, which is not for Aurora to answer again.
PASSED_ON = "[the owner answered a customer's question here, and the system has passed it on]"
TAUGHT = "taught"


@dataclass(slots=True)
class Told:
    """What whoever has answered is told, and the answers of which they may say that the agent shall know them."""

    lines: list[str] = field(default_factory=list[str])
    teachable: list[EscalationId] = field(default_factory=list[EscalationId])

    def content(self, locale: str, after: dict[str, Any] | None = None) -> dict[str, Any]:
        """One message, with what else is answered in it. Only one answer at a time is offered to be taught by buttons."""
        offers = len(self.teachable) == 1 and (after is None or after["type"] == "text")
        lines = [*self.lines, texts.text("teach_question", locale)] if offers else self.lines
        text = "\n\n".join(part for part in (*lines, after["text"] if after else "") if part)
        if not offers:
            return {**(after or {"type": "text"}), "text": text}
        teach, once = learning.button_ids(self.teachable[0])
        return {
            "type": "buttons",
            "text": text,
            "buttons": [
                {"id": teach, "title": texts.text("teach_button", locale)},
                {"id": once, "title": texts.text("once_button", locale)},
            ],
        }


def pass_on(turn: Turn, answers: list[Said], lessons: list[Said]) -> Told:
    """A retry finds the same done, and tells the same."""
    told = Told()
    for message in answers:
        _pass_on(turn, message, told)
    for message in lessons:
        _learn(turn, message, told)
    done = {message.id for message in (*answers, *lessons)}
    turn.unanswered = [replace(each, text=PASSED_ON) if each.id in done else each for each in turn.unanswered]
    return told


def _pass_on(turn: Turn, message: Said, told: Told) -> None:
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
    if passed.may_teach:
        told.teachable.append(message.answers)
    customer = passed.customer or texts.text("some_customer", locale)
    told.lines.append(texts.text(TOLD[passed.outcome], locale).format(customer=customer))


def _learn(turn: Turn, message: Said, told: Told) -> None:
    lesson = learning.lesson(message.reply_id)
    if lesson is None:
        raise ValueError("a message that teaches nothing")
    choice, escalation_id = lesson
    outcome: learning.Outcome = "left"
    if choice == learning.TEACH:
        outcome = learning.learn(turn.database, turn.shop.organization_id, escalation_id)
    if outcome == "learned":
        turn.progress.acts_done.append(TAUGHT)
    told.lines.append(texts.text(LEARNED[outcome], turn.shop.locale))
