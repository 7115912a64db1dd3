"""What differs between staging, production and a laptop: values only, so that no construct asks where it is."""

import os
import platform
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

ROOT = Path(__file__).parents[1]

type EnvironmentName = Literal["local", "staging", "production"]
type Architecture = Literal["arm64", "x86_64"]
type Egress = Literal["nat-gateway", "nat-instance", "ipv6"]
# Names of CDK's RetentionDays.
type LogRetention = Literal["ONE_DAY", "TWO_WEEKS", "THREE_MONTHS"]

OPENAI_URL = "https://api.openai.com/v1"
GRAPH_URL = "https://graph.facebook.com/v26.0"
EXECUTE_API = "{api}.execute-api.{region}.amazonaws.com"
WEBSOCKET_API = f"{EXECUTE_API}/realtime"
# Certificates and firewalls of CloudFront are there and nowhere else.
EDGE_REGION = "us-east-1"


@dataclass(frozen=True, kw_only=True)
class Aurora:
    """Capacities are in ACU; at a minimum of 0 the database sleeps when nobody is connected."""

    min_capacity: float
    max_capacity: float
    readers: int
    max_connections: int
    backup_days: int


@dataclass(frozen=True, kw_only=True)
class Concurrency:
    """How many of each function may run at once. Each sandbox of a function with a database holds one connection."""

    receive_webhook: int
    record_message: int
    answer_conversation: int
    send_outbox: int
    apply_provider_event: int
    fetch_media: int
    run_automation: int
    run_schedule: int
    run_job: int
    # Of each queue that it drains.
    keep_dead_letter: int
    serve_api: int
    serve_realtime: int
    publish_changes: int


@dataclass(frozen=True, kw_only=True)
class Throttle:
    rate: int
    burst: int


@dataclass(frozen=True, kw_only=True)
class Edge:
    """What stands before panel and API, and how often one address may ask in five minutes before it is refused."""

    requests: int
    sign_ins: int
    # Of the panel, with a certificate of its own; without one CloudFront gives it a name.
    domain: str = ""
    # Route 53's zone of that name; without one its records are made by hand.
    hosted_zone_id: str = ""
    # Another one makes CloudFront read the origin's secret again.
    origin_secret_version: str = ""


@dataclass(frozen=True, kw_only=True)
class Clocks:
    """The hours and days on which the clocks tick, in EventBridge's cron fields."""

    hours: str
    days: str
    # The hour of the daily chores; one of the hours above.
    daily_hour: int
    timezone: str = "America/Sao_Paulo"


@dataclass(frozen=True, kw_only=True)
class Lock:
    """For how long nobody removes the head of an audit trail; under `compliance` not even who owns the account."""

    mode: Literal["governance", "compliance"]
    days: int


@dataclass(frozen=True, kw_only=True)
class Settings:
    environment: EnvironmentName
    region: str = "sa-east-1"
    architecture: Architecture = "arm64"
    egress: Egress = "nat-gateway"
    availability_zones: int = 2
    nat_gateways: int = 1
    # Every finding of cdk-nag is fixed, or acknowledged with a reason.
    audited: bool = True
    # None: the database and the secrets are there before the application is.
    aurora: Aurora | None
    # None: what is deployed is asked without CloudFront.
    edge: Edge | None
    snap_start: bool
    concurrency: Concurrency
    clocks: Clocks
    webhook_throttle: Throttle
    api_throttle: Throttle
    graph_url: str = GRAPH_URL
    # Where people open sockets, and where we tell and close them.
    realtime_url: str = f"wss://{WEBSOCKET_API}"
    sockets_url: str = f"https://{WEBSOCKET_API}"
    model_base_url: str = OPENAI_URL
    model_name: str = "gpt-6-luna"
    model_fallback_name: str = "gpt-5.4-mini"
    # Of the same endpoint; none where words alone shall find what a shop has taught.
    model_embeddings_name: str = "text-embedding-3-small"
    alarms_email: str | None = None
    # An address of an identity that SES has verified in this account and region; without one no mail leaves.
    mail_from: str = ""
    # Empty: at Amazon.
    mail_url: str = ""
    # Where people open the panel: links in mails lead there.
    panel_url: str = ""
    log_retention: LogRetention
    # Another mark is another database, which the migrations have not seen.
    database_mark: str = ""
    # None: heads of audit trails are in the database alone.
    audit_lock: Lock | None
    # What holds data outlives its stack, and cannot be deleted by mistake.
    keep_data: bool

    @property
    def prefix(self) -> str:
        return f"auzap-{self.environment}"


def environment_name(said: str | None, variables: Mapping[str, str] = os.environ) -> str:
    return said or variables.get("ENV", "")


def settings_for(environment: str, variables: Mapping[str, str] = os.environ) -> Settings:
    match environment:
        case "staging":
            return _staging(variables)
        case "production":
            return _production(variables)
        case "local":
            return _local(variables)
        case _:
            raise ValueError(f"No settings for {environment!r}: say staging, production or local.")


