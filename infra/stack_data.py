"""The data stack: network, Aurora PostgreSQL, and the secrets and keys that must outlive the application."""

from collections.abc import Sequence
from typing import cast

from aws_cdk import Duration, Environment, RemovalPolicy, Stack
from aws_cdk import aws_logs as logs
from aws_cdk import aws_rds as rds
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from infra import reasons
from infra.foundation import Database, Foundation, Network
from infra.keys import data_key, let_logs_use
from infra.names import camel_case
from infra.network import FUNCTIONS, ISOLATED, PrivateNetwork
from infra.settings import EDGE_REGION, Aurora, Settings

PORT = 5433
ENGINE = rds.DatabaseClusterEngine.aurora_postgres(version=rds.AuroraPostgresEngineVersion.VER_18_4)


class DataStack(Stack):
    def __init__(self, scope: Construct, *, settings: Settings, aurora: Aurora) -> None:
        super().__init__(
            scope,
            f"{settings.prefix}-data",
            description="AuZap's network, database, secrets and keys",
            env=Environment(region=settings.region),
            termination_protection=settings.keep_data,
        )
        self._settings = settings
        self._removal = RemovalPolicy.RETAIN if settings.keep_data else RemovalPolicy.DESTROY
        self._retention = logs.RetentionDays[settings.log_retention]
        self._key = data_key(self, "Key", alias=f"auzap/{settings.environment}/data", keep=settings.keep_data)
        let_logs_use(self._key, [f"/{settings.prefix}/*", f"/aws/rds/cluster/{settings.prefix}/*"])

        network = PrivateNetwork(
            self,
            "Network",
            name=settings.prefix,
            egress=settings.egress,
            availability_zones=settings.availability_zones,
            nat_gateways=settings.nat_gateways,
            log_retention=self._retention,
            key=self._key,
        )
        admin = self._login("database-admin", "auzap_admin")
        cluster = self._cluster(aurora, network, admin)
        cluster.connections.allow_default_port_from(network.functions, "Functions that use the database")

        self.foundation = Foundation(
            database=Database(
                application_secret=self._login("database", "auzap_app").attach(cluster),
                owner_secret=self._login("database-owner", "auzap_owner").attach(cluster),
                admin_secret=cast(secretsmanager.ISecret, cluster.secret),
                network=Network(
                    vpc=network.vpc,
                    subnets=FUNCTIONS,
                    security_group=network.functions,
                    ipv6=settings.egress == "ipv6",
                ),
            ),
            # The first two are empty until an operator fills them in, and everything that reads them refuses meanwhile.
            whatsapp_secret=self._secret(
                "whatsapp", template='{"app_id": "", "app_secrets": []}', generated="verify_token"
            ),
            model_secret=self._secret("model", template="{}", generated="api_key"),
            identity_secret=self._secret("identity", template='{"former": []}', generated="current"),
            origin_secret=self._secret(
                "origin",
                template='{"former": []}',
                generated="current",
                # CloudFront is told it by the edge stack, which reads what is in its own region.
                copied_to=[EDGE_REGION] if settings.edge and settings.region != EDGE_REGION else [],
            ),
            credentials_key=data_key(
                self,
                "CredentialsKey",
                alias=f"auzap/{settings.environment}/credentials",
                keep=settings.keep_data,
            ),
        )
        reasons.acknowledge(self, reasons.DATA)

    def _cluster(self, aurora: Aurora, network: PrivateNetwork, admin: rds.DatabaseSecret) -> rds.DatabaseCluster:
        keep = self._settings.keep_data
        # Made here, or RDS makes it without retention and without our key.
        log_group = logs.LogGroup(
            self,
            "DatabaseLog",
            log_group_name=f"/aws/rds/cluster/{self._settings.prefix}/postgresql",
            retention=self._retention,
            encryption_key=self._key,
            removal_policy=RemovalPolicy.DESTROY,
        )
        instance_parameters = rds.ParameterGroup(
            self,
            "InstanceParameters",
            engine=ENGINE,
            description="The limits of one instance",
            # Left to its default it follows the capacity at boot, and the concurrency limits count on a number.
            parameters={"max_connections": str(aurora.max_connections)},
        )
        cluster = rds.DatabaseCluster(
            self,
            "Database",
            engine=ENGINE,
            cluster_identifier=self._settings.prefix,
            default_database_name="auzap",
            credentials=rds.Credentials.from_secret(cast(secretsmanager.ISecret, admin)),
            port=PORT,
            writer=_instance("writer", instance_parameters, scale_with_writer=False),
            readers=[
                _instance(f"reader{number}", instance_parameters, scale_with_writer=True)
                for number in range(1, aurora.readers + 1)
            ],
            serverless_v2_min_capacity=aurora.min_capacity,
            serverless_v2_max_capacity=aurora.max_capacity,
            parameters={
                "rds.force_ssl": "1",
                # In milliseconds. A function that was killed or frozen gives back its locks, then its connection.
                "transaction_timeout": "30000",
                "idle_session_timeout": "300000",
                # Slow statements are logged; what customers write (parameters, details of errors) never is.
                "log_min_duration_statement": "1000",
                "log_parameter_max_length": "0",
                "log_parameter_max_length_on_error": "0",
                "log_error_verbosity": "terse",
            },
            vpc=network.vpc,
            vpc_subnets=ISOLATED,
            security_groups=[network.database],
            storage_encrypted=True,
            storage_encryption_key=self._key,
            enable_performance_insights=True,
            performance_insight_encryption_key=self._key,
            iam_authentication=True,
            backup=rds.BackupProps(retention=Duration.days(aurora.backup_days), preferred_window="05:00-05:30"),
            preferred_maintenance_window="sun:06:00-sun:06:30",
            copy_tags_to_snapshot=True,
            cloudwatch_logs_exports=["postgresql"],
            deletion_protection=keep,
            removal_policy=RemovalPolicy.RETAIN if keep else RemovalPolicy.SNAPSHOT,
        )
        cluster.node.add_dependency(log_group)
        return cluster

    def _login(self, name: str, username: str) -> rds.DatabaseSecret:
        secret = rds.DatabaseSecret(
            self,
            _id(name),
            secret_name=f"auzap/{self._settings.environment}/{name}",
            username=username,
            dbname="auzap",
            encryption_key=self._key,
        )
        secret.apply_removal_policy(self._removal)
        return secret

    def _secret(
        self, name: str, *, template: str, generated: str, copied_to: Sequence[str] = ()
    ) -> secretsmanager.ISecret:
        secret = secretsmanager.Secret(
            self,
            _id(name),
            secret_name=f"auzap/{self._settings.environment}/{name}",
            encryption_key=self._key,
            generate_secret_string=secretsmanager.SecretStringGenerator(
                secret_string_template=template, generate_string_key=generated, exclude_punctuation=True
            ),
            replica_regions=[secretsmanager.ReplicaRegion(region=region) for region in copied_to],
            removal_policy=self._removal,
        )
        return cast(secretsmanager.ISecret, secret)


def _instance(name: str, parameters: rds.ParameterGroup, *, scale_with_writer: bool) -> rds.IClusterInstance:
    return rds.ClusterInstance.serverless_v2(
        name,
        scale_with_writer=scale_with_writer,
        parameter_group=parameters,
        enable_performance_insights=True,
        publicly_accessible=False,
        ca_certificate=rds.CaCertificate.RDS_CA_RSA2048_G1,
    )


def _id(name: str) -> str:
    return f"{camel_case(name)}Secret"
