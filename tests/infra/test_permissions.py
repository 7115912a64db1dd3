"""Each function may do what it is for, to what it is for."""

import pytest
from synthesis import Synthesized, actions, listed, references

# What Lambda itself does with a function's role, for each function.
PLATFORM = {
    "logs:CreateLogStream",
    "logs:PutLogEvents",
    "xray:PutTelemetryRecords",
    "xray:PutTraceSegments",
}
INTERFACES = {
    "ec2:AssignPrivateIpAddresses",
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:UnassignPrivateIpAddresses",
}
CONSUMING = {
    "sqs:ChangeMessageVisibility",
    "sqs:DeleteMessage",
    "sqs:GetQueueAttributes",
    "sqs:GetQueueUrl",
    "sqs:ReceiveMessage",
}
ENCRYPTED = {"kms:Decrypt", "kms:GenerateDataKey"}
SECRET = {"secretsmanager:GetSecretValue"}
LISTENING = {"dynamodb:Query", "dynamodb:DeleteItem", "execute-api:ManageConnections"}

# Beyond PLATFORM.
ALLOWED: dict[str, set[str]] = {
    "receive_webhook": {"sqs:SendMessage", "s3:PutObject"} | SECRET | ENCRYPTED,
    "record_message": {"sqs:SendMessage", "s3:PutObject"} | CONSUMING | INTERFACES | SECRET | ENCRYPTED,
    "answer_conversation": {"sqs:SendMessage"} | CONSUMING | INTERFACES | SECRET | ENCRYPTED,
    "send_outbox": {"sqs:SendMessage", "s3:GetObject"} | CONSUMING | INTERFACES | SECRET | ENCRYPTED,
    "fetch_media": {"sqs:SendMessage", "s3:PutObject", "s3:DeleteObject"} | CONSUMING | INTERFACES | SECRET | ENCRYPTED,
    "apply_provider_event": {"sqs:SendMessage"} | CONSUMING | INTERFACES | SECRET | ENCRYPTED,
    "run_schedule": {"sqs:SendMessage"} | INTERFACES | SECRET | ENCRYPTED,
    "run_automation": {"sqs:SendMessage", "s3:GetObject", "s3:PutObject", "ses:SendEmail"}
    | CONSUMING
    | INTERFACES
    | SECRET
    | ENCRYPTED,
    "run_job": {"sqs:SendMessage", "s3:GetObject", "s3:PutObject", "s3:DeleteObject"}
    | CONSUMING
    | INTERFACES
    | SECRET
    | ENCRYPTED,
    "keep_dead_letter": {"sqs:SendMessage", "s3:PutObject"} | CONSUMING | INTERFACES | SECRET | ENCRYPTED,
    "serve_api": {"sqs:SendMessage", "sqs:GetQueueAttributes", "dynamodb:PutItem", "dynamodb:UpdateItem"}
    | {"s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:ListBucketVersions", "kms:Encrypt"}
    | INTERFACES
    | SECRET
    | ENCRYPTED,
    "serve_realtime": {"dynamodb:PutItem", "dynamodb:UpdateItem", "kms:Decrypt"} | LISTENING | INTERFACES | SECRET,
    "publish_changes": LISTENING | CONSUMING | INTERFACES | SECRET | {"kms:Decrypt"},
    "migrate_database": {"sqs:SendMessage"} | INTERFACES | SECRET | ENCRYPTED,
}


def test_there_is_no_function_that_this_list_forgets(synthesized: Synthesized) -> None:
    assert synthesized.functions().keys() == ALLOWED.keys()


@pytest.mark.parametrize("folder", ALLOWED)
def test_a_function_may_do_this_and_nothing_else(synthesized: Synthesized, folder: str) -> None:
    allowed = {action for statement in synthesized.statements(folder) for action in actions(statement)}
    assert allowed == ALLOWED[folder] | PLATFORM


def test_receive_webhook_reaches_two_queues_one_prefix_and_one_secret(synthesized: Synthesized) -> None:
    template = synthesized.application
    reached = {
        action: statement["Resource"]
        for statement in synthesized.statements("receive_webhook")
        for action in actions(statement)
    }

    queues = {id_.split("Queue")[1].removeprefix("s") for id_ in references(reached["sqs:SendMessage"])}
    assert queues == {"Inbound", "ProviderEvents"}
    bucket, prefix = reached["s3:PutObject"]["Fn::Join"][1]
    assert template.referred(bucket).startswith("StorageQuarantine")
    assert prefix == "/whatsapp/*"
    assert "WhatsappSecret" in str(reached["secretsmanager:GetSecretValue"])


