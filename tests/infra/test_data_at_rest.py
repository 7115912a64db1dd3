"""What AuZap keeps is encrypted, private, and not lost by mistake."""

from dataclasses import replace
from pathlib import Path

import pytest
from aws_cdk.assertions import Template as InMemory
from synthesis import PRODUCTION, STAGING, Assembly, Synthesized, new_app, references

from infra.settings import Egress
from infra.stack_data import DataStack

KEPT = {"AWS::RDS::DBCluster", "AWS::KMS::Key", "AWS::S3::Bucket", "AWS::SecretsManager::Secret"}
WAYS_OUT: dict[Egress, str] = {
    "nat-gateway": "AWS::EC2::NatGateway",
    "nat-instance": "AWS::EC2::Instance",
    "ipv6": "AWS::EC2::EgressOnlyInternetGateway",
}
ANYWHERE = {"0.0.0.0/0", "::/0"}


def test_the_database_is_encrypted_and_reachable_by_the_functions_alone(synthesized: Synthesized) -> None:
    data = synthesized.data
    cluster = data.only("AWS::RDS::DBCluster")
    assert cluster["StorageEncrypted"] is True
    assert data.referred(cluster["KmsKeyId"]) in data.of("AWS::KMS::Key")
    assert all(not instance["PubliclyAccessible"] for instance in data.of("AWS::RDS::DBInstance").values())

    ingress = data.of("AWS::EC2::SecurityGroupIngress").values()
    (database,) = set(references(cluster["VpcSecurityGroupIds"]))
    (allowed,) = (rule for rule in ingress if database in references(rule["GroupId"]))
    assert data.referred(allowed["SourceSecurityGroupId"]).startswith("NetworkFunctions")
    assert "SecurityGroupIngress" not in data.of("AWS::EC2::SecurityGroup")[database]


def test_the_database_refuses_connections_without_tls_and_ends_what_hangs(synthesized: Synthesized) -> None:
    parameters = synthesized.data.only("AWS::RDS::DBClusterParameterGroup")["Parameters"]
    assert parameters["rds.force_ssl"] == "1"
    assert parameters["transaction_timeout"] == "30000"
    assert 0 < int(parameters["idle_session_timeout"]) <= 600_000


def test_the_databases_log_never_holds_what_customers_write(synthesized: Synthesized) -> None:
    parameters = synthesized.data.only("AWS::RDS::DBClusterParameterGroup")["Parameters"]
    assert parameters["log_parameter_max_length"] == "0"
    assert parameters["log_parameter_max_length_on_error"] == "0"
    assert parameters["log_error_verbosity"] == "terse"


def test_production_keeps_its_data_and_its_backups(assembly: Assembly) -> None:
    production = assembly.environment(PRODUCTION)
    cluster = production.data.only("AWS::RDS::DBCluster")
    assert cluster["DeletionProtection"] is True
    assert cluster["BackupRetentionPeriod"] == 35
    policies = {
        (resource["Type"], resource.get("DeletionPolicy"))
        for template in production.templates
        for resource in template.resources.values()
        if resource["Type"] in KEPT
    }
    assert policies == {(kind, "Retain") for kind in KEPT}


def test_secrets_are_encrypted_with_our_key_and_none_is_written_in_a_template(synthesized: Synthesized) -> None:
    for secret in synthesized.data.of("AWS::SecretsManager::Secret").values():
        assert synthesized.data.referred(secret["KmsKeyId"]) in synthesized.data.of("AWS::KMS::Key")
        assert "SecretString" not in secret
        assert "GenerateSecretString" in secret


def test_keys_are_renewed_each_year(synthesized: Synthesized) -> None:
    for template in synthesized.templates:
        assert all(key["EnableKeyRotation"] for key in template.of("AWS::KMS::Key").values())


def test_buckets_are_private_encrypted_and_refuse_plain_http(synthesized: Synthesized) -> None:
    buckets = [(t, id_, bucket) for t in synthesized.templates for id_, bucket in t.of("AWS::S3::Bucket").items()]
    assert len(buckets) == 6
    for template, id_, bucket in buckets:
        assert "WebsiteConfiguration" not in bucket
        assert bucket["PublicAccessBlockConfiguration"] == {
            "BlockPublicAcls": True,
            "BlockPublicPolicy": True,
            "IgnorePublicAcls": True,
            "RestrictPublicBuckets": True,
        }
        assert bucket["BucketEncryption"]
        (policy,) = (p for p in template.of("AWS::S3::BucketPolicy").values() if id_ in references(p["Bucket"]))
        refusals = [s for s in policy["PolicyDocument"]["Statement"] if s["Effect"] == "Deny"]
        assert [refusal["Condition"] for refusal in refusals] == [{"Bool": {"aws:SecureTransport": "false"}}]


