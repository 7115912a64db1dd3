"""Who speaks in a turn: an answer to a customer's question is passed on; the owner has Aurora; everyone else the client agent."""

from dataclasses import dataclass

from auzap.agent.client_agent import CLIENT_AGENT
from auzap.agent.persona import Persona
from auzap.agent.turn import Said, Turn


@dataclass(frozen=True, slots=True)
class Route:
    """The messages that answer customers' questions, and who answers the others; nobody where there are none."""

    answers: list[Said]
    persona: Persona | None


def route(turn: Turn) -> Route:
    if not turn.contact.is_owner:
        # Whoever quotes a question to the team and is not of it has no say in the answer.
        return Route([], CLIENT_AGENT)
    # Most sandboxes never hear an owner, and a cold start need not pay for her.
    from auzap.aurora.agent import AURORA

    answers = [message for message in turn.unanswered if message.answers]
    return Route(answers, None if answers and len(answers) == len(turn.unanswered) else AURORA)
