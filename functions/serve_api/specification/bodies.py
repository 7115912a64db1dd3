"""What the fields of bodies mean, and an example of each body."""

from typing import Any

from functions.serve_api.specification.names import REF, Json
from functions.serve_api.specification.texts import EXAMPLES, FIELDS

# Of whatever is named by one.
ID = "019a9b3c-5d2e-7f10-8a4b-6c1d2e3f4a5b"


def explain(paths: Json, schemas: Json) -> None:
    """Each field of a body gets its description, and each body an example."""
    bodies = [
        content
        for operations in paths.values()
        for operation in operations.values()
        for kind, content in operation.get("requestBody", {"content": {}})["content"].items()
        if kind == "application/json"
    ]
    for name in reached([content["schema"] for content in bodies], schemas):
        for field, schema in schemas[name].get("properties", {}).items():
            _tell(name, field, schema)
    for content in bodies:
        content["example"] = _example(content["schema"], schemas)


def _tell(name: str, field: str, schema: Json) -> None:
    if told := FIELDS.get(f"{name}.{field}") or (None if "description" in schema else FIELDS.get(field)):
        schema["description"] = told
    if (example := EXAMPLES.get(f"{name}.{field}", EXAMPLES.get(field))) is not None and "examples" not in schema:
        schema["examples"] = [example]


def reached(schemas: list[Json], known: Json) -> list[str]:
    """The names of all that a schema leads to."""
    found: dict[str, None] = {}
    waiting: list[Any] = list(schemas)
    while waiting:
        each = waiting.pop()
        if isinstance(each, list):
            waiting += each
        elif isinstance(each, dict):
            name = str(each.get("$ref", "")).removeprefix(REF)
            if name and name not in found:
                found[name] = None
                waiting.append(known[name])
            waiting += each.values()
    return sorted(found)


def _example(schema: Json, known: Json) -> Any:
    """A value of it: what must be there, and what has an example of its own."""
    if "examples" in schema:
        return schema["examples"][0]
    if "$ref" in schema:
        return _example(known[schema["$ref"].removeprefix(REF)], known)
    for several in ("oneOf", "anyOf", "allOf"):
        if several in schema:
            return _example(schema[several][0], known)
    match schema:
        case {"const": value}:
            return value
        case {"enum": [first, *_]}:
            return first
        case {"type": "object", "properties": properties}:
            needed = set(schema.get("required", ()))
            return {
                name: _example(each, known) for name, each in properties.items() if name in needed or _is_shown(each)
            }
        case {"type": "array", "items": items}:
            return [_example(items, known)]
        case {"format": "uuid"}:
            return ID
        case {"type": "integer"}:
            return schema.get("default", schema.get("minimum", 1))
        case {"type": "boolean"}:
            return True
    raise LookupError(f"no example of {schema}")


def _is_shown(schema: Json) -> bool:
    """A field that may be left out stands in the example if it has one of its own."""
    return "examples" in schema or any("examples" in each for each in schema.get("anyOf", ()))
