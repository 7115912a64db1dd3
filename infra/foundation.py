"""What the application stands on and does not make itself: the data stack gives it, or the local start."""

from dataclasses import dataclass

from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_kms as kms
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from infra.keys import data_key


@dataclass(frozen=True, kw_only=True)
class Network:
    vpc: ec2.IVpc
    subnets: ec2.SubnetSelection
    security_group: ec2.ISecurityGroup
    ipv6: bool


@dataclass(frozen=True, kw_only=True)
class Database:
    """Each secret is a login; the network is None where the database needs none to be reached."""

    application_secret: secretsmanager.ISecret
    owner_secret: secretsmanager.ISecret
    admin_secret: secretsmanager.ISecret
    network: Network | None


@dataclass(frozen=True, kw_only=True)
class Foundation:
    database: Database
    whatsapp_secret: secretsmanager.ISecret
    model_secret: secretsmanager.ISecret
    # What access tokens are signed with, and refresh tokens made of.
    identity_secret: secretsmanager.ISecret
    # None: there is no CloudFront in front of the API.
    origin_secret: secretsmanager.ISecret | None
    # Wraps the data keys of the tenants' provider tokens: without it they are lost.
    credentials_key: kms.IKey


def local_foundation(scope: Construct) -> Foundation:
    """The secrets that the local start writes before it deploys."""

    def existing(name: str) -> secretsmanager.ISecret:
        return secretsmanager.Secret.from_secret_name_v2(scope, name, f"auzap/local/{name}")

    return Foundation(
        database=Database(
            application_secret=existing("database"),
            owner_secret=existing("database-owner"),
            admin_secret=existing("database-admin"),
            network=None,
        ),
        whatsapp_secret=existing("whatsapp"),
        model_secret=existing("model"),
        identity_secret=existing("identity"),
        origin_secret=None,
        credentials_key=data_key(scope, "CredentialsKey", alias="auzap/local/credentials", keep=False),
    )
