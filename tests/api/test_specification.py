"""The specification says all that the API does, and what is checked in is what the code makes."""

import ast
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from fastapi.routing import APIRoute
from jsonschema import Draft202012Validator
from pydantic import TypeAdapter

import functions.serve_api
from auzap import phone
from auzap.errors import Refusal
from auzap.text import snake_case
from functions.serve_api import access, parts
from functions.serve_api.problem_texts import TEXTS
from functions.serve_api.specification import codes, whole
from functions.serve_api.specification.bodies import reached
from functions.serve_api.specification.texts import EXAMPLES, FIELDS, TAGS

PROJECT = Path(__file__).parents[2]
GENERATED = ("docs/openapi.json", "web/src/api/schema.d.ts", "web/src/api/events.d.ts")
ROUTES = [route for router in parts.routers() for route in router.routes if isinstance(route, APIRoute)]
WITH_BODY = [route for route in ROUTES if route.body_field and "json" in route.body_field.field_info.media_type]  # pyright: ignore[reportAttributeAccessIssue]
# What is answered for whatever has no sentence of its own.
OF_THE_EDGE = {"refused", "method_not_allowed"}


@cache
def specification() -> dict[str, Any]:
    return whole.specification()


def operations() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, found in specification()["paths"].items():
        for method, operation in found.items():
            yield method.upper(), path, operation


