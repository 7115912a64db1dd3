"""Days, periods and hours in Portuguese, from every today."""

from datetime import date, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.street.offline_model.dates import Period, day_in, days_and_hours, hour_in, period_in
from local.street.offline_model.text import plain

FRIDAY = date(2026, 11, 27)
todays = st.dates(date(2020, 1, 1), date(2090, 1, 1))
weekday_words = st.sampled_from(
    [
        *[(weekday, word) for weekday, word in enumerate(["segunda", "terça", "quarta", "quinta", "sexta"])],
        *[(weekday, f"{word}-feira") for weekday, word in enumerate(["segunda", "terça", "quarta", "quinta", "sexta"])],
        (5, "sábado"),
        (6, "domingo"),
        (5, "sabado que vem"),
        (6, "no próximo domingo"),
    ]
)


@given(todays, weekday_words)
def test_a_weekday_is_the_next_one_to_come(today: date, said: tuple[int, str]) -> None:
    weekday, word = said
    day = day_in(plain(f"quero {word}, pode ser?"), today)

    assert day
    assert day.weekday() == weekday
    assert 1 <= (day - today).days <= 7


@given(todays, weekday_words)
def test_a_weekday_of_next_week_lies_in_the_next_monday_to_sunday(today: date, said: tuple[int, str]) -> None:
    weekday, word = said
    monday = today + timedelta(days=7 - today.weekday())

    assert day_in(plain(f"{word} da semana que vem"), today) == monday + timedelta(days=weekday)
    assert day_in(plain(word), today, week=monday) == monday + timedelta(days=weekday)


@given(todays)
def test_today_tomorrow_and_the_day_after(today: date) -> None:
    assert day_in(plain("pode ser hoje?"), today) == today
    assert day_in(plain("amanhã de manhã"), today) == today + timedelta(days=1)
    assert day_in(plain("depois de amanhã"), today) == today + timedelta(days=2)
    assert day_in(plain("daqui a 3 dias"), today) == today + timedelta(days=3)


@given(todays, st.integers(1, 31))
def test_a_day_of_the_month_is_the_first_such_day_from_today_on(today: date, number: int) -> None:
    day = day_in(f"dia {number}", today)

    assert day
    assert day.day == number
    assert day >= today
    between = (today + timedelta(days=ahead) for ahead in range((day - today).days))
    assert all(other.day != number for other in between)


@given(todays, todays)
def test_day_and_month_are_within_the_year_to_come(today: date, other: date) -> None:
    day = day_in(f"{other.day}/{other.month:02}", today)

    if day is None:
        assert (other.month, other.day) == (2, 29)
        return
    assert (day.month, day.day) == (other.month, other.day)
    assert today <= day <= today + timedelta(days=366)
    assert day_in(f"{other:%d/%m/%Y}", today) == other


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("12 de dezembro", date(2026, 12, 12)),
        ("sábado dia 12/12", date(2026, 12, 12)),
        ("dia 12 não dá, dia 15 sim", date(2026, 12, 15)),
        ("não posso sábado, pode ser domingo", date(2026, 11, 29)),
        ("sabdo", date(2026, 11, 28)),
        ("amnha", date(2026, 11, 28)),
        ("essa sexta", FRIDAY),
        ("no fim de semana", date(2026, 11, 28)),
        ("o quanto antes", FRIDAY),
        ("bom dia", None),
        ("a segunda opção", None),
        ("31/02", None),
        ("dia 45", None),
        ("até amanhã!", None),
        ("quanta coisa, 8 kg, 2 anos", None),
    ],
)
def test_days_as_people_write_them(text: str, day: date | None) -> None:
    assert day_in(plain(text), FRIDAY) == day


@pytest.mark.parametrize(
    ("text", "hour"),
    [
        ("às 10", time(10)),
        ("as 10h", time(10)),
        ("10h30", time(10, 30)),
        ("às 10:30", time(10, 30)),
        ("10 horas", time(10)),
        ("às 9 e meia", time(9, 30)),
        ("meio-dia", time(12)),
        ("3 da tarde", time(15)),
        ("às 3", time(15)),
        ("8 da noite", time(20)),
        ("6 da manhã", time(6)),
        ("umas 2 e meia", time(14, 30)),
        ("não, melhor às 16h que às 10h", time(10)),
        ("8 kg", None),
        ("dia 12", None),
        ("12/12", None),
        ("as 2 cachorras", None),
        ("depois das 14h", None),
        ("às 32", None),
        ("R$ 70,00", None),
    ],
)
def test_hours_as_people_write_them(text: str, hour: time | None) -> None:
    assert hour_in(plain(text)) == hour


@pytest.mark.parametrize(
    ("text", "period"),
    [
        ("de manhã", Period.MORNING),
        ("amanha de manha", Period.MORNING),
        ("bem cedo", Period.MORNING),
        ("à tarde", Period.AFTERNOON),
        ("depois do almoço", Period.AFTERNOON),
        ("depois das 14h", Period.AFTERNOON),
        ("à noite", Period.EVENING),
        ("tanto faz", Period.ANY),
        ("amanhã", None),
        ("boa tarde", None),
        ("mais tarde eu vejo", None),
    ],
)
def test_periods_as_people_write_them(text: str, period: Period | None) -> None:
    assert period_in(plain(text)) == period


@given(st.text(max_size=200), todays)
def test_any_text_is_read_without_an_error(text: str, today: date) -> None:
    said = plain(text)

    assert isinstance(day_in(said, today), date | None)
    assert isinstance(hour_in(said), time | None)
    assert all(isinstance(day, date) for day, _ in days_and_hours(text, today))
