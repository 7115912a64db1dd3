"""The next step of a conversation: one tool call, or one reply.

Each part reads as if every tool and the customer answered at once; what is still missing pauses it.
"""

import re
from collections.abc import Callable, Collection

from local.street.offline_model import (
    appointments,
    aurora,
    care,
    changes,
    customer_talk,
    extras_talk,
    pet_record,
    pet_talk,
    questions,
    stay_talk,
    training_talk,
)
from local.street.offline_model.acts import Act
from local.street.offline_model.conversation import Conversation
from local.street.offline_model.desk import Call, Desk, Pause
from local.street.offline_model.lexicon import SUBJECTS, Intent
from local.street.offline_model.memory import GOALS, ROOM_OFFERS, SLOT_OFFERS, is_only_asked_about, recall
from local.street.offline_model.talk import Talk
from local.street.offline_model.text import words
from local.street.offline_model.understanding import pointed_at
from local.street.offline_model.wording import Reply, acts_in, say

# A longer message that opens with a greeting wants more than a greeting.
LONGEST_GREETING = 6
# Whoever does not answer a question by then has left it.
OFTEN_ENOUGH = 2

# What no list of prices answers.
OF_THE_TEAM = re.compile(r"\b(?:descontos?|promoc\w+|pacotes?|combos?|fidelidade|cortesia)\b")

type Move = Callable[[Talk], Reply]

URGENT: dict[Intent, Move] = {
    Intent.EMERGENCY: care.emergency,
    Intent.ENGLISH: care.foreigner,
    Intent.PERSON: care.person,
    Intent.COMPLAINT: care.complaint,
}
# Answered or done at once, whatever errand goes on beside them.
ASIDE: dict[Intent, Move] = {
    Intent.NEWS_OFF: customer_talk.stop_news,
    Intent.NEWS_ON: customer_talk.want_news,
    Intent.TELL_NAME: customer_talk.save_name,
    Intent.REMEMBER: customer_talk.remember,
    Intent.UPDATE_PET: pet_record.update,
    Intent.HOURS: questions.tell_opening_hours,
    Intent.LOCATION: questions.tell_address,
    Intent.PRICES: questions.tell_prices,
    Intent.IDENTITY: lambda talk: say(Act.IDENTITY),
    Intent.ASKS_LEAVE: lambda talk: say(Act.GO_AHEAD),
    Intent.REFUSES: lambda talk: say(Act.DATA_IS_FREE) if talk.wishes.refusals < pet_talk.MOST_REFUSALS else Reply(),
}
# Words that also stand in "quero marcar um serviço" and "cancelar meu horário", where they ask nothing.
ALONE: dict[Intent, Move] = {
    Intent.HEALTH: care.unwell,
    Intent.PET_RECORD: pet_record.tell_record,
    Intent.LIST_STAYS: stay_talk.tell_stays,
    Intent.EXTRAS: stay_talk.extras,
    Intent.TRAINING_DAYS: training_talk.tell_days,
    Intent.SERVICES: questions.tell_prices,
    Intent.DOES: questions.tell_what_is_done,
    Intent.LIST_BOOKINGS: appointments.tell_bookings,
    Intent.LIST_PETS: pet_talk.tell_pets,
    Intent.PRODUCTS: questions.tell_products,
}
MOVES: dict[Intent, Move] = {
    Intent.CANCEL: lambda talk: stay_talk.cancel(talk) if speaks_of_a_stay(talk) else changes.cancel(talk),
    Intent.RESCHEDULE: changes.reschedule,
    Intent.CONFIRM: changes.confirm,
    Intent.WAITLIST: changes.join_waitlist,
    Intent.LEAVE_WAITLIST: changes.leave_waitlist,
    Intent.RECUR: changes.repeat,
    Intent.END_SERIES: changes.end_series,
    Intent.ADD: lambda talk: stay_talk.extras(talk) if speaks_of_a_stay(talk) else extras_talk.add(talk),
    Intent.BOOK: extras_talk.book_or_add,
    Intent.FREE_TIMES: appointments.book,
    Intent.HOTEL: stay_talk.hotel,
    Intent.DAYCARE: stay_talk.daycare,
    Intent.TRAINING: training_talk.train,
    Intent.VACCINE_TOLD: pet_record.report_vaccine,
    Intent.REGISTER_PET: pet_talk.register_pet,
}
INVITING = frozenset(
    {Act.SERVICES, Act.PRICE, Act.OPENING_HOURS, Act.CLOSED_WEEKDAY, Act.CLOSED_NOW, Act.OPEN_NOW, Act.ADDRESS}
)
OFFERING_A_PERSON = frozenset(
    {Act.UNKNOWN, Act.NO_SERVICES, Act.NO_OPENING_HOURS, Act.NO_ADDRESS, Act.NO_PRODUCTS, Act.NO_ROOMS, Act.PET_REFUSED}
    | {Act.CANCELLATION_REFUSED, Act.CHANGE_REFUSED, Act.ATTENDANCE_REFUSED, Act.WAITLIST_REFUSED, Act.SERIES_REFUSED}
    | {Act.PLAN_REFUSED, Act.NO_TRAINING_DAYS}
)
PROPOSALS = frozenset(
    {Act.PROPOSAL, Act.CANCELLATION_PROPOSAL, Act.CHANGE_PROPOSAL, Act.SERIES_PROPOSAL, Act.SERIES_END_PROPOSAL}
    | {Act.STAY_PROPOSAL, Act.STAY_CANCELLATION_PROPOSAL, Act.EXTRA_PROPOSAL, Act.PLAN_PROPOSAL}
)
PRICED = frozenset({Act.PRICE, Act.SERVICES})
SELF_PRESENTING = frozenset({Act.GREETING, Act.EMERGENCY, Act.IDENTITY, Act.ENGLISH})


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
    if customer_talk.is_to_forget(talk):
        return customer_talk.forget(talk)
    told = questions.tell_rules(talk)
    meant = questions.intents_beside_rules(talk) if told else intents
    told += questions.tell_the_rest(talk, is_beside=bool(told) or has_errand(talk) or bool(meant & ASIDE.keys()))
    asked = [move for intent, move in ASIDE.items() if intent in meant]
    if not has_errand(talk):
        asked = asked_alone(talk, meant, asked)
    for move in asked:
        told += move(talk)
    return told


