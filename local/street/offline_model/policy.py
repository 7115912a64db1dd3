"""The next step of a conversation: one tool call, or one reply.

Each part reads as if every tool and the customer answered at once; what is still missing pauses it.
"""

import re
from collections.abc import Callable, Collection

from local.street.offline_model import appointments, aurora, questions
from local.street.offline_model.conversation import Conversation
from local.street.offline_model.desk import Call, Desk, Pause
from local.street.offline_model.lexicon import Intent
from local.street.offline_model.memory import GOALS, SLOT_OFFERS, recall
from local.street.offline_model.talk import Talk
from local.street.offline_model.understanding import pointed_at
from local.street.offline_model.wording import Act, Reply, say

# A longer message that opens with a greeting wants more than a greeting.
LONGEST_GREETING = 6

# What somebody of the shop could answer: a question of several words, with its mark or without.
QUESTION = re.compile(
    r"^(?:.*\?|(?:e |oi |ola )?(?:voces|vcs|qual|quais|quando|como|onde|posso|pode|podem|tem|da pra|sera|quem|por ?que|o que)\b.*)$"
)
FEWEST_WORDS = 3
LONGEST_QUESTION = 600
TEAM_WAS_ASKED = re.compile(r"the team was asked\b(?! already)", re.IGNORECASE)

type Move = Callable[[Talk], Reply]


def emergency(talk: Talk) -> Reply:
    if not talk.desk.has("hand_over"):
        return say(Act.EMERGENCY)
    return talk.hand_over("emergency: the customer describes one", say(Act.EMERGENCY) + say(Act.TEAM_TOLD))


def complaint(talk: Talk) -> Reply:
    return talk.hand_over("reclamação: o cliente está insatisfeito", say(Act.APOLOGY))


def person(talk: Talk) -> Reply:
    return talk.hand_over("the customer asks for a person", say(Act.HANDED_OVER))


URGENT: dict[Intent, Move] = {
    Intent.EMERGENCY: emergency,
    Intent.PERSON: person,
    Intent.COMPLAINT: complaint,
}
QUESTIONS: dict[Intent, Move] = {
    Intent.HOURS: questions.tell_opening_hours,
    Intent.LOCATION: questions.tell_address,
    Intent.PRICES: questions.tell_prices,
}
# Words that also stand in "quero marcar um serviço" and "cancelar meu horário", where they ask nothing.
QUESTIONS_ALONE: dict[Intent, Move] = {
    Intent.SERVICES: questions.tell_prices,
    Intent.LIST_BOOKINGS: questions.tell_bookings,
    Intent.LIST_PETS: questions.tell_pets,
}
MOVES: dict[Intent, Move] = {
    Intent.CANCEL: appointments.cancel,
    Intent.RESCHEDULE: appointments.cancel,
    Intent.BOOK: appointments.book,
    Intent.FREE_TIMES: appointments.show_free_times,
    Intent.REGISTER_PET: appointments.register_pet,
}
INVITING = frozenset({Act.SERVICES, Act.PRICE, Act.OPENING_HOURS, Act.ADDRESS})
OFFERING_A_PERSON = frozenset(
    {
        Act.UNKNOWN,
        Act.NO_SERVICES,
        Act.NO_OPENING_HOURS,
        Act.NO_ADDRESS,
        Act.PET_REFUSED,
        Act.SIZE_UNKNOWN,
        Act.CANCELLATION_REFUSED,
    }
)
PROPOSALS = frozenset({Act.PROPOSAL, Act.CANCELLATION_PROPOSAL})
SELF_PRESENTING = frozenset({Act.GREETING, Act.EMERGENCY})


def decide(conversation: Conversation, tools: Collection[str]) -> Call | Reply:
    if aurora.HER_TOOL in tools:
        return aurora.decide(conversation, tools)
    memory = recall(conversation)
    talk = Talk(conversation.context, memory, Desk(tools, conversation.results, conversation.context.today))
    told = Reply()
    try:
        told = settled(talk)
        told += answers(talk)
        reply = told + next_move(talk, told)
    except Pause as pause:
        if isinstance(pause.step, Call):
            return pause.step
        reply = told + pause.step
    if is_partly_unseen(conversation) and not memory.intents & URGENT.keys():
        reply = say(Act.UNSEEN) + reply
    first_words = all(said.by != "shop" for said in conversation.earlier)
    if first_words and not SELF_PRESENTING.intersection(part.act for part in reply.parts):
        return talk.present(Act.INTRODUCTION) + reply
    return reply


def is_partly_unseen(conversation: Conversation) -> bool:
    return any(said.is_unseen for said in conversation.now) and any(said.text for said in conversation.now)


