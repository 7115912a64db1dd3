"""What an address takes after its question mark: anything else is refused, for a filter that is mistyped filters nothing."""

from collections.abc import Iterator

from fastapi import Request
from fastapi.dependencies.models import Dependant
from fastapi.exceptions import RequestValidationError


def only_known(request: Request) -> None:
    if not request.scope["query_string"]:
        return
    taken = sorted(set(_taken(request.scope["route"].dependant)))
    if unknown := [name for name in request.query_params if name not in taken]:
        raise RequestValidationError([_refused(name, taken) for name in unknown])


def _taken(dependant: Dependant) -> Iterator[str]:
    yield from (parameter.alias for parameter in dependant.query_params)
    for inner in dependant.dependencies:
        yield from _taken(inner)


def _refused(name: str, taken: list[str]) -> dict[str, object]:
    place = ("query", name)
    if not taken:
        return {"type": "no_parameters", "loc": place, "msg": "This address takes no parameters"}
    known = ", ".join(taken)
    told = f"This address does not know this parameter, only: {known}"
    return {"type": "unknown_parameter", "loc": place, "msg": told, "ctx": {"taken": known}}
