"""The health of a number, as its provider tells it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from psycopg.types.json import Jsonb

from auzap.aws.client import AwsClient
from auzap.channels import credentials
from auzap.channels.whatsapp.graph import Graph, GraphError
from auzap.db.connection import Database
from auzap.ids import AccountId, OrganizationId
from auzap.loose import mapping, string

ACTOR = "health"
FIELDS = (
    "quality_rating,status,code_verification_status,throughput,health_status,name_status,"
    "whatsapp_business_manager_messaging_limit"
)

type ChannelStatus = Literal["connected", "degraded", "failing"]


@dataclass(frozen=True, slots=True)
class Account:
    external_id: str
    credentials: bytes | None
    wrapped_key: bytes | None


def check(
    database: Database,
    graph: Graph,
    kms: AwsClient,
    organization_id: OrganizationId,
    account_id: AccountId,
    *,
    nominal_at: datetime,
) -> ChannelStatus | None:
    """Ask the provider and keep what it says; None where this check was already made for its nominal time."""
    with database.transaction(organization_id, ACTOR) as tx:
        claimed = tx.execute(
            "INSERT INTO job_runs (job, subject, nominal_at) VALUES ('channel_health', %s, %s) ON CONFLICT DO NOTHING RETURNING 1",
            [account_id, nominal_at],
        ).fetchone()
        account = tx.rows(
            Account,
            """
            SELECT a.external_id, a.credentials, k.wrapped_key FROM channel_accounts a LEFT JOIN organization_keys k ON true
            WHERE a.id = %s AND a.status <> 'disconnected'
            """,
            [account_id],
        ).fetchone()
    if claimed is None or account is None:
        return None
    status, reason, told = _ask(graph, kms, organization_id, account)
    with database.transaction(organization_id, ACTOR) as tx:
        tx.execute(
            """
            UPDATE channel_accounts SET status = %(status)s, status_reason = %(reason)s, health = %(told)s, checked_at = app.now(),
              sending_paused_until = CASE WHEN %(status)s = 'failing' THEN sending_paused_until END
            WHERE id = %(account)s AND status <> 'disconnected'
            """,
            {"account": account_id, "status": status, "reason": reason, "told": Jsonb(told)},
        )
    return status


def _ask(
    graph: Graph, kms: AwsClient, organization_id: OrganizationId, account: Account
) -> tuple[ChannelStatus, str | None, dict[str, Any]]:
    if account.credentials is None or account.wrapped_key is None:
        return "failing", "no credentials", {}
    token = credentials.opened(kms, organization_id, wrapped_key=account.wrapped_key, sealed=account.credentials)
    try:
        told = graph.get(f"/{account.external_id}?fields={FIELDS}", token)
    except GraphError as failed:
        return "failing", f"{failed.code}: {failed.detail}", {}
    return *judged(told), told


def judged(told: dict[str, Any]) -> tuple[ChannelStatus, str | None]:
    if told.get("status") not in {None, "CONNECTED"}:
        return "failing", f"status {told['status']}"
    can_send = string(mapping(told.get("health_status")).get("can_send_message")) or "AVAILABLE"
    if can_send == "BLOCKED":
        return "failing", "sending is blocked"
    if can_send == "LIMITED" or told.get("quality_rating") == "RED":
        return "degraded", f"sending {can_send.lower()}, quality {str(told.get('quality_rating')).lower()}"
    return "connected", None
