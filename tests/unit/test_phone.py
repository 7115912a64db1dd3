"""Phone numbers as WhatsApp writes them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auzap.phone import e164, spellings


@pytest.mark.parametrize(
    ("wa_id", "number"),
    [
        ("5511955550001", "+5511955550001"),
        ("+5511955550001", "+5511955550001"),
        ("551155550001", "+551155550001"),
        # A mobile is known by the number that people call.
        ("551195550001", "+5511995550001"),
        ("14155550001", "+14155550001"),
        ("12345678", "+12345678"),
        ("123456789012345", "+123456789012345"),
    ],
)
def test_a_number_becomes_e164(wa_id: str, number: str) -> None:
    assert e164(wa_id) == number


@pytest.mark.parametrize(
    "wa_id",
    [
        "",
        "+",
        "1234567",
        "1234567890123456",
        "0511955550001",
        "BR.1502576394655843",
        "5511 95555-0001",
        "++5511955550001",
        "٥٥١١٩٥٥٥٥٠٠٠١",
        "5511955550001\n",
        "120363025246125486@g.us",
    ],
)
def test_what_is_no_number_has_no_e164(wa_id: str) -> None:
    assert e164(wa_id) is None


@pytest.mark.parametrize(
    ("wa_id", "known_as"),
    [
        ("5511965550001", ["5511965550001", "551165550001"]),
        ("551195550001", ["551195550001", "5511995550001"]),
        ("551165550001", ["551165550001", "5511965550001"]),
        # A landline never had a ninth digit.
        ("551132550001", ["551132550001"]),
        ("551152550001", ["551152550001"]),
        # And the mobile that differs by a nine is somebody else's.
        ("5511952550001", ["5511952550001"]),
        # Other countries have no such digit.
        ("14155550001", ["14155550001"]),
        ("5491155550001", ["5491155550001"]),
        ("", [""]),
    ],
)
def test_a_line_is_known_by_both_its_spellings(wa_id: str, known_as: list[str]) -> None:
    assert spellings(wa_id) == known_as


@given(area=st.integers(11, 99), line=st.integers(60000000, 99999999))
def test_the_two_spellings_of_a_mobile_find_each_other(area: int, line: int) -> None:
    short, long = f"55{area}{line}", f"55{area}9{line}"

    assert set(spellings(short)) == set(spellings(long)) == {short, long}
