"""What a text says in figures: prices, hours, days, numbers of people. Texts come folded."""

import re

from auzap.agent.rules import compiled

NUMBER = r"\d{1,3}(?:\.\d{3})+|\d+"
PRICE = (
    rf"\$\s*({NUMBER})(?:[.,](\d{{1,2}}))?(?!\d)"
    rf"|\b({NUMBER})(?:,(\d{{1,2}}))?\s+(?:reais|real|contos?|pilas?|mangos|bucks)\b"
    rf"|\b({NUMBER}),(\d{{2}})\b(?!\s?(?:kg|km|m|cm|l|litros?)\b)"
    r"|\b(?:custam?|sai (?:a|por)|saem por|fica (?:por|em)|(?:valor|preco) (?:e|fica|sai)(?: de| em| por)?|costs?)\s+"
    r"(?:so |apenas |only )?"
    rf"({NUMBER})(?:,(\d{{2}}))?\b(?!\s?(?:min|h\b|hora|hour|dia|day|mes|sem|km|kg|%|vez|x\b|[:/]|[.,]?\d))"
)
PRICE_IN_WORDS = r"(?<!\d )\breais\b"
PERCENT = r"\b(\d+)(?:[.,]\d+)?\s?(?:%|por cento\b|percent\b)"

# How people say an hour; all of it is read as hours of the day.
DAYTIME = r"\b(\d{1,2})(?:[:h]([0-5]\d))?\s?(?:h|hs|horas?)?\s?(?:da\s+(manha|tarde|noite)|(am|pm)\b)"
NOON, MIDNIGHT = r"\bmeio[- ]dia\b|\bnoon\b", r"\bmeia[- ]noite\b|\bmidnight\b"
# fmt: off
HOURS_IN_WORDS = ("uma", "duas", "tres", "quatro", "cinco", "seis", "sete", "oito", "nove", "dez", "onze", "doze")
# fmt: on
WORD_HOUR = (
    rf"\bas\s+({'|'.join(HOURS_IN_WORDS)})\b(?=\s+(?:horas?|e meia|da manha|da tarde|da noite)\b|\s*(?:[.!?,;]|$))"
)
HALF_PAST = r"\bas\s+(\d{1,2})\s?(?:h|horas?)?\s+e meia\b"
HOUR = r"([01]?\d|2[0-3])"
DURATION = "".join(rf"(?<!\b{word} )" for word in ("em", "leva", "dura", "de", "por", "cada", "ha", "mais"))
COUNTED = (
    r"(?:kg|quilos?|min|minutos?|dias?|anos?|mes|meses|semanas?|vez|vezes|opcoes|"
    r"pets?|animais|caes|gatos?|cachorros?|reais|%|r\$|"
    r"minutes?|days?|years?|months?|weeks?|times?|options?|dogs?|cats?)"
)
CLOCK = (
    rf"\b{HOUR}(?::|h)([0-5]\d)\b"
    rf"|{DURATION}\b{HOUR}\s?(?:h|hs|hrs|horas?)\b"
    rf"|\b(?:as|das|ate|ate as|a partir das|a las|at|until|from)\s+{HOUR}\b(?![:/h.,]?\d)(?!\s?{COUNTED})"
)

# fmt: off
MONTHS = (
    "janeiro", "fevereiro", "marco", "abril", "maio", "junho",
    "julho", "agosto", "setembro", "outubro", "novembro", "dezembro",
)
ENGLISH_MONTHS = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)
# fmt: on
WRITTEN_DAY = r"\b([0-3]?\d)/([01]?\d)\b"
SPOKEN_DAY = rf"\b([0-3]?\d)o?\s+de\s+({'|'.join(MONTHS)})\b"
ENGLISH_DAY = (
    rf"\b([0-3]?\d)(?:st|nd|rd|th)\s+(?:of\s+)?({'|'.join(ENGLISH_MONTHS)})\b"
    rf"|\b({'|'.join(ENGLISH_MONTHS)})\s+([0-3]?\d)(?:st|nd|rd|th)?\b(?![:\d])"
)
ISO_DAY = r"\b\d{4}-(\d{2})-(\d{2})\b"
BARE_DAY = rf"\bdia\s+([0-3]?\d)\b(?!/)(?!o?\s+de\s+(?:{'|'.join(MONTHS)}))"
WEEKDAYS = {
    name: number
    for number, names in enumerate(
        (
            ("segunda", "monday", "lunes"),
            ("terca", "tuesday", "martes"),
            ("quarta", "wednesday", "miercoles"),
            ("quinta", "thursday", "jueves"),
            ("sexta", "friday", "viernes"),
            ("sabado", "saturday"),
            ("domingo", "sunday"),
        )
    )
    for name in names
}
# "a segunda opção" is no Monday.
WEEKDAY = (
    rf"\b({'|'.join(WEEKDAYS)})(?:-feira|s)?\b"
    r"(?!\s+(?:opcao|vez|via|dose|visita|etapa|parcela|consulta|sugestao|alternativa|pergunta)\b)"
)
DATED_WEEKDAY = rf"\b({'|'.join(WEEKDAYS)})(?:-feira)?,?\s+\(?(?:dia\s+)?([0-3]?\d)/([01]?\d)\b"

