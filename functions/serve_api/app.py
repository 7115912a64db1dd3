"""The HTTP API."""

from collections.abc import Callable
from typing import Any

import psycopg
from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.types import Receive, Scope, Send

from auzap.aws.client import AwsError
from auzap.db.away import is_away
from auzap.errors import OrganizationUnavailable, Refusal
from functions.serve_api import access, field_texts, parts, problems
from functions.serve_api.answers import failure
from functions.serve_api.edge import KeptNowhere, at_the_door
from functions.serve_api.limits import RateHeaders
from functions.serve_api.parameters import only_known
from functions.serve_api.problems import Problem

CODES = {404: "not_found", 405: "method_not_allowed", 401: "unauthorized", 403: "forbidden", 422: "invalid"}
# A failover takes about as long.
RETRY_AFTER = "30"


class Api:
    """The whole API, each part of it made when it is first asked for: a sandbox pays for what it serves."""

    def __init__(self) -> None:
        self._made: dict[str, FastAPI] = {}
        # What stands in for what a route is given, in every part.
        self.dependency_overrides: dict[Callable[..., Any], Callable[..., Any]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        # The beginning and the end of a server are of no part.
        await self.make(parts.noun(scope.get("path", "")))(scope, receive, send)

    def make_all(self) -> None:
        for noun in parts.MODULES:
            self.make(noun)

    def make(self, noun: str) -> FastAPI:
        # What there is not is refused in one voice.
        known = noun if noun in parts.MODULES else ""
        if known not in self._made:
            made = create(frozenset({known}))
            made.dependency_overrides = self.dependency_overrides
            self._made[known] = made
        return self._made[known]


def create(nouns: frozenset[str] = frozenset(parts.MODULES)) -> FastAPI:
    app = FastAPI(
        title="AuZap",
        version="1",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        dependencies=[Depends(at_the_door), Depends(only_known)],
    )
    app.add_middleware(RateHeaders)
    app.add_middleware(KeptNowhere)
    for router in parts.routers(nouns):
        _check_access(router)
        app.include_router(router)
    app.add_exception_handler(Problem, _refused)
    app.add_exception_handler(
        Refusal, lambda request, refused: _answer(request, problems.of_refusal(_as(Refusal, refused)))
    )
    app.add_exception_handler(
        OrganizationUnavailable,
        lambda request, closed: _answer(request, problems.of_unavailable(_as(OrganizationUnavailable, closed))),
    )
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(psycopg.Error, _database_error)
    app.add_exception_handler(AwsError, _aws_error)
    app.add_exception_handler(Exception, _unexpected)
    return app


def _check_access(router: APIRouter) -> None:
    """At the start, so that a route that nobody has thought of is never served."""
    for route in router.routes:
        if isinstance(route, APIRoute):
            for method in route.methods or ():
                access.least(method, route.path)


def _answer(request: Request, problem: Problem) -> JSONResponse:
    locale = problems.locale_of(request)
    body = failure(problem.code, problems.told(problem, locale), problem.details)
    return JSONResponse(body, problem.status, headers=problem.headers)


def _refused(request: Request, problem: Any) -> JSONResponse:
    return _answer(request, problem)


def _http_error(request: Request, error: Any) -> JSONResponse:
    # FastAPI says so of bytes that are no text; it is the same as a text that is no JSON.
    status = 422 if error.status_code == 400 else error.status_code
    headers = _methods(request) if status == 405 else error.headers
    return _answer(request, Problem(status, CODES.get(status, "refused"), headers=headers))


def _methods(request: Request) -> dict[str, str]:
    """Each method of an address is a route of its own, and the first of them knows only itself."""
    path = request.scope["route"].path
    return {"allow": ", ".join(sorted(method for method, known in access.ROUTES if known == path))}


def _invalid(request: Request, error: Any) -> JSONResponse:
    fields = field_texts.told(error.errors(), error.body, problems.locale_of(request))
    return _answer(request, Problem(422, "invalid", details=fields))


def _database_error(request: Request, failed: Any) -> JSONResponse:
    if not is_away(failed):
        raise failed
    return _answer(request, Problem(503, "unavailable", headers={"retry-after": RETRY_AFTER}))


def _aws_error(request: Request, failed: Any) -> JSONResponse:
    """Of what cannot be done without AWS; hints and counters can."""
    return _answer(request, Problem(503, "unavailable", headers={"retry-after": RETRY_AFTER}))


def _unexpected(request: Request, failed: Any) -> JSONResponse:
    return _answer(request, Problem(500, "unexpected"))


def _as[Kind](kind: type[Kind], error: Exception) -> Kind:
    assert isinstance(error, kind)
    return error