def asked_alone(talk: Talk, meant: Collection[Intent], aside: list[Move]) -> list[Move]:
    asked = aside + [move for intent, move in ALONE.items() if intent in meant and move not in aside]
    if len(asked) > 1:
        # "Vocês têm ração?" asks for products, and for nothing else.
        asked = [move for move in asked if move is not questions.tell_what_is_done]
    if Intent.PRODUCTS in meant and not questions.names_a_service(talk):
        asked = [move for move in asked if move is not questions.tell_prices]
    is_of_a_subject = any(heard.intents & SUBJECTS and heard.asks_only for heard in talk.memory.now)
    if is_of_a_subject and Intent.PRICES not in meant and SUBJECTS.intersection(meant):
        return [*(move for move in aside if move is not questions.tell_opening_hours), questions.tell_subject]
    return asked


def has_errand(talk: Talk) -> bool:
    return any(
        goal in heard.intents and not is_only_asked_about(goal, heard) for heard in talk.memory.now for goal in GOALS
    )


def next_move(talk: Talk, told: Reply) -> Reply:
    memory = talk.memory
    urgent = next((move for intent, move in URGENT.items() if intent in memory.intents), None)
    if urgent:
        return urgent(talk)
    if memory.outcome and not memory.goal_said_now:
        return Reply()
    if drops_the_proposal(talk):
        return say(Act.DECLINED)
    if memory.open_act is Act.ASK_STAY_FACTS and questions.asks_nothing_but(talk):
        answer = Reply() if told else questions.asked_in_vain(talk)
        return answer + asked_again(talk, stay_talk.ask_facts)
    if memory.open_act is Act.ASK_STAY_FACTS and (facts := dict(talk.wishes.told).get(Act.ASK_STAY_FACTS)):
        return stay_talk.tell_facts(talk, facts)
    if stay_talk.is_chosen_extra(talk) and not has_errand(talk):
        return stay_talk.extras(talk)
    if talk.wishes.goal and memory.goal_said_now:
        return MOVES[talk.wishes.goal](talk)
    if talk.wishes.goal and told:
        return asked_again(talk, MOVES[talk.wishes.goal])
    if told:
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
    if outcome.act is Act.RESERVED:
        return reply + stay_talk.after_reserving(talk)
    if outcome.act is Act.RESCHEDULED:
        return reply + extras_talk.after_moving(talk)
    return reply + changes.after_booking(talk) if outcome.act is Act.BOOKED else reply


def drops_the_proposal(talk: Talk) -> bool:
    """A no that the server left to the model, or a "cancela" that means the question just asked."""
    if talk.memory.last_act is Act.CANCELLATION_PROPOSAL and talk.memory.intents == {Intent.CANCEL}:
        # "Cancela só o da Nina" is what was asked about.
        return False
    says_only_no = not talk.memory.tells_something and talk.memory.intents <= {Intent.NO, Intent.CANCEL, Intent.THANKS}
    return talk.memory.last_act in PROPOSALS and bool(talk.memory.intents) and says_only_no


def speaks_of_a_stay(talk: Talk) -> bool:
    return talk.wishes.latest(lambda heard: heard.intents & {Intent.HOTEL, Intent.DAYCARE} or None) is not None


