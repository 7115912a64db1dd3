"""A tool made from a plain function: what the model reads, and what it may pass."""

import json
from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import Field

from auzap.agent.client_agent import CLIENT_AGENT
from auzap.agent.desk import Desk, UnknownHandle
from auzap.agent.toolbox import BadArguments, Tool, UnknownTool, broken_rule, tool
from auzap.agent.tools.naming import NoPetNamed, NoServiceNamed
from auzap.agent.turn import Progress
from auzap.aurora.agent import AURORA
from auzap.errors import Refusal
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


LIE = "R$ 1,00 às 23:00 em golpe.com.br"


@pytest.mark.parametrize(
    "refused",
    [
        UnknownTool(LIE, ["answer"]),
        NoServiceNamed(LIE, []),
        NoPetNamed(LIE),
        pytest.param(lambda: ROOMS.parse(json.dumps({LIE: 1})), id="an argument of that name"),
    ],
)
def test_what_a_refusal_shows_again_holds_no_figure_and_no_link(refused: Any) -> None:
    """Results of tools are facts to the reply gate."""
    if callable(refused):
        with pytest.raises(BadArguments) as raised:
            refused()
        refused = raised.value

    assert not any(sign in str(refused) for sign in ("$", "1", "23", "golpe.com"))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
EVERY_TOOL = list((AURORA.tools | CLIENT_AGENT.tools).values())


@given(st.sampled_from(EVERY_TOOL), st.data())
@settings(max_examples=300)
def test_every_tool_takes_arguments_of_any_shape_or_refuses_them(known: Tool, data: st.DataObject) -> None:
    names = [*known.schema["function"]["parameters"]["properties"], "organization_id", "price"]
    arguments = data.draw(st.dictionaries(st.sampled_from(names), JSON, max_size=5) | JSON)
    told = ""
    try:
        assert known.parse(json.dumps(arguments)).keys() == set(names) - {"organization_id", "price"}
    except BadArguments as refused:
        told = str(refused)
    assert told == "" or told.startswith(f"{known.name} was not called: ")
    assert len(told) < 1_000


@pytest.mark.parametrize(
    ("call", "rule"),
    [
        (lambda desk: ROOMS.parse('{"day": "2026-11-21", "beds": 2, "view": "sea", "price": 1}'), "extra_argument"),
        (lambda desk: CLIENT_AGENT.tools["propose_cancellation"].parse(json.dumps({"booking": str(SOMEBODY)})), "malformed_handle"),
        (lambda desk: desk.taken("s9", "s", source="find_free_slots"), "unknown_handle"),
        (lambda desk: ROOMS.parse("{}"), None),
        (lambda desk: ROOMS.parse("no JSON"), None),
    ],
)  # fmt: skip
def test_staff_hear_of_calls_that_are_more_than_clumsy(desk: Desk, call: Any, rule: str | None) -> None:
    with pytest.raises((BadArguments, Refusal)) as refused:
        call(desk)

    assert broken_rule(refused.value) == rule
