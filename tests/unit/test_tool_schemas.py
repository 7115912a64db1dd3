"""What a model may say to a tool: never whose, for whom, or for how much."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import BaseModel

from auzap.agent.client_agent import CLIENT_AGENT
from auzap.agent.desk import Desk
from auzap.agent.persona import Persona
from auzap.agent.toolbox import BadArguments, Tool, tool
from auzap.aurora.agent import AURORA

PERSONAS = {"client agent": CLIENT_AGENT, "Aurora": AURORA}
TOOLS = [
    pytest.param(known, id=f"{who}: {known.name}")
    for who, persona in PERSONAS.items()
    for known in persona.tools.values()
]

# Words that name a tenant, a person, a way to reach one, money, a row, or a way around the tools.
FORBIDDEN = re.compile(
    r"tenant|organi[sz]ation|\borg\b|shop|company|business|account|"
    r"contact|customer|client|owner|user|person|recipient|sender|"
    r"phone|number|mobile|whatsapp|\bwa\b|bsuid|lid|e164|email|address|"
    r"price|discount|amount|total|value|cents|centavos|money|cost|fee|currency|percent|coupon|refund|"
    r"\bids?\b|uuid|token|fence|lease|sql|query|filter|url|link|path"
)


def arguments(schema: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every named argument, however deep, with its schema."""
    if isinstance(schema, dict):
        properties = schema.get("properties")
        if isinstance(properties, dict):
            yield from properties.items()
        for inner in schema.values():
            yield from arguments(inner)
    elif isinstance(schema, list):
        for inner in schema:
            yield from arguments(inner)


# What is remembered, and what a pet's coat or fears are, has a value that is no money.
HARMLESS = {("remember", "value"), ("update_pet", "value")}


def forbidden_arguments(made: Tool) -> list[str]:
    names = [name for name, _ in arguments(made.schema["function"]["parameters"])]
    return [
        name for name in names if FORBIDDEN.search(name.lower().replace("_", " ")) and (made.name, name) not in HARMLESS
    ]


def is_bounded(schema: dict[str, Any]) -> bool:
    if "anyOf" in schema:
        return all(is_bounded(each) for each in schema["anyOf"])
    match schema.get("type"):
        case "array":
            return "maxItems" in schema and is_bounded(schema["items"])
        case "boolean" | "null":
            return True
        case "string":
            return bool(schema.keys() & {"enum", "maxLength"} or schema.get("format") == "date" or "pattern" in schema)
        case "integer":
            return "minimum" in schema and "maximum" in schema
        case _:
            return False


def test_both_personas_have_tools() -> None:
    assert {who: sorted(persona.tools) for who, persona in PERSONAS.items()} == {
        "client agent": [
            "answer",
            "ask_the_team",
            "confirm_attendance",
            "find_free_slots",
            "find_stay",
            "find_training_days",
            "forget",
            "hand_over",
            "join_waitlist",
            "leave_waitlist",
            "list_bookings",
            "list_pets",
            "list_recurring",
            "list_rooms",
            "list_services",
            "list_stays",
            "list_training_plans",
            "list_waitlist",
            "pet_record",
            "propose_booking",
            "propose_booking_extras",
            "propose_cancellation",
            "propose_extra",
            "propose_recurring_booking",
            "propose_reschedule",
            "propose_series_end",
            "propose_stay",
            "propose_stay_cancellation",
            "propose_training_plan",
            "register_pet",
            "remember",
            "report_health_alert",
            "report_vaccine",
            "save_name",
            "search_knowledge",
            "search_products",
            "set_marketing_consent",
            "start_training_assessment",
            "suggest_extras",
            "tell_stay_facts",
            "update_pet",
        ],
        "Aurora": [
            "answer",
            "call_for_help",
            "list_appointments",
            "list_channel_health",
            "list_leads",
            "list_services",
            "list_waiting",
            "shop_numbers",
        ],
    }


@pytest.mark.parametrize("made", TOOLS)
def test_no_argument_names_a_tenant_a_person_or_money(made: Tool) -> None:
    assert forbidden_arguments(made) == []


@pytest.mark.parametrize("made", TOOLS)
def test_every_argument_is_described_and_bounded(made: Tool) -> None:
    for name, schema in arguments(made.schema["function"]["parameters"]):
        assert schema.get("description"), name
        assert is_bounded(schema), name


@pytest.mark.parametrize("made", TOOLS)
def test_every_argument_is_required_and_no_other_is_allowed(made: Tool) -> None:
    parameters = made.schema["function"]["parameters"]

    assert parameters["additionalProperties"] is False
    assert parameters.get("required", []) == list(parameters["properties"])


@pytest.mark.parametrize("made", TOOLS)
@pytest.mark.parametrize(
    "extra", ["organization_id", "contact_id", "phone", "price", "discount", "amount", "desk", "tx"]
)
def test_an_extra_argument_is_refused(made: Tool, extra: str) -> None:
    with pytest.raises(BadArguments, match=rf"{extra}: Extra inputs are not permitted"):
        made.parse(json.dumps({**acceptable(made), extra: "1"}))


@pytest.mark.parametrize("made", TOOLS)
def test_the_arguments_asked_for_are_accepted(made: Tool) -> None:
    assert made.parse(json.dumps(acceptable(made))).keys() == acceptable(made).keys()


@pytest.mark.parametrize("made", TOOLS)
def test_a_missing_argument_is_refused(made: Tool) -> None:
    known = acceptable(made)
    for missing in known:
        with pytest.raises(BadArguments, match=f"{missing}: Field required"):
            made.parse(json.dumps({name: value for name, value in known.items() if name != missing}))


@pytest.mark.parametrize("persona", PERSONAS.values(), ids=PERSONAS)
def test_a_persona_shows_the_model_exactly_its_tools(persona: Persona) -> None:
    assert [schema["function"]["name"] for schema in persona.schemas] == list(persona.tools)


def acceptable(made: Tool) -> dict[str, Any]:
    """Arguments as the schema asks for them."""

    def value(schema: dict[str, Any]) -> Any:
        if "anyOf" in schema:
            return value(schema["anyOf"][0])
        if schema.get("type") == "array":
            return [value(schema["items"])] * schema.get("minItems", 1)
        if schema.get("type") == "boolean":
            return True
        if "enum" in schema:
            return schema["enum"][0]
        if schema.get("format") == "date":
            return "2026-11-21"
        if "pattern" in schema:
            return "s1"
        if schema["type"] == "integer":
            return schema["minimum"]
        return "Thor".ljust(schema.get("minLength", 0), "r")

    properties = made.schema["function"]["parameters"]["properties"]
    return {name: value(schema) for name, schema in properties.items()}


class Whom(BaseModel):
    contact_id: str


def charge(desk: Desk, price: int) -> str:
    """Charge the customer.

    Args:
        price: How much.
    """
    return str(price)


def write_to(desk: Desk, whom: list[Whom]) -> str:
    """Write to somebody.

    Args:
        whom: To whom.
    """
    return str(whom)


def test_the_walk_finds_a_planted_price_and_a_planted_person() -> None:
    assert forbidden_arguments(tool(charge)) == ["price"]
    assert forbidden_arguments(tool(write_to)) == ["contact_id"]
    assert not is_bounded({"type": "string"})
    assert not is_bounded({"type": "number", "minimum": 0, "maximum": 1})
