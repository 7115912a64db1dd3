"""On deploy: bootstrap and migrate the database; and each day: the partitions of the months to come."""

import json
import urllib.request
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from auzap import runtime
from auzap.db import migrate
from auzap.observability import logger

PHYSICAL_ID = "database-migrations"


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> None:
    if event.get("job") == "partitions":
        migrate.create_partitions(_conninfo("owner"))
        return
    try:
        applied = [] if event["RequestType"] == "Delete" else run()
    except Exception as failed:
        _tell(event, context, status="FAILED", reason=f"{type(failed).__name__}: {failed}"[:1000])
        raise
    logger.info("migrated", applied=applied)
    _tell(event, context, status="SUCCESS", reason="applied: " + (", ".join(applied) or "nothing new"))


def run() -> list[str]:
    settings = runtime.settings()
    migrate.bootstrap(
        _conninfo("admin"),
        app_password=runtime.secret(settings.database_secret)["password"],
        owner_password=runtime.secret(settings.database_owner_secret)["password"],
    )
    applied = migrate.migrate(_conninfo("admin"), _conninfo("owner"))
    migrate.create_partitions(_conninfo("owner"))
    return applied


def _conninfo(who: str) -> str:
    settings = runtime.settings()
    names = {"admin": settings.database_admin_secret, "owner": settings.database_owner_secret}
    return runtime.conninfo(runtime.secret(names[who]))


def _tell(event: dict[str, Any], context: LambdaContext, *, status: str, reason: str) -> None:
    """CloudFormation waits for this answer at the address that it gave."""
    answer = {
        "Status": status,
        "Reason": reason,
        "PhysicalResourceId": PHYSICAL_ID,
        "StackId": event["StackId"],
        "RequestId": event["RequestId"],
        "LogicalResourceId": event["LogicalResourceId"],
    }
    request = urllib.request.Request(  # noqa: S310 - the address comes from CloudFormation
        event["ResponseURL"], json.dumps(answer).encode(), {"Content-Type": ""}, method="PUT"
    )
    with urllib.request.urlopen(request, timeout=30):  # noqa: S310
        pass
