"""What a customer tells of themselves: a name, a preference, whether they want news."""

import re

from local.street.offline_model.acts import Act
from local.street.offline_model.dates import WEEKDAYS
from local.street.offline_model.lexicon import Intent
from local.street.offline_model.talk import Talk
from local.street.offline_model.wording import Reply, say

NAME = re.compile(
    r"(?:meu nome [eé]|me chamo|eu sou [oa]|aqui (?:[eé]|quem fala [eé]) [oa])\s+(?P<name>[^\W\d_]+(?:\s+[A-ZÀ-Ú][^\W\d_]+){0,3})",
    re.IGNORECASE,
)
WEEKDAY = re.compile(rf"\b(?P<day>{'|'.join(WEEKDAYS)})s?(?:-feiras?)?\b")
# Kinds of what is remembered, by what the words speak of; the value where it is always the same.
PREFERENCES: tuple[tuple[str, re.Pattern[str], str], ...] = (
    ("preferred_period", re.compile(r"\b(?:de manha|manhas?|cedo)\b"), "morning"),
    ("preferred_period", re.compile(r"\b(?:a tarde|de tarde|tardes?)\b"), "afternoon"),
    ("preferred_professional", re.compile(r"\bcom (?:a |o )(?P<value>[a-z]+)\b"), ""),
    ("communication_style", re.compile(r"\b(?:mensagens? curtas?|direto ao ponto|sem enrolacao)\b"), "brief"),
    ("heard_from", re.compile(r"\b(?:conheci|indicacao|indicou|instagram|google)\b"), ""),
)
LEAD_IN = re.compile(
    r"^.*?\b(?:anota|anote|lembra|lembre|guarda|guarde|registra|registre|n[aã]o esque[cç]a?|fica sabendo)(?: a[ií]| isso)?"
    r"(?: por favor)?(?: que| de| da|:|,)*\s*",
    re.IGNORECASE,
)
LONGEST_VALUE = 160


def save_name(talk: Talk) -> Reply:
    name = next((found["name"].strip() for heard in talk.memory.now if (found := NAME.search(heard.text))), "")
    if not name or not talk.desk.has("save_name"):
        return Reply()
    answer = talk.desk.use("save_name", name=name)
    return say(Act.NAME_SAVED, name=name) if answer.startswith("Saved:") else Reply()


def remember(talk: Talk) -> Reply:
    talk.desk.require("remember")
    said = next(heard for heard in talk.memory.now if Intent.REMEMBER in heard.intents)
    key, value = preference_in(said.plain, said.text)
    answer = talk.desk.use("remember", key=key, value=value, pet="")
    return say(Act.REMEMBERED) if answer.startswith("Remembered:") else say(Act.NOT_REMEMBERED)


def forget(talk: Talk) -> Reply:
    talk.desk.require("forget")
    key, _ = preference_in(talk.memory.words, "")
    talk.desk.use("forget", key=key, pet="")
    return say(Act.FORGOTTEN)


def preference_in(said: str, text: str) -> tuple[str, str]:
    if found := WEEKDAY.search(said):
        return "preferred_weekday", found["day"].replace("terca", "terça").replace("sabado", "sábado")
    for key, pattern, value in PREFERENCES:
        if match := pattern.search(said):
            return key, value or match.groupdict().get("value", "").capitalize() or match[0]
    return "other_fact", LEAD_IN.sub("", text).strip(" .!")[:LONGEST_VALUE] or "preferência"


def stop_news(talk: Talk) -> Reply:
    talk.desk.use("set_marketing_consent", is_given=False)
    return say(Act.NEWS_OFF)


def want_news(talk: Talk) -> Reply:
    talk.desk.use("set_marketing_consent", is_given=True)
    return say(Act.NEWS_ON)
