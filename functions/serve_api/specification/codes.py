"""Which refusals a route may answer with, read from the code that it runs."""

import ast
import inspect
import textwrap
from collections.abc import Iterator
from functools import cache
from types import FunctionType, ModuleType
from typing import Annotated, Any, TypeAliasType, get_args, get_origin

from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from auzap.bookings.reasons import Kind, Unbookable
from auzap.errors import OrganizationUnavailable, Refusal
from auzap.text import snake_case
from functions.serve_api import problems
from functions.serve_api.limits import TooMany
from functions.serve_api.problems import NotFound, Problem

# A code, and the status that it is answered with.
type Codes = frozenset[tuple[int, str]]

OURS = ("auzap.", "functions.serve_api.")
NAMED = {
    NotFound: (404, "not_found"),
    TooMany: (429, "too_many_requests"),
    OrganizationUnavailable: (403, "organization_unavailable"),
}
REFUSALS = (Refusal, Problem, OrganizationUnavailable)


def of(route: APIRoute) -> Codes:
    found: set[tuple[int, str]] = set()
    for call in _calls(route.dependant):
        found |= _read(call)
    return frozenset(found)


def _calls(dependant: Dependant) -> Iterator[FunctionType]:
    """The route, and what its parameters come from."""
    if isinstance(dependant.call, FunctionType):
        yield dependant.call
    for each in dependant.dependencies:
        yield from _calls(each)


def _read(function: FunctionType) -> Codes:
    return _codes(inspect.unwrap(function), None)


@cache
def _codes(function: FunctionType, owner: type | None) -> Codes:
    """Of a function, and of those that it names. One that comes back to itself adds nothing the second time."""
    if function in _being_read:
        return frozenset()
    _being_read.append(function)
    try:
        return _Reader(function, owner).codes()
    finally:
        _being_read.pop()


_being_read: list[FunctionType] = []


class _Reader:
    def __init__(self, function: FunctionType, owner: type | None) -> None:
        self._function = function
        closed = inspect.getclosurevars(function)
        self._known: dict[str, Any] = {**function.__globals__, **closed.nonlocals}
        self._kinds = {name: _kind(kind) for name, kind in function.__annotations__.items()}
        if owner is not None:
            self._kinds["self"] = owner

    def codes(self) -> Codes:
        (tree,) = ast.parse(textwrap.dedent(inspect.getsource(self._function))).body
        body = tree.body if isinstance(tree, ast.FunctionDef | ast.AsyncFunctionDef) else [tree]
        return self._of_all(body)

    def _of_all(self, nodes: list[Any]) -> Codes:
        return frozenset[tuple[int, str]]().union(*(self._of(node) for node in nodes))

    def _of(self, node: ast.AST) -> Codes:
        match node:
            case ast.Try():
                caught = tuple(self._caught(node))
                left = frozenset(code for code in self._of_all(node.body) if code not in caught)
                handled = [statement for handler in node.handlers for statement in handler.body]
                return left | self._of_all([*handled, *node.orelse, *node.finalbody])
            case ast.Call() if self._found(node.func) is Problem:
                match node.args:
                    case [ast.Constant(value=int(status)), ast.Constant(value=str(code))]:
                        return frozenset({(status, code)})
                return frozenset()
            case ast.Name() | ast.Attribute():
                return self._named(node) | self._of_all(list(ast.iter_child_nodes(node)))
            case ast.AnnAssign():
                return self._of_all([node.value] if node.value else [])
            case ast.arguments():
                return self._of_all([*node.defaults, *(each for each in node.kw_defaults if each)])
        return self._of_all(list(ast.iter_child_nodes(node)))

    def _caught(self, node: ast.Try) -> Iterator[tuple[int, str]]:
        for handler in node.handlers:
            if any(isinstance(each, ast.Raise) and each.exc is None for each in ast.walk(handler)):
                continue
            kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
            for kind in kinds:
                found = self._found(kind) if kind else None
                if isinstance(found, type):
                    yield from _codes_of_kind(found, with_below=True)

    def _named(self, node: ast.AST) -> Codes:
        found = self._found(node)
        owner = self._owner(node)
        return frozenset[tuple[int, str]]().union(*(_codes_of_value(value, owner) for value in _values(found)))

    def _owner(self, node: ast.AST) -> type | None:
        """Whose method it is."""
        if not isinstance(node, ast.Attribute):
            return None
        holder = self._found(node.value)
        return holder if isinstance(holder, type) else None

    def _found(self, node: ast.AST | None) -> Any:
        match node:
            case ast.Name(id=name):
                return self._kinds.get(name) or self._known.get(name)
            case ast.Attribute(value=value, attr=name):
                holder = self._found(value)
                if isinstance(holder, ModuleType):
                    return getattr(holder, name, None)
                return _member(holder, name) if isinstance(holder, type) else None
            case ast.Subscript(value=value):
                return self._found(value)
        return None


def _member(holder: type, name: str) -> Any:
    """A method; or of a field the class that it is of."""
    return _kind(inspect.get_annotations(holder).get(name)) or inspect.getattr_static(holder, name, None)


def _kind(annotation: Any) -> Any:
    while isinstance(annotation, TypeAliasType) or get_origin(annotation) is Annotated:
        annotation = annotation.__value__ if isinstance(annotation, TypeAliasType) else get_args(annotation)[0]
    return annotation if isinstance(annotation, type) and annotation.__module__.startswith(OURS) else None


def _values(found: Any) -> Iterator[Any]:
    """Tables lead from a constraint of the database to what it means."""
    match found:
        case dict():
            for value in found.values():
                yield from _values(value)
        case tuple() | list() | frozenset():
            for value in found:
                yield from _values(value)
        case _:
            yield found


def _codes_of_value(value: Any, owner: type | None) -> Codes:
    if isinstance(value, type) and issubclass(value, REFUSALS):
        return _codes_of_kind(value)
    if isinstance(value, property):
        value = value.fget
    function = inspect.unwrap(value) if callable(value) else None
    if isinstance(function, FunctionType) and function.__module__.startswith(OURS):
        return _codes(function, owner)
    return frozenset()


@cache
def _codes_of_kind(kind: type, *, with_below: bool = False) -> Codes:
    below = frozenset[tuple[int, str]]().union(
        *(_codes_of_kind(each, with_below=True) for each in kind.__subclasses__() if with_below)
    )
    return below | _own_codes(kind)


def _own_codes(kind: type) -> Codes:
    if kind in NAMED:
        return frozenset({NAMED[kind]})
    if kind is Unbookable:
        return frozenset((_status(code), code) for code in (f"unbookable_{each}" for each in Kind))
    if issubclass(kind, Refusal) and kind is not Refusal:
        code = snake_case(kind.__name__)
        return frozenset({(_status(code), code)})
    return frozenset()


def _status(code: str) -> int:
    return problems.STATUSES.get(code, 409)
