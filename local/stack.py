"""The whole product on one machine: database, emulator, deployed application, seeded shop, street."""

import json
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

from psycopg.conninfo import make_conninfo

from local import database, deploy, emulator, keys, locks, ports, postgres, seed, street_process
from local.database import Login
from local.demonstration.shop import SPARE
from local.deploy import Aws, Deployment
from local.given import Given, Model
from local.keys import Keys
from local.leash import Leashed
from local.places import PROJECT
from local.ports import HOST
from local.problems import CannotStart
from local.progress import Progress
from local.seed import SeededShop
from local.street.accounts import APP_ID, CODE
from local.street.config import ApiUpstream, StreetConfig


@dataclass(frozen=True)
class StackConfig:
    directory: Path = PROJECT / ".local"
    port: int = 8080
    emulator_port: int = 4566
    database_port: int = 54329
    given: Given = field(default_factory=Given)
    # Off for tests, which then do not wait for the disk.
    durable: bool = True

    @property
    def front_door(self) -> str:
        return f"http://{HOST}:{self.port}"

    @property
    def webhook_url(self) -> str:
        return f"{self.front_door}/webhooks/whatsapp"

    @property
    def aws_url(self) -> str:
        return self.given.aws_endpoint_url or f"http://{HOST}:{self.emulator_port}"

    @property
    def endpoints_file(self) -> Path:
        return self.directory / "endpoints.json"

    def log(self, name: str) -> Path:
        return self.directory / "log" / f"{name}.log"


class Stack:
    """Started and stopped as a whole: leaving it leaves nothing running."""

    def __init__(self, config: StackConfig, progress: Progress) -> None:
        self.config = config
        self.progress = progress
        self.endpoints: dict[str, Any] = {}
        self._processes: list[Leashed] = []
        self._teardown = ExitStack()

    def __enter__(self) -> Self:
        try:
            self._start()
        except BaseException:
            self._teardown.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._teardown.close()

    @property
    def ended(self) -> Leashed | None:
        """A part that is no longer there."""
        return next((process for process in self._processes if not process.alive), None)

    def _start(self) -> None:
        config, step = self.config, self.progress.step
        self._teardown.enter_context(alone(config.directory))
        config.endpoints_file.unlink(missing_ok=True)
        shutil.rmtree(config.directory / "log", ignore_errors=True)

        with step("Checking tools, ports and given parts"):
            self._check()
        ring = keys.load(config.directory)
        with step("Preparing the given database" if config.given.database_url else "Starting PostgreSQL"):
            server_dsn = config.given.database_url or self._start_postgres(ring)
            mark = database.create(server_dsn)
        with step("Starting the AWS emulator"):
            self._start_emulator()
            aws = Aws(config.aws_url)
        logins = _logins(server_dsn, ring)
        outputs = self._deploy(aws, _deployment(config, ring, logins, mark))
        with step("Seeding the demonstration shop"), aws.client("kms") as kms:
            dsn = make_conninfo(server_dsn, dbname=database.NAME)
            shop = seed.seed(dsn, kms, f"alias/{deploy.CREDENTIALS_KEY}")
        with step("Starting the street"):
            street = _street(config, ring, shop, outputs)
            self._hold(street_process.start(street, directory=config.directory, log=config.log("street")))
        self.endpoints = _endpoints(config, ring, logins, shop)
        self._publish()

    def _check(self) -> None:
        config = self.config
        if not deploy.CDK.exists():
            raise CannotStart("The CDK CLI is not installed: run npm ci (make run does).")
        config.given.check()
        ports.require_free(config.port, purpose="the front door", variable="AUZAP_PORT")
        if not config.given.aws_endpoint_url:
            ports.require_free(config.emulator_port, purpose="the AWS emulator", variable="AUZAP_EMULATOR_PORT")
        if not config.given.database_url:
            ports.require_free(config.database_port, purpose="PostgreSQL", variable="AUZAP_DATABASE_PORT")

    def _start_postgres(self, ring: Keys) -> str:
        server = postgres.start(
            self.config.directory / "postgres",
            self.config.database_port,
            password=ring.admin_password,
            log=self.config.log("postgres"),
            durable=self.config.durable,
        )
        self._hold(server.process)
        return server.admin_dsn

    def _start_emulator(self) -> None:
        if self.config.given.aws_endpoint_url:
            return
        started = emulator.start(
            self.config.directory / "aws",
            self.config.emulator_port,
            log=self.config.log("emulator"),
            keep_state=True,
        )
        self._processes.append(started.process)
        self._teardown.callback(started.stop)

    def _deploy(self, aws: Aws, deployment: Deployment) -> dict[str, str]:
        deploy.put_secrets(aws, deployment)
        if not deploy.is_current(aws, deployment):
            deploy.deploy(
                aws,
                deployment,
                directory=self.config.directory,
                log=self.config.log("cdk"),
                progress=self.progress,
            )
        return deploy.outputs(aws)

    def _hold(self, process: Leashed) -> None:
        self._processes.append(process)
        self._teardown.callback(process.stop)

    def _publish(self) -> None:
        path = self.config.endpoints_file
        unfinished = path.with_suffix(".new")
        unfinished.touch(mode=0o600)
        unfinished.write_text(json.dumps(self.endpoints, indent=2))
        unfinished.replace(path)
        self._teardown.callback(lambda: path.unlink(missing_ok=True))


