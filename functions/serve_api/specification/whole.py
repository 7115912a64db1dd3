"""The specification of the API, as it is written."""

import json
from collections import Counter
from collections.abc import Iterator

from fastapi.routing import APIRoute

from functions.serve_api import access, parts
from functions.serve_api.app import create
from functions.serve_api.problem_texts import TEXTS
from functions.serve_api.specification import bodies, codes
from functions.serve_api.specification.names import REF, Json, plainly_named
from functions.serve_api.specification.pieces import COUNTED, FAILURES, HEADERS, LANGUAGE, RETRY, SECURITY
from functions.serve_api.specification.texts import ANSWERED, INTRODUCTION, REFUSED, TAGS

# What FastAPI says of a body that does not fit; we say it in our own envelope.
FASTAPIS_OWN = frozenset({"HTTPValidationError", "ValidationError"})
LONGEST_NAME = 120
ROLES = {"signed_in": "anybody signed in", "staff": "staff", "manager": "manager", "owner": "owner"}


def written() -> str:
    return json.dumps(specification(), indent=1, ensure_ascii=False) + "\n"


def specification() -> Json:
    made = plainly_named(create().openapi())
    routes = {(method, route.path): route for route in _routes() for method in route.methods or ()}
    paths: Json = {}
    for path, operations in sorted(made["paths"].items()):
        paths[path] = {
            method: _operation(routes[method.upper(), path], method.upper(), operation)
            for method, operation in operations.items()
        }
    schemas = {name: schema for name, schema in made["components"]["schemas"].items() if name not in FASTAPIS_OWN}
    schemas |= FAILURES
    bodies.explain(paths, schemas)
    shared = _share_refusals(paths)
    return {
        "openapi": made["openapi"],
        "info": {"title": "AuZap", "version": "1", "description": INTRODUCTION},
        "servers": [{"url": "/"}],
        "tags": [{"name": name, "description": told} for name, told in sorted(TAGS.items())],
        "paths": paths,
        "components": {
            "schemas": dict(sorted(schemas.items())),
            "responses": dict(sorted(shared.items())),
            "headers": HEADERS,
            "parameters": {"AcceptLanguage": LANGUAGE},
            "securitySchemes": SECURITY,
        },
    }


def _routes() -> Iterator[APIRoute]:
    for router in parts.routers():
        yield from (route for route in router.routes if isinstance(route, APIRoute))


def _operation(route: APIRoute, method: str, made: Json) -> Json:
    least = access.least(method, route.path)
    summary, rest = _told(route)
    operation: Json = {
        "operationId": route.operation_id or route.name,
        "tags": made["tags"],
        "summary": summary,
        "description": " ".join(filter(None, [rest, _who(method, route.path, least)])),
        "security": _security(method, route.path, least),
        "x-least-role": least,
        "parameters": [*made.get("parameters", []), {"$ref": "#/components/parameters/AcceptLanguage"}],
    }
    if least != "anybody" and not access.is_for_people(route.path):
        operation["x-scope"] = access.scope(method, route.path)
    if "requestBody" in made:
        operation["requestBody"] = made["requestBody"]
    operation["responses"] = _answers(made, is_counted=least != "anybody") | _refusals(route, method, made, least)
    return operation


def _told(route: APIRoute) -> tuple[str, str]:
    """The first sentence, and the others."""
    first, end, rest = " ".join(route.description.split()).partition(". ")
    return first + end.rstrip(), rest


def _who(method: str, path: str, least: access.Least) -> str:
    if least == "anybody":
        return "Needs no sign-in."
    if access.is_for_people(path):
        return f"Least role: {ROLES[least]}. Not for keys of programs."
    return f"Least role: {ROLES[least]}. A key of a program needs the scope `{access.scope(method, path)}`."


def _security(method: str, path: str, least: access.Least) -> list[Json]:
    if (method, path) == ("POST", "/v1/auth/refresh"):
        return [{"session": []}]
    if least == "anybody":
        return []
    return [{"token": []}] if access.is_for_people(path) else [{"token": []}, {"key": []}]


def _answers(made: Json, *, is_counted: bool) -> Json:
    """What FastAPI knows of them, but for the refusals, which it does not know."""
    answers: Json = {}
    for status, answer in made["responses"].items():
        if status != "422":
            headers = answer.get("headers", {}) | (COUNTED if is_counted else {})
            answers[status] = {"description": ANSWERED[status], **({"headers": headers} if headers else {})}
            if content := answer.get("content"):
                answers[status]["content"] = content
    return answers


def _refusals(route: APIRoute, method: str, made: Json, least: access.Least) -> Json:
    by_status: dict[int, set[str]] = {}
    for status, code in _codes(route, method, made, least):
        by_status.setdefault(status, set()).add(code)
    return {
        str(status): _refusal(status, sorted(named), is_counted=least != "anybody")
        for status, named in sorted(by_status.items())
    }


def _codes(route: APIRoute, method: str, made: Json, least: access.Least) -> Iterator[tuple[int, str]]:
    for status, code in codes.of(route):
        if code == "forbidden" and access.NEEDS.get(least, 0) <= min(access.RANKS.values()):
            continue
        if code == "not_for_support" and (method in {"GET", "HEAD"} or not access.is_about_access(route.path)):
            continue
        yield status, code
    # A parameter that an address does not take is refused wherever it is sent.
    yield 422, "invalid"
    if route.dependant.dependencies:
        yield 503, "unavailable"


def _refusal(status: int, possible: list[str], *, is_counted: bool) -> Json:
    # Before whoever asks is known nothing is counted.
    headers = (COUNTED if is_counted and status != 401 else {}) | (RETRY if status in {429, 503} else {})
    told = "\n".join(f"- `{code}`: {TEXTS['en'][code]}" for code in possible)
    kind = "Invalid" if possible == ["invalid"] else "Failure"
    schema: Json = {"allOf": [{"$ref": REF + kind}, {"properties": {"code": {"enum": possible}}}]}
    return {
        "description": f"{REFUSED[status]}\n\n{told}",
        **({"headers": headers} if headers else {}),
        "content": {"application/json": {"schema": schema}},
    }


def _share_refusals(paths: Json) -> Json:
    """Those that several operations have in common stand in one place, by their status and codes."""
    places = [
        (operation["responses"], status, refusal)
        for operations in paths.values()
        for operation in operations.values()
        for status, refusal in operation["responses"].items()
        if int(status) >= 400 and "application/json" in refusal["content"]
    ]
    uses = Counter(_refusal_name(status, refusal) for _, status, refusal in places)
    shared: Json = {}
    for responses, status, refusal in places:
        name = _refusal_name(status, refusal)
        if uses[name] > 1 and len(name) <= LONGEST_NAME:
            shared[name] = refusal
            responses[status] = {"$ref": f"#/components/responses/{name}"}
    return shared


def _refusal_name(status: str, refusal: Json) -> str:
    of_code = refusal["content"]["application/json"]["schema"]["allOf"][1]
    counted = [] if "X-RateLimit-Limit" in refusal.get("headers", ()) else ["uncounted"]
    return ".".join([status, *of_code["properties"]["code"]["enum"], *counted])
