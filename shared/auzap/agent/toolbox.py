"""Tools as the model sees them: a schema from the signature, the description from the docstring."""

import functools
import inspect
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, cast, get_type_hints

from pydantic import BaseModel, ConfigDict, Field, ValidationError, create_model

from auzap.agent.desk import Desk, UnknownHandle, quoted
from auzap.errors import Refusal
from auzap.text import clean_json

MOST_PROBLEMS = 5

type ToolFunction = Callable[..., str]


class BadArguments(Exception):
    """The model's arguments do not fit the tool; the text tells it how."""

    def __init__(self, text: str, *, broken: str | None = None) -> None:
        super().__init__(text)
        # The rule that such a call breaks, where it is more than clumsy.
        self.broken = broken


class UnknownTool(BadArguments):
    def __init__(self, name: str, known: Iterable[str]) -> None:
        super().__init__(f"There is no tool {quoted(name)}. Use one of: {', '.join(known)}.", broken="unknown_tool")


# What only a model says that was talked into it, or that guesses; by the kind of error that shows it.
BROKEN = {"extra_forbidden": "extra_argument", "string_pattern_mismatch": "malformed_handle"}


def broken_rule(refused: Refusal | BadArguments) -> str | None:
    """The rule that a refused call breaks, if staff should hear of it."""
    return (
        refused.broken
        if isinstance(refused, BadArguments)
        else "unknown_handle"
        if isinstance(refused, UnknownHandle)
        else None
    )


@dataclass(frozen=True, slots=True)
class Tool:
    name: str
    run: ToolFunction
    arguments: type[BaseModel]
    schema: dict[str, Any]
    # The argument of which the tool finds a vector on its desk, where there is a model that makes one.
    embeds: str | None = None

    def call(self, desk: Desk, arguments: str) -> str:
        return self.run(desk, **self.parse(arguments))

    def parse(self, arguments: str) -> dict[str, Any]:
        try:
            return clean_json(self.arguments.model_validate_json(arguments or "{}").model_dump())
        except ValidationError as failed:
            errors = failed.errors(include_url=False, include_input=False)
            problems = "; ".join(f"{_place(e['loc'])}: {e['msg']}" for e in errors[:MOST_PROBLEMS])
            raise BadArguments(
                f"{self.name} was not called: {problems}. Correct the arguments and call it again.",
                broken=next((rule for kind, rule in BROKEN.items() if any(e["type"] == kind for e in errors)), None),
            ) from failed


@functools.cache
def tool(function: ToolFunction, *, embeds: str | None = None) -> Tool:
    """A tool from a plain function: its first parameter is the desk, the model fills in the rest. Every persona has the same."""
    purpose, described = _read_docstring(inspect.getdoc(function) or "")
    hints = get_type_hints(function, include_extras=True)
    parameters = list(inspect.signature(function).parameters)[1:]
    fields: dict[str, Any] = {name: (hints[name], Field(description=described[name])) for name in parameters}
    arguments = create_model(
        function.__name__, __config__=ConfigDict(extra="forbid", str_strip_whitespace=True), **fields
    )
    made = arguments.model_json_schema()
    parameters_schema = _inlined(made, made.pop("$defs", {}))
    parameters_schema.pop("title", None)
    for known in parameters_schema["properties"].values():
        known.pop("title", None)
    schema = {
        "type": "function",
        "function": {"name": function.__name__, "description": purpose, "parameters": parameters_schema},
    }
    return Tool(function.__name__, function, arguments, schema, embeds)


def _inlined(schema: Any, named: dict[str, Any]) -> Any:
    """With what it refers to by name in its place: not every endpoint follows a reference."""
    if isinstance(schema, list):
        return [_inlined(each, named) for each in cast(list[Any], schema)]
    if not isinstance(schema, dict):
        return schema
    known = cast(dict[str, Any], schema)
    refers_to = named.get(known.get("$ref", "").removeprefix("#/$defs/"), {})
    return {name: _inlined(value, named) for name, value in (refers_to | known).items() if name != "$ref"}


def _place(location: tuple[int | str, ...]) -> str:
    return quoted(".".join(map(str, location))).strip("'") or "arguments"


def _read_docstring(text: str) -> tuple[str, dict[str, str]]:
    purpose, _, arguments = text.partition("\nArgs:\n")
    described = dict(re.findall(r"^ {4}(\w+): (.+?)$", arguments, re.MULTILINE))
    return " ".join(purpose.split()), described
