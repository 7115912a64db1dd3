"""Hints as they lie on the queues while a new version is deployed: kept here, and only ever added to."""

import json
from typing import Any
from uuid import uuid4

import pytest

from functions.run_automation.handler import JOBS
from tests.functions.house import House

# What each queue's hints have named since the first version; whoever reads them finds what is to do in the rows.
NAMED = {
    "turns": {"organization_id", "conversation_id"},
    "outbox": {"organization_id", "conversation_id"},
    "media": {"organization_id", "media_id"},
    "jobs": {"organization_id", "job_id"},
    "changes": {"organization_id"},
    "automations": {"organization_id", "job", "subject", "at"},
}
# A job that is no more stays here, and its name in the table of jobs, for one version longer.
JOBS_IN_FLIGHT = (
    "channel_health",
    "clear_old",
    "close_stale",
    "conversation_return",
    "count_days",
    "decay_scores",
    "embed_knowledge",
    "escalate_limit",
    "escalation",
    "fold_memory",
    "forward_limit",
    "mail_notices",
    "make_series",
    "offer_freed",
    "read_document",
    "redrive_dead_letter",
    "review_replies",
    "seal_audit",
    "send_mail",
    "stay_reports_pending",
    "summarize_handoff",
    "tell_emergency",
    "template_sync",
    "undecided_requests",
)


def hint(house: House, queue: str) -> dict[str, Any]:
    """One whose row is gone by now."""
    known = {"organization_id": str(house.organization_id), "at": house.clock.now().isoformat()}
    return {name: known.get(name, str(uuid4())) for name in NAMED[queue]}


@pytest.mark.parametrize("queue", sorted(NAMED.keys() - {"automations"}))
def test_a_hint_of_the_version_before_is_read(house: House, queue: str) -> None:
    house.traffic.put(queue, json.dumps(hint(house, queue)))

    (invocation,) = house.work(queue)

    assert (invocation.exit_code, invocation.failed) == (0, []), invocation.output


def test_every_job_that_the_version_before_asked_for_is_still_done(house: House) -> None:
    assert set(JOBS_IN_FLIGHT) == JOBS.keys()
    house.hear(house.person())
    house.change("INSERT INTO escalations (conversation_id, question) SELECT id, 'E agora?' FROM conversations")
    # Rows that never go.
    subjects = {
        "conversation_return": str(house.one("SELECT id FROM conversations")),
        "escalation": str(house.one("SELECT id FROM escalations")),
    }
    works = [
        {**hint(house, "automations"), "job": job, **({"subject": subjects[job]} if job in subjects else {})}
        for job in JOBS_IN_FLIGHT
    ]
    records = [{"messageId": work["job"], "body": json.dumps(work), "attributes": {}} for work in works]

    invocation = house.invoke("run_automation", {"Records": records}, seconds=60)

    assert (invocation.exit_code, invocation.failed) == (0, []), invocation.output


def test_what_this_version_writes_names_what_it_always_did(house: House) -> None:
    """Otherwise what is kept here is not what lies on the queues."""
    house.hear(house.person())
    house.work("turns")
    house.invoke("run_schedule", {"job": "channel_health", "at": house.clock.now().isoformat()})

    found = {queue: [json.loads(sent["MessageBody"]) for sent in house.traffic.hints(queue)] for queue in NAMED}

    assert {queue for queue, hints in found.items() if hints} >= {"turns", "outbox", "changes", "automations"}
    assert {frozenset(each) for queue, hints in found.items() for each in hints} <= set(map(frozenset, NAMED.values()))
    for queue, hints in found.items():
        assert all(each.keys() == NAMED[queue] for each in hints)
