"""Brazil's national holidays of a year, and the next ones from a day on."""

from datetime import date, timedelta

FIXED = (
    (1, 1, "Confraternização Universal"),
    (4, 21, "Tiradentes"),
    (5, 1, "Dia do Trabalho"),
    (9, 7, "Independência do Brasil"),
    (10, 12, "Nossa Senhora Aparecida"),
    (11, 2, "Finados"),
    (11, 15, "Proclamação da República"),
    (11, 20, "Consciência Negra"),
    (12, 25, "Natal"),
)


def of_year(year: int) -> list[tuple[date, str]]:
    easter = easter_sunday(year)
    moving = [(easter - timedelta(days=2), "Sexta-feira Santa"), (easter + timedelta(days=60), "Corpus Christi")]
    return sorted([*((date(year, month, day), label) for month, day, label in FIXED), *moving])


def following(today: date, days: int = 365) -> list[tuple[date, str]]:
    """Those of the year that begins today."""
    last = today + timedelta(days=days)
    return [(day, label) for year in (today.year, last.year) for day, label in of_year(year) if today <= day < last]


def easter_sunday(year: int) -> date:
    """The first Sunday after the full moon of spring, as the Gregorian calendar reckons it."""
    century, golden = year // 100, year % 19
    moon = (19 * golden + century - century // 4 - (century - (century + 8) // 25 + 1) // 3 + 15) % 30
    weekday = (32 + 2 * (century % 4) + 2 * (year % 100 // 4) - moon - year % 4) % 7
    late = (golden + 11 * moon + 22 * weekday) // 451
    month, day = divmod(moon + weekday - 7 * late + 114, 31)
    return date(year, month, day + 1)