def test_what_people_wrote_is_under_our_key_and_leaves_the_quarantine_after_30_days(synthesized: Synthesized) -> None:
    template = synthesized.application
    buckets = {id_: b for id_, b in template.of("AWS::S3::Bucket").items() if "AccessLog" not in id_}
    for bucket in buckets.values():
        (rule,) = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
        assert rule["ServerSideEncryptionByDefault"]["SSEAlgorithm"] == "aws:kms"
        assert template.referred(rule["ServerSideEncryptionByDefault"]["KMSMasterKeyID"]) in template.of(
            "AWS::KMS::Key"
        )
    (quarantine,) = (bucket for id_, bucket in buckets.items() if "Quarantine" in id_)
    assert [rule["ExpirationInDays"] for rule in quarantine["LifecycleConfiguration"]["Rules"]] == [30]


def test_heads_of_trails_are_locked_for_years_in_production_and_no_bucket_else_is(synthesized: Synthesized) -> None:
    buckets = synthesized.application.of("AWS::S3::Bucket")
    (heads,) = (bucket for bucket in buckets.values() if "ObjectLockEnabled" in bucket)

    assert heads["VersioningConfiguration"] == {"Status": "Enabled"}
    of_production = synthesized.settings is PRODUCTION
    retention = {"Mode": "COMPLIANCE", "Days": 1_826} if of_production else {"Mode": "GOVERNANCE", "Days": 14}
    assert heads["ObjectLockConfiguration"] == {"ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": retention}}
    assert "ExpirationInDays" not in str(heads["LifecycleConfiguration"])


def test_counters_and_connections_expire_and_are_encrypted(synthesized: Synthesized) -> None:
    tables = synthesized.application.of("AWS::DynamoDB::Table")
    assert len(tables) == 2
    for table in tables.values():
        assert table["TimeToLiveSpecification"] == {"AttributeName": "expires_at", "Enabled": True}
        assert table["SSESpecification"]["SSEType"] == "KMS"


def test_every_log_is_encrypted_and_ends(synthesized: Synthesized) -> None:
    for template in synthesized.templates:
        for log_group in template.of("AWS::Logs::LogGroup").values():
            assert template.referred(log_group["KmsKeyId"]) in template.of("AWS::KMS::Key")
            assert log_group["RetentionInDays"] <= 90


@pytest.mark.parametrize("egress", WAYS_OUT)
def test_nothing_outside_may_open_a_connection_to_the_inside(tmp_path: Path, egress: Egress) -> None:
    settings = replace(STAGING, egress=egress)
    assert settings.aurora
    template = InMemory.from_stack(DataStack(new_app(tmp_path), settings=settings, aurora=settings.aurora)).to_json()
    resources = template["Resources"].values()

    groups = [r["Properties"] for r in resources if r["Type"] == "AWS::EC2::SecurityGroup"]
    rules = [r["Properties"] for r in resources if r["Type"] == "AWS::EC2::SecurityGroupIngress"]
    rules += [rule for group in groups for rule in group.get("SecurityGroupIngress", [])]
    assert rules
    assert not any({rule.get("CidrIp"), rule.get("CidrIpv6")} & ANYWHERE for rule in rules)
    assert {r["Type"] for r in resources} & set(WAYS_OUT.values()) == {WAYS_OUT[egress]}


def test_functions_with_a_database_reach_it_and_https_and_nothing_else(synthesized: Synthesized) -> None:
    template = synthesized.data
    groups = template.of("AWS::EC2::SecurityGroup")
    (functions,) = (
        id_ for id_, group in groups.items() if group["GroupDescription"] == "Functions that use the database"
    )
    rules = [
        *groups[functions].get("SecurityGroupEgress", []),
        *(
            rule
            for rule in template.of("AWS::EC2::SecurityGroupEgress").values()
            if functions in references(rule["GroupId"])
        ),
    ]

    anywhere = {(rule["IpProtocol"], rule["FromPort"], rule["ToPort"]) for rule in rules if "CidrIp" in rule}
    within = [rule for rule in rules if "CidrIp" not in rule]
    assert anywhere == {("tcp", 443, 443)}
    assert within
    for rule in within:
        (group,) = set(references(rule["DestinationSecurityGroupId"])) & groups.keys()
        assert "atabase" in groups[group]["GroupDescription"] or rule["ToPort"] == 443


def test_files_are_put_from_the_panel_and_from_nowhere_else(synthesized: Synthesized) -> None:
    buckets = synthesized.application.of("AWS::S3::Bucket").values()

    rules = [bucket["CorsConfiguration"]["CorsRules"] for bucket in buckets if "CorsConfiguration" in bucket]

    assert rules == [
        [
            {
                "AllowedHeaders": ["content-type"],
                "AllowedMethods": ["PUT"],
                "AllowedOrigins": ["https://app.auzap.example"],
                "MaxAge": 3600,
            }
        ]
    ]
