"""What the customer wants by now, re-read from the messages since the last thing that was settled."""

import re
from collections.abc import Container
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from local.street.offline_model import dates, lexicon
from local.street.offline_model.acts import Act
from local.street.offline_model.conversation import Conversation
from local.street.offline_model.lexicon import APART, SUBJECTS, Intent
from local.street.offline_model.outcome import Outcome, outcome_in
from local.street.offline_model.understanding import Heard, hear
from local.street.offline_model.wishes import Offer, Wishes, agreeing_hour, agreeing_period, choice
from local.street.offline_model.wording import acts_in, fact_in

# A wish older than this many messages is asked again rather than guessed.
LONGEST_MEMORY = 60
# "E no feriado?" goes on with the question before it, and wants nothing yet.
FOLLOW_UP = re.compile(r"^(?:e|mas) (?!ai\b)")
LEAVES_A_PET = re.compile(r"\bdeix(?:ar|o)\b|\bfica[r]?\b")
# A pet may be called Bolinha.
LONGEST_NAME = 3
# A day or an hour alone is a wish in a short message, and part of a story in a long one.
SHORT_MESSAGE = 6

BOOKING = (Intent.BOOK, Intent.FREE_TIMES)
STAYING = (Intent.HOTEL, Intent.DAYCARE)
# What belongs together: turning from one to another forgets what was wished before.
FAMILIES = (
    frozenset({Intent.LEAVE_WAITLIST, Intent.END_SERIES, Intent.CANCEL, Intent.RESCHEDULE, Intent.CONFIRM, Intent.ADD}),
    frozenset({*BOOKING, Intent.WAITLIST, Intent.RECUR}),
    frozenset(STAYING),
    frozenset({Intent.TRAINING}),
)
# In the order in which they win when one message says several.
GOALS = (
    *(Intent.LEAVE_WAITLIST, Intent.WAITLIST, Intent.END_SERIES, Intent.CANCEL, Intent.RESCHEDULE, Intent.CONFIRM),
    *(Intent.VACCINE_TOLD, *STAYING, Intent.TRAINING, *BOOKING, Intent.RECUR, Intent.REGISTER_PET, Intent.ADD),
)

