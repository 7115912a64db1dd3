"""jobs: long work that somebody waits for, as far as one invocation brings it."""

import json
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from aws_lambda_powertools.utilities.typing import LambdaContext

from auzap import metrics, runtime
from auzap.consumer import Failures, Record, consume_hints
from auzap.errors import OrganizationUnavailable
from auzap.ids import JobId, OrganizationId
from auzap.jobs import contact_export, contact_import, data_export, erasure
from auzap.jobs.asking import Kind
from auzap.jobs.working import Step, Worked, work
from auzap.media.bucket import Bucket
from auzap.observability import logger

STEPS: Mapping[Kind, Step] = {
    "contact_import": contact_import.step,
    "contact_export": contact_export.step,
    "data_export": data_export.step,
    "erasure": erasure.step,
}
# More than a batch takes.
TIME_FOR_A_BATCH_MS = 20_000


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> Failures:
    return consume_hints(event, lambda record: run(record, context))


def run(record: Record, context: LambdaContext) -> None:
    hint = json.loads(record.body)
    organization_id, job_id = OrganizationId(UUID(hint["organization_id"])), JobId(UUID(hint["job_id"]))
    try:
        worked = work(
            runtime.database(),
            Bucket(runtime.aws("s3"), runtime.settings().media_bucket),
            organization_id,
            job_id,
            STEPS,
            has_time=lambda: context.get_remaining_time_in_millis() > TIME_FOR_A_BATCH_MS,
            tell=lambda: runtime.hint_changes(organization_id),
        )
    except OrganizationUnavailable:
        worked = Worked("skipped")
    if worked.outcome != "skipped":
        runtime.hint_changes(organization_id)
    if worked.outcome == "unfinished":
        runtime.hint_job(hint)
    metrics.count("Job", kind=worked.kind or "none", outcome=worked.outcome)
