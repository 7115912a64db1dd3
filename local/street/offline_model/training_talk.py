"""The six points of a first training assessment, one question at a time, and the plan that follows from them."""

import re

from local.street.offline_model import pet_talk
from local.street.offline_model.acts import Act
from local.street.offline_model.dates import NUMBERS
from local.street.offline_model.lexicon import Intent
from local.street.offline_model.outcome import question_in
from local.street.offline_model.pet_lines import Pet
from local.street.offline_model.table import table, with_handle
from local.street.offline_model.talk import Talk
from local.street.offline_model.wording import Reply, fact_in, say

# The tool's names of the points, in the order in which they are asked.
POINTS: dict[str, Act] = {
    "routine": Act.ASK_ROUTINE,
    "problems": Act.ASK_PROBLEMS,
    "family": Act.ASK_FAMILY,
    "health_history": Act.ASK_HEALTH,
    "observation": Act.ASK_OBSERVATION,
    "goals": Act.ASK_GOALS,
}
LISTS = frozenset({"problems", "goals"})
SHORTEST_TEXT = 10
LONGEST_ITEM = 200
PARTS = re.compile(r"[,;\n]| e (?=\w)")
COUNTS = r"(?P<count>\d{1,2}|uma?|dois|duas|tres|quatro|cinco|seis|sete|oito|dez|doze)"
SESSIONS = re.compile(
    COUNTS
    + r" (?:vez(?:es)?|sess(?:ao|oes)|aulas?|x)?(?: por| na|/)? ?semana|"
    + COUNTS.replace("count", "times")
    + r" (?:vez(?:es)?|sess(?:ao|oes)|aulas?)"
)
WEEKS = re.compile(
    r"(?:por|durante|em) "
    + COUNTS
    + r" (?P<unit>semanas?|mes(?:es)?)|"
    + COUNTS.replace("count", "bare")
    + r" (?P<other>semanas|mes(?:es)?)"
)
MORE_NUMBERS = {**NUMBERS, "oito": 8, "dez": 10, "doze": 12}
WEEKS_OF_A_MONTH = 4
MOST_DAYS = 6


def train(talk: Talk) -> Reply:
    talk.desk.require("start_training_assessment", "propose_training_plan")
    pet = asked_about(talk) or pet_talk.which_pet(talk)
    told = dict(talk.wishes.told)
    new = {point: told[act] for point, act in POINTS.items() if act in told}
    short = [point for point, text in new.items() if len(text) < SHORTEST_TEXT and point not in LISTS]
    for point in short:
        del new[point]
    answer = talk.desk.use("start_training_assessment", pet=pet.name, **arguments(new))
    missing = [point for point in POINTS if f"({point.replace('_', ' ')})" in answer]
    if missing:
        before = say(Act.MORE_WORDS) if short and short[-1] == missing[0] and said_now(talk, short[-1]) else Reply()
        opening = Reply() if new or short else say(Act.TRAINING_BEGINS, name=pet.name)
        return opening + before + say(POINTS[missing[0]], name=pet.name)
    return planned(talk, pet, answer)


def tell_days(talk: Talk) -> Reply:
    """Where there is room for a session, from the day asked for on."""
    asked = [heard.day or heard.week for heard in talk.memory.now if heard.day or heard.week]
    first = asked[-1] if asked and asked[-1] else talk.context.today
    found = talk.desk.use("find_training_days", from_day=first.isoformat())
    days = [day for day, room in table(found) if room.startswith("room")]
    if not days:
        return say(Act.NO_TRAINING_DAYS)
    told = say(Act.TRAINING_DAYS, days="\n".join(f"• {day}" for day in days[:MOST_DAYS]))
    is_under_way = talk.wishes.goal is Intent.TRAINING or talk.memory.last_act is Act.PLANNED
    return told if is_under_way else told + say(Act.OFFER_TRAINING)


def said_now(talk: Talk, point: str) -> bool:
    return bool(talk.memory.now) and talk.memory.open_act is POINTS[point]


def arguments(told: dict[str, str]) -> dict[str, object]:
    lists: dict[str, object] = {point: items(told[point]) if point in told else [] for point in LISTS}
    return lists | {point: told.get(point, "") for point in POINTS if point not in LISTS}


def items(text: str) -> list[str]:
    return [part.strip()[:LONGEST_ITEM] for part in PARTS.split(text) if part.strip()][:10]


def asked_about(talk: Talk) -> Pet | None:
    """The pet of the question just asked: who answers it speaks of other pets too."""
    asked = (*POINTS.values(), Act.ASK_RHYTHM)
    act = next((act for act in asked if act is talk.memory.open_act), None)
    name = fact_in(act, "name", talk.memory.open_text) if act else None
    return next((pet for pet in talk.desk.pets() if pet.name == name), None) if name else None


def planned(talk: Talk, pet: Pet, answer: str) -> Reply:
    rhythm = talk.wishes.latest(lambda heard: sessions_in(heard.plain))
    weeks = talk.wishes.latest(lambda heard: weeks_in(heard.plain))
    handle = next((row[0] for row in with_handle(answer, "p")), None)
    if not rhythm or not weeks or handle is None:
        return say(Act.ASK_RHYTHM, name=pet.name)
    facts = question_in(
        talk.desk.use("propose_training_plan", plan=handle, sessions_a_week=min(rhythm, 3), weeks=weeks)
    )
    return say(Act.PLAN_PROPOSAL, facts=facts) if facts else say(Act.PLAN_REFUSED)


def sessions_in(said: str) -> int | None:
    found = SESSIONS.search(said)
    return counted(found["count"] or found["times"]) if found else None


def weeks_in(said: str) -> int | None:
    """After the sessions of a week, which are counted in weeks too."""
    for found in WEEKS.finditer(said):
        before = said[: found.start()]
        if found["bare"] and re.search(r"(?:por|na|a) $", before):
            continue
        count = counted(found["count"] or found["bare"])
        return count * (WEEKS_OF_A_MONTH if (found["unit"] or found["other"]).startswith("mes") else 1)
    return None


def counted(said: str) -> int:
    return MORE_NUMBERS.get(said) or int(said)
