"""AWS as the API meets it: queues for its hints, a key, a table of counters; every call is kept."""

import json
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import boto3

from auzap.aws.client import AwsClient
from auzap.media.bucket import Bucket
from tests.functions.outside.aws import Aws, serving

KEYS = {"aws_access_key_id": "test", "aws_secret_access_key": "test", "region_name": "sa-east-1"}
QUEUES = ("automations", "changes", "jobs", "media", "outbox", "turns")


@dataclass(frozen=True, slots=True)
class Surroundings:
    aws: Aws
    clients: Mapping[str, Any]
    environment: Mapping[str, str]

    def hints(self, queue: str) -> list[dict[str, Any]]:
        """What was put on a queue, in order."""
        url = self.environment[f"AUZAP_{queue.upper()}_QUEUE_URL"]
        return [
            json.loads(call.asked["MessageBody"])
            for call in self.aws.of("SendMessage")
            if call.asked["QueueUrl"] == url
        ]

    def keep_secret(self, value: Mapping[str, Any]) -> str:
        return self.clients["secretsmanager"].create_secret(Name=str(uuid4()), SecretString=json.dumps(value))["ARN"]

    def make_bucket(self) -> Bucket:
        """One for files, with nothing in it."""
        name = f"files-{uuid4()}"
        self.clients["s3"].create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "sa-east-1"})
        return Bucket(AwsClient("s3", region="sa-east-1", endpoint=self.aws.url), name)

    def make_counters(self) -> str:
        """A table as the application stack makes it, with nothing counted yet."""
        name = f"counters-{len(self.clients['dynamodb'].list_tables()['TableNames'])}"
        self.clients["dynamodb"].create_table(
            TableName=name,
            AttributeDefinitions=[{"AttributeName": "key", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "key", "KeyType": "HASH"}],
            BillingMode="PAY_PER_REQUEST",
        )
        return name


@contextmanager
def surroundings() -> Generator[Surroundings]:
    with serving() as aws:
        services = ("dynamodb", "kms", "s3", "secretsmanager", "sqs")
        clients: dict[str, Any] = {
            service: boto3.client(service, endpoint_url=aws.url, **KEYS)  # pyright: ignore[reportArgumentType]
            for service in services
        }
        environment = {
            f"AUZAP_{queue.upper()}_QUEUE_URL": clients["sqs"].create_queue(QueueName=queue)["QueueUrl"]
            for queue in QUEUES
        }
        environment |= {
            "AWS_ENDPOINT_URL": aws.url,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_REGION": "sa-east-1",
            "AUZAP_CREDENTIALS_KEY": clients["kms"].create_key()["KeyMetadata"]["Arn"],
            "AUZAP_PANEL_URL": "https://app.example",
        }
        yield Surroundings(aws, clients, environment)
        for client in clients.values():
            client.close()