def answers(talk: Talk) -> Reply:
    """What was asked beside the errand, answered before it goes on."""
    intents = talk.memory.intents
    if intents & URGENT.keys():
        return Reply()
    has_errand = any(goal in intents for goal in GOALS)
    asked = [move for intent, move in QUESTIONS.items() if intent in intents]
    if not has_errand:
        asked += [move for intent, move in QUESTIONS_ALONE.items() if intent in intents and move not in asked]
    told = Reply()
    for move in asked:
        told += move(talk)
    return told


def next_move(talk: Talk, told: Reply) -> Reply:
    memory = talk.memory
    urgent = next((move for intent, move in URGENT.items() if intent in memory.intents), None)
    if urgent:
        return urgent(talk)
    if memory.outcome and not memory.goal_said_now:
        return Reply()
    if drops_the_proposal(talk):
        return say(Act.DECLINED)
    if talk.wishes.goal and (memory.goal_said_now or told.parts):
        return MOVES[talk.wishes.goal](talk)
    if told.parts:
        return say(Act.OFFER_BOOKING) if told.act in INVITING else Reply()
    if reply := small_talk(talk):
        return reply
    if talk.wishes.goal:
        return carried_on(talk, MOVES[talk.wishes.goal])
    return without_errand(talk)


def settled(talk: Talk) -> Reply:
    """Confirm what the server has just done, with its own facts."""
    outcome = talk.memory.outcome
    if not outcome:
        return Reply()
    reply = say(outcome.act, facts=outcome.facts)
    reschedules = outcome.act is Act.CANCELLED and talk.memory.goal_before is Intent.RESCHEDULE
    return reply + say(Act.OFFER_BOOKING) if reschedules else reply


def drops_the_proposal(talk: Talk) -> bool:
    """A no that the server left to the model, or a "cancela" that means the question just asked."""
    says_only_no = not talk.memory.tells_something and talk.memory.intents <= {Intent.NO, Intent.CANCEL, Intent.THANKS}
    return talk.memory.last_act in PROPOSALS and bool(talk.memory.intents) and says_only_no


def small_talk(talk: Talk) -> Reply | None:
    memory, intents = talk.memory, talk.memory.intents
    if Intent.BYE in intents:
        return say(Act.FAREWELL)
    if Intent.THANKS in intents and not memory.tells_something and Intent.YES not in intents:
        return say(Act.WELCOME)
    if Intent.YES in intents and memory.last_act in OFFERING_A_PERSON:
        return person(talk)
    if memory.tells_something:
        return None
    if Intent.NO in intents:
        return say(Act.ASK_DAY if memory.last_act in SLOT_OFFERS else Act.AT_EASE)
    if Intent.YES in intents and memory.last_act is Act.NOTHING_FREE:
        return say(Act.ASK_DAY)
    return None


def carried_on(talk: Talk, move: Move) -> Reply:
    try:
        reply = move(talk)
    except Pause as pause:
        if isinstance(pause.step, Call):
            raise
        reply = pause.step
    return not_understood(talk) if asked_in_vain(reply, talk) else reply


def asked_in_vain(reply: Reply, talk: Talk) -> bool:
    """The same question again, to someone who said nothing towards it."""
    memory, question = talk.memory, reply.parts[-1]
    same = question.act is memory.open_act and all(fact in memory.open_text for fact in question.facts.values())
    names = talk.desk.names_seen()
    names_one = any(pointed_at(names, heard.plain) for heard in memory.now)
    return same and not (memory.tells_something or names_one or Intent.YES in memory.intents)


def without_errand(talk: Talk) -> Reply:
    memory = talk.memory
    said = " ".join(heard.plain for heard in memory.now)
    if not memory.now or (Intent.GREETING in memory.intents and len(said.split()) <= LONGEST_GREETING):
        return talk.present(Act.GREETING)
    if talk.desk.has("list_services") and pointed_at([service.name for service in talk.desk.services()], said):
        return questions.tell_prices(talk) + say(Act.OFFER_BOOKING)
    if Intent.YES in memory.intents:
        return say(Act.AT_EASE)
    return not_understood(talk)


def not_understood(talk: Talk) -> Reply:
    if talk.desk.has("ask_the_team") and (question := question_in_vain(talk)):
        asked = talk.desk.use("ask_the_team", question=question)
        return say(Act.TEAM_ASKED) if TEAM_WAS_ASKED.match(asked) else say(Act.UNKNOWN)
    if not any(heard.plain for heard in talk.memory.now):
        # The server counts these, and calls a person after the third.
        return say(Act.UNREADABLE)
    if talk.memory.last_act is Act.UNKNOWN and talk.desk.has("hand_over"):
        return talk.hand_over("não entendi duas mensagens seguidas", say(Act.HANDED_OVER))
    return say(Act.UNKNOWN)


def question_in_vain(talk: Talk) -> str:
    """The customer's own words, where they ask something that nothing here answers."""
    asked = [heard for heard in talk.memory.now if QUESTION.match(heard.plain)]
    said = " ".join(heard.text.strip() for heard in asked)
    return said[:LONGEST_QUESTION] if len(said.split()) >= FEWEST_WORDS else ""
