"""Health: short, honest, and nothing an attacker could use."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Response, status

from auzap import runtime
from auzap.db.connection import Database
from auzap.health.house import database_wellness
from functions.serve_api.envelope import success

# A failover takes about as long.
RETRY_AFTER = "30"

router = APIRouter(prefix="/health", tags=["health"])


@router.get("")
def health() -> dict[str, Any]:
    """The API answers."""
    return success({"status": "ok"})


@router.get("/database")
def database_health(response: Response, database: Annotated[Database, Depends(runtime.database)]) -> dict[str, Any]:
    """The API reaches its database."""
    wellness = database_wellness(database)
    if wellness != "ok":
        response.status_code = status.HTTP_503_SERVICE_UNAVAILABLE
        response.headers["retry-after"] = RETRY_AFTER
    return success({"status": wellness})
