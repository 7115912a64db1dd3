"""What a service costs and how long it takes, as the catalogue has it; what is meant by a name; products by their words."""

from datetime import date, timedelta
from itertools import product

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from auzap.bookings.wanted import wanted
from auzap.catalog import products, services
from auzap.catalog.services import COATS, SIZES, Service
from auzap.db.connection import Tx
from tests.factories_bookings import make_customer, make_row, offer

MINUTE = timedelta(minutes=1)
ROWS = [(size, coat) for size, coat in product(("any", *SIZES), ("any", *COATS)) if (size, coat) != ("any", "any")]
BY_DATABASE = """
  SELECT price_cents, duration FROM (
    SELECT p.price_cents, p.duration, CASE WHEN p.size = 'any' THEN 2 WHEN p.coat = 'any' THEN 3 ELSE 4 END AS told
    FROM service_prices p
    WHERE p.service_id = %(service)s AND p.size IN (%(size)s, 'any') AND p.coat IN (%(coat)s, 'any')
    UNION ALL SELECT s.price_cents, s.duration, 1 FROM services s WHERE s.id = %(service)s) known
  ORDER BY told DESC LIMIT 1
"""


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(st.sampled_from(ROWS), unique=True, max_size=8),
    terms=st.lists(st.tuples(st.integers(0, 3), st.integers(1, 3)), min_size=9, max_size=9),
)
def test_the_price_is_the_catalogues_by_what_says_most(
    tx: Tx, rows: list[tuple[str, str]], terms: list[tuple[int, int]]
) -> None:
    with tx.connection.transaction(force_rollback=True):
        prices = [
            (size, coat, cents, 10 * minutes) for (size, coat), (cents, minutes) in zip(rows, terms, strict=False)
        ]
        cents, minutes = terms[-1]
        service = offer(tx, price_cents=cents, duration=10 * minutes * MINUTE, prices=prices)

        for size, coat in product((*SIZES, None), (*COATS, None)):
            asked = {"service": service.id, "size": size, "coat": coat}
            known = tx.execute(BY_DATABASE, asked).fetchone()
            assert (service.price_for(size, coat), service.duration_for(size, coat)) == known


@settings(max_examples=60, deadline=None)
@given(
    rows=st.lists(st.sampled_from(ROWS), unique=True, max_size=6),
    cents=st.lists(st.integers(0, 2), min_size=7, max_size=7),
)
def test_what_must_be_known_of_a_pet_is_what_changes_its_price(rows: list[tuple[str, str]], cents: list[int]) -> None:
    prices = tuple(services.Price(*row, cent, MINUTE) for row, cent in zip(rows, cents, strict=False))
    service = with_prices(prices, cents[-1])

    for size, coat in product((*SIZES, None), (*COATS, None)):
        could_be = {service.price_for(s, c) for s in ([size] if size else SIZES) for c in ([coat] if coat else COATS)}
        assert (service.lacks(size, coat) is None) == (len(could_be) == 1)
    assert service.lacks("small", None) in {None, "coat"}
    assert service.lacks(None, "short") in {None, "size"}


def with_prices(prices: tuple[services.Price, ...], cents: int) -> Service:
    whole = {"name": "Banho", "description": "", "category": "grooming", "duration": MINUTE, "price_cents": cents}
    nothing = dict.fromkeys(Service.__slots__)
    return Service(**{**nothing, **whole, "prices": prices})  # pyright: ignore[reportArgumentType]


def test_a_service_is_read_with_all_its_conditions(tx: Tx) -> None:
    nails = offer(tx, "Corte de unhas", is_addon=True, duration=15 * MINUTE, price_cents=2500)
    visit = offer(tx, "Consulta", category="veterinary", needs_vet=True)
    vaccine = offer(
        tx,
        "Vacina",
        category="veterinary",
        species=["dog", "cat"],
        youngest_months=2,
        oldest_months=200,
        is_bookable_by_agent=False,
        prerequisite_id=visit.id,
        prerequisite_within=timedelta(days=30),
        deposit_percent=20,
        buffer_before=5 * MINUTE,
        buffer_after=10 * MINUTE,
        active_from=date(2027, 1, 1),
        active_until=date(2027, 12, 31),
        resource_kind="table",
        addons=[nails],
    )

    assert (vaccine.prerequisite_id, vaccine.prerequisite) == (visit.id, "Consulta")
    assert vaccine.prerequisite_within == timedelta(days=30)
    assert (vaccine.species, vaccine.youngest_months, vaccine.oldest_months) == (("dog", "cat"), 2, 200)
    assert (vaccine.buffer_before, vaccine.buffer_after, vaccine.deposit_percent) == (5 * MINUTE, 10 * MINUTE, 20)
    assert services.addons_of(services.services(tx), vaccine) == [nails]
    assert not vaccine.is_bookable_by_agent
    assert [visit.is_personal, vaccine.is_personal, nails.is_addon] == [True, False, True]
    assert [vaccine.is_offered_on(date(year, 6, 1)) for year in (2026, 2027, 2028)] == [False, True, False]


