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

from auzap.channels import credentials
from auzap.channels.whatsapp.webhook import sort
from auzap.db.connection import Database
from auzap.ids import OrganizationId
from local.street import inbound
from local.street.chats import Chat
from local.street.config import Account
from local.street.inbound import Shape
from tests import factories
from tests.functions.outside.aws import Aws
from tests.functions.outside.model import answer
from tests.functions.outside.street import Outside, Server
from tests.functions.sandbox import Invocation, Sandboxes
from tests.functions.traffic import SOURCES, Traffic
from tests.postgres import Clock, Place

BUCKET = "quarantine-of-the-tests"
MEDIA_BUCKET = "media-of-the-tests"
CONNECTIONS = "connections-of-the-tests"
# Nobody's: a test that opens sockets says where they are.
NO_SOCKETS = "http://127.0.0.1:1/realtime"
# Shorter, and a customer's word would be found among the words of a log.
SHORTEST_CANARY = 8
SHORTEST_WINDOW = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Installation:
    """What every test of a session finds: AWS with a key and a bucket, the outside, and sandboxes."""

    aws: Aws
    clients: Mapping[str, Any]
    sandboxes: Sandboxes
    server: Server
    master_key: str
    model_key: str
    model_secret: str

    def keep_secret(self, value: Mapping[str, Any]) -> str:
        return _keep_secret(self.clients, value)

    def quarantined(self) -> list[tuple[str, bytes]]:
        """Name and content of every object, oldest first."""
        s3 = self.clients["s3"]
        found = s3.list_objects_v2(Bucket=BUCKET).get("Contents", [])
        names = [each["Key"] for each in sorted(found, key=lambda each: each["LastModified"])]
        return [(name, s3.get_object(Bucket=BUCKET, Key=name)["Body"].read()) for name in names]


def install(aws: Aws, sandboxes: Sandboxes, server: Server) -> Installation:
    keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test", "region_name": "sa-east-1"}
    services = ("sqs", "kms", "secretsmanager", "s3", "dynamodb")
    clients = {service: boto3.client(service, endpoint_url=aws.url, **keys) for service in services}
    for bucket in (BUCKET, MEDIA_BUCKET):
        clients["s3"].create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "sa-east-1"})
    _make_connections_table(clients["dynamodb"])
    model_key = f"sk-{secrets.token_hex(16)}"
    return Installation(
        aws=aws,
        clients=clients,
        sandboxes=sandboxes,
        server=server,
        master_key=clients["kms"].create_key()["KeyMetadata"]["Arn"],
        model_key=model_key,
        model_secret=_keep_secret(clients, {"api_key": model_key}),
    )


