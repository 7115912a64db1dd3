"""Days, periods and hours as people write them in Portuguese. Every function takes text made `plain`."""

import re
from collections.abc import Iterator
from datetime import date, time, timedelta
from enum import StrEnum

from local.street.offline_model.text import alike

WEEKDAYS = ("segunda", "terca", "quarta", "quinta", "sexta", "sabado", "domingo")
SHORT_WEEKDAYS = {"seg": 0, "qua": 2, "qui": 3, "sab": 5}
MONTHS = (
    *("janeiro", "fevereiro", "marco", "abril", "maio", "junho"),
    *("julho", "agosto", "setembro", "outubro", "novembro", "dezembro"),
)
NUMBERS = {"um": 1, "uma": 1, "dois": 2, "duas": 2, "tres": 3, "quatro": 4, "cinco": 5, "seis": 6, "sete": 7}
# One letter away from a weekday, and words of their own.
NOT_WEEKDAYS = frozenset({"quanta", "quantas", "quanto", "quantos", "quarto", "sexto", "quinto", "manha"})

# Said in greetings and farewells, where they name no day and no period.
COURTESIES = re.compile(r"\b(?:bo[am] (?:dia|tarde|noite)|ate (?:amanha|segunda|sabado|domingo))\b")

DAYS = re.compile(
    r"(?P<iso>\d{4}-\d{2}-\d{2})"
    r"|\b(?P<day>\d{1,2})/(?P<month>\d{1,2})(?:/(?P<year>\d{4}|\d{2}))?\b"
    rf"|\b(?P<month_day>\d{{1,2}})o? de (?P<month_name>{'|'.join(MONTHS)})\b"
    rf"|\bdia (?P<day_of_month>\d{{1,2}})\b(?!/|o? de (?:{'|'.join(MONTHS)})\b)"
    r"|\b(?P<relative>depois de amanha|hoje|amanha)\b"
    r"|\b(?:daqui a|daqui|em) (?P<days_ahead>\d{1,2}|um|dois|tres|quatro|cinco|seis|sete) dias?\b"
    r"|\b(?:final|fim) de (?P<weekend>semana)\b"
    rf"|\b(?P<this>esse|este|esta|essa|nesse|neste|nesta|nessa)? ?(?P<weekday>{'|'.join((*WEEKDAYS, *SHORT_WEEKDAYS))})\b"
    r"(?! (?:opcao|vez|alternativa))"
)
NEXT_WEEK = re.compile(r"\b(?:semana que vem|(?:na |da )?(?:proxima|outra) semana|semana seguinte)\b")
SOONEST = re.compile(
    r"\b(?:o quanto antes|(?:o )?mais (?:rapido|cedo|proximo) possivel|(?:proximo|primeiro) horario|horario mais proximo"
    r"|(?:que|qual|quais|qualquer) (?:o )?dias? (?:voces )?tem|quando (?:voces )?tem|qualquer dia)\b"
)


class Period(StrEnum):
    MORNING = "morning"
    AFTERNOON = "afternoon"
    EVENING = "evening"
    ANY = "any"

    def holds(self, hour: time) -> bool:
        match self:
            case Period.MORNING:
                return hour < time(12)
            case Period.AFTERNOON:
                return time(12) <= hour < time(18)
            case Period.EVENING:
                return hour >= time(18)
            case Period.ANY:
                return True


PERIODS = (
    (re.compile(r"\b(?:tanto faz|qualquer (?:hora|horario|periodo)|(?:o )?dia (?:todo|inteiro))\b"), Period.ANY),
    (re.compile(r"\b(?:noite|noitinha|depois das? (?:18|19|20)h?|fim do dia)\b"), Period.EVENING),
    (
        re.compile(r"\b(?<!mais )(?:tarde|tardinha|depois do almoco|(?:depois|partir) d[ao]s? 1[2-7]h?)\b"),
        Period.AFTERNOON,
    ),
    (
        re.compile(
            r"\b(?:manha|(?<!mais )cedo|cedinho|antes do (?:almoco|meio dia)|(?:depois|partir) das? (?:[89]|1[01])h?)\b"
        ),
        Period.MORNING,
    ),
)

HOUR_MARK = r"\b(?:as|pras|pelas|das|umas) "
HOURS = re.compile(
    # "Depois das 10" is a period, and "daqui 2 horas" a distance.
    r"(?<!daqui )(?<!depois )(?<!antes )(?<!partir )(?<!depois das )(?<!antes das )(?<!partir das )"
    r"(?:"
    r"\bmeio[ -]dia(?P<noon_half> e meia)?\b(?P<noon>)"
    rf"|(?:{HOUR_MARK})?\b(?P<half>\d{{1,2}})h? e meia\b"
    rf"|(?:{HOUR_MARK})?\b(?P<hour>\d{{1,2}}) ?[h:] ?(?P<minute>[0-5]\d)\b"
    rf"|(?:{HOUR_MARK})?\b(?P<full>\d{{1,2}}) ?(?:h|horas?)\b"
    rf"|(?:{HOUR_MARK})?\b(?P<spoken>\d{{1,2}}) d[ae] (?:manha|tarde|noite)\b"
    rf"|{HOUR_MARK}(?P<at>\d{{1,2}})\b(?! ?(?:/|kg|quilo|ano|mes|rea|cachorr|gat|pet))"
    r")"
)


