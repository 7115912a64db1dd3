"""Stretches of days, holidays, days that are over, and what is to come again, as people write them in Portuguese."""

import re
from datetime import date, timedelta

from local import holidays
from local.street.offline_model.dates import (
    DAYS,
    MONTHS,
    NUMBERS,
    calendar_day,
    day_in,
    in_the_year,
    meant,
    next_day_of_month,
    week_in,
    without_courtesies,
)

HOLIDAY = re.compile(r"\bferiad\w+\b")
# The days that people name by their feast, and what of a holiday's name says so.
FEASTS = (
    (re.compile(r"\bnatal\b"), "Natal"),
    (re.compile(r"\b(?:ano novo|reveillon|virada do ano|virada)\b"), "Confraternização Universal"),
    (re.compile(r"\b(?:pascoa|sexta[- ]feira santa|semana santa)\b"), "Sexta-feira Santa"),
    (re.compile(r"\btiradentes\b"), "Tiradentes"),
    (re.compile(r"\bdia d[oe] trabal\w+\b"), "Dia do Trabalho"),
    (re.compile(r"\bcorpus christi\b"), "Corpus Christi"),
    (re.compile(r"\b(?:7|sete) de setembro\b|\bindependencia\b"), "Independência do Brasil"),
    (re.compile(r"\bdia das criancas\b|\baparecida\b"), "Nossa Senhora Aparecida"),
    (re.compile(r"\bfinados\b"), "Finados"),
    (re.compile(r"\bproclamacao\b"), "Proclamação da República"),
    (re.compile(r"\bconsciencia negra\b"), "Consciência Negra"),
    (HOLIDAY, ""),
)
UNTIL = re.compile(
    rf"(?<![/\d])(?P<first>\d{{1,2}})(?:/(?P<first_number>\d{{1,2}})| de (?P<first_month>{'|'.join(MONTHS)}))? (?:a"
    rf"|ao|ate|ate o) (?:o )?"
    rf"(?:dia )?(?P<last>\d{{1,2}})(?: de (?P<month>{'|'.join(MONTHS)})|/(?P<month_number>\d{{1,2}}))?\b(?! ?(?:h|:"
    rf"|anos|meses|kg))"
)
LISTED_DAYS = re.compile(r"\bdias? (?:\d{1,2}(?:,? e |, ?))+\d{1,2}\b(?!/)")
STRETCH = re.compile(rf"{UNTIL.pattern}|\bate\b|\b(?:de|da|do) (?:\S+ )?\S+ a(?:o|te)? (?:o )?\S+")
# Each of them is looked for by itself, in a turn of few calls.
MOST_DAYS = 5
LENGTH = re.compile(
    r"\b(?P<count>\d{1,2}|uma?|dois|duas|tres|quatro|cinco|seis|sete) (?P<unit>noites?|diarias?|dias?|semanas?)\b"
)
AGO = re.compile(
    r"\b(?:ha|faz) (?P<count>\d{1,3}|uma?|dois|duas|tres|quatro|cinco|seis|sete) (?P<unit>dias?|semanas?|mes(?:es)?|anos?)\b"
    r"|\b(?P<word>anteontem|ontem|hoje)\b|\b(?P<last>semana|mes|ano) passad[oa]\b"
)
DAYS_OF = {"dia": 1, "sem": 7, "mes": 30, "ano": 365}
# How often, where somebody wants the same again and again.
REPEATS = (
    (
        re.compile(
            r"\b(?:quinzenal\w*|toda(?:s as)? quinzenas?|de (?:15|quinze) em (?:15|quinze)|a cada (?:15|quinze) dias"
            r"|a cada (?:2|duas) semanas|semana sim,? semana nao)"
        ),
        (2, "week"),
    ),
    (re.compile(r"\ba cada (?P<count>\d{1,2}|uma?|duas|dois|tres|quatro) semanas?"), (0, "week")),
    (re.compile(r"\ba cada (?P<count>\d{1,2}|um|dois|tres|quatro|seis) mes(?:es)?"), (0, "month")),
    (
        re.compile(
            r"\b(?:semanal\w*|tod[ao]s?(?: as| os)? (?:semanas?|segundas?|tercas?|quartas?|quintas?|sextas?|sabados?"
            r"|domingos?))"
        ),
        (1, "week"),
    ),
    (re.compile(r"\b(?:mensal\w*|todo mes|todos os meses)"), (1, "month")),
)