@dataclass(slots=True)
class House:
    installation: Installation
    place: Place
    clock: Clock
    database: Database
    outside: Outside
    account: Account
    organization_id: OrganizationId
    environment: dict[str, str]
    canaries: set[str]
    traffic: Traffic = field(init=False)
    # The next sandbox that comes by this point is killed there.
    failpoint: str | None = None
    transactions_held: int = 0

    def __post_init__(self) -> None:
        sqs = self.installation.clients["sqs"]
        self.traffic = Traffic(self.installation.aws, sqs, self.clock, self.invoke, _make_queues(sqs))
        for queue, url in self.traffic.urls.items():
            self.environment[f"AUZAP_{queue.upper()}_QUEUE_URL"] = url

    def person(self, name: str = "Ana Souza", **known: Any) -> Chat:
        """Somebody with a telephone."""
        return self.outside.street.chats.open(self.account, name=name, phone=factories.new_wa_id(), **known)

    def says(self, person: Chat, text: str = "Quanto custa o banho do meu cachorro?", **fields: Any) -> str:
        """A customer writes, and the webhook has put it on its queue; the id of the message."""
        return self.say_at_once(person, {"text": text, **fields})[0]

    def say_at_once(self, person: Chat, *said: Mapping[str, Any]) -> list[str]:
        street = self.outside.street
        composed = [inbound.compose(street, self.account, person, each) for each in said]
        for each in composed:
            inbound.record(street, each)
        self.receive(inbound.batch(composed, Shape(1, 1, len(composed))))
        return [each.id for each in composed]

    def receive(self, webhook: bytes) -> None:
        """As receive_webhook does, with a signature or without."""
        found = sort(json.loads(webhook), received_at=int(datetime.now(UTC).timestamp() * 1000))
        assert not found.unreadable
        for entry in found.inbound:
            self.traffic.put("inbound", entry["body"], group=entry["group"])
        for entry in found.events:
            self.traffic.put("provider_events", entry["body"])

    def receive_statuses(self) -> None:
        """What Meta tells by now of the messages that it has accepted."""
        for webhook in self.outside.take_webhooks():
            self.receive(webhook)

    def invoke(
        self,
        function: str,
        *events: dict[str, Any],
        settings: Mapping[str, str] | None = None,
        seconds: float | None = None,
    ) -> Invocation:
        """One sandbox, from its start to its end; whatever becomes of it, it must have told no secret."""
        seconds = seconds or {source.function: source.seconds for source in SOURCES.values()}.get(function, 30)
        failpoint = {"AUZAP_FAILPOINT": self.failpoint} if self.failpoint else {}
        environment = {**self.environment, **failpoint, **(settings or {})}
        invocation = self.installation.sandboxes.run(function, events, environment, seconds=seconds)
        if invocation.was_killed:
            self.failpoint = None
        assert not self.told_by(invocation), invocation.output
        return invocation

    def work(self, queue: str, **how: Any) -> list[Invocation]:
        """All that lies on a queue is worked off at once, whatever its time."""
        records = self.traffic.take(queue)
        size = SOURCES[queue].batch
        batches = [records[start : start + size] for start in range(0, len(records), size)]
        return [self.traffic.deliver(queue, batch, **how) for batch in batches]

    def hear(self, person: Chat, text: str = "Quanto custa o banho do meu cachorro?", **fields: Any) -> str:
        """A customer writes, and it is recorded."""
        wamid = self.says(person, text, **fields)
        for invocation in self.work("inbound"):
            assert not invocation.failed, invocation.output
        return wamid

    def reply(self, person: Chat, text: str) -> None:
        """A customer writes, and this answer of the agent's waits in the outbox."""
        self.outside.model.script = [answer(text)]
        self.hear(person)
        for invocation in self.work("turns"):
            assert not invocation.failed, invocation.output

    def suspend(self) -> None:
        """The shop has not paid."""
        with psycopg.connect(self.place.admin) as admin:
            admin.execute("UPDATE organizations SET status = 'suspended' WHERE id = %s", [self.organization_id])

    def told_by(self, invocation: Invocation) -> set[str]:
        """What an invocation has written that nobody may read in a log."""
        snapshot = self.outside.street.chats.snapshot()
        people = {chat[known] for chat in snapshot["chats"] for known in ("phone", "bsuid", "name") if chat[known]}
        texts = {text for message in snapshot["messages"] for text in _texts(message["content"])}
        secret = self.canaries | people | {text for text in texts if len(text) >= SHORTEST_CANARY}
        return {
            canary for canary in secret if canary in invocation.output or json.dumps(canary)[1:-1] in invocation.output
        }

    def rows(self, query: LiteralString, *parameters: Any) -> list[tuple[Any, ...]]:
        with self.database.transaction(self.organization_id, "test") as tx:
            return tx.execute(query, parameters).fetchall()

    def change(self, statement: LiteralString, *parameters: Any) -> None:
        with self.database.transaction(self.organization_id, "test") as tx:
            tx.execute(statement, parameters)

    def one(self, query: LiteralString, *parameters: Any) -> Any:
        """The only value of the only row."""
        ((value,),) = self.rows(query, *parameters)
        return value


@contextmanager
def opened(installation: Installation, place: Place) -> Generator[House]:
    """A house with a fresh shop. What it writes stays in the database, apart from every other shop's."""
    with psycopg.connect(place.owner, autocommit=True) as owner, closing(Database(lambda: place.app)) as database:
        shop = factories.make_pet_shop(owner, database)
    account = Account(
        phone_number_id=shop.account.external_id,
        waba_id=shop.account.external_id,
        display_phone="+55 11 3000-0000",
        shop_name="Pet Feliz",
        access_token=f"EAA{secrets.token_hex(24)}",
    )
    with around(installation, place, account, shop.organization_id) as house:
        _furnish(house)
        yield house


@contextmanager
def around(
    installation: Installation, place: Place, account: Account, organization_id: OrganizationId, **street: Any
) -> Generator[House]:
    """The house of a shop that the database knows. `street` says what else stands outside."""
    installation.aws.begin_test()
    with (
        psycopg.connect(place.owner, autocommit=True) as owner,
        psycopg.connect(place.admin, autocommit=True) as watcher,
        closing(Database(lambda: place.app)) as database,
    ):
        clock = Clock(owner)
        with installation.server.standing(account, **street) as outside:
            house = House(
                installation=installation,
                place=place,
                clock=clock,
                database=database,
                outside=outside,
                account=account,
                organization_id=organization_id,
                environment=_environment(installation, place, outside),
                canaries={account.access_token, installation.model_key, _password(place)},
            )
            outside.on_call = lambda: _watch(house, watcher)
            yield house
        clock.reset()
        assert house.transactions_held == 0, "a transaction was open while somebody outside was called"


