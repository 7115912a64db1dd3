"""Health: short, honest, and nothing an attacker could use."""

import functools
import time
from typing import Annotated

from fastapi import APIRouter, Depends, Response, status
from pydantic import BaseModel

from auzap import runtime
from auzap.db.connection import Database
from auzap.health.house import Wellness, channels_wellness, database_wellness, queues_wellness
from functions.serve_api.answers import Answer

# A failover takes about as long.
RETRY_AFTER = "30"
# Anybody may ask, and each look at the queues asks SQS many times.
LOOKED_AT_SECONDS = 10


class Health(BaseModel):
    """`degraded`: it works, and customers feel that something does not."""

    status: Wellness


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
    return _told(response, database_wellness(database))


@bare.get("/queues", operation_id="watch_queues")
@router.get("/queues")
def check_queues(response: Response) -> Answer[Health]:
    """The queues take messages, and those are taken out. Looked at every 10 seconds at most."""
    return _told(response, _queues(int(time.monotonic() // LOOKED_AT_SECONDS)))


@bare.get("/channels", operation_id="watch_channels")
@router.get("/channels")
def check_channels(response: Response, database: Annotated[Database, Depends(runtime.database)]) -> Answer[Health]:
    """The shops' numbers are well, as a whole."""
    return _told(response, channels_wellness(database))


@functools.lru_cache(maxsize=1)
def _queues(_moment: int) -> Wellness:
    settings = runtime.settings()
    return queues_wellness(
        runtime.aws("sqs"), settings.working_queue_urls.split(","), settings.dead_queue_urls.split(",")
    )


def _told(response: Response, wellness: Wellness) -> Answer[Health]:
    if wellness == "down":
        response.status_code = status.HTTP_503_SERVICE_UNAVAILABLE
        response.headers["retry-after"] = RETRY_AFTER
    return Answer[Health].of(Health(status=wellness))