def day_in(text: str, today: date, *, week: date | None = None) -> date | None:
    """The day the text names: an explicit date before a weekday, the last one said before the others.

    A weekday is the next one to come; inside `week` (its Monday) when the talk is about that week.
    """
    week = week_in(text, today) or week
    named = [(found, day) for found in DAYS.finditer(without_courtesies(text)) if (day := meant(found, today, week))]
    explicit = [day for found, day in named if not found["weekday"]]
    if explicit:
        return explicit[-1]
    if named:
        return named[-1][1]
    return today if SOONEST.search(text) else None


def week_in(text: str, today: date) -> date | None:
    """The Monday of the week the text speaks of."""
    return today + timedelta(days=7 - today.weekday()) if NEXT_WEEK.search(text) else None


def period_in(text: str) -> Period | None:
    text = without_courtesies(text)
    return next((period for pattern, period in PERIODS if pattern.search(text)), None)


def hour_in(text: str) -> time | None:
    """The last hour named. Up to six o'clock it is the afternoon's, as nobody bathes a dog at three in the morning."""
    return next((hour for found in reversed(list(HOURS.finditer(text))) if (hour := clock(found, text))), None)


def without_courtesies(text: str) -> str:
    return " ".join(weekday_or_same(word) for word in COURTESIES.sub(" ", text).split())


def weekday_or_same(word: str) -> str:
    letters = word.strip(".,!?;").removesuffix("-feira")
    if letters in NOT_WEEKDAYS or letters in WEEKDAYS:
        return word
    corrected = next((name for name in (*WEEKDAYS, "amanha") if alike(letters, name)), letters)
    return word.replace(letters, corrected) if letters else word


def meant(found: re.Match[str], today: date, week: date | None) -> date | None:
    match found.lastgroup:
        case "iso":
            return calendar_day(*(int(part) for part in found["iso"].split("-")))
        case "month" | "year":
            return in_the_year(int(found["day"]), int(found["month"]), found["year"], today)
        case "month_name":
            return in_the_year(int(found["month_day"]), MONTHS.index(found["month_name"]) + 1, None, today)
        case "day_of_month":
            return next_day_of_month(int(found["day_of_month"]), today)
        case "relative":
            return today + timedelta(days=("hoje", "amanha", "depois de amanha").index(found["relative"]))
        case "days_ahead":
            said = found["days_ahead"]
            return today + timedelta(days=NUMBERS.get(said) or int(said))
        case "weekend":
            return next_weekday(5, today, week, this=True)
        case _:
            said = found["weekday"]
            weekday = SHORT_WEEKDAYS[said] if said in SHORT_WEEKDAYS else WEEKDAYS.index(said)
            return next_weekday(weekday, today, week, this=bool(found["this"]))


def next_weekday(weekday: int, today: date, week: date | None, *, this: bool) -> date:
    if week:
        return week + timedelta(days=weekday)
    ahead = (weekday - today.weekday()) % 7
    return today + timedelta(days=ahead if ahead or this else 7)


def in_the_year(day: int, month: int, year: str | None, today: date) -> date | None:
    if year:
        return calendar_day(int(year) if len(year) == 4 else 2000 + int(year), month, day)
    this_year = calendar_day(today.year, month, day)
    return this_year if this_year and this_year >= today else calendar_day(today.year + 1, month, day)


def next_day_of_month(day: int, today: date) -> date | None:
    # Two months in a row may lack a 31st or a 30th, never three.
    months = ((today.year + (today.month - 1 + ahead) // 12, (today.month - 1 + ahead) % 12 + 1) for ahead in range(3))
    days = (calendar_day(year, month, day) for year, month in months)
    return next((found for found in days if found and found >= today), None)


def calendar_day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def clock(found: re.Match[str], text: str) -> time | None:
    if found["noon"] is not None:
        return time(12, 30 if found["noon_half"] else 0)
    hour = int(next(said for said in found.group("half", "hour", "full", "spoken", "at") if said))
    minute = 30 if found["half"] else int(found["minute"] or 0)
    if hour > 23:
        return None
    late = period_in(text) in (Period.AFTERNOON, Period.EVENING)
    early = period_in(text) is Period.MORNING
    afternoon = hour < 12 and (late or (1 <= hour < 7 and not early))
    return time(hour + 12 if afternoon else hour, minute)


def days_and_hours(text: str, today: date) -> Iterator[tuple[date, time]]:
    """Every `28/11 … 09:00` in a text of the shop."""
    for found in re.finditer(r"(\d{1,2})/(\d{1,2})\D{1,6}?(\d{1,2}):(\d{2})", text):
        day = in_the_year(int(found[1]), int(found[2]), None, today)
        if day:
            yield day, time(int(found[3]), int(found[4]))
