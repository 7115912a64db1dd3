"""The tool that asks the shop's team what nothing here can tell."""

from typing import Annotated

from pydantic import StringConstraints

from auzap.agent.desk import Desk
from auzap.errors import Refusal
from auzap.escalations import asking

Question = Annotated[str, StringConstraints(min_length=3, max_length=600)]


def ask_the_team(desk: Desk, question: Question) -> str:
    """Ask the shop's team what the customer wants to know, where search_knowledge and the context did not tell. They answer later.

    Args:
        question: The customer's question in one sentence that is understood without the conversation, in Portuguese.
    """
    if not desk.progress.has_searched and not desk.has_hits:
        raise Refusal("The team may have taught it already. Call search_knowledge with the question first.")
    place = asking.ask(desk.tx, desk.conversation_id, question=question, locale=desk.shop.locale)
    desk.progress.wakes.append(str(place))
    return "The team was asked. Now answer: say that you do not know it, and that the team will answer here."