def _production(variables: Mapping[str, str]) -> Settings:
    return Settings(
        environment="production",
        nat_gateways=2,
        aurora=Aurora(min_capacity=0.5, max_capacity=16, readers=1, max_connections=500, backup_days=35),
        edge=_edge(variables),
        snap_start=True,
        concurrency=Concurrency(
            receive_webhook=100,
            record_message=20,
            answer_conversation=50,
            send_outbox=30,
            apply_provider_event=10,
            fetch_media=8,
            run_automation=10,
            run_schedule=3,
            run_job=4,
            keep_dead_letter=2,
            serve_api=40,
            serve_realtime=10,
            publish_changes=5,
        ),
        clocks=Clocks(hours="*", days="*", daily_hour=3),
        webhook_throttle=Throttle(rate=1000, burst=2000),
        api_throttle=Throttle(rate=200, burst=400),
        alarms_email=variables.get("AUZAP_ALARMS_EMAIL"),
        mail_from=variables.get("AUZAP_MAIL_FROM", ""),
        panel_url=_panel_url(variables),
        realtime_url=_realtime_url(variables),
        log_retention="THREE_MONTHS",
        # Five years, as incidents are kept.
        audit_lock=Lock(mode="compliance", days=1_826),
        keep_data=True,
    )


def _staging(variables: Mapping[str, str]) -> Settings:
    return Settings(
        environment="staging",
        egress="nat-instance",
        aurora=Aurora(min_capacity=0, max_capacity=4, readers=0, max_connections=160, backup_days=3),
        edge=_edge(variables),
        snap_start=True,
        concurrency=Concurrency(
            receive_webhook=10,
            record_message=4,
            answer_conversation=6,
            send_outbox=6,
            apply_provider_event=3,
            fetch_media=3,
            run_automation=3,
            run_schedule=2,
            run_job=2,
            keep_dead_letter=2,
            serve_api=8,
            serve_realtime=3,
            publish_changes=2,
        ),
        # Outside these hours nothing connects, and the database sleeps.
        clocks=Clocks(hours="8-19", days="MON-FRI", daily_hour=8),
        webhook_throttle=Throttle(rate=50, burst=100),
        api_throttle=Throttle(rate=50, burst=100),
        alarms_email=variables.get("AUZAP_ALARMS_EMAIL"),
        mail_from=variables.get("AUZAP_MAIL_FROM", ""),
        panel_url=_panel_url(variables),
        realtime_url=_realtime_url(variables),
        log_retention="TWO_WEEKS",
        audit_lock=Lock(mode="governance", days=14),
        keep_data=False,
    )


def _local(variables: Mapping[str, str]) -> Settings:
    return Settings(
        environment="local",
        architecture="arm64" if platform.machine() in ("arm64", "aarch64") else "x86_64",
        audited=False,
        aurora=None,
        edge=None,
        snap_start=False,
        concurrency=Concurrency(
            receive_webhook=8,
            record_message=2,
            answer_conversation=4,
            send_outbox=2,
            apply_provider_event=2,
            fetch_media=2,
            run_automation=2,
            run_schedule=2,
            run_job=2,
            keep_dead_letter=2,
            serve_api=4,
            serve_realtime=3,
            publish_changes=2,
        ),
        clocks=Clocks(hours="*", days="*", daily_hour=3),
        webhook_throttle=Throttle(rate=1000, burst=2000),
        api_throttle=Throttle(rate=1000, burst=2000),
        graph_url=variables.get("AUZAP_LOCAL_GRAPH_URL", GRAPH_URL),
        mail_from="AuZap <nao-responda@auzap.example>",
        mail_url=variables.get("AUZAP_LOCAL_MAIL_URL", ""),
        panel_url=variables.get("AUZAP_LOCAL_PANEL_URL", ""),
        realtime_url=variables.get("AUZAP_LOCAL_REALTIME_URL", f"wss://{WEBSOCKET_API}"),
        sockets_url=variables.get("AUZAP_LOCAL_SOCKETS_URL", f"https://{WEBSOCKET_API}"),
        model_base_url=variables.get("AUZAP_LOCAL_MODEL_BASE_URL", OPENAI_URL),
        model_name=variables.get("AUZAP_LOCAL_MODEL_NAME", "gpt-6-luna"),
        model_embeddings_name=variables.get("AUZAP_LOCAL_MODEL_EMBEDDINGS_NAME", ""),
        # A model given for local work is often the only one of its server.
        model_fallback_name="",
        log_retention="ONE_DAY",
        database_mark=variables.get("AUZAP_LOCAL_DATABASE_MARK", ""),
        audit_lock=None,
        keep_data=False,
    )


def _edge(variables: Mapping[str, str]) -> Edge:
    return Edge(
        # A shop's people often come from one address, and each may ask for a hundred things a minute.
        requests=6000,
        sign_ins=100,
        domain=variables.get("AUZAP_DOMAIN", ""),
        hosted_zone_id=variables.get("AUZAP_HOSTED_ZONE_ID", ""),
        origin_secret_version=variables.get("AUZAP_ORIGIN_VERSION", ""),
    )


def _panel_url(variables: Mapping[str, str]) -> str:
    domain = variables.get("AUZAP_DOMAIN", "")
    return f"https://{domain}" if domain else variables.get("AUZAP_PANEL_URL", "")


def _realtime_url(variables: Mapping[str, str]) -> str:
    """At the panel's own host, once that is known."""
    host = urlsplit(_panel_url(variables)).netloc
    return f"wss://{host}/realtime" if host else f"wss://{WEBSOCKET_API}"
