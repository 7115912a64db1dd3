"""No message is lost between the queues, and none is taken from a stranger."""

from collections import Counter

import pytest
from synthesis import Synthesized, event_sources, references

from infra.settings import ROOT

SENDERS = {
    "Inbound": {"receive_webhook", "run_automation"},
    "ProviderEvents": {"receive_webhook", "run_automation"},
    "Turns": {"record_message", "answer_conversation", "run_schedule", "run_automation", "serve_api"},
    "Outbox": {
        "record_message",
        "answer_conversation",
        "send_outbox",
        "apply_provider_event",
        "run_schedule",
        "run_automation",
        "keep_dead_letter",
        "serve_api",
    },
    "Media": {"record_message", "run_schedule", "run_automation"},
    "Automations": {
        "record_message",
        "answer_conversation",
        "apply_provider_event",
        "run_schedule",
        "run_automation",
        "serve_api",
    },
    "Changes": {
        "record_message",
        "answer_conversation",
        "send_outbox",
        "apply_provider_event",
        "fetch_media",
        "run_schedule",
        "run_automation",
        "keep_dead_letter",
        "serve_api",
        "run_job",
    },
    "Jobs": {"run_schedule", "run_automation", "run_job", "serve_api"},
}


def consumed(synthesized: Synthesized) -> dict[str, str]:
    """The queues that do the work, with their consumers; not those of dead letters."""
    return {source.queue: source.folder for source in event_sources(synthesized) if source.folder != "keep_dead_letter"}


def queue_named(synthesized: Synthesized, name: str) -> str:
    (id_,) = (id_ for id_ in consumed(synthesized) if id_.startswith(f"Queues{name}Queue"))
    return id_


def test_every_queue_gives_up_into_a_queue_that_keep_dead_letter_drains(synthesized: Synthesized) -> None:
    queues = synthesized.application.of("AWS::SQS::Queue")
    kept = {source.queue for source in event_sources(synthesized) if source.folder == "keep_dead_letter"}

    assert set(queues) == consumed(synthesized).keys() | kept
    for queue in consumed(synthesized):
        redrive = queues[queue]["RedrivePolicy"]
        assert synthesized.application.referred(redrive["deadLetterTargetArn"]) in kept
        # The inbound queue waits for the database, however long; what cannot be stored its function quarantines.
        least, most = (1000, 1000) if queue == queue_named(synthesized, "Inbound") else (5, 12)
        assert least <= redrive["maxReceiveCount"] <= most


def test_what_clocks_wake_has_a_place_for_what_failed(synthesized: Synthesized) -> None:
    template = synthesized.application
    kept = {source.queue for source in event_sources(synthesized) if source.folder == "keep_dead_letter"}
    targets = [schedule["Target"] for schedule in template.of("AWS::Scheduler::Schedule").values()]
    woken = {
        template.referred(template.of("AWS::Lambda::Alias")[template.referred(t["Arn"])]["FunctionName"])
        for t in targets
    }
    invocations = template.of("AWS::Lambda::EventInvokeConfig").values()

    assert {template.referred(target["DeadLetterConfig"]["Arn"]) for target in targets} <= kept
    assert {template.referred(invocation["FunctionName"]) for invocation in invocations} == woken
    for invocation in invocations:
        assert template.referred(invocation["DestinationConfig"]["OnFailure"]["Destination"]) in kept


def test_a_message_stays_hidden_for_six_times_its_functions_timeout(synthesized: Synthesized) -> None:
    queues, functions = synthesized.application.of("AWS::SQS::Queue"), synthesized.functions()

    for source in event_sources(synthesized):
        assert queues[source.queue]["VisibilityTimeout"] >= 6 * functions[source.folder]["Timeout"]


