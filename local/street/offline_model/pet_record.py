"""A pet's record: what is known of it, what changes, and the vaccines a customer tells of."""

import re

from local.street.offline_model import spans
from local.street.offline_model.acts import Act
from local.street.offline_model.pet_lines import Event, alerts_in, events_in, fields_in
from local.street.offline_model.pet_talk import REFUSED, described, known_pet, which_pet
from local.street.offline_model.talk import Talk
from local.street.offline_model.text import either, fold
from local.street.offline_model.wording import Reply, say

# What a pet's record calls its fields, in the order in which they are told.
FIELDS = {
    "weight": "peso",
    "temperament": "temperamento",
    "energy": "energia",
    "sociability": "sociabilidade",
    "fears": "medos",
    "likes": "do que gosta",
    "allergies": "alergias",
    "medication": "remédios",
    "diet": "alimentação",
    "handling": "cuidados",
    "neutered": "castrado",
    "vet": "veterinário",
}
WORDS = {
    "yes": "sim",
    "no": "não",
    "low": "baixa",
    "medium": "média",
    "high": "alta",
}
ALERTS = {
    "vaccine_overdue": "vacina atrasada",
    "deworming_overdue": "vermífugo atrasado",
    "exam_overdue": "check-up atrasado",
    "medication_urgent": "remédio que não pode faltar",
    "behaviour_critical": "comportamento que pede cuidado",
}
KINDS = {"vaccine": "vacina", "deworming": "vermífugo", "checkup": "consulta", "dental": "dentes", "exam": "exame"}
# What a message says of a pet, by the field that keeps it; the words after the sign are the value.
CHANGES: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("allergies", re.compile(r"al[eé]rgi\w+ (?:a |à |ao |de )?(?P<value>[^.,;!?\d]{3,60})", re.IGNORECASE)),
    ("fears", re.compile(r"medo d[eoa] (?P<value>[^.,;!?\d]{3,60})", re.IGNORECASE)),
    (
        "medication",
        re.compile(
            r"toma (?P<value>(?:rem[eé]dio|medicamento|insulina|anticonvulsivante)[^.,;!?\d]{0,50})", re.IGNORECASE
        ),
    ),
    ("handling", re.compile(r"(?:precisa|usa) (?:de )?(?P<value>focinheira)", re.IGNORECASE)),
    ("neutered", re.compile(r"(?P<value>castrad[oa])", re.IGNORECASE)),
    ("weight", re.compile(r"(?P<value>\d{1,3}(?:[.,]\d+)? ?(?:kg|quilos?|kilos?))", re.IGNORECASE)),
)
VACCINE = re.compile(r"\bv ?8\b|\bv ?10\b|\banti ?rrabica\b|\braiva\b|\bgripe\b|\bgiardia\b")
VACCINE_NAMES = {"v8": "V8", "v10": "V10", "gripe": "Gripe", "giardia": "Giárdia"}


def tell_record(talk: Talk) -> Reply:
    talk.desk.require("pet_record", "list_pets")
    pet = known_pet(talk)
    if pet is None:
        names = [known.name for known in talk.desk.pets()]
        return say(Act.WHICH_PET, names=either(names), choices=tuple(names)) if names else say(Act.NO_PETS)
    record = talk.desk.use("pet_record", pet=pet.name)
    fields = fields_in(record)
    lines = [f"• {described(pet)}"]
    lines += [f"• {label}: {value_of(fields[field])}" for field, label in FIELDS.items() if field in fields]
    lines += [f"• {event_line(event)}" for event in events_in(record)]
    lines += ["• vacinas e vermífugo: nada registrado ainda"] if not events_in(record) else []
    lines += [
        f"• atenção: {ALERTS.get(kind, 'a equipe acompanha a saúde')}" for kind in dict.fromkeys(alerts_in(record))
    ]
    return say(Act.PET_RECORD, name=pet.name, lines="\n".join(lines))


def value_of(value: str) -> str:
    return WORDS.get(value, value)


def event_line(event: Event) -> str:
    proof = "conferida" if event.is_verified else "informada, ainda sem carteirinha"
    due = f"; próxima {day_alone(event.due)}" if event.due else ""
    kind = KINDS.get(event.kind, event.kind)
    name = kind if fold(event.name) == fold(kind) else f"{kind} {event.name}"
    return f"{name}: {day_alone(event.day)} ({proof}){due}"


def day_alone(written: str) -> str:
    """Without its weekday, which says nothing of what was long ago."""
    return written.rpartition(" ")[2]


def update(talk: Talk) -> Reply:
    talk.desk.require("update_pet", "list_pets")
    pet = known_pet(talk)
    if pet is None:
        names = [known.name for known in talk.desk.pets()]
        return say(Act.WHICH_PET, names=either(names), choices=tuple(names)) if names else say(Act.NO_PETS)
    told = [(field, found["value"].strip()) for heard in talk.memory.now for field, found in changes_in(heard.text)]
    if not told:
        return say(Act.UPDATE_REFUSED)
    for field, value in told:
        if REFUSED.match(talk.desk.use("update_pet", pet=pet.name, field=field, value=value)):
            return say(Act.UPDATE_REFUSED)
    what = ", ".join(f"{FIELDS[field]}: {value}" if field != "neutered" else value for field, value in told)
    return say(Act.PET_UPDATED, name=pet.name, what=what)


def changes_in(text: str) -> list[tuple[str, re.Match[str]]]:
    return [(field, found) for field, sign in CHANGES if (found := sign.search(text))]


def report_vaccine(talk: Talk) -> Reply:
    """Said by the customer, and kept as said: the team looks at the proof."""
    talk.desk.require("report_vaccine", "list_pets")
    pet = which_pet(talk)
    name = talk.wishes.latest(lambda heard: vaccine_in(heard.plain))
    day = talk.wishes.latest(lambda heard: spans.past_day_in(heard.plain, talk.context.today))
    if not name:
        return say(Act.WHICH_VACCINE)
    if not day:
        return say(Act.ASK_VACCINE_DAY)
    answer = talk.desk.use("report_vaccine", pet=pet.name, vaccine=name, given_on=day.isoformat())
    if not answer.startswith("Noted:"):
        return say(Act.VACCINE_REFUSED)
    return say(Act.VACCINE_NOTED, name=pet.name, what=f"{name}, {day:%d/%m/%Y}")


def vaccine_in(said: str) -> str | None:
    found = VACCINE.search(said)
    if not found:
        return None
    name = found[0].replace(" ", "")
    return VACCINE_NAMES.get(name, "Antirrábica")
