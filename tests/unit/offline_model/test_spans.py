"""Stretches of days, holidays, days that are over and what comes again, as people write them."""

from datetime import date, timedelta

import pytest

from local.street.offline_model import spans
from local.street.offline_model.text import plain

FRIDAY = date(2026, 11, 27)


def day(number: int, month: int = 12, year: int = 2026) -> date:
    return date(year, month, number)


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("de 10/12 a 13/12", (day(10), day(13))),
        ("do dia 24 ao dia 27 de dezembro", (day(24), day(27))),
        ("de 24 a 27 de dezembro", (day(24), day(27))),
        ("do dia 28 ao 2", (day(28, 11), day(2))),
        ("de sexta que vem até domingo", (day(4), day(6))),
        ("de segunda a quarta", (day(30, 11), day(2))),
        ("a partir de 10/12, 3 noites", (day(10), day(13))),
        ("dia 10/12 por uma semana", (day(10), day(17))),
        ("no dia 10/12", (day(10), None)),
        # Natal is a Friday in 2026: from the eve over the weekend.
        ("no natal", (day(24), day(28))),
        ("para o feriado", (day(24), day(28))),
        ("no ano novo", (day(31), day(4, 1, 2027))),
        # A Tuesday in 2027: with the weekend before it.
        ("no feriado de 7 de setembro", (day(3, 9, 2027), day(8, 9, 2027))),
        ("quero um banho", None),
    ],
)
def test_a_stay_is_read_from_its_first_day_to_its_last(text: str, span: tuple[date, date | None] | None) -> None:
    assert spans.span_in(plain(text), FRIDAY) == span


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("ontem", FRIDAY - timedelta(days=1)),
        ("há 2 meses", FRIDAY - timedelta(days=60)),
        ("faz uma semana", FRIDAY - timedelta(days=7)),
        ("semana passada", FRIDAY - timedelta(days=7)),
        ("em 10/08", day(10, 8)),
        ("em 20/12", day(20, 12, 2025)),
        ("no dia 10/08/2025", day(10, 8, 2025)),
        ("ainda não", None),
    ],
)
def test_what_was_done_lies_behind(text: str, told: date | None) -> None:
    assert spans.past_day_in(plain(text), FRIDAY) == told


@pytest.mark.parametrize(
    ("text", "repeat"),
    [
        ("a cada 15 dias", (2, "week")),
        ("quinzenalmente", (2, "week")),
        ("toda quinzena", (2, "week")),
        ("de 15 em 15 dias", (2, "week")),
        ("a cada 3 semanas", (3, "week")),
        ("a cada duas semanas", (2, "week")),
        ("toda quinta", (1, "week")),
        ("toda semana", (1, "week")),
        ("todo mês", (1, "month")),
        ("a cada 2 meses", (2, "month")),
        ("na quinta", None),
    ],
)
def test_how_often_is_read_in_weeks_and_months(text: str, repeat: tuple[int, str] | None) -> None:
    assert spans.repeat_in(plain(text)) == repeat


@pytest.mark.parametrize(
    ("said", "days"),
    [
        ("creche amanha e quinta", [date(2026, 9, 2), date(2026, 9, 3)]),
        ("segunda, quarta e sexta", [date(2026, 9, 2), date(2026, 9, 4), date(2026, 9, 7)]),
        ("nos dias 3, 5 e 8", [date(2026, 9, 3), date(2026, 9, 5), date(2026, 9, 8)]),
        ("de quarta a sexta", (date(2026, 9, 2), date(2026, 9, 4))),
        ("amanha", None),
    ],
)
def test_days_of_daycare_are_single_ones_or_a_stretch(said: str, days: list[date] | tuple[date, date] | None) -> None:
    assert spans.daycare_days(said, date(2026, 9, 1)) == days
