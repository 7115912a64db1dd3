"""The HTTP API."""

from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from functions.serve_api.envelope import failure
from functions.serve_api.routes import health

CODES = {404: "not_found", 405: "method_not_allowed", 401: "unauthorized", 403: "forbidden"}
MESSAGES = {
    404: "Este endereço não existe.",
    405: "Este endereço não aceita esse método.",
}


def create() -> FastAPI:
    app = FastAPI(title="AuZap", version="1", docs_url=None, redoc_url=None, openapi_url=None)
    app.include_router(health.router)
    app.include_router(health.router, prefix="/v1")
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(RequestValidationError, _invalid)
    return app


def _http_error(request: Request, error: Any) -> JSONResponse:
    message = MESSAGES.get(error.status_code, str(error.detail))
    return JSONResponse(failure(CODES.get(error.status_code, "refused"), message), error.status_code)


def _invalid(request: Request, error: Any) -> JSONResponse:
    fields = [{"field": ".".join(map(str, found["loc"][1:])), "problem": found["msg"]} for found in error.errors()]
    return JSONResponse(failure("invalid", "Há campos inválidos no pedido.", fields), 422)
