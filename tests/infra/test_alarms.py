"""What goes wrong is heard of."""

from synthesis import Synthesized, event_sources, references

from auzap import metrics


def watched(synthesized: Synthesized, metric: str) -> set[str]:
    """The resources whose metric has an alarm."""
    return {
        id_
        for alarm in synthesized.application.of("AWS::CloudWatch::Alarm").values()
        if alarm["MetricName"] == metric
        for id_ in references(alarm["Dimensions"])
    }


def queue_names(synthesized: Synthesized, *, dead: bool) -> set[str]:
    return {source.queue for source in event_sources(synthesized) if (source.folder == "keep_dead_letter") == dead}


def test_every_dead_letter_rings(synthesized: Synthesized) -> None:
    assert watched(synthesized, "NumberOfMessagesReceived") == queue_names(synthesized, dead=True)


def test_messages_that_wait_too_long_ring_in_every_queue(synthesized: Synthesized) -> None:
    everywhere = queue_names(synthesized, dead=True) | queue_names(synthesized, dead=False)
    assert watched(synthesized, "ApproximateAgeOfOldestMessage") == everywhere


def test_errors_and_throttles_of_every_function_ring(synthesized: Synthesized) -> None:
    functions = set(synthesized.application.of("AWS::Lambda::Function"))
    assert watched(synthesized, "Errors") == functions
    assert watched(synthesized, "Throttles") == functions


def test_what_our_own_functions_count_rings_by_the_names_they_count_it_under(synthesized: Synthesized) -> None:
    ours = {
        alarm["MetricName"]: {each["Name"]: each["Value"] for each in alarm.get("Dimensions", [])}
        for alarm in synthesized.application.of("AWS::CloudWatch::Alarm").values()
        if alarm["Namespace"] == metrics.NAMESPACE
    }
    assert ours == {
        "StatusCategory": {"category": "general_purpose_ai"},
        "MessageQuarantined": {"reason": "unrecordable"},
        "ChannelSilent": {},
        "HeadsNotKept": {},
        "Incident": {"kind": "injection_attempt"},
        "RepliesOftenRefused": {},
        "TechnicalHelp": {"urgency": "high"},
    }


def test_every_alarm_speaks_on_the_one_encrypted_topic(synthesized: Synthesized) -> None:
    template = synthesized.application
    (topic,) = template.of("AWS::SNS::Topic")
    assert "KmsMasterKeyId" in template.of("AWS::SNS::Topic")[topic]
    for alarm in template.of("AWS::CloudWatch::Alarm").values():
        assert set(references(alarm["AlarmActions"])) == {topic}
        assert alarm["TreatMissingData"] == "notBreaching"


def test_alarms_may_publish_although_the_topic_has_a_policy_of_its_own(synthesized: Synthesized) -> None:
    statements = synthesized.application.only("AWS::SNS::TopicPolicy")["PolicyDocument"]["Statement"]
    allowed = [statement for statement in statements if statement["Effect"] == "Allow"]
    assert [(s["Action"], s["Principal"]) for s in allowed] == [
        ("sns:Publish", {"Service": "cloudwatch.amazonaws.com"})
    ]