SETTLING = frozenset(
    {Act.BOOKED, Act.CANCELLED, Act.RESCHEDULED, Act.DONE, Act.HANDED_OVER, Act.APOLOGY, Act.EMERGENCY, Act.FAREWELL}
    | {
        Act.REQUESTED,
        Act.REPEATED,
        Act.SERIES_ENDED,
        Act.EXTRA_ADDED,
        Act.WAITLISTED,
        Act.LEFT_WAITLIST,
        Act.ATTENDANCE_CONFIRMED,
        Act.RESERVED,
        Act.PLANNED,
        Act.VACCINE_NOTED,
    }
)
NOT_UNDERSTOOD = frozenset({Act.UNKNOWN, Act.UNREADABLE})
SLOT_OFFERS = frozenset(
    {Act.OFFER_SLOTS, Act.OFFER_ONE_SLOT, Act.OFFER_OTHER_SLOTS, Act.OFFER_OTHER_DAYS, Act.CLOSED_DAY}
)
OFFERS = SLOT_OFFERS | {Act.WHICH_BOOKING}
ROOM_OFFERS = frozenset({Act.ROOMS, Act.OFFER_STAY, Act.OFFER_DAYCARE})
BESIDE_A_BOOKING = frozenset({Act.SERVICE_APART, Act.PET_TOO})
TELLING_OF_BOOKED = frozenset({Act.BOOKED, Act.REQUESTED, Act.RESCHEDULED, Act.EXTRA_ADDED})
TOLD_HOURS = frozenset({Act.OPENING_HOURS, Act.CLOSED_WEEKDAY, Act.CLOSED_NOW, Act.OPEN_NOW})
DAY_QUESTIONS = frozenset({Act.ASK_DAY, Act.ASK_DAY_ALONE, Act.ASK_DAYCARE_DAY})
# A yes to "which day?" leaves it to the shop.
SOONEST_AFTER_YES = frozenset({Act.ASK_DAY, Act.ASK_DAY_ALONE})
ASKED_FOR: dict[Act | None, Literal["new pet", "pet details"]] = {
    Act.ASK_NEW_PET: "new pet",
    Act.ASK_PET_NAME: "new pet",
    Act.ASK_PET_DETAILS: "pet details",
}
# Asked for words that are kept as they are, whatever else they may sound like.
ASSESSING = frozenset(
    {Act.ASK_ROUTINE, Act.ASK_PROBLEMS, Act.ASK_FAMILY, Act.ASK_HEALTH, Act.ASK_OBSERVATION, Act.ASK_GOALS}
)
FREE_TEXT: Container[Act | None] = ASSESSING | {Act.ASK_STAY_FACTS}
TRAINING_QUESTIONS: Container[Act | None] = ASSESSING | {Act.ASK_RHYTHM}
HEARD_IN_FREE_TEXT = frozenset(
    {Intent.EMERGENCY, Intent.PERSON, Intent.COMPLAINT, Intent.REFUSES, Intent.NO, Intent.BYE}
)
# What a yes, or a fact given instead of a yes, says after these.
ACCEPTED: dict[Act | None, Intent] = {
    Act.OFFER_BOOKING: Intent.BOOK,
    Act.OFFER_CONSULTATION: Intent.BOOK,
    Act.OFFER_THE_OTHER: Intent.BOOK,
    Act.SERVICE_APART: Intent.BOOK,
    Act.PET_TOO: Intent.BOOK,
    Act.PET_REGISTERED: Intent.BOOK,
    Act.NEEDS_OTHER_SERVICE: Intent.BOOK,
    Act.NO_BOOKINGS: Intent.BOOK,
    Act.NO_ROOM_FOR_EXTRA: Intent.RESCHEDULE,
    Act.NO_PETS: Intent.REGISTER_PET,
    Act.OFFER_STAY: Intent.HOTEL,
    Act.OFFER_DAYCARE: Intent.DAYCARE,
    Act.OFFER_TRAINING: Intent.TRAINING,
}
# Which service an offer was about, in its own words.
OFFERED_SERVICE = re.compile(
    r"(?:precisa antes de|Ainda falta) (?P<named>[^.]+)\.|(?P<consultation>consulta|veterinário)\?"
)
# Which service, for which pet where it is another one, and beside which appointment.
MORE_BESIDE = re.compile(
    r"(?:(?P<apart>[^\n.?!]+) (?:é um serviço|a gente marca) à parte:.*|Quer (?P<service>[^\n]+) para (?P<pet>[^\n]+) também,)"
    r" (?:n|para )o mesmo dia de (?P<booking>[^?]+)\?",
    re.DOTALL,
)
# Without a day that is told instead.
EARLIER_OR_LATER = re.compile(r"\bmais (?:tarde|cedo)\b|\boutr[oa] (?:dia|data|hora|horario)\b")
OTHER_DAY = re.compile(r"\boutr[oa] (?:dia|data)\b")
# Someone else of the shop, or another model, telling that it is done.
SETTLED_ELSEWHERE = re.compile(r"\b(?:agendad|marcad|confirmad|cancelad)[oa]s?\b(?!.*\?)", re.IGNORECASE | re.DOTALL)


NOTHING = Wishes()


@dataclass(frozen=True)
class Memory:
    today: date
    wishes: Wishes = NOTHING
    # What the shop offered to choose from, as its last offer wrote it.
    offers: tuple[Offer, ...] = ()
    last_act: Act | None = None
    # What was said of the stay that was reserved last.
    stay_text: str = ""
    # The last act but for "I did not understand", which leaves the question before it open.
    open_act: Act | None = None
    open_text: str = ""
    # How often in a row the shop has ended with that act.
    times_asked: int = 0
    # The appointment that was made or changed last, as the shop told it.
    booked_text: str = ""
    # This turn: what the server did, what the customer wanted before it, and what the customer said since.
    outcome: Outcome | None = None
    before: Wishes = NOTHING
    now: tuple[Heard, ...] = ()

    @property
    def intents(self) -> frozenset[Intent]:
        return frozenset(intent for heard in self.now for intent in heard.intents)

    @property
    def goal_said_now(self) -> bool:
        return self.wishes.goal in self.intents

    @property
    def tells_something(self) -> bool:
        return any(heard.tells_something for heard in self.now)

    @property
    def words(self) -> str:
        """What the customer has just said, compared."""
        return " ".join(heard.plain for heard in self.now)


def recall(conversation: Conversation) -> Memory:
    memory = Memory(conversation.context.today)
    for said in conversation.earlier[-LONGEST_MEMORY:]:
        match said.by:
            case "customer":
                memory = with_message(memory, said.text)
            case "shop":
                memory = with_reply(memory, said.text)
            case "server":
                memory = with_outcome(memory, said.text)
    memory = replace(memory, now=(), outcome=None, before=NOTHING)
    for said in conversation.now:
        memory = with_message(memory, said.text) if said.by == "customer" else with_outcome(memory, said.text)
    return memory