def _environment(installation: Installation, place: Place, outside: Outside) -> dict[str, str]:
    database = installation.keep_secret(database_secret(place.app))
    return {
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": "sa-east-1",
        "AWS_ENDPOINT_URL": installation.aws.url,
        "AUZAP_DATABASE_SECRET": database,
        "AUZAP_QUARANTINE_BUCKET": BUCKET,
        "AUZAP_MEDIA_BUCKET": MEDIA_BUCKET,
        "AUZAP_CONNECTIONS_TABLE": CONNECTIONS,
        "AUZAP_SOCKETS_URL": NO_SOCKETS,
        "AUZAP_CREDENTIALS_KEY": installation.master_key,
        "AUZAP_MODEL_SECRET": installation.model_secret,
        "AUZAP_MODEL_BASE_URL": outside.model_url,
        "AUZAP_MODEL_NAME": "offline",
        "AUZAP_GRAPH_URL": outside.graph_url,
        "AUZAP_MAIL_FROM": "AuZap <nao-responda@auzap.example>",
        "AUZAP_MAIL_URL": outside.url,
        "AUZAP_PANEL_URL": "https://app.example",
    }


def database_secret(dsn: str) -> dict[str, Any]:
    """A login as Secrets Manager keeps it."""
    known = conninfo_to_dict(dsn)
    return {
        "host": known["host"],
        "port": known["port"],
        "dbname": known["dbname"],
        "username": known["user"],
        "password": known["password"],
        "sslmode": "disable",
    }


def _furnish(house: House) -> None:
    """A token, two services, and the shortest wait for a burst: a hint is then in time at once."""
    seal_token(house, house.account.access_token)
    with house.database.transaction(house.organization_id, "test") as tx:
        tx.execute("UPDATE organization_settings SET burst_window = %s", [SHORTEST_WINDOW])
        factories.make_service(tx, "Banho", price_cents=7000)
        factories.make_service(tx, "Corte de unhas", duration=timedelta(minutes=15), price_cents=2500)


def seal_token(house: House, token: str) -> None:
    """The token with which the shop speaks to the Graph API, under a data key of its own."""
    key = house.installation.clients["kms"].generate_data_key(
        KeyId=house.installation.master_key,
        KeySpec="AES_256",
        EncryptionContext={"organization_id": str(house.organization_id)},
    )
    sealed = credentials.sealed(key["Plaintext"], house.organization_id, token)
    with psycopg.connect(house.place.admin) as admin:
        admin.execute(
            """
            INSERT INTO organization_keys (organization_id, wrapped_key) VALUES (%(shop)s, %(key)s)
            ON CONFLICT (organization_id) DO UPDATE SET wrapped_key = excluded.wrapped_key
            """,
            {"shop": house.organization_id, "key": key["CiphertextBlob"]},
        )
        admin.execute(
            "UPDATE channel_accounts SET credentials = %s WHERE organization_id = %s", [sealed, house.organization_id]
        )


def _make_queues(sqs: Any) -> dict[str, str]:
    test = uuid4().hex
    return {
        queue: sqs.create_queue(
            QueueName=f"{queue}-{test}.fifo" if queue == "inbound" else f"{queue}-{test}",
            Attributes={"FifoQueue": "true"} if queue == "inbound" else {},
        )["QueueUrl"]
        for queue in SOURCES
    }


def _make_connections_table(dynamodb: Any) -> None:
    dynamodb.create_table(
        TableName=CONNECTIONS,
        KeySchema=[{"AttributeName": "connection_id", "KeyType": "HASH"}],
        AttributeDefinitions=[
            {"AttributeName": "connection_id", "AttributeType": "S"},
            {"AttributeName": "organization_id", "AttributeType": "S"},
        ],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "by_organization",
                "KeySchema": [{"AttributeName": "organization_id", "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
        BillingMode="PAY_PER_REQUEST",
    )


def _keep_secret(clients: Mapping[str, Any], value: Mapping[str, Any]) -> str:
    return clients["secretsmanager"].create_secret(Name=str(uuid4()), SecretString=json.dumps(value))["ARN"]


def _password(place: Place) -> str:
    return str(conninfo_to_dict(place.app)["password"])


def _watch(house: House, watcher: psycopg.Connection) -> None:
    found = watcher.execute(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = %s AND usename = 'auzap_app' AND state LIKE 'idle in tr%%'",
        [house.place.name],
    ).fetchone()
    house.transactions_held += found[0] if found else 0


def _texts(content: Any) -> Sequence[str]:
    """Every text in what a phone shows."""
    match content:
        case str():
            return [content]
        case dict():
            return [text for value in content.values() for text in _texts(value)]
        case list():
            return [text for value in content for text in _texts(value)]
        case _:
            return []
