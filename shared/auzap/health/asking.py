"""What a provider tells of a number: its state, its limits, whether it reports to us, and how long its token lives."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal
from urllib.parse import quote

from auzap.aws.client import AwsClient
from auzap.channels import credentials
from auzap.channels.whatsapp.graph import Graph, GraphError
from auzap.ids import OrganizationId
from auzap.loose import items, mapping, string

FIELDS = (
    "quality_rating,status,code_verification_status,throughput,health_status,platform_type,is_on_biz_app,name_status,"
    "whatsapp_business_manager_messaging_limit,webhook_configuration,is_pin_enabled"
)
# What every call is answered with when its token is no longer good.
TOKEN_EXPIRED = 190
# A number that is also used in the business app on a phone keeps a slow pace.
COEXISTENCE_PER_SECOND = 20
PER_SECOND = {"STANDARD": 80, "HIGH": 1000}

type ChannelStatus = Literal["connected", "degraded", "failing"]


@dataclass(frozen=True, slots=True)
class Account:
    external_id: str
    business_id: str
    credentials: bytes | None
    wrapped_key: bytes | None
    # Of today, by UTC.
    has_templates: bool


@dataclass(frozen=True, slots=True)
class Token:
    """Until when a token is good; without a time, until it is taken back. And whose it is: the id of our app."""

    is_valid: bool
    expires_at: datetime | None = None
    app_id: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """What came of asking. What was not told is None, and no news."""

    status: ChannelStatus
    reason: str | None = None
    number: dict[str, Any] = field(default_factory=dict[str, Any])
    is_subscribed: bool | None = None
    token: Token | None = None

    @property
    def per_second(self) -> int | None:
        if self.number.get("is_on_biz_app") is True and self.number.get("platform_type") == "CLOUD_API":
            return COEXISTENCE_PER_SECOND
        return PER_SECOND.get(string(mapping(self.number.get("throughput")).get("level")))


def ask(graph: Graph, kms: AwsClient, organization_id: OrganizationId, account: Account) -> Told:
    if account.credentials is None or account.wrapped_key is None:
        return Told("failing", "no credentials")
    token = credentials.opened(kms, organization_id, wrapped_key=account.wrapped_key, sealed=account.credentials)
    try:
        number = graph.get(f"/{account.external_id}?fields={FIELDS}", token)
    except GraphError as failed:
        expired = Token(is_valid=False) if failed.code == TOKEN_EXPIRED else None
        return Told("failing", f"{failed.code}: {failed.detail}", token=expired)
    known = _if_told(lambda: _token(graph.get(f"/debug_token?input_token={quote(token)}", token)))
    return Told(
        *judged(number),
        number=number,
        is_subscribed=_if_told(lambda: _is_subscribed(graph, account.business_id, token, known)),
        token=known,
    )


def judged(number: dict[str, Any]) -> tuple[ChannelStatus, str | None]:
    if number.get("status") not in {None, "CONNECTED"}:
        return "failing", f"status {number['status']}"
    can_send = string(mapping(number.get("health_status")).get("can_send_message")) or "AVAILABLE"
    if can_send == "BLOCKED":
        return "failing", "sending is blocked"
    if can_send == "LIMITED" or number.get("quality_rating") == "RED":
        return "degraded", f"sending {can_send.lower()}, quality {str(number.get('quality_rating')).lower()}"
    return "connected", None


def _if_told[Answer](asked: Callable[[], Answer]) -> Answer | None:
    """A side question: whether the number is well does not hang on its answer."""
    try:
        return asked()
    except GraphError:
        return None


def _is_subscribed(graph: Graph, business_id: str, token: str, known: Token | None) -> bool | None:
    """Where it is not, nothing that customers write reaches us: we subscribe again, and the next check sees what came of it."""
    answer = graph.get(f"/{business_id}/subscribed_apps", token)
    if "data" not in answer:
        return None
    apps = {string(mapping(mapping(app).get("whatsapp_business_api_data")).get("id")) for app in items(answer["data"])}
    # Other houses may listen to the same account.
    if known.app_id in apps if known and known.app_id else apps:
        return True
    _if_told(lambda: graph.subscribe(business_id, token))
    return False


def _token(answer: dict[str, Any]) -> Token | None:
    told = mapping(answer.get("data"))
    is_valid, expires_at = told.get("is_valid"), told.get("expires_at")
    if not isinstance(is_valid, bool):
        return None
    # 0 says never.
    return Token(
        is_valid,
        datetime.fromtimestamp(expires_at, UTC) if isinstance(expires_at, int) and expires_at else None,
        string(told.get("app_id")),
    )