def with_reply(memory: Memory, text: str) -> Memory:
    acts = acts_in(text)
    last_act = acts[-1] if acts else None
    offers = tuple(dates.days_and_hours(text, memory.today)) if not acts or last_act in OFFERS else ()
    after = replace(memory, offers=offers or memory.offers, last_act=last_act)
    if last_act not in NOT_UNDERSTOOD:
        times = memory.times_asked + 1 if last_act is memory.open_act else 1
        after = replace(after, open_act=last_act, open_text=text, times_asked=times)
    if TELLING_OF_BOOKED.intersection(acts):
        after = replace(after, booked_text=text)
    if Act.RESERVED in acts:
        after = replace(after, stay_text=text)
    if SETTLING.intersection(acts) or (not acts and SETTLED_ELSEWHERE.search(text)):
        # The pet and the service of a settled errand are what the next question is about.
        again = (hear(text, memory.today),) if last_act in KEEPING_SUBJECT else ()
        return replace(after, wishes=Wishes(heard=again), offers=())
    if not acts and memory.wishes.goal is None:
        # Whatever it was about, it is answered.
        return replace(after, wishes=NOTHING)
    if after.wishes.goal is None and last_act in TRAINING_QUESTIONS:
        # The wish itself may lie too far back to be told.
        return replace(after, wishes=replace(after.wishes, goal=Intent.TRAINING))
    if last_act in {Act.PET_REGISTERED, Act.NO_BOOKINGS, Act.NO_STAYS}:
        return replace(after, wishes=replace(memory.wishes, goal=None))
    if last_act is Act.CHANGE_REFUSED and memory.wishes.goal is Intent.ADD:
        return replace(after, wishes=NOTHING)
    if last_act is Act.DECLINED:
        return replace(after, wishes=replace(memory.wishes, hour=None))
    return after


KEEPING_SUBJECT = frozenset({Act.OFFER_BOOKING, Act.OFFER_THE_OTHER, Act.ASK_STAY_FACTS, Act.SERIES_PROPOSAL})


def with_outcome(memory: Memory, line: str) -> Memory:
    outcome = outcome_in(line)
    settled = outcome.act in SETTLING
    return replace(
        memory,
        wishes=NOTHING if settled else memory.wishes,
        offers=() if settled else memory.offers,
        outcome=outcome,
        before=memory.wishes,
        # The yes or no is dealt with; a question that joined the turn is not.
        now=tuple(heard for heard in memory.now if heard.intents & APART),
    )


def with_message(memory: Memory, text: str) -> Memory:
    named = frozenset(name for heard in memory.wishes.heard for name in heard.names)
    heard = hear(text, memory.today, asked_for=ASKED_FOR.get(memory.open_act), known=named)
    heard = read_on(about_the_one_asked_for(heard, memory), memory)
    told: tuple[tuple[Act, str], ...] = ()
    asked = memory.open_act
    if asked in FREE_TEXT and not wants_something_else(heard, asked):
        heard = Heard(heard.text, heard.plain, heard.intents & HEARD_IN_FREE_TEXT)
        told = ((asked, heard.text.strip()),) if asked else ()
    goal = goal_of(heard, memory)
    wishes = NOTHING if begins_anew(heard, goal, memory.wishes) else reopened(heard, memory.wishes)
    wishes = with_what_was_offered(heard, wishes, goal, memory)

    week = heard.week or wishes.week
    day_said = dates.day_in(heard.plain, memory.today, week=week) or heard.day
    if heard.number and memory.open_act in DAY_QUESTIONS:
        day_said = dates.next_day_of_month(heard.number, memory.today)
    if is_only_yes(heard) and memory.last_act in SOONEST_AFTER_YES:
        day_said = memory.today
    day = day_said or (None if heard.week else wishes.day)
    hour = heard.hour
    if chosen := choice(heard, day_said, memory.offers):
        day, hour = chosen
    return replace(
        memory,
        now=(*memory.now, heard),
        wishes=Wishes(
            goal=goal or wishes.goal,
            heard=(*wishes.heard, heard),
            week=week,
            day=day,
            hour=hour or agreeing_hour(wishes.hour, heard.period),
            period=heard.period or agreeing_period(wishes.period, hour),
            moved_from=wishes.moved_from,
            told=(*wishes.told, *told),
        ),
    )