@contextmanager
def alone(directory: Path) -> Iterator[None]:
    """Only one stack at a time has a directory, and it is not removed under a running one."""
    with ExitStack() as held:
        try:
            held.enter_context(locks.holding(directory / "running.lock", wait=False))
        except BlockingIOError as error:
            raise CannotStart(
                "AuZap is already running from this folder; stop it first (Ctrl-C where it runs)."
            ) from error
        yield


def _logins(server_dsn: str, ring: Keys) -> dict[str, Login]:
    admin = database.administrator(server_dsn)
    return {
        "admin": admin,
        "owner": replace(admin, username="auzap_owner", password=ring.owner_password),
        "application": replace(admin, username="auzap_app", password=ring.app_password),
    }


def _deployment(config: StackConfig, ring: Keys, logins: dict[str, Login], mark: str) -> Deployment:
    model = config.given.model or Model(f"{config.front_door}/model/v1", "offline", "offline", embeddings="offline")
    return Deployment(
        secrets={
            "auzap/local/database": logins["application"].secret,
            "auzap/local/database-owner": logins["owner"].secret,
            "auzap/local/database-admin": logins["admin"].secret,
            "auzap/local/whatsapp": {
                "app_id": APP_ID,
                "app_secrets": [ring.whatsapp_app_secret],
                "verify_token": ring.whatsapp_verify_token,
            },
            "auzap/local/model": {"api_key": model.api_key},
            "auzap/local/identity": {"current": ring.identity_key, "former": []},
        },
        variables={
            "AUZAP_LOCAL_REALTIME_URL": f"ws://{HOST}:{config.port}/realtime",
            # Inside the emulator, which gives each API its name when it is made.
            "AUZAP_LOCAL_SOCKETS_URL": f"{config.aws_url}/_aws/execute-api/{{api}}/realtime",
            "AUZAP_LOCAL_MAIL_URL": config.front_door,
            "AUZAP_LOCAL_PANEL_URL": config.front_door,
            "AUZAP_LOCAL_GRAPH_URL": config.given.graph_url or f"{config.front_door}/graph/v26.0",
            "AUZAP_LOCAL_MODEL_BASE_URL": model.base_url,
            "AUZAP_LOCAL_MODEL_NAME": model.name,
            "AUZAP_LOCAL_MODEL_EMBEDDINGS_NAME": model.embeddings,
            # Migrations are part of a deployment: another database needs another one.
            "AUZAP_LOCAL_DATABASE_MARK": mark,
        },
    )


def _street(config: StackConfig, ring: Keys, shop: SeededShop, outputs: dict[str, str]) -> StreetConfig:
    upstream = urlsplit(config.aws_url)
    return StreetConfig(
        port=config.port,
        app_secret=ring.whatsapp_app_secret,
        verify_token=ring.whatsapp_verify_token,
        accounts=(*shop.accounts, SPARE),
        owner_phone=shop.owner_phone,
        owner_name=shop.owner_name,
        webhook_url=config.webhook_url,
        api=ApiUpstream(
            host=upstream.hostname or HOST,
            port=upstream.port or 80,
            api_id=outputs["ApiId"],
            realtime_id=outputs["RealtimeApiId"],
        ),
        customers=shop.customers,
        templates=shop.templates,
        journal=config.directory / "street",
    )


def _endpoints(config: StackConfig, ring: Keys, logins: dict[str, Login], shop: SeededShop) -> dict[str, Any]:
    return {
        "front_door": config.front_door,
        "api": f"{config.front_door}/v1",
        "realtime": f"ws://{HOST}:{config.port}/realtime",
        "webhook_whatsapp": config.webhook_url,
        "phone": f"{config.front_door}/phone",
        "mail": f"{config.front_door}/mail",
        "graph": f"{config.front_door}/graph/v26.0",
        "aws": config.aws_url,
        "database_url": logins["application"].url,
        "database_admin_url": logins["admin"].url,
        "organization_id": str(shop.organization_id),
        "phone_number_id": shop.accounts[0].phone_number_id,
        # What Meta's signup would give: with another ending of the code, as often as one likes.
        "spare_number": {
            "phone_number_id": SPARE.phone_number_id,
            "business_id": SPARE.waba_id,
            "code": f"{CODE}{SPARE.phone_number_id}-1",
        },
        "app_secret": ring.whatsapp_app_secret,
        "verify_token": ring.whatsapp_verify_token,
        "owner_phone": shop.owner_phone,
        "users": [asdict(user) for user in shop.users],
    }
