"""A pet's health as the protocol grades it, and the small rules of ages, sizes and names."""

from datetime import date
from typing import get_args

import pytest

from auzap.customers import health, pets
from auzap.customers.health import (
    DUE_AGAIN,
    Grade,
    NotAVaccine,
    Severity,
    due_again,
    grade,
    vaccine_name,
)

# Behaviour score, alerts, and the grade: every bound from both sides.
GRADES: list[tuple[int | None, list[Severity], Grade | None]] = [
    (100, ["critical"], "critical"),
    (29, [], "critical"),
    (0, [], "critical"),
    (30, [], "poor"),
    (49, [], "poor"),
    (100, ["high"], "poor"),
    (100, ["high", "critical"], "critical"),
    (50, [], "fair"),
    (69, [], "fair"),
    (100, ["low", "low", "medium"], "fair"),
    (100, ["low", "medium"], "good"),
    (70, [], "good"),
    (84, [], "good"),
    (85, [], "excellent"),
    (100, [], "excellent"),
    (85, ["low"], "good"),
    (None, ["critical"], "critical"),
    (None, ["high"], "poor"),
    (None, ["low", "low", "low"], "fair"),
    (None, [], None),
    (None, ["medium"], None),
]


@pytest.mark.parametrize(("score", "severities", "expected"), GRADES)
def test_the_grade_of_a_pet(score: int | None, severities: list[Severity], expected: Grade | None) -> None:
    assert grade(score, severities) == expected


def test_every_grade_is_in_the_table() -> None:
    assert {expected for _, _, expected in GRADES} == {*get_args(Grade.__value__), None}


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("V10", "V10"),
        ("vacina v 10", "V10"),
        ("a vacina contra raiva", "Antirrábica"),
        ("antirrábica", "Antirrábica"),
        ("Reforço da V8", "V8"),
        ("décupla", "V10"),
        ("tosse dos canis", "Gripe canina"),
        ("coronavírus", "Coronavirus"),
    ],
)
def test_a_vaccine_has_one_name_however_it_is_called(said: str, kept: str) -> None:
    assert vaccine_name(said) == kept


@pytest.mark.parametrize("said", ["V99", "R$ 1,00", "golpe.com.br", "às 10:00", "", "x"])
def test_what_is_no_vaccine_is_refused(said: str) -> None:
    with pytest.raises(NotAVaccine):
        vaccine_name(said)


@pytest.mark.parametrize(
    ("kind", "done_on", "expected"),
    [
        ("vaccine", date(2026, 3, 10), date(2027, 3, 10)),
        ("vaccine", date(2024, 2, 29), date(2025, 2, 28)),
        ("deworming", date(2026, 10, 31), date(2027, 2, 28)),
        ("checkup", date(2026, 3, 10), date(2027, 3, 10)),
        ("treatment", date(2026, 3, 10), None),
    ],
)
def test_what_is_done_is_due_again(kind: health.Kind, done_on: date, expected: date | None) -> None:
    assert due_again(kind, done_on) == expected


def test_what_is_due_again_is_of_a_kind_that_there_is() -> None:
    assert DUE_AGAIN.keys() < {*get_args(health.Kind.__value__)}


@pytest.mark.parametrize(
    ("born", "today", "months"),
    [
        (date(2026, 3, 10), date(2026, 3, 10), 0),
        (date(2026, 3, 10), date(2026, 4, 9), 0),
        (date(2026, 3, 10), date(2026, 4, 10), 1),
        (date(2024, 12, 31), date(2026, 1, 1), 12),
    ],
)
def test_an_age_is_counted_in_whole_months(born: date, today: date, months: int) -> None:
    assert pets.months_between(born, today) == months


@pytest.mark.parametrize("today", [date(2026, 3, 31), date(2024, 2, 29), date(2026, 1, 1), date(2026, 12, 31)])
@pytest.mark.parametrize("months", [0, 1, 11, 12, 13, 25, 240])
def test_whoever_is_said_to_be_so_old_is_so_old(today: date, months: int) -> None:
    assert pets.months_between(pets.months_later(today, -months), today) == months


@pytest.mark.parametrize(
    ("grams", "size"),
    [(900, "small"), (10_000, "small"), (10_001, "medium"), (25_000, "medium"), (45_000, "large"), (45_001, "giant")],
)
def test_a_weight_says_the_size(grams: int, size: str) -> None:
    assert pets.size_of(grams) == size


@pytest.mark.parametrize(
    "word", ["Cachorro", "GATA", "meu  cachorro", "Shih-Tzu", "Pug", "não sei", "Pássaro", "vira-lata"]
)
def test_a_species_a_breed_or_a_placeholder_is_no_name(word: str) -> None:
    assert not pets.is_name(word)


@pytest.mark.parametrize("word", ["Rex", "Belinha", "Gatuno", "Meuzinho", "Pandora"])
def test_names_are_names(word: str) -> None:
    assert pets.is_name(word)