def about_the_one_asked_for(heard: Heard, memory: Memory) -> Heard:
    """What is told of a pet without its name, where the shop has just asked about one."""
    if memory.open_act is not Act.ASK_PET_DETAILS or heard.names or not heard.tells_of_a_pet:
        return heard
    return replace(heard, name=fact_in(Act.ASK_PET_DETAILS, "name", memory.open_text))


def read_on(heard: Heard, memory: Memory) -> Heard:
    """What a message means only after the shop's last one."""
    if memory.open_act in ASKED_FOR and len(heard.plain.split()) <= LONGEST_NAME:
        return replace(heard, intents=heard.intents - {Intent.PRODUCTS, Intent.SERVICES})
    goes_on = FOLLOW_UP.match(heard.plain) and not heard.intents - {Intent.FREE_TIMES}
    if goes_on and heard.day and TOLD_HOURS.intersection(acts_in(memory.open_text)):
        return replace(heard, intents=frozenset({Intent.HOURS}))
    if memory.last_act in {Act.EXTRA_ADDED, Act.EXTRA_PROPOSAL} and FOLLOW_UP.match(heard.plain) and not heard.intents:
        return replace(heard, intents=frozenset({Intent.ADD}))
    return heard


def is_only_yes(heard: Heard) -> bool:
    return Intent.YES in heard.intents and not heard.tells_something


def with_what_was_offered(heard: Heard, wishes: Wishes, goal: Intent | None, memory: Memory) -> Wishes:
    """What the shop's last question was about, where the message answers it."""
    if memory.open_act in BESIDE_A_BOOKING:
        return with_more_beside(heard, wishes, goal, memory)
    if memory.open_act is Act.HAS_IT_ALREADY and goal is Intent.RESCHEDULE and memory.wishes.goal in BOOKING:
        # The hour that was wished is where it shall go.
        before = memory.wishes
        return replace(before, day=None, week=None, moved_from=before.day)
    return with_offered_service(wishes, goal, memory)


def with_more_beside(heard: Heard, wishes: Wishes, goal: Intent | None, memory: Memory) -> Wishes:
    """It is for the day of the appointment beside which it was wished, and for its pet or the one offered."""
    if Intent.NO in heard.intents and not heard.tells_something:
        return NOTHING
    offered = MORE_BESIDE.search(memory.open_text) if goal is Intent.BOOK else None
    if offered is None:
        return wishes
    service, pet, booking = offered["apart"] or offered["service"], offered["pet"], offered["booking"]
    day = next((day for day, _ in dates.days_and_hours(booking, memory.today)), None)
    subject = hear(f"{service} para {pet or booking.partition(',')[0]}", memory.today)
    return replace(wishes, heard=(*wishes.heard, subject), day=day)


def with_offered_service(wishes: Wishes, goal: Intent | None, memory: Memory) -> Wishes:
    """Who accepts what was offered wants just that service."""
    accepted = goal is not None and ACCEPTED.get(memory.open_act) is goal
    offered = OFFERED_SERVICE.search(memory.open_text) if accepted else None
    if offered is None:
        return wishes
    return replace(wishes, heard=(*wishes.heard, hear(offered["named"] or "consulta", memory.today)))


def wants_something_else(heard: Heard, asked: Act | None) -> bool:
    """What is told of a pet's day or troubles may sound like a wish; what is told of a stay seldom does."""
    if asked is Act.ASK_STAY_FACTS:
        return any(goal in heard.intents for goal in GOALS)
    return Intent.CANCEL in heard.intents


def family_of(goal: Intent | None) -> frozenset[Intent] | None:
    return next((family for family in FAMILIES if goal in family), None)


def begins_anew(heard: Heard, goal: Intent | None, wishes: Wishes) -> bool:
    only_greets = heard.intents == {Intent.GREETING} and not heard.tells_something
    family, before = family_of(goal), family_of(wishes.goal)
    return only_greets or bool(family and before and family is not before)


def reopened(heard: Heard, wishes: Wishes) -> Wishes:
    """Who wants another time before anything is booked takes back the one wished so far."""
    if wishes.goal is Intent.RESCHEDULE and Intent.CANCEL in heard.intents:
        # Where it was to go tells nothing of which one it is.
        return replace(wishes, week=None, day=None, period=None, hour=None, moved_from=None)
    if OTHER_DAY.search(heard.plain) and not heard.day and wishes.goal in {*BOOKING, Intent.RESCHEDULE}:
        return replace(wishes, day=None, hour=None)
    if Intent.RESCHEDULE not in heard.intents or wishes.goal not in BOOKING:
        return wishes
    other_day = re.search(r"\b(?:dia|data)\b", heard.plain)
    return replace(wishes, hour=None, day=None if other_day else wishes.day)


