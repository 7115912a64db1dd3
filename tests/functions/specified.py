"""Requests for every route of the API, made from its own specification, with the texts that are given."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urlencode

from auzap.ids import new_id
from functions.serve_api.app import create

METHODS = ("get", "post", "put", "patch", "delete")
FORMS = {"uuid": lambda: str(new_id()), "date": lambda: "2026-11-21", "time": lambda: "10:00"}
DEEPEST = 8

type Request = tuple[str, str, str, Any]


class Specified:
    """What may be asked for, and how it looks."""

    def __init__(self) -> None:
        self._specification = create().openapi()

    def requests(self, texts: Iterator[str]) -> Iterator[Request]:
        """Of every route, with the next of these texts wherever one may be: method, path, query, body."""
        # What signs out comes last.
        for path in sorted(self._specification["paths"], key=lambda path: path.startswith("/v1/auth")):
            for method in METHODS:
                if route := self._specification["paths"][path].get(method):
                    yield self._request(method, path, route, texts)

    def _request(self, method: str, path: str, route: dict[str, Any], texts: Iterator[str]) -> Request:
        given = {"path": dict[str, str](), "query": dict[str, str]()}
        for parameter in route.get("parameters", []):
            if parameter["in"] in given:
                given[parameter["in"]][parameter["name"]] = str(self._value(parameter["schema"], texts))
        filled = path.format_map({name: quote(value, safe="") for name, value in given["path"].items()})
        schema = route.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
        return method.upper(), filled, urlencode(given["query"]), schema and self._value(schema, texts)

    def _value(self, schema: dict[str, Any], texts: Iterator[str], depth: int = 0) -> Any:
        if depth > DEEPEST:
            return None
        if "$ref" in schema:
            return self._value(self._referred(schema["$ref"]), texts, depth + 1)
        for choice in ("anyOf", "oneOf", "allOf"):
            if choice in schema:
                return self._value(schema[choice][0], texts, depth + 1)
        if "const" in schema or "enum" in schema:
            return schema.get("const") or schema["enum"][0]
        return self._of_kind(schema, texts, depth)

    def _of_kind(self, schema: dict[str, Any], texts: Iterator[str], depth: int) -> Any:
        match schema.get("type"):
            case "object":
                inner = {
                    **schema.get("properties", {}),
                    "key": schema.get("additionalProperties") or {"type": "string"},
                }
                wanted = inner if schema.get("additionalProperties") else schema.get("properties", {})
                return {name: self._value(inner[name], texts, depth + 1) for name in wanted or {}}
            case "array":
                return [self._value(schema.get("items", {"type": "string"}), texts, depth + 1)]
            case "integer" | "number":
                return schema.get("minimum", 1)
            case "boolean":
                return True
            case _:
                return self._text(schema, texts)

    def _text(self, schema: dict[str, Any], texts: Iterator[str]) -> str:
        form = schema.get("format")
        if form == "date-time":
            return datetime.now(UTC).isoformat()
        return FORMS[form]() if form in FORMS else next(texts)

    def _referred(self, reference: str) -> dict[str, Any]:
        return self._specification["components"]["schemas"][reference.rpartition("/")[2]]
