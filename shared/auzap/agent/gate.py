"""The reply gate: what a reply claims must be a fact of this turn. Deterministic, and the last word."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from auzap.agent import incidents
from auzap.text import folded

LONGEST_REPLY = 1_500

NUMBER = r"\d{1,3}(?:\.\d{3})+|\d+"
PRICE = re.compile(
    rf"\$\s*({NUMBER})(?:[.,](\d{{1,2}}))?(?!\d)|\b({NUMBER})(?:,(\d{{1,2}}))?\s+(?:reais|real)\b|\b({NUMBER}),(\d{{2}})\b(?!\s?(?:kg|km|m|cm|l|litros?)\b)"
)
PRICE_IN_WORDS = re.compile(r"(?<!\d )\breais\b")
PERCENT = re.compile(r"\b(\d+)(?:[.,]\d+)?\s?%")

# How people say an hour; all of it is read as hours of the day.
DAYTIME = re.compile(r"\b(\d{1,2})(?:[:h]([0-5]\d))?\s?(?:h|hs|horas?)?\s?(?:da\s+(manha|tarde|noite)|(am|pm))\b")
NOON, MIDNIGHT = re.compile(r"\bmeio[- ]dia\b"), re.compile(r"\bmeia[- ]noite\b")
HOUR = r"([01]?\d|2[0-3])"
DURATION = "".join(rf"(?<!\b{word} )" for word in ("em", "leva", "dura", "de", "por", "cada", "ha", "mais"))
COUNTED = (
    r"(?:kg|quilos?|min|minutos?|dias?|anos?|mes|meses|semanas?|vez|vezes|opcoes|"
    r"pets?|animais|caes|gatos?|cachorros?|reais|%|r\$)"
)
CLOCK = re.compile(
    rf"\b{HOUR}(?::|h)([0-5]\d)\b"
    rf"|{DURATION}\b{HOUR}\s?(?:h|hs|hrs|horas?)\b"
    rf"|\b(?:as|das|ate|ate as|a partir das)\s+{HOUR}\b(?![:/h.,]?\d)(?!\s?{COUNTED})"
)

MONTHS = (
    "janeiro",
    "fevereiro",
    "marco",
    "abril",
    "maio",
    "junho",
    "julho",
    "agosto",
    "setembro",
    "outubro",
    "novembro",
    "dezembro",
)
WRITTEN_DAY = re.compile(r"\b([0-3]?\d)/([01]?\d)\b")
SPOKEN_DAY = re.compile(rf"\b([0-3]?\d)o?\s+de\s+({'|'.join(MONTHS)})\b")
ISO_DAY = re.compile(r"\b\d{4}-(\d{2})-(\d{2})\b")
BARE_DAY = re.compile(rf"\bdia\s+([0-3]?\d)\b(?!/)(?!o?\s+de\s+(?:{'|'.join(MONTHS)}))")
WEEKDAY = re.compile(
    r"\b(segunda|terca|quarta|quinta|sexta|sabado|domingo)(?:-feira)?,?\s+\(?(?:dia\s+)?([0-3]?\d)/([01]?\d)\b"
)

LINK = re.compile(
    r"https?://\S+|www\.\S+|\S+@\S+|\b[\w-]+(?:\.[\w-]+)*\.(?:com|net|org|br|io|me|ly|gl|app|link|page|site|online|store|info|co)\b\S*"
)
LONG_NUMBER = re.compile(r"\+?\d[\d .()-]{6,}\d")

# What a reply may only say when the act was done in this turn: that one did it, or that it is so.
DID = {
    "booked": r"agendei|marquei|reservei|confirmei|remarquei|i(?: have|'ve)? booked",
    "cancelled": r"cancelei|desmarquei|i(?: have|'ve)? cancell?ed",
    "paid": r"recebi\s+(?:o\s+)?(?:seu\s+)?(?:pagamento|pix|valor)|payment\s+(?:was\s+)?received",
    "registered": r"cadastrei|registrei",
}
IS = {
    "booked": r"(?:agendad|marcad|reservad|confirmad|remarcad)[oa]s?|booked",
    "cancelled": r"(?:cancelad|desmarcad)[oa]s?|cancell?ed",
    "paid": r"(?:pagamento|pix|sinal)\s+(?:\w+\s+){0,2}(?:confirmad|recebid|aprovad|identificad)o|(?:esta|foi|tudo)\s+pag[oa]",
}
# A tool that lists appointments shows how they stand.
STANDING = {
    "booked": re.compile(r"\| confirmed\s*$", re.MULTILINE),
    "cancelled": re.compile(r"\| cancelled\s*$", re.MULTILINE),
}
# "ainda não está agendado", "quando for confirmado", "com hora marcada": no claims.
HEDGE = re.compile(
    r"\b(?:(?:nao|nada|nenhuma?|nunca|sem|quando|assim que|caso|not|once|when)\s+(?:\w+\s+){0,2}"
    r"|(?:ser|seja|for|estiver|estiverem|tiver|be)\s+(?:\w+\s+)?|com\s+(?:hora|horario)\s+)$"
)
# A claim up to the next pause, where a question mark makes it a question.
PAUSE = re.compile(r"[.!,;:]|\?")

INNER_WORDS = re.compile(
    r"\b(?:list_services|find_free_slots|propose_booking|propose_cancellation|list_bookings|list_pets|register_pet|hand_over|"
    r"list_appointments|system prompt|prompt do sistema|minhas instrucoes)\b|\[result\]|\[the customer"
)
HUMAN = re.compile(
    r"\bsou\s+(?:uma?\s+)?(?:pessoa|human[oa]|gente)\b|\bnao sou\s+(?:uma?\s+)?(?:robo|bot|ia|maquina)\b"
    r"|\bi(?:'m| am) (?:a )?(?:human|real person)\b"
)
DOSAGE = re.compile(
    r"\b\d+(?:[.,]\d+)?\s?(?:mg|ml|mcg|gotas?|comprimidos?|capsulas?)\b|\b(?:meio|metade|uma?|dois|duas)\s+(?:de\s+um\s+)?(?:comprimidos?|capsulas?|gotas?)\b"
    r"|\b(?:dipirona|paracetamol|ibuprofeno|diclofenaco|amoxicilina|cefalexina|prednisona|prednisolona|dexametasona|ivermectina|meloxicam|tramadol)\b"
)
DIAGNOSIS = re.compile(
    r"\b(?:parece|deve ser|provavelmente e|e sinal de)\s+(?:uma?\s+)?"
    r"(?:dermatite|otite|sarna|alergia|vermes?|gripe|infeccao|virose|cinomose|parvovirose|micose)\b"
)


@dataclass(frozen=True, slots=True)
class Facts:
    """What the turn knows: what anybody said, what tools and context showed, and which acts were done."""

    said: Sequence[str]
    shown: Sequence[str]
    acts_done: Sequence[str]
    # The customer's own words of this turn, which set the language.
    asked: Sequence[str] = ()
    # Name and phone of this contact.
    contact: Sequence[str] = ()
    # What the shop says of itself.
    business: str = ""
    # The persona's rules and tools, of which a reply must show nothing.
    rules: str = ""
    tools: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a reply must not be sent: the rule by its name, and a sentence for the model to mend it by."""

    rule: str
    kind: incidents.Kind
    severity: incidents.Severity
    told: str