def goal_of(heard: Heard, memory: Memory) -> Intent | None:
    goal = next((goal for goal in GOALS if goal in heard.intents and not is_only_asked_about(goal, heard)), None)
    if goal in BOOKING and Intent.RECUR in heard.intents and lexicon.REPEATS_WHAT_THERE_IS.search(heard.plain):
        return Intent.RECUR
    if goal is Intent.RESCHEDULE and is_of_the_wish(heard, memory):
        return None
    if goal is None and memory.open_act is Act.HAS_IT_ALREADY and takes_the_move(heard):
        return Intent.RESCHEDULE
    if goal in {Intent.BOOK, Intent.FREE_TIMES, Intent.RECUR} and memory.wishes.goal is Intent.RESCHEDULE:
        # "Tem vaga na segunda?" of who moves an appointment asks for the new hour.
        return None
    if goal in BOOKING and heard.span and memory.wishes.goal in STAYING:
        return None
    if goal is Intent.ADD and memory.wishes.goal not in {None, Intent.ADD}:
        # What goes beside the appointment that is being made, or the stay.
        return None
    if goal in {None, *BOOKING} and heard.span and (staying := spoken_of_stays(heard, memory)):
        return staying
    if goal or Intent.NO in heard.intents:
        return goal
    offered = ACCEPTED.get(memory.open_act)
    names_a_time = heard.day or heard.week or heard.period or heard.hour
    names_one = heard.name and not FOLLOW_UP.match(heard.plain)
    if offered and (Intent.YES in heard.intents or ((names_a_time or names_one) and not heard.asks_only)):
        return offered
    short = len(heard.plain.split()) <= SHORT_MESSAGE
    if not heard.intents and not memory.wishes.goal and short:
        if moves_what_was_just_booked(heard, memory):
            return Intent.RESCHEDULE
        return Intent.FREE_TIMES if names_a_time else None
    return None


def is_of_the_wish(heard: Heard, memory: Memory) -> bool:
    """Whether "muda para 10h30" means what is being booked, and not an appointment that stands."""
    wishes = memory.wishes
    if wishes.goal not in BOOKING or memory.open_act in BESIDE_A_BOOKING | {Act.HAS_IT_ALREADY}:
        return False
    if wishes.hour or (heard.hour and choice(heard, heard.day, memory.offers)):
        return True
    has_time = wishes.day is not None or any(said.day or said.hour for said in wishes.heard)
    # An hour that nobody offered is one for what is booked by now.
    return has_time and not (memory.booked_text and heard.hour)


def moves_what_was_just_booked(heard: Heard, memory: Memory) -> bool:
    """Another day or hour, right after the shop has told when it is."""
    if memory.open_act not in TELLING_OF_BOOKED or Intent.BYE in heard.intents:
        return False
    if EARLIER_OR_LATER.search(heard.plain):
        return True
    told = list(dates.days_and_hours(memory.open_text, memory.today))
    day, hour = heard.day, heard.hour
    return bool(day or hour) and not any(day in (None, at[0]) and hour in (None, at[1]) for at in told)


def takes_the_move(heard: Heard) -> bool:
    """Of "change its hour, or book another day?" the first: by a yes, or by an hour alone."""
    if OTHER_DAY.search(heard.plain) or heard.day or heard.week:
        return False
    return Intent.YES in heard.intents or heard.hour is not None or heard.ordinal == 0


def spoken_of_stays(heard: Heard, memory: Memory) -> Intent | None:
    """From one day to another, of who was told of rooms or leaves a pet somewhere: a stay."""
    if not heard.span or not heard.span[1] or memory.wishes.goal not in {None, *STAYING}:
        return None
    if memory.open_act in ACCEPTED and (offered := ACCEPTED[memory.open_act]) in STAYING:
        return offered
    spoken = memory.wishes.latest(lambda before: next(iter(before.intents & set(STAYING)), None))
    return spoken or (Intent.HOTEL if LEAVES_A_PET.search(heard.plain) else None)


def is_only_asked_about(goal: Intent, heard: Heard) -> bool:
    if Intent.TRAINING_DAYS in heard.intents and goal in {Intent.TRAINING, *BOOKING}:
        return True
    return goal in SUBJECTS and heard.asks_only