def test_run_automation_reads_what_shops_gave_their_agents_and_no_file_of_a_customers(synthesized: Synthesized) -> None:
    (reading,) = [s for s in synthesized.statements("run_automation") if "s3:GetObject" in actions(s)]
    bucket, prefix = reading["Resource"]["Fn::Join"][1]
    assert synthesized.application.referred(bucket).startswith("StorageMedia")
    assert prefix == "/knowledge/*"


def test_run_automation_writes_heads_of_trails_and_nobody_reads_or_removes_them(synthesized: Synthesized) -> None:
    template = synthesized.application
    (heads,) = (id_ for id_ in template.of("AWS::S3::Bucket") if "Heads" in id_)
    done = {
        (folder, action)
        for folder in synthesized.functions()
        for statement in synthesized.statements(folder)
        if heads in references(statement["Resource"])
        for action in actions(statement)
    }

    assert done == {("run_automation", "s3:PutObject"), ("serve_api", "s3:ListBucketVersions")}
    told = {
        folder
        for folder, each in synthesized.functions().items()
        if "AUZAP_AUDIT_BUCKET" in each["Environment"]["Variables"]
    }
    assert told == {"run_automation", "run_schedule", "serve_api"}


def files_of(synthesized: Synthesized, folder: str, action: str) -> set[str]:
    """Which objects of the bucket of files a function may do this to."""
    found: set[str] = set()
    for statement in synthesized.statements(folder):
        for resource in listed(statement["Resource"]) if action in actions(statement) else ():
            bucket, objects = resource["Fn::Join"][1]
            assert synthesized.application.referred(bucket).startswith("StorageMedia")
            found.add(objects)
    return found


def test_whoever_links_to_files_reads_those_of_conversations_uploads_and_exports_alone(
    synthesized: Synthesized,
) -> None:
    assert files_of(synthesized, "send_outbox", "s3:GetObject") == {"/media/*"}
    assert files_of(synthesized, "serve_api", "s3:GetObject") == {"/media/*", "/uploads/*", "/exports/*"}


def test_run_job_makes_exports_and_drops_the_files_of_whom_it_erases_and_reads_none_of_them(
    synthesized: Synthesized,
) -> None:
    assert files_of(synthesized, "run_job", "s3:GetObject") == {"/exports/*"}
    assert files_of(synthesized, "run_job", "s3:PutObject") == {"/exports/*"}
    assert files_of(synthesized, "run_job", "s3:DeleteObject") == {"/exports/*", "/media/*"}


def test_fetch_media_writes_tenants_objects_of_one_bucket_and_reads_none(synthesized: Synthesized) -> None:
    template = synthesized.application
    about_objects = [s for s in synthesized.statements("fetch_media") if any(a.startswith("s3:") for a in actions(s))]
    assert about_objects
    for statement in about_objects:
        bucket, prefix = statement["Resource"]["Fn::Join"][1]
        assert template.referred(bucket).startswith("StorageMedia")
        assert prefix == "/media/*"


def test_fetch_media_is_told_what_it_needs(synthesized: Synthesized) -> None:
    assert set(synthesized.functions()["fetch_media"]["Environment"]["Variables"]) == {
        "AUZAP_CHANGES_QUEUE_URL",
        "AUZAP_ENVIRONMENT",
        "AUZAP_DATABASE_SECRET",
        "AUZAP_GRAPH_URL",
        "AUZAP_MEDIA_BUCKET",
        "AUZAP_MEDIA_QUEUE_URL",
    }


def test_receive_webhook_has_no_network_no_database_and_no_layer(synthesized: Synthesized) -> None:
    webhook = synthesized.functions()["receive_webhook"]
    assert "VpcConfig" not in webhook
    assert "Layers" not in webhook
    assert set(webhook["Environment"]["Variables"]) == {
        "AUZAP_ENVIRONMENT",
        "AUZAP_INBOUND_QUEUE_URL",
        "AUZAP_PROVIDER_EVENTS_QUEUE_URL",
        "AUZAP_QUARANTINE_BUCKET",
        "AUZAP_WHATSAPP_SECRET",
    }


def test_each_function_has_a_role_of_its_own_and_no_managed_policy(synthesized: Synthesized) -> None:
    template = synthesized.application
    roles = [template.referred(function["Role"]) for function in synthesized.functions().values()]

    assert len(set(roles)) == len(roles)
    assert not any("ManagedPolicyArns" in role for role in template.of("AWS::IAM::Role").values())


