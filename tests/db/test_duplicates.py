"""Customers who are probably one person, with what speaks for it."""

from collections.abc import Callable

import psycopg
import pytest

from auzap.conversations.merging import merge
from auzap.customers import duplicates
from auzap.db.connection import Database, Tx
from auzap.ids import ContactId
from tests import factories
from tests.factories_customers import pet


@pytest.fixture
def theirs(owner: psycopg.Connection, connect: Callable[[], Database]) -> None:
    """Another shop, whose customers look like ours."""
    with connect().transaction(factories.make_organization(owner), "test") as tx:
        for phone in ("+5511987654321", "+5511987654322"):
            person(tx, "Ana", phone=phone, pet_name="Rex")


def person(
    tx: Tx,
    name: str,
    *,
    phone: str | None = None,
    wa_id: str | None = None,
    email: str | None = None,
    pet_name: str = "",
) -> ContactId:
    contact_id = factories.make_contact(tx, name, phone=phone)
    tx.execute("UPDATE contacts SET email = %s WHERE id = %s", [email, contact_id])
    if wa_id:
        tx.execute(
            "INSERT INTO contact_identities (channel, kind, value, contact_id) VALUES ('whatsapp', 'wa_id', %s, %s)",
            [wa_id, contact_id],
        )
    if pet_name:
        pet(tx, contact_id, pet_name)
    return contact_id


def found(tx: Tx) -> list[tuple[ContactId, ContactId, str]]:
    return [(pair.contact_id, pair.other_id, pair.reason) for pair in duplicates.likely(tx)]


def test_a_shop_without_customers_has_none_twice(theirs: None, tx: Tx) -> None:
    assert duplicates.likely(tx) == []


def test_one_line_in_two_spellings_is_one_person(theirs: None, tx: Tx) -> None:
    first = person(tx, "Ana", phone="+5511987654321")
    second = person(tx, "~ana~", wa_id="551187654321")
    person(tx, "Caio", phone="+5511987654322")

    assert found(tx) == [(first, second, "phone")]


def test_landlines_and_strangers_lines_are_not_confused(tx: Tx) -> None:
    person(tx, "Ana", phone="+551134567890")
    person(tx, "Bia", phone="+551934567890")
    person(tx, "Caio", phone="+351912345678")

    assert found(tx) == []


def test_one_e_mail_is_one_person(tx: Tx) -> None:
    first, second = person(tx, "Ana", email="ana@x.com"), person(tx, "A. Souza", email="ana@x.com")

    (pair,) = duplicates.likely(tx)

    assert (pair.contact_id, pair.name, pair.other_id, pair.other_name) == (first, "Ana", second, "A. Souza")
    assert pair.reason == "email"


def test_one_name_with_one_pet_is_one_person_and_a_name_alone_is_none(tx: Tx) -> None:
    first = person(tx, "José Antônio", pet_name="Açaí")
    second = person(tx, "jose antonio ", pet_name="acai")
    person(tx, "José Antônio", pet_name="Rex")
    person(tx, "José Antônio")

    assert found(tx) == [(first, second, "name_and_pet")]


def test_a_pair_is_told_once_by_the_best_of_what_speaks_for_it(tx: Tx) -> None:
    first = person(tx, "Ana", phone="+5511987654321", email="ana@x.com", pet_name="Rex")
    second = person(tx, "Ana", wa_id="5511987654321", email="ana@x.com", pet_name="Rex")
    third = person(tx, "Ana", pet_name="Rex")

    assert found(tx) == [
        (first, second, "phone"),
        (first, third, "name_and_pet"),
        (second, third, "name_and_pet"),
    ]
    assert len(duplicates.likely(tx, most=1)) == 1


def test_whoever_was_joined_is_not_told_again(tx: Tx) -> None:
    first, second = person(tx, "Ana", email="ana@x.com"), person(tx, "Ana", email="ana@x.com")

    assert merge(tx, first, second, "by_staff")

    assert found(tx) == []