def days_named(text: str, today: date) -> list[date]:
    """Every day the text names, in its order. "Até domingo" is no farewell where another day stands before it."""
    week = week_in(text, today)
    said = without_courtesies(text.replace(" ate ", " a "))
    return [day for found in DAYS.finditer(said) if (day := meant(found, today, week))]


def daycare_days(text: str, today: date) -> list[date] | tuple[date, date] | None:
    """Single days, as "amanhã e quinta"; or the first and the last of a stretch, as "de segunda a sexta"."""
    if listed := LISTED_DAYS.search(text):
        days = [next_day_of_month(int(number), today) for number in re.findall(r"\d+", listed[0])]
        return sorted({day for day in days if day})
    if STRETCH.search(text) and (span := span_in(text, today)) and span[1]:
        return span[0], span[1]
    days = sorted(set(days_named(text, today)))
    return days[:MOST_DAYS] if len(days) > 1 else None


def span_in(text: str, today: date) -> tuple[date, date | None] | None:
    """The first day and the day after which it is over, as somebody says how long a stay is to be."""
    if (found := UNTIL.search(text)) and (first := day_of_span(found, today)):
        last = day_after(found["last"], first)
        return first, last
    days = days_named(text, today)
    first = days[0] if days else None
    if first and len(days) > 1 and days[-1] != first:
        # "De sexta que vem até domingo" means the Sunday after that Friday.
        weeks_before = max(0, (first - days[-1]).days // 7 + 1)
        return first, days[-1] + timedelta(days=7 * weeks_before)
    length = length_in(text)
    if not first or (not length and HOLIDAY.search(text)):
        return holiday_span(text, today)
    return first, first + length if length else None


def day_of_span(found: re.Match[str], today: date) -> date | None:
    month = found["first_month"] or found["month"]
    if month:
        return in_the_year(int(found["first"]), MONTHS.index(month) + 1, None, today)
    if number := found["first_number"] or found["month_number"]:
        return in_the_year(int(found["first"]), int(number), None, today)
    return next_day_of_month(int(found["first"]), today)


def day_after(day: str, first: date) -> date | None:
    """The next day of that number after the first."""
    return next_day_of_month(int(day), first + timedelta(days=1))


def length_in(text: str) -> timedelta | None:
    found = LENGTH.search(text)
    if not found:
        return None
    count = NUMBERS.get(found["count"]) or int(found["count"])
    return timedelta(days=count * (7 if found["unit"].startswith("semana") else 1))


def holiday_in(text: str, today: date) -> date | None:
    """The next day of a feast that the text names, or the next holiday of all."""
    label = next((label for pattern, label in FEASTS if pattern.search(text)), None)
    if label is None:
        return None
    return next((day for day, known in holidays.following(today) if label in ("", known) and day > today), None)


def holiday_span(text: str, today: date) -> tuple[date, date | None] | None:
    """From the eve to the day after, with the weekend that a holiday touches."""
    day = holiday_in(text, today)
    if day is None:
        return None
    before, after = {0: (3, 1), 1: (4, 1), 3: (1, 4), 4: (1, 3)}.get(day.weekday(), (1, 1))
    return max(today, day - timedelta(days=before)), day + timedelta(days=after)


def past_day_in(text: str, today: date) -> date | None:
    """The day on which something was, as people tell what is over."""
    if found := AGO.search(text):
        if found["word"]:
            return today - timedelta(days=("hoje", "ontem", "anteontem").index(found["word"]))
        unit = (found["unit"] or found["last"])[:3]
        count = (NUMBERS.get(found["count"]) or int(found["count"])) if found["count"] else 1
        return today - timedelta(days=count * DAYS_OF[unit])
    named = day_in(text, today)
    if named is None or named <= today:
        return named
    # "Em 10/08" of who tells what was done is the last one, not the next.
    return calendar_day(named.year - 1, named.month, named.day)


def repeat_in(text: str) -> tuple[int, str] | None:
    for pattern, (every, unit) in REPEATS:
        if found := pattern.search(text):
            said = found.groupdict().get("count")
            return (every or NUMBERS.get(said or "") or int(said or 1)), unit
    return None