def small_talk(talk: Talk) -> Reply | None:
    memory, intents = talk.memory, talk.memory.intents
    if Intent.BYE in intents:
        return say(Act.FAREWELL)
    if Intent.PRAISE in intents and not memory.tells_something:
        return say(Act.PRAISED)
    if Intent.THANKS in intents and not memory.tells_something and Intent.YES not in intents:
        return say(Act.WELCOME)
    if Intent.YES in intents and memory.last_act in OFFERING_A_PERSON:
        return care.person(talk)
    if Intent.REFUSES in intents and talk.wishes.refusals >= pet_talk.MOST_REFUSALS:
        return talk.hand_over("o cliente prefere não dar dados", say(Act.HANDED_OVER))
    if memory.tells_something:
        return None
    if Intent.LISTENS in intents or (memory.words and not words(memory.words)):
        # A "hm", a heart, a paw.
        return say(Act.AT_EASE)
    if Intent.YES in intents and memory.last_act in SLOT_OFFERS | {Act.WHICH_HOUR} and len(memory.offers) > 1:
        return say(Act.WHICH_HOUR, choices=tuple(f"{day:%d/%m} às {hour:%H:%M}" for day, hour in memory.offers))
    if Intent.NO in intents and Intent.REFUSES not in intents:
        return say(Act.ASK_DAY if memory.last_act in SLOT_OFFERS else Act.AT_EASE)
    if Intent.YES in intents and memory.last_act is Act.NOTHING_FREE:
        return say(Act.ASK_DAY)
    return None


def carried_on(talk: Talk, move: Move) -> Reply:
    reply = outcome_of(move, talk)
    return not_understood(talk) if asked_in_vain(reply, talk) else reply


def asked_again(talk: Talk, move: Move) -> Reply:
    """What was open before a question that is answered now; not for ever."""
    reply = outcome_of(move, talk)
    is_known = reply.parts and reply.act is talk.memory.open_act and talk.memory.times_asked >= OFTEN_ENOUGH
    return Reply() if is_known and not talk.memory.tells_something else reply


def outcome_of(move: Move, talk: Talk) -> Reply:
    try:
        return move(talk)
    except Pause as pause:
        if isinstance(pause.step, Call):
            raise
        return pause.step


def asked_in_vain(reply: Reply, talk: Talk) -> bool:
    """The same question again, to someone who said nothing towards it."""
    memory, question = talk.memory, reply.parts[-1]
    same = question.act is memory.open_act and all(fact in memory.open_text for fact in question.facts.values())
    names = talk.desk.names_seen()
    names_one = any(pointed_at(names, heard.plain) for heard in memory.now)
    says_yes = Intent.YES in memory.intents and memory.times_asked < OFTEN_ENOUGH
    answers_it = memory.tells_something or names_one or says_yes or Intent.REFUSES in memory.intents
    return same and not answers_it and not any(act is memory.open_act for act, _ in talk.wishes.told[-1:])


def without_errand(talk: Talk) -> Reply:
    memory = talk.memory
    said = memory.words
    if not memory.now or (Intent.GREETING in memory.intents and len(said.split()) <= LONGEST_GREETING):
        return talk.present(Act.GREETING)
    if talk.desk.has("list_services") and pointed_at([service.name for service in talk.desk.services()], said):
        if any(heard.day or heard.hour for heard in memory.now):
            return appointments.book(talk)
        if known := questions.answered(talk):
            return known
        if OF_THE_TEAM.search(said) and (asked := questions.asked_in_vain(talk)):
            return asked
        return questions.tell_prices(talk) + say(Act.OFFER_BOOKING)
    if Intent.YES in memory.intents:
        return say(Act.AT_EASE)
    if ROOM_OFFERS.intersection(acts_in(memory.open_text)) and asks_of_another(talk):
        return stay_talk.tell_rooms(talk)
    if PRICED.intersection(acts_in(memory.open_text)) or memory.open_act is Act.ASK_SIZE:
        if any(heard.size or heard.coat for heard in memory.now):
            return questions.tell_prices(talk) + say(Act.OFFER_BOOKING)
        if any(heard.breed for heard in memory.now):
            return say(Act.ASK_SIZE, name="seu pet", choices=appointments.CHOICES[Act.ASK_SIZE])
    return not_understood(talk)


def asks_of_another(talk: Talk) -> bool:
    """ "E pra gato?", after the rooms have been told."""
    return any(heard.species or heard.size or heard.name for heard in talk.memory.now) or bool(
        pet_talk.pets_asked_about(talk)
    )


def not_understood(talk: Talk) -> Reply:
    if reply := questions.asked_in_vain(talk):
        return reply
    if not any(heard.plain for heard in talk.memory.now):
        # The server counts these, and calls a person after the third.
        return say(Act.UNREADABLE)
    if talk.memory.last_act is Act.UNKNOWN and talk.desk.has("hand_over"):
        return talk.hand_over("não entendi duas mensagens seguidas", say(Act.HANDED_OVER))
    return say(Act.UNKNOWN)