def test_no_action_is_a_wildcard_and_resources_are_named(synthesized: Synthesized) -> None:
    for template in synthesized.templates:
        for policy in template.of("AWS::IAM::Policy").values():
            for statement in policy["PolicyDocument"]["Statement"]:
                assert not any("*" in action for action in actions(statement)), statement
                if "*" not in listed(statement["Resource"]):
                    continue
                # Neither of them has an ARN; and the second is refused to the function's own code.
                nameless = {action for action in PLATFORM if action.startswith("xray:")}
                if not set(actions(statement)) <= nameless:
                    assert set(actions(statement)) == INTERFACES
                    assert statement["Condition"] == {"Null": {"lambda:SourceFunctionArn": "true"}}


def test_tenants_keys_are_unwrapped_only_for_a_named_organization(synthesized: Synthesized) -> None:
    unwrapping = {
        folder: statement["Condition"]
        for folder in synthesized.functions()
        for statement in synthesized.statements(folder)
        if "CredentialsKey" in str(statement["Resource"]) and "kms:Encrypt" not in actions(statement)
    }
    assert unwrapping.keys() == {"answer_conversation", "send_outbox", "fetch_media", "run_automation", "serve_api"}
    assert all(
        condition == {"Null": {"kms:EncryptionContext:organization_id": "false"}} for condition in unwrapping.values()
    )


def test_secrets_of_second_factors_are_sealed_for_a_named_person_by_the_api_alone(synthesized: Synthesized) -> None:
    sealing = {
        folder: (actions(statement), statement["Condition"])
        for folder in synthesized.functions()
        for statement in synthesized.statements(folder)
        if "kms:Encrypt" in actions(statement)
    }

    for_a_person = {"Null": {"kms:EncryptionContext:user_id": "false"}}
    assert sealing == {"serve_api": (["kms:Decrypt", "kms:Encrypt"], for_a_person)}


def test_mail_leaves_from_one_address_of_one_domain(synthesized: Synthesized) -> None:
    (sending,) = [s for s in synthesized.statements("run_automation") if "ses:SendEmail" in actions(s)]

    assert sending["Resource"]["Fn::Join"][1][-1] == ":identity/auzap.example"
    assert sending["Condition"] == {"StringEquals": {"ses:FromAddress": ["nao-responda@auzap.example"]}}
    told = synthesized.functions()["run_automation"]["Environment"]["Variables"]
    assert told["AUZAP_MAIL_FROM"] == "AuZap <nao-responda@auzap.example>"


def test_clocks_may_wake_their_function_and_keep_what_was_lost(synthesized: Synthesized) -> None:
    template = synthesized.application
    clock_roles = {template.referred(s["Target"]["RoleArn"]) for s in template.of("AWS::Scheduler::Schedule").values()}
    for policy in template.of("AWS::IAM::Policy").values():
        if not clock_roles & set(references(policy["Roles"])):
            continue
        allowed = {action for statement in policy["PolicyDocument"]["Statement"] for action in actions(statement)}
        assert allowed == {"lambda:InvokeFunction", "sqs:SendMessage"} | ENCRYPTED


def test_the_api_writes_tickets_into_the_table_of_sockets_and_reads_nothing_there(synthesized: Synthesized) -> None:
    (writing,) = [s for s in synthesized.statements("serve_api") if "dynamodb:PutItem" in actions(s)]
    assert actions(writing) == ["dynamodb:PutItem"]
    assert writing["Condition"] == {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["ticket:*"]}}
    about_sockets = [s for s in synthesized.statements("serve_api") if "RealtimeConnections" in str(s["Resource"])]
    assert about_sockets == [writing]


@pytest.mark.parametrize("folder", ["serve_realtime", "publish_changes"])
def test_sockets_are_told_and_closed_and_only_those_of_our_stage(synthesized: Synthesized, folder: str) -> None:
    telling = [s for s in synthesized.statements(folder) if "execute-api:ManageConnections" in actions(s)]
    places = [place for statement in telling for place in listed(statement["Resource"])]
    assert sorted(place["Fn::Join"][1][-1] for place in places) == [
        "/realtime/DELETE/@connections/*",
        "/realtime/POST/@connections/*",
    ]
    assert all(synthesized.application.referred(place).startswith("RealtimeApi") for place in places)
