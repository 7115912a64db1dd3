"""What the schemas are called: as their classes, and by their place too where several are called alike."""

import re
from typing import Any

type Json = dict[str, Any]

REF = "#/components/schemas/"
HOUR = "^([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?$"
ENVELOPE = re.compile("(?:^|__)(Answer|Created|List)_")


def plainly_named(made: Json) -> Json:
    """FastAPI's own specification, with the names of its schemas made plain."""
    schemas = made["components"]["schemas"]
    names = {name: _plain_name(name) for name in schemas if not ENVELOPE.search(name)}
    names |= {name: _envelope_name(name, schemas[name], names) for name in schemas if ENVELOPE.search(name)}
    assert len(set(names.values())) == len(names), "two schemas of one name"
    renamed = {names[name]: schema for name, schema in schemas.items()}
    return _referring(made | {"components": {"schemas": renamed}}, names)


def _referring(value: Any, names: dict[str, str]) -> Any:
    """The same, with what it refers to by its plain names."""
    match value:
        case {"format": "time"}:
            # By that name JSON Schema means an hour with its zone.
            return {name: each for name, each in value.items() if name != "format"} | {"pattern": HOUR}
        case str() if value.startswith(REF):
            # A reference, or where a kind leads to.
            return REF + names[value.removeprefix(REF)]
        case dict():
            return {key: _referring(each, names) for key, each in value.items()}
        case list():
            return [_referring(each, names) for each in value]
    return value


def _plain_name(name: str) -> str:
    """`auzap__stays__rooms__Kind` as StaysRoomsKind."""
    if "__" not in name:
        # Of what is sent, and of what is answered by the same name.
        return name.replace("-Input", "Given").removesuffix("-Output")
    parts = name.removeprefix("auzap__").removeprefix("functions__serve_api__routes__").split("__")
    return "".join(part[0].upper() + re.sub("_(.)", lambda found: found[1].upper(), part[1:]) for part in parts)


def _envelope_name(name: str, schema: Json, names: dict[str, str]) -> str:
    kind, data = ENVELOPE.findall(name)[0], schema["properties"]["data"]
    return f"{kind}Of{_held(data['items'] if kind == 'List' else data, names)}"


def _held(schema: Json, names: dict[str, str]) -> str:
    match schema:
        case {"$ref": ref}:
            return names[ref.removeprefix(REF)]
        case {"type": "array", "items": items}:
            return f"{_held(items, names)}List"
        case {"anyOf": several}:
            return "Or".join(_held(each, names) for each in several)
    return schema["type"].capitalize()
