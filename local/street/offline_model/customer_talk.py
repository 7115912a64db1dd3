"""What a customer tells of themselves: a name, a preference, whether they want news."""

import re
from dataclasses import dataclass

from local.street.offline_model.acts import Act
from local.street.offline_model.dates import WEEKDAYS
from local.street.offline_model.lexicon import Intent
from local.street.offline_model.talk import Talk
from local.street.offline_model.text import either
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
# What is remembered, by the words that speak of its kind, and how it is called.
KINDS = {
    "preferred_period": re.compile(r"\b(?:horarios?|periodos?|manhas?|cedo|tardes?)\b"),
    "preferred_weekday": re.compile(rf"\bdias?\b|{WEEKDAY.pattern}"),
    "preferred_professional": re.compile(r"\b(?:profissional|tosador\w*|banhista|groomer|com (?:a|o) [a-z]+)\b"),
    "communication_style": re.compile(r"\b(?:mensage\w+|jeito de falar|comunicacao)\b"),
    "price_sensitivity": re.compile(r"\bprecos?\b"),
    "heard_from": re.compile(r"\b(?:conheci|indicacao|indicou)\b"),
}
LABELS = {
    "preferred_period": "horário preferido",
    "preferred_weekday": "dia preferido",
    "preferred_professional": "profissional preferido",
    "communication_style": "jeito das mensagens",
    "price_sensitivity": "atenção ao preço",
    "heard_from": "como nos conheceu",
    "other_fact": "outra anotação",
}
# How the tools write what is one of a few.
IN_PORTUGUESE = {
    "morning": "manhã",
    "afternoon": "tarde",
    "any": "tanto faz",
    "brief": "curtas",
    "detailed": "detalhadas",
    "monday": "segunda",
    "tuesday": "terça",
    "wednesday": "quarta",
    "thursday": "quinta",
    "friday": "sexta",
    "saturday": "sábado",
    "sunday": "domingo",
    "low": "baixa",
    "medium": "média",
    "high": "alta",
}
EVERYTHING = re.compile(r"\b(?:tudo|todas?|todos|meus dados)\b")


@dataclass(frozen=True)
class Note:
    key: str
    pet: str
    value: str

    @property
    def label(self) -> str:
        return f"{LABELS[self.key]} de {self.pet}" if self.pet else LABELS[self.key]

    @property
    def told(self) -> str:
        return f"{self.label}: {IN_PORTUGUESE.get(self.value, self.value)}"


def save_name(talk: Talk) -> Reply:
    name = next((found["name"].strip() for heard in talk.memory.now if (found := NAME.search(heard.text))), "")
    if not name or not talk.desk.has("save_name"):
        return Reply()
    name = name.title() if name.islower() else name
    answer = talk.desk.use("save_name", name=name)
    return say(Act.NAME_SAVED, name=name) if answer.startswith("Saved:") else Reply()


def remember(talk: Talk) -> Reply:
    talk.desk.require("remember")
    said = next(heard for heard in talk.memory.now if Intent.REMEMBER in heard.intents)
    key, value = preference_in(said.plain, said.text)
    answer = talk.desk.use("remember", key=key, value=value, pet="")
    return say(Act.REMEMBERED) if answer.startswith("Remembered:") else say(Act.NOT_REMEMBERED)


def is_to_forget(talk: Talk) -> bool:
    is_choice = talk.memory.open_act is Act.WHICH_NOTE and not talk.memory.intents
    chosen = is_choice and bool(keys_named(talk.memory.words))
    return Intent.FORGET in talk.memory.intents or chosen


def forget(talk: Talk) -> Reply:
    talk.desk.require("forget")
    notes = notes_in(talk.context.remembered)
    meant = notes_meant(talk.memory.words, notes)
    if not meant and len(notes) > 1:
        lines = "\n".join(f"• {note.told}" for note in notes)
        return say(Act.WHICH_NOTE, notes=lines, choices=tuple(LABELS[note.key] for note in notes))
    for note in meant or notes:
        talk.desk.use("forget", key=note.key, pet=note.pet)
    gone = forgotten(talk)
    return say(Act.FORGOTTEN, notes=either([note.label for note in gone], word="e")) if gone else say(Act.NOTHING_KEPT)


def forgotten(talk: Talk) -> list[Note]:
    """By the tool's own word, as the context may tell of it no more."""
    done = (result for result in talk.desk.results if result.tool == "forget" and result.text.startswith("Forgotten:"))
    return [Note(str(result.arguments["key"]), str(result.arguments["pet"]), "") for result in done]


def notes_in(remembered: str) -> list[Note]:
    """What the context tells of the customer: `preferred period: manhã; other fact of Thor: gosta de água morna`."""
    entries = (entry.partition(": ") for entry in remembered.split("; ") if ": " in entry)
    named = ((name.partition(" of "), value) for name, _, value in entries)
    return [
        Note(key.replace(" ", "_"), pet, value) for (key, _, pet), value in named if key.replace(" ", "_") in LABELS
    ]


def notes_meant(said: str, notes: list[Note]) -> list[Note]:
    """All of them, or those of the kinds that are named; a kind of which nothing is known is tried all the same."""
    if EVERYTHING.search(said):
        return notes
    known = {note.key for note in notes}
    kinds = keys_named(said)
    return [note for note in notes if note.key in kinds] + [Note(kind, "", "") for kind in kinds if kind not in known]


def keys_named(said: str) -> list[str]:
    return [key for key, words in KINDS.items() if words.search(said)]


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
