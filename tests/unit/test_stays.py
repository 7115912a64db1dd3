"""What a stay costs, what proves it, what it could do with, and how it is said: rules without a database."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auzap.catalog.services import SIZES, Price, Service
from auzap.ids import ContactId, PetId, RoomTypeId, ServiceId, StayId, new_id
from auzap.money import brl
from auzap.organizations.shop import Shop
from auzap.stays import upsells, words
from auzap.stays.admission import Known, Proof, judged
from auzap.stays.queries import Stay
from auzap.stays.rooms import Kind, Room
from auzap.texts import CATALOGUE

DAY = timedelta(days=1)
FIRST = date(2026, 12, 24)
LAST = date(2026, 12, 28)
CENTS = st.integers(0, 100_000)


def make_room(**known: Any) -> Room:
    given = {"daily_cents": 12000, "long_daily_cents": None, "long_from_days": None, "rates": {}} | known
    return Room(
        id=RoomTypeId(new_id()),
        kind="hotel",
        name="Suíte",
        description="",
        features=[],
        capacity=1,
        species=["dog"],
        vaccines=[],
        opens=time(8),
        closes=time(18),
        is_active=True,
        **given,
    )


def make_stay(**known: Any) -> Stay:
    given: dict[str, Any] = {
        "id": StayId(new_id()),
        "contact_id": ContactId(new_id()),
        "pet_id": PetId(new_id()),
        "pet_name": "Thor",
        "species": "dog",
        "size": "small",
        "coat": "short",
        "birth_date": None,
        "room_type_id": RoomTypeId(new_id()),
        "room_name": "Suíte",
        "kind": "hotel",
        "from_day": FIRST,
        "until_day": FIRST + 2 * DAY,
        "state": "approved",
        "state_reason": None,
        "daily_cents": 12000,
        "total_cents": 24000,
        "extras_cents": 0,
        "vaccines_ok": True,
        "deworming_ok": True,
        "assessed_by": "health_record",
        "socialisation": None,
        "anxiety": None,
        "energy": None,
        "restrictions": "",
        "requests": "",
        "monitoring": ["reports"],
        "arrived_at": None,
        "left_at": None,
    }
    return Stay(**given | known)


def make_service(name: str, category: str = "grooming", price_cents: int = 6000, **known: Any) -> Service:
    """Of all species and ages, whenever it is wanted, unless said otherwise."""
    fields: dict[str, Any] = dict.fromkeys(Service.__dataclass_fields__)
    fields |= {"id": ServiceId(new_id()), "name": name, "category": category, "price_cents": price_cents}
    fields |= {"duration": timedelta(hours=1), "prices": (), "is_bookable_by_agent": True, "is_addon": False}
    return Service(**fields | known)


# Price


@pytest.mark.parametrize(
    ("days", "size", "daily"),
    [
        (1, "small", 12000),
        (4, "small", 12000),
        (5, "small", 10000),
        (1, "large", 15000),
        (5, "large", 14000),
        (9, None, 10000),
    ],
)
def test_the_rate_is_of_size_and_length(days: int, size: str | None, daily: int) -> None:
    room = make_room(long_daily_cents=10000, long_from_days=5, rates={"large": [15000, 14000]})

    price = room.price_for(size, days)

    assert (price.daily_cents, price.total_cents) == (daily, daily * days)


def test_a_size_without_a_long_rate_pays_its_own_by_the_day() -> None:
    room = make_room(long_daily_cents=10000, long_from_days=5, rates={"giant": [20000, None]})

    assert room.price_for("giant", 30).daily_cents == 20000


@given(
    days=st.integers(1, 90), daily=CENTS, long_daily=CENTS, long_from=st.integers(2, 60), size=st.sampled_from(SIZES)
)
def test_a_stay_costs_each_of_its_days_at_one_rate_of_the_room(
    days: int, daily: int, long_daily: int, long_from: int, size: str
) -> None:
    room = make_room(daily_cents=daily, long_daily_cents=long_daily, long_from_days=long_from)

    price = room.price_for(size, days)

    assert price.total_cents == days * (long_daily if days >= long_from else daily)


# Proof


def seen(kind: Any, family: str, due: date | None) -> Known:
    return Known(kind, family, due)


V10, RABIES = seen("vaccine", "polyvalent", LAST), seen("vaccine", "antirrábica", LAST + DAY)
REMEDY = seen("deworming", "deworming", LAST)


@pytest.mark.parametrize(
    ("known", "proof"),
    [
        ([], (None, None)),
        ([V10], (True, None)),
        ([REMEDY], (None, True)),
        ([V10, RABIES, REMEDY], (True, True)),
        ([V10, seen("vaccine", "gripe", LAST - DAY), REMEDY], (False, True)),
        ([V10, seen("vaccine", "gripe", None), REMEDY], (None, True)),
        ([V10, seen("deworming", "deworming", LAST - DAY)], (True, False)),
        ([V10, seen("deworming", "deworming", None)], (True, None)),
    ],
)
def test_what_is_known_proves_what_it_proves_and_no_more(
    known: Sequence[Known], proof: tuple[bool | None, bool | None]
) -> None:
    found = judged(known, LAST)

    assert (found.vaccines, found.deworming) == proof
    assert found.is_whole == (proof == (True, True))


@pytest.mark.parametrize(
    ("asked", "proved"),
    [(("polyvalent",), True), (("polyvalent", "antirrábica"), True), (("giárdia",), None), (("gripe",), False)],
)
def test_of_vaccines_that_are_asked_for_each_must_hold_and_no_other_counts(
    asked: Sequence[str], proved: bool | None
) -> None:
    known = [V10, RABIES, seen("vaccine", "gripe", LAST - DAY), *(seen("asked", name, None) for name in asked)]

    assert judged(known, LAST).vaccines is proved


@given(
    st.lists(
        st.builds(
            seen,
            st.sampled_from(["vaccine", "deworming", "asked"]),
            st.sampled_from(["polyvalent", "antirrábica", "gripe"]),
            st.none() | st.dates(FIRST, LAST + 9 * DAY),
        )
    )
)
def test_nothing_is_proved_by_what_is_unknown_or_over(known: list[Known]) -> None:
    proof = judged(known, LAST)

    good = [each for each in known if each.due_on is not None and each.due_on >= LAST]
    if proof.vaccines:
        assert any(each.kind == "vaccine" for each in good)
    if proof.deworming:
        assert all(each in good for each in known if each.kind == "deworming")
        assert any(each.kind == "deworming" for each in good)


def test_a_proof_is_whole_only_when_both_are_true() -> None:
    whole = [Proof(v, d) for v in (True, False, None) for d in (True, False, None) if Proof(v, d).is_whole]

    assert whole == [Proof(True, True)]


# What it could do with

BATH = make_service("Banho")
BATH_AND_TRIM = make_service("Banho e tosa", price_cents=9000)
TRIM = make_service("Tosa higiênica", price_cents=7000)
EXAM = make_service("Consulta veterinária", "veterinary", 15000, needs_vet=True)
LESSON = make_service("Sessão de adestramento", "training", 15000)
WALK = make_service("Passeio extra", "other", 3000)
CATALOGUE_OF_SERVICES = [BATH_AND_TRIM, BATH, TRIM, EXAM, LESSON, WALK]


def names(
    stay: Stay, catalogue: Sequence[Service] = CATALOGUE_OF_SERVICES, *, added: Sequence[Service] = ()
) -> list[str]:
    found = upsells.suggested(stay, catalogue, {service.id for service in added})
    return [each.name for each in found]


@pytest.mark.parametrize(
    ("known", "suggested"),
    [
        ({}, ["Banho", "Passeio extra"]),
        ({"species": "cat"}, ["Banho"]),
        ({"until_day": FIRST + 3 * DAY}, ["Banho", "Tosa higiênica", "Passeio extra"]),
        ({"until_day": FIRST + 3 * DAY, "kind": "daycare"}, ["Banho", "Passeio extra"]),
        ({"vaccines_ok": None}, ["Banho", "Consulta veterinária", "Passeio extra"]),
        ({"vaccines_ok": False}, ["Banho", "Consulta veterinária", "Passeio extra"]),
        ({"anxiety": "high"}, ["Banho", "Sessão de adestramento", "Passeio extra"]),
        ({"anxiety": "medium", "socialisation": "high"}, ["Banho", "Passeio extra"]),
        ({"socialisation": "low"}, ["Banho", "Sessão de adestramento", "Passeio extra"]),
    ],
)
def test_each_rule_suggests_what_suits_the_stay(known: dict[str, Any], suggested: list[str]) -> None:
    assert names(make_stay(**known)) == suggested


def test_what_the_catalogue_does_not_have_is_not_suggested() -> None:
    anxious = make_stay(anxiety="high", vaccines_ok=None, until_day=FIRST + 5 * DAY)

    assert names(anxious, []) == []
    assert names(anxious, [make_service("Táxi", "transport")]) == []


def test_prices_are_the_catalogues_for_that_pet() -> None:
    bath = make_service("Banho", prices=(Price("large", "any", 12000, timedelta(hours=2)),))

    (found,) = upsells.suggested(make_stay(size="large"), [bath], set())

    assert found.price_cents == 12000
    assert names(make_stay(size=None), [bath]) == []


def test_what_the_stay_has_is_not_suggested_again_and_nothing_in_its_place() -> None:
    assert names(make_stay(), [BATH, WALK], added=[BATH]) == ["Passeio extra"]
    assert names(make_stay(), [BATH, BATH_AND_TRIM], added=[BATH]) == []


@pytest.mark.parametrize(
    "unfit",
    [
        {"is_addon": True},
        {"is_bookable_by_agent": False},
        {"species": ("cat",)},
        {"prerequisite_id": ServiceId(UUID(int=1))},
        {"youngest_months": 12},
        {"active_from": FIRST + 9 * DAY},
        {"active_until": FIRST - DAY},
    ],
)
def test_a_service_that_is_not_for_this_stay_is_not_suggested(unfit: dict[str, Any]) -> None:
    assert names(make_stay(), [make_service("Banho", **unfit)]) == []


def test_a_service_for_an_age_needs_a_pet_of_that_age() -> None:
    puppies = make_service("Banho", youngest_months=2, oldest_months=12)

    assert names(make_stay(birth_date=date(2026, 6, 1)), [puppies]) == ["Banho"]
    assert names(make_stay(birth_date=date(2020, 6, 1)), [puppies]) == []


# Words


@pytest.fixture
def shop() -> Shop:
    """Of a shop only its zone and its language speak here."""
    fields: dict[str, Any] = dict.fromkeys(Shop.__dataclass_fields__)
    return Shop(**fields | {"zone": ZoneInfo("America/Sao_Paulo"), "locale": "pt-BR"})


@pytest.mark.parametrize(
    ("kind", "days", "said"),
    [
        ("hotel", 4, "de quinta-feira 24/12 a segunda-feira 28/12"),
        ("hotel", 1, "de quinta-feira 24/12 a sexta-feira 25/12"),
        ("daycare", 1, "quinta-feira 24/12"),
        ("daycare", 2, "de quinta-feira 24/12 a sexta-feira 25/12"),
    ],
)
def test_days_are_said_as_people_count_them(shop: Shop, kind: Kind, days: int, said: str) -> None:
    assert words.period(shop, kind, FIRST, FIRST + days * DAY) == said


def test_a_price_is_said_with_its_days(shop: Shop) -> None:
    assert words.price(shop, 1, 5000, 5000) == "1 diária, R$ 50,00"
    assert words.price(shop, 4, 12000, 48000) == "4 diárias × R$ 120,00 = R$ 480,00"
    assert words.price(replace(shop, locale="en"), 2, 100, 200) == f"2 days × {brl(100)} = {brl(200)}"


@pytest.mark.parametrize(
    ("vaccines", "deworming", "said"),
    [
        (True, True, None),
        (None, True, "falta comprovar vacinas"),
        (True, None, "falta comprovar vermífugo"),
        (None, None, "falta comprovar vacinas; falta comprovar vermífugo"),
        (False, True, "há vacina que vence antes do fim da estadia"),
    ],
)
def test_what_is_missing_is_said_honestly(vaccines: bool | None, deworming: bool | None, said: str | None) -> None:
    assert words.lacking(vaccines, deworming, "pt-BR") == said


def test_every_text_is_in_both_languages() -> None:
    assert CATALOGUE["pt-BR"].keys() == CATALOGUE["en"].keys()