def test_an_addon_that_was_put_away_can_no_longer_be_added(tx: Tx) -> None:
    bath = offer(tx, addons=[offer(tx, "Hidratação", is_addon=True)])
    tx.execute("UPDATE services SET is_active = false WHERE name = 'Hidratação'")

    assert services.services(tx)[0].addon_ids == ()
    assert [each.name for each in services.known(tx, bath.addon_ids)] == ["Hidratação"]


def test_extras_are_part_of_the_price_of_the_length_and_of_the_deposit(tx: Tx) -> None:
    nails = offer(tx, "Corte de unhas", is_addon=True, duration=15 * MINUTE, price_cents=2550)
    bath = offer(tx, deposit_percent=30, addons=[nails], prices=[("giant", "any", 15000, 120)])
    _, (thor,) = make_customer(tx, "Thor", size="giant")

    asked = wanted(bath, thor, [nails])

    assert (asked.duration, asked.price_cents, asked.deposit_cents) == (135 * MINUTE, 17550, 5265)
    assert asked.what == "Banho + Corte de unhas"


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("banho", "Banho"),
        ("BANHO E TOSA", "Banho e tosa"),
        ("tosa higienica", "Tosa higiênica"),
        ("higiênica", "Tosa higiênica"),
        ("tosa banho", "Banho e tosa"),
        # Which of two is meant is the customer's to say.
        ("tosa", None),
        ("", None),
        ("hotel", None),
    ],
)
def test_a_service_is_known_by_its_name_or_by_what_only_it_is_called(tx: Tx, said: str, meant: str | None) -> None:
    for name in ("Banho", "Banho e tosa", "Tosa higiênica"):
        offer(tx, name)

    found = services.named(services.services(tx), said)

    assert (found and found.name) == meant


@pytest.fixture
def shelf(tx: Tx) -> Tx:
    make_row(tx, "products", name="Ração Golden Filhotes 15 kg", brand="PremieR", price_cents=18990, stock=4)
    make_row(tx, "products", name="Ração Golden Adultos", brand="PremieR", price_cents=16990, stock=0)
    make_row(tx, "products", name="Coleira antipulgas", description="Para cães e gatos", price_cents=8900, stock=2)
    make_row(tx, "products", name="Shampoo", code="SH-01", price_cents=3900, stock=1, is_highlighted=True)
    make_row(tx, "products", name="Ração antiga", price_cents=1, stock=9, is_active=False)
    return tx


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("racao", ["Ração Golden Filhotes 15 kg", "Ração Golden Adultos"]),
        ("rações", ["Ração Golden Filhotes 15 kg", "Ração Golden Adultos"]),
        ("ração para filhote", ["Ração Golden Filhotes 15 kg"]),
        ("PREMIER adulto", ["Ração Golden Adultos"]),
        ("coleira de gato", ["Coleira antipulgas"]),
        ("sh-01", ["Shampoo"]),
        ("100%", []),
        ("_", []),
        ("de para", []),
        ("brinquedo", []),
    ],
)
def test_products_are_found_by_the_words_that_people_use(shelf: Tx, words: str, found: list[str]) -> None:
    assert [each.name for each in products.search(shelf, words, most=5)] == found


def test_what_is_there_comes_first_and_only_so_many(shelf: Tx) -> None:
    (first, second) = products.search(shelf, "golden", most=5)

    assert [first.is_available, second.is_available] == [True, False]
    assert (first.price_cents, first.brand, first.unit) == (18990, "PremieR", "un")
    assert len(products.search(shelf, "a", most=2)) == 0
    assert len(products.search(shelf, "ra", most=1)) == 1
