"""Reading JSON that others wrote: what has the wrong type counts as absent."""

from typing import Any, cast


def mapping(value: Any) -> dict[str, Any]:
    return cast(dict[str, Any], value) if isinstance(value, dict) else {}


def items(value: Any) -> list[Any]:
    return cast(list[Any], value) if isinstance(value, list) else []


def string(value: Any) -> str:
    return value if isinstance(value, str) else ""