EMAIL = r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"
LINK = r"(?<!\w)@[\w.]{3,}|https?://\S+|www\.\S+|\b[\w-]+(?:\.[\w-]+)*\.(?:com|net|org|br|io|me|ly|gl|app|link|page|site|online|store|info|co)\b\S*"
LONG_NUMBER = r"\+?\d[\d .()-]{6,}\d"
SHORTEST_LONG_NUMBER = 8
CARD_DIGITS = range(13, 20)


def prices(text: str) -> set[str]:
    found = [(a or c or e or g, b or d or f or h) for a, b, c, d, e, f, g, h in compiled(PRICE).findall(text)]
    return {f"{int(reais.replace('.', ''))},{(cents or '0').ljust(2, '0')}" for reais, cents in found}


def has_price_in_words(text: str) -> bool:
    return compiled(PRICE_IN_WORDS).search(text) is not None


def percents(text: str) -> set[str]:
    return set(compiled(PERCENT).findall(text))


def clocks(text: str) -> set[str]:
    spelled = compiled(HALF_PAST).sub(r"as \1:30", compiled(WORD_HOUR).sub(_hour_in_digits, text))
    spelled = compiled(MIDNIGHT).sub("00:00", compiled(NOON).sub("12:00", compiled(DAYTIME).sub(_in_24_hours, spelled)))
    return {f"{int(a or b or c):02d}:{minute or '00'}" for a, minute, b, c in compiled(CLOCK).findall(spelled)}


def _hour_in_digits(spoken: re.Match[str]) -> str:
    return f"as {1 + HOURS_IN_WORDS.index(spoken[1])}"


def _in_24_hours(spoken: re.Match[str]) -> str:
    hour, minute, part, half = int(spoken[1]), spoken[2] or "00", spoken[3], spoken[4]
    if (part in {"tarde", "noite"} or half == "pm") and hour < 12:
        hour += 12
    return f"{hour:02d}:{minute}"


def days(text: str) -> set[str]:
    dates = {f"{int(day):02d}/{int(month):02d}" for day, month in compiled(WRITTEN_DAY).findall(text)}
    dates |= {f"{int(day):02d}/{MONTHS.index(month) + 1:02d}" for day, month in compiled(SPOKEN_DAY).findall(text)}
    dates |= {
        f"{int(first or later):02d}/{ENGLISH_MONTHS.index(after or before) + 1:02d}"
        for first, after, before, later in compiled(ENGLISH_DAY).findall(text)
    }
    dates |= {f"{day}/{month}" for month, day in compiled(ISO_DAY).findall(text)}
    return dates


def bare_days(text: str) -> set[str]:
    """Days of a month that a text names without the month: "dia 29"."""
    return {f"{int(day):02d}" for day in compiled(BARE_DAY).findall(text)}


def weekdays(text: str) -> set[int]:
    return {WEEKDAYS[name] for name in compiled(WEEKDAY).findall(text)}


def dated_weekdays(text: str) -> dict[tuple[int, int], tuple[int, str]]:
    """For each day and month that is named with its weekday: which one, and how it was written."""
    return {
        (int(day), int(month)): (WEEKDAYS[name], f"{name} {day}/{month}")
        for name, day, month in compiled(DATED_WEEKDAY).findall(text)
    }


def emails(text: str) -> set[str]:
    return {address.rstrip(".") for address in compiled(EMAIL).findall(text)}


def links(text: str) -> list[str]:
    return [link.rstrip(".,;:!?)") for link in compiled(LINK).findall(compiled(EMAIL).sub(" ", text))]


def long_numbers(text: str) -> set[str]:
    """Telephones, documents: eight digits or more, however they are written."""
    digits = (re.sub(r"\D", "", number) for number in compiled(LONG_NUMBER).findall(text))
    return {number for number in digits if len(number) >= SHORTEST_LONG_NUMBER}


def is_card(number: str) -> bool:
    """Digits of a payment card, by their check digit."""
    if len(number) not in CARD_DIGITS:
        return False
    doubled = (int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(number)))
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0