def refusals(operation: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """By status, each where it is told."""
    shared = specification()["components"]["responses"]
    return {
        status: shared[answer["$ref"].rsplit("/", 1)[1]] if "$ref" in answer else answer
        for status, answer in operation["responses"].items()
        if int(status) >= 400
    }


def codes_of(operation: dict[str, Any]) -> set[str]:
    told = [answer["content"]["application/json"] for answer in refusals(operation).values()]
    return {code for each in told for part in each["schema"].get("allOf", ()) for code in _codes(part)}


def _codes(part: dict[str, Any]) -> list[str]:
    return part.get("properties", {}).get("code", {}).get("enum", [])


def named(operation_id: str) -> dict[str, Any]:
    (found,) = [operation for *_, operation in operations() if operation["operationId"] == operation_id]
    return found


def test_what_is_checked_in_is_what_the_code_makes(tmp_path: Path) -> None:
    subprocess.run([sys.executable, ".ci/openapi.py", tmp_path], cwd=PROJECT, check=True, env=environment())

    assert [name for name in GENERATED if (PROJECT / name).read_text() != (tmp_path / name).read_text()] == [], (
        "make openapi"
    )


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": f"{PROJECT}:{PROJECT / 'shared'}"}


def test_nothing_that_serves_requests_knows_of_the_specification() -> None:
    known = "import sys, functions.serve_api.handler; print([name for name in sys.modules if 'specification' in name])"
    told = subprocess.run(
        [sys.executable, "-c", known], cwd=PROJECT, env=environment(), check=True, capture_output=True, text=True
    )

    assert told.stdout == "[]\n"


def test_it_has_every_route_once_and_each_by_a_name_of_its_own() -> None:
    found = [(method, path) for method, path, _ in operations()]
    names = [operation["operationId"] for *_, operation in operations()]

    assert sorted(found) == sorted(access.ROUTES)
    assert len(set(names)) == len(names)
    assert [name for name in names if name != snake_case(name)] == []


def test_every_operation_is_told_in_a_sentence() -> None:
    told = {operation["operationId"]: operation["summary"] for *_, operation in operations()}

    assert [name for name, summary in told.items() if not summary.endswith(".") or len(summary) > 120] == []


def test_every_tag_is_used_and_described() -> None:
    used = {tag for *_, operation in operations() for tag in operation["tags"]}

    assert used == TAGS.keys()


def test_it_says_who_may_and_with_which_scope() -> None:
    assert named("list_bookings")["security"] == [{"token": []}, {"key": []}]
    assert (named("list_bookings")["x-least-role"], named("list_bookings")["x-scope"]) == ("staff", "bookings:read")
    assert named("list_team")["security"] == [{"token": []}]
    assert "x-scope" not in named("list_team")
    assert named("log_in")["security"] == []
    assert named("refresh_access")["security"] == [{"session": []}]
    assert named("change_settings")["x-least-role"] == "owner"


def test_every_operation_that_is_not_for_anybody_may_answer_that_it_is_not_for_the_asker() -> None:
    for *_, operation in operations():
        if operation["x-least-role"] != "anybody":
            assert {"unauthorized", "session_ended", "scope_missing", "too_many_requests"} <= codes_of(operation)
        assert ("forbidden" in codes_of(operation)) == (operation["x-least-role"] in {"manager", "owner"})


def test_it_says_of_each_operation_which_refusals_are_possible() -> None:
    assert {"unknown_booking", "not_changeable", "too_late_to_change", "unbookable_full", "key_reused"} <= codes_of(
        named("reschedule_booking")
    )
    assert codes_of(named("list_bookings")) >= {"bad_cursor", "invalid"}
    assert not codes_of(named("list_bookings")) & {"unknown_booking", "key_reused", "not_found"}
    assert {"choose_shop", "no_shop", "wrong_login", "too_many_requests"} <= codes_of(named("log_in"))
    assert "Retry-After" in refusals(named("log_in"))["429"]["headers"]


def test_every_code_has_a_sentence_in_both_languages_and_no_sentence_is_without_its_code() -> None:
    possible = {code for route in ROUTES for _, code in codes.of(route)} | codes_in_the_code()

    for locale in ("pt-BR", "en"):
        assert possible - TEXTS[locale].keys() == set()
    assert TEXTS["en"].keys() - possible == OF_THE_EDGE - possible
    assert set(specification()["components"]["schemas"]["ErrorCode"]["enum"]) == TEXTS["en"].keys()


def codes_in_the_code() -> set[str]:
    """Those of every `Problem(…)` that is written out, and those that handlers of errors give."""
    found = {"invalid", "unavailable"}
    for path in Path(functions.serve_api.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            match node:
                case ast.Call(func=ast.Name(id="Problem"), args=[_, ast.Constant(value=str(code)), *_]):
                    found.add(code)
                case _:
                    pass
    return found


def test_every_refusal_that_a_route_may_answer_with_is_one_of_the_domain_or_of_the_edge() -> None:
    def below(kind: type[Refusal]) -> set[str]:
        return {snake_case(kind.__name__)}.union(*(below(each) for each in kind.__subclasses__()))

    of_the_domain = below(Refusal)
    told = {code for *_, operation in operations() for code in codes_of(operation)}

    assert {code for code in told if not code.startswith("unbookable_")} <= of_the_domain | codes_in_the_code() | {
        "not_found",
        "organization_unavailable",
        "too_many_requests",
    }


def test_every_parameter_is_described() -> None:
    assert [
        (operation["operationId"], parameter["name"])
        for *_, operation in operations()
        for parameter in operation["parameters"]
        if "$ref" not in parameter and parameter["in"] != "path" and not parameter.get("description")
    ] == []


def parameters() -> Iterator[tuple[str, str, list[dict[str, Any]]]]:
    """Those of every address: the operation, the name, and the kinds of one value that it may be."""
    for *_, operation in operations():
        for parameter in operation["parameters"]:
            if parameter.get("in") == "query":
                kinds = parameter["schema"].get("anyOf", [parameter["schema"]])
                yield operation["operationId"], parameter["name"], [kind.get("items", kind) for kind in kinds]


def test_what_lists_are_asked_for_is_called_alike_everywhere() -> None:
    def is_named_for(name: str, kind: dict[str, Any]) -> bool:
        match kind:
            case {"format": "uuid"}:
                return name.endswith("_id")
            case {"format": "date"}:
                return name in {"day", "from_day", "until_day"}
            case {"format": "date-time"}:
                return name in {"since", "until"}
            case {"type": "boolean"}:
                return name.startswith(("is_", "needs_")) or name == "agent_off"
            case {"type": "string", "maxLength": 200}:
                return name in {"search", "tag", "file_name"}
            case _:
                return (
                    not name.endswith(("_id", "_day"))
                    or bool(kind.keys() & {"const", "enum"})
                    or kind == {"type": "null"}
                )

    assert [place for *place, kinds in parameters() if not all(is_named_for(place[1], kind) for kind in kinds)] == []


def test_every_field_of_a_body_is_described_and_no_description_is_without_its_field() -> None:
    schemas = specification()["components"]["schemas"]
    fields = {(name, field): told for name in bodies() for field, told in schemas[name].get("properties", {}).items()}

    assert [place for place, told in fields.items() if "description" not in told] == []
    known = {field for _, field in fields} | {f"{name}.{field}" for name, field in fields}
    assert (FIELDS.keys() | EXAMPLES.keys()) - known == set()


def bodies() -> set[str]:
    """The names of the schemas that bodies lead to."""
    sent = [operation["requestBody"] for *_, operation in operations() if "requestBody" in operation]
    return set(reached(sent, specification()["components"]["schemas"]))


@pytest.mark.parametrize("route", WITH_BODY, ids=lambda route: route.name)
def test_the_example_of_a_body_is_good(route: APIRoute) -> None:
    (method,) = route.methods or set[str]()
    content = specification()["paths"][route.path][method.lower()]["requestBody"]["content"]
    assert route.body_field

    kind: Any = route.body_field.field_info.annotation
    TypeAdapter(kind).validate_python(json.loads(json.dumps(content["application/json"]["example"])))


def test_every_example_is_one_of_what_it_stands_by() -> None:
    whole_of_it = specification()
    known = {"$schema": "https://json-schema.org/draft/2020-12/schema", "components": whole_of_it["components"]}

    assert [
        (place, example)
        for place, schema, examples in shown(whole_of_it, "")
        for example in examples
        if not Draft202012Validator(known | schema).is_valid(example)
    ] == []


def shown(node: Any, place: str) -> Iterator[tuple[str, dict[str, Any], list[Any]]]:
    """Every schema that has examples, and every body that has one."""
    match node:
        case {"schema": dict(schema), "example": example}:
            yield place, schema, [example]
        case {"examples": [*examples]}:
            yield place, node, examples
        case _:
            pass
    for name, inner in node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ():
        if name not in {"example", "examples"}:
            yield from shown(inner, f"{place}/{name}")


def test_a_telephone_that_is_shown_is_one_that_we_take() -> None:
    told = [
        example
        for place, _, examples in shown(specification(), "")
        for example in examples
        if place.endswith(("/phone", "/phone/anyOf/0"))
    ]

    assert len(told) > 2
    assert [example for example in told if phone.written(example) is None] == []


def test_no_answer_is_untyped() -> None:
    assert [
        operation["operationId"]
        for *_, operation in operations()
        for status, answer in operation["responses"].items()
        for content in answer.get("content", {}).values()
        if int(status) < 400 and not {"$ref", "type"} & content["schema"].keys()
    ] == []


def test_the_names_of_schemas_are_plain() -> None:
    names = specification()["components"]["schemas"]

    assert [name for name in names if not name.isalnum()] == []
    assert {"ListedBooking", "AnswerOfListedBooking", "ListOfListedBooking", "StaysRoomsKind"} <= names.keys()
