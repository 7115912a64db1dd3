"""AuZap's functions with everything around them: a shop on the street, its database, the queues, and the sandboxes."""

import json
import secrets
from collections.abc import Generator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, LiteralString
from uuid import uuid4

import boto3
import psycopg
from psycopg.conninfo import conninfo_to_dict

from auzap.aws.client import AwsClient
from auzap.channels import credentials
from auzap.channels.whatsapp.webhook import sort
from auzap.db.connection import Database
from auzap.ids import ConversationId, OrganizationId
from local.street import inbound
from local.street.chats import Chat
from local.street.config import Account
from tests import factories
from tests.factories import PetShop
from tests.functions.outside.aws import Aws
from tests.functions.outside.street import Outside, Server
from tests.functions.sandbox import Invocation, Sandboxes
from tests.functions.traffic import SOURCES, Traffic
from tests.postgres import Clock, Place

BUCKET = "quarantine-of-the-tests"
# Shorter, and a word of a customer would be found in the words of a log.
SHORTEST_CANARY = 8
APPLICATION_ROLE = "auzap_app"


@dataclass(frozen=True, slots=True)
class Installation:
    """What every test finds in its AWS account."""

    aws: Aws
    sandboxes: Sandboxes
    server: Server
    master_key: str
    model_secret: str
    model_key: str

    def client(self, service: str) -> AwsClient:
        return AwsClient(service, endpoint=self.aws.url)

    def keep_secret(self, name: str, value: Mapping[str, Any]) -> str:
        kept = {"Name": f"{name}-{uuid4()}", "SecretString": json.dumps(value)}
        with closing(self.client("secretsmanager")._connection):
            return self.client("secretsmanager").call("CreateSecret", kept)["ARN"]


def install(aws: Aws, sandboxes: Sandboxes, server: Server) -> Installation:
    model_key = f"sk-{secrets.token_hex(16)}"
    kms, keeper = AwsClient("kms", endpoint=aws.url), AwsClient("secretsmanager", endpoint=aws.url)
    s3(aws).create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "sa-east-1"})
    return Installation(
        aws=aws,
        sandboxes=sandboxes,
        server=server,
        master_key=kms.call("CreateKey", {})["KeyMetadata"]["Arn"],
        model_secret=keeper.call("CreateSecret", {"Name": "model", "SecretString": json.dumps({"api_key": model_key})})["ARN"],
        model_key=model_key,
    )