def problems(reply: str, facts: Facts) -> list[Problem]:
    """Why the reply must not be sent; empty when it may."""
    said = folded(reply)
    known = folded("\n".join(facts.said))
    # A price, a link, a percentage is true because the shop shows it, never because somebody wrote it.
    shown = folded("\n".join(facts.shown))
    found: list[Problem] = []

    def wrong(rule: str, told: str, kind: incidents.Kind = "validation_failed") -> None:
        found.append(Problem(rule, kind, "medium", told))

    if not reply.strip() or len(reply) > LONGEST_REPLY:
        wrong("length", f"the reply must have 1 to {LONGEST_REPLY} characters")
    for price in sorted(_prices(said) - _prices(shown)):
        wrong("price", f"price not in the facts: {price}")
    if PRICE_IN_WORDS.search(said):
        wrong("price", "price not in the facts: written in words")
    for n in sorted(_percents(said) - _percents(shown)):
        wrong("percentage", f"percentage not in the facts: {n}%")
    for clock in sorted(_clocks(said) - _clocks(known)):
        wrong("time", f"time not in the facts: {clock}")
    for day in sorted(_days(said) - _days(known)):
        wrong("date", f"date not in the facts: {day}")
    for day in sorted(_bare_days(said) - _bare_days(known) - {date[:2] for date in _days(known)}):
        wrong("date", f"date not in the facts: dia {day}")
    for day in sorted(_wrong_weekdays(said, known)):
        wrong("weekday", f"weekday not of that date: {day}")
    for act in _false_claims(said, facts):
        wrong("claim", f"nothing was {act} in this turn")
    if any(link not in shown for link in _links(said)):
        wrong("link", "links are not allowed")
    if _long_numbers(said) - _long_numbers(known):
        wrong("personal_data", "a number that nobody gave")
    if INNER_WORDS.search(said):
        wrong("inner_words", "the reply speaks of the system", "prompt_leak")
    if HUMAN.search(said):
        wrong("human_claim", "the reply claims to be a person", "identity_leak")
    if DOSAGE.search(said):
        wrong("dosage", "no dosage may be given")
    if DIAGNOSIS.search(said):
        wrong("diagnosis", "no diagnosis may be given")
    return found