def test_a_failure_in_a_batch_fails_alone_and_every_source_has_a_limit(synthesized: Synthesized) -> None:
    for source in event_sources(synthesized):
        assert source.properties["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
        assert source.properties["ScalingConfig"]["MaximumConcurrency"] >= 2


def test_sources_invoke_the_alias_of_a_whole_version(synthesized: Synthesized) -> None:
    aliases = synthesized.application.of("AWS::Lambda::Alias")
    for source in event_sources(synthesized):
        assert aliases[synthesized.application.referred(source.properties["FunctionName"])]["Name"] == "live"


@pytest.mark.parametrize(
    ("name", "batch_size"),
    [
        ("Inbound", 10),
        ("ProviderEvents", 10),
        ("Turns", 1),
        ("Outbox", 1),
        ("Media", 1),
        ("Automations", 1),
        ("Changes", 10),
        ("Jobs", 1),
    ],
)
def test_batches_are_as_the_design_says(synthesized: Synthesized, name: str, batch_size: int) -> None:
    queue = queue_named(synthesized, name)
    (source,) = (source for source in event_sources(synthesized) if source.queue == queue)
    assert source.properties["BatchSize"] == batch_size


def test_only_inbound_keeps_order_and_each_customer_has_an_order_of_his_own(synthesized: Synthesized) -> None:
    queues = synthesized.application.of("AWS::SQS::Queue")
    inbound = queue_named(synthesized, "Inbound")
    dead = synthesized.application.referred(queues[inbound]["RedrivePolicy"]["deadLetterTargetArn"])

    assert {id_ for id_, queue in queues.items() if queue.get("FifoQueue")} == {inbound, dead}
    assert queues[inbound]["DeduplicationScope"] == "messageGroup"
    assert queues[inbound]["FifoThroughputLimit"] == "perMessageGroupId"
    assert "ContentBasedDeduplication" not in queues[inbound]


@pytest.mark.parametrize("name", SENDERS)
def test_a_queue_takes_messages_from_its_senders_only(synthesized: Synthesized, name: str) -> None:
    template, queue = synthesized.application, queue_named(synthesized, name)
    roles = {template.referred(properties["Role"]): folder for folder, properties in synthesized.functions().items()}
    (refused,) = (
        statement
        for policy in template.of("AWS::SQS::QueuePolicy").values()
        if queue in references(policy["Queues"])
        for statement in policy["PolicyDocument"]["Statement"]
        if statement["Action"] == "sqs:SendMessage"
    )
    allowed = {
        folder
        for folder in synthesized.functions()
        for statement in synthesized.statements(folder)
        if "sqs:SendMessage" in statement["Action"] and queue in references(statement["Resource"])
    }

    assert refused["Effect"] == "Deny"
    assert refused["Principal"] == {"AWS": "*"}
    assert {roles[id_] for id_ in references(refused["Condition"])} == SENDERS[name]
    assert allowed == SENDERS[name]


@pytest.mark.parametrize(
    ("hint", "name"),
    [
        ("hint_turn", "Turns"),
        ("hint_outbox", "Outbox"),
        ("hint_media", "Media"),
        ("hint_automation", "Automations"),
        ("hint_changes", "Changes"),
        ("hint_job", "Jobs"),
    ],
)
def test_whoever_hints_to_a_queue_is_among_its_senders(hint: str, name: str) -> None:
    folders = (ROOT / "functions").glob("*/")
    hinting = {
        folder.name for folder in folders for path in folder.rglob("*.py") if f"runtime.{hint}" in path.read_text()
    }
    assert hinting
    assert hinting <= SENDERS[name]


def test_queues_are_encrypted_with_our_key_and_refuse_plain_http(synthesized: Synthesized) -> None:
    template = synthesized.application
    refusing = Counter(
        template.referred(policy["Queues"])
        for policy in template.of("AWS::SQS::QueuePolicy").values()
        for statement in policy["PolicyDocument"]["Statement"]
        if statement.get("Condition") == {"Bool": {"aws:SecureTransport": "false"}} and statement["Effect"] == "Deny"
    )
    for id_, queue in template.of("AWS::SQS::Queue").items():
        assert template.referred(queue["KmsMasterKeyId"]) in template.of("AWS::KMS::Key")
        assert refusing[id_] == 1
