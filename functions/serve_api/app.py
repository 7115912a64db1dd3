"""The HTTP API."""

from typing import Any

import psycopg
from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException

from auzap.aws.client import AwsError
from auzap.db.away import is_away
from auzap.errors import OrganizationUnavailable, Refusal
from functions.serve_api import access, field_texts, problems
from functions.serve_api.answers import failure
from functions.serve_api.edge import KeptNowhere, at_the_door
from functions.serve_api.limits import RateHeaders
from functions.serve_api.problems import Problem
from functions.serve_api.routes import (
    api_keys,
    audit,
    auth,
    availability,
    blocked_times,
    booking_series,
    bookings,
    channel_accounts,
    contacts,
    conversations,
    custom_fields,
    dashboard,
    dead_letters,
    erasures,
    escalations,
    exports,
    files,
    health,
    holding,
    hours,
    imports,
    incidents,
    invitations,
    knowledge,
    leads,
    me,
    notes,
    notifications,
    organization,
    owner_numbers,
    password,
    pending_actions,
    pet_health,
    pets,
    pipeline_stages,
    products,
    realtime,
    resources,
    room_types,
    second_factor,
    services,
    settings,
    staff_members,
    stays,
    tasks,
    team,
    templates,
    training_plans,
    usage,
    waitlist,
    wordings,
    writing,
)

CODES = {404: "not_found", 405: "method_not_allowed", 401: "unauthorized", 403: "forbidden", 422: "invalid"}
# A failover takes about as long.
RETRY_AFTER = "30"
# Each writes its paths whole, so that a route's path is the one in the table of access.
ROUTERS = (
    health.bare,
    health.router,
    auth.router,
    password.router,
    second_factor.router,
    invitations.opening,
    me.router,
    realtime.router,
    team.router,
    invitations.router,
    api_keys.router,
    blocked_times.router,
    channel_accounts.router,
    custom_fields.router,
    escalations.router,
    hours.router,
    hours.special_days,
    knowledge.router,
    organization.router,
    owner_numbers.router,
    products.router,
    resources.router,
    room_types.router,
    services.router,
    settings.router,
    staff_members.router,
    wordings.router,
    contacts.router,
    pets.router,
    pet_health.router,
    pet_health.events,
    bookings.router,
    availability.router,
    conversations.router,
    holding.router,
    notes.router,
    writing.router,
    files.router,
    writing.starts,
    booking_series.router,
    waitlist.router,
    stays.router,
    training_plans.router,
    training_plans.session_router,
    imports.router,
    exports.router,
    erasures.router,
    tasks.router,
    notifications.router,
    pending_actions.router,
    templates.router,
    leads.router,
    pipeline_stages.router,
    incidents.router,
    dead_letters.router,
    usage.router,
    dashboard.router,
    audit.router,
)


def create() -> FastAPI:
    app = FastAPI(
        title="AuZap",
        version="1",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        dependencies=[Depends(at_the_door)],
    )
    app.add_middleware(RateHeaders)
    app.add_middleware(KeptNowhere)
    for router in ROUTERS:
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
    return _answer(request, Problem(status, CODES.get(status, "refused"), headers=error.headers))


def _invalid(request: Request, error: Any) -> JSONResponse:
    locale = problems.locale_of(request)
    fields = [
        {"field": field_texts.name(found), "problem": field_texts.problem(found, locale)} for found in error.errors()
    ]
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
