"""Who speaks in a turn: an answer to a customer's question is passed on; the owner has Aurora; everyone else the client agent."""

from dataclasses import dataclass

from auzap.agent.client_agent import client_agent
from auzap.agent.persona import Persona
from auzap.agent.turn import Said, Turn
from auzap.escalations.learning import lesson


@dataclass(frozen=True, slots=True)
class Route:
    """The messages that answer customers' questions, those that say what to learn, and who answers the others."""

    answers: list[Said]
    lessons: list[Said]
    # Nobody where there are no others.
    persona: Persona | None


def route(turn: Turn) -> Route:
    # Whoever quotes a question to the team and is not of it has no say in the answer.
    is_asked = turn.contact.is_asked
    lessons = [message for message in turn.unanswered if is_asked and lesson(message.reply_id)]
    answers = [message for message in turn.unanswered if is_asked and message.answers and message not in lessons]
    is_all = bool(answers or lessons) and len(answers) + len(lessons) == len(turn.unanswered)
    return Route(answers, lessons, None if is_all else _persona(turn))


def _persona(turn: Turn) -> Persona:
    if not turn.contact.is_owner:
        return client_agent(turn.shop.offers)
    # Most sandboxes never hear an owner, and a cold start need not pay for her.
    from auzap.aurora.agent import AURORA

    return AURORA
