"""A tool made from a plain function: what the model reads, and what it may pass."""

from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field

from auzap.agent.desk import Desk, UnknownHandle
from auzap.agent.toolbox import BadArguments, tool
from auzap.agent.turn import Progress
from auzap.ids import ContactId, ConversationId, TurnId


def find_rooms(desk: Desk, day: date, beds: Annotated[int, Field(ge=1, le=4)], view: Literal["sea", "yard"]) -> str:
    """Find free rooms.

    Only of this house.

    Args:
        day: The day, as YYYY-MM-DD.
        beds: How many beds.
        view: What the window shows.
    """
    return f"{day:%d/%m} {beds} {view}"


ROOMS = tool(find_rooms)
SOMEBODY = UUID("01990000-0000-7000-8000-000000000001")


@pytest.fixture
def desk() -> Desk:
    """A desk with handles and nothing else: the tools below touch neither shop nor database."""
    nothing: Any = None
    now = datetime(2026, 11, 21, 12, tzinfo=UTC)
    return Desk(nothing, nothing, ContactId(SOMEBODY), ConversationId(SOMEBODY), TurnId(SOMEBODY), now, Progress())


def undocumented(desk: Desk, day: date) -> str:
    """Find something."""
    return str(day)


def test_the_model_reads_the_signature_and_the_docstring() -> None:
    assert ROOMS.schema == {
        "type": "function",
        "function": {
            "name": "find_rooms",
            "description": "Find free rooms. Only of this house.",
            "parameters": {
                "type": "object",
                "additionalProperties": False,
                "properties": {
                    "day": {"type": "string", "format": "date", "description": "The day, as YYYY-MM-DD."},
                    "beds": {"type": "integer", "minimum": 1, "maximum": 4, "description": "How many beds."},
                    "view": {"type": "string", "enum": ["sea", "yard"], "description": "What the window shows."},
                },
                "required": ["day", "beds", "view"],
            },
        },
    }


def test_a_tool_is_called_with_typed_arguments(desk: Desk) -> None:
    assert ROOMS.call(desk, '{"day": "2026-11-21", "beds": 2, "view": "sea"}') == "21/11 2 sea"


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ("", "day: Field required"),
        ("{}", "day: Field required"),
        ("{", "Invalid JSON"),
        ("[]", "Input should be an object"),
        ("null", "Input should be an object"),
        ('"2026-11-21"', "Input should be an object"),
        ('{"day": "amanhã", "beds": 2, "view": "sea"}', "day: Input should be a valid date"),
        ('{"day": "2026-02-30", "beds": 2, "view": "sea"}', "day: Input should be a valid date"),
        ('{"day": "2026-11-21", "beds": 5, "view": "sea"}', "beds: Input should be less than or equal to 4"),
        ('{"day": "2026-11-21", "beds": "two", "view": "sea"}', "beds: Input should be a valid integer"),
        ('{"day": "2026-11-21", "beds": 2, "view": "moon"}', "view: Input should be 'sea' or 'yard'"),
        ('{"day": "2026-11-21", "beds": 2, "view": "sea", "price": 1}', "price: Extra inputs are not permitted"),
    ],
)
def test_arguments_that_do_not_fit_are_explained_to_the_model(arguments: str, problem: str) -> None:
    with pytest.raises(BadArguments) as raised:
        ROOMS.parse(arguments)

    assert str(raised.value).startswith("find_rooms was not called: ")
    assert problem in str(raised.value)


@given(st.text(st.characters()))
def test_whatever_the_model_writes_is_parsed_or_refused(arguments: str) -> None:
    with pytest.raises(BadArguments):
        ROOMS.parse(arguments)


def test_an_argument_without_a_description_makes_no_tool() -> None:
    with pytest.raises(KeyError, match="day"):
        tool(undocumented)


def test_spaces_around_an_argument_are_not_part_of_it() -> None:
    def greet(desk: Desk, name: str) -> str:
        """Greet.

        Args:
            name: Whom.
        """
        return name

    assert tool(greet).parse('{"name": "  Thor "}') == {"name": "Thor"}


def test_what_the_database_refuses_is_scrubbed() -> None:
    def greet(desk: Desk, name: str) -> str:
        """Greet.

        Args:
            name: Whom.
        """
        return name

    assert tool(greet).parse('{"name": "T\\u0000hor"}') == {"name": "T�hor"}


def test_a_handle_stands_for_what_it_was_given_for(desk: Desk) -> None:
    first, second = desk.progress.give("s", {"at": 1}), desk.progress.give("s", {"at": 2})
    booking = desk.progress.give("b", {"id": "x"})

    assert (first, second, booking) == ("s1", "s2", "b1")
    assert desk.taken(second, "s", source="find_free_slots") == {"at": 2}
    assert desk.taken(booking, "b", source="list_bookings") == {"id": "x"}


@pytest.mark.parametrize("handle", ["s2", "b1", "s", "", "S1", "1"])
def test_a_handle_that_was_not_given_is_refused_with_the_next_step(desk: Desk, handle: str) -> None:
    desk.progress.give("s", {})
    desk.progress.give("b", {})

    with pytest.raises(UnknownHandle, match="Call find_free_slots"):
        desk.taken(handle, "s", source="find_free_slots")
