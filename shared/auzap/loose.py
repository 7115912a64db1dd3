"""Reading JSON that others wrote: what has the wrong type counts as absent."""

from typing import Any, cast


def mapping(value: Any) -> dict[str, Any]:
    return cast(dict[str, Any], value) if isinstance(value, dict) else {}


def items(value: Any) -> list[Any]:
    return cast(list[Any], value) if isinstance(value, list) else []


def string(value: Any) -> str:
    return value if isinstance(value, str) else ""


def is_deeper(value: Any, levels: int) -> bool:
    """Whether lists and objects stand in each other more often than this; asked without a recursion of our own."""
    layer: list[Any] = [value]
    for _ in range(levels):
        inside = [inner for outer in layer for inner in (*items(outer), *mapping(outer).values())]
        layer = [inner for inner in inside if isinstance(inner, list | dict)]
        if not layer:
            return False
    return isinstance(layer[0], list | dict)