def _prices(text: str) -> set[str]:
    found = [(a or c or e, b or d or f) for a, b, c, d, e, f in PRICE.findall(text)]
    return {f"{int(reais.replace('.', ''))},{(cents or '0').ljust(2, '0')}" for reais, cents in found}


def _percents(text: str) -> set[str]:
    return set(PERCENT.findall(text))


def _clocks(text: str) -> set[str]:
    spelled = MIDNIGHT.sub("00:00", NOON.sub("12:00", DAYTIME.sub(_in_24_hours, text)))
    return {f"{int(a or b or c):02d}:{minute or '00'}" for a, minute, b, c in CLOCK.findall(spelled)}


def _in_24_hours(spoken: re.Match[str]) -> str:
    hour, minute, part, half = int(spoken[1]), spoken[2] or "00", spoken[3], spoken[4]
    if (part in {"tarde", "noite"} or half == "pm") and hour < 12:
        hour += 12
    return f"{hour:02d}:{minute}"


def _days(text: str) -> set[str]:
    dates = {f"{int(day):02d}/{int(month):02d}" for day, month in WRITTEN_DAY.findall(text)}
    dates |= {f"{int(day):02d}/{MONTHS.index(month) + 1:02d}" for day, month in SPOKEN_DAY.findall(text)}
    dates |= {f"{day}/{month}" for month, day in ISO_DAY.findall(text)}
    return dates


def _bare_days(text: str) -> set[str]:
    """Days of a month that a text names without the month: "dia 29"."""
    return {f"{int(day):02d}" for day in BARE_DAY.findall(text)}


def _wrong_weekdays(said: str, known: str) -> set[str]:
    weekdays = {(int(day), int(month)): weekday for weekday, day, month in WEEKDAY.findall(known)}
    return {
        f"{weekday} {day}/{month}"
        for weekday, day, month in WEEKDAY.findall(said)
        if weekdays.get((int(day), int(month)), weekday) != weekday
    }


def _false_claims(said: str, facts: Facts) -> list[str]:
    told: list[str] = []
    for act in DID:
        if act in facts.acts_done:
            continue
        standing = act in STANDING and any(STANDING[act].search(text) for text in facts.shown)
        if _claims(said, DID[act]) or (act in IS and not standing and _claims(said, IS[act])):
            told.append(act)
    return told


def _claims(said: str, pattern: str) -> bool:
    return any(
        not _is_question(said[claim.end() :]) and not HEDGE.search(PAUSE.split(said[: claim.start()])[-1])
        for claim in re.finditer(rf"\b(?:{pattern})\b", said)
    )


def _is_question(rest: str) -> bool:
    pause = PAUSE.search(rest)
    return pause is not None and pause[0] == "?"


def _links(text: str) -> list[str]:
    return [link.rstrip(".,;:!?)") for link in LINK.findall(text)]


def _long_numbers(text: str) -> set[str]:
    """Telephones, documents: eight digits or more, however they are written."""
    digits = (re.sub(r"\D", "", number) for number in LONG_NUMBER.findall(text))
    return {number for number in digits if len(number) >= 8}
