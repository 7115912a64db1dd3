"""Health: short, honest, and nothing an attacker could use."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Response, status
from pydantic import BaseModel

from auzap import runtime
from auzap.db.connection import Database
from auzap.health.house import database_wellness
from functions.serve_api.answers import Answer

# A failover takes about as long.
RETRY_AFTER = "30"


class Health(BaseModel):
    status: Literal["ok", "down"]


# What watches from outside knows no version.
bare = APIRouter(prefix="/health", tags=["health"])
router = APIRouter(prefix="/v1/health", tags=["health"])


@bare.get("", operation_id="watch_health")
@router.get("")
def check_health() -> Answer[Health]:
    """The API answers."""
    return Answer[Health].of(Health(status="ok"))


@bare.get("/database", operation_id="watch_database")
@router.get("/database")
def check_database(response: Response, database: Annotated[Database, Depends(runtime.database)]) -> Answer[Health]:
    """The API reaches its database."""
    wellness = database_wellness(database)
    if wellness != "ok":
        response.status_code = status.HTTP_503_SERVICE_UNAVAILABLE
        response.headers["retry-after"] = RETRY_AFTER
    return Answer[Health].of(Health(status=wellness))
