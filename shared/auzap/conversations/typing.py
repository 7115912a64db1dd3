"""Somebody of the team types: shown on the customer's phone, as a courtesy."""

from dataclasses import dataclass

from auzap.aws.client import AwsClient
from auzap.channels import credentials
from auzap.channels.whatsapp import sending as whatsapp
from auzap.channels.whatsapp.graph import Graph
from auzap.db.connection import Tx
from auzap.ids import ConversationId, OrganizationId


@dataclass(frozen=True, slots=True)
class Line:
    """From which number, and below which message of the customer's it is shown."""

    number: str
    provider_id: str
    credentials: bytes
    wrapped_key: bytes


def line(tx: Tx, conversation_id: ConversationId) -> Line | None:
    """None where the customer has not written for a day, or the number has no credentials."""
    return tx.rows(
        Line,
        """
        SELECT a.external_id AS number, said.provider_id, a.credentials, k.wrapped_key
        FROM conversations c JOIN channel_accounts a ON a.id = c.channel_account_id AND a.status <> 'disconnected'
        JOIN organization_keys k ON true
        JOIN LATERAL (
          SELECT m.provider_id FROM messages m
          WHERE m.conversation_id = c.id AND m.sender = 'customer' AND m.provider_id IS NOT NULL
            -- A word on another message stands nowhere in the talk, and what was taken back no longer does.
            AND m.kind NOT IN ('reaction', 'edit', 'revoke') AND m.revoked_at IS NULL
          ORDER BY m.provider_at DESC, m.id DESC LIMIT 1) said ON true
        WHERE c.id = %s AND a.credentials IS NOT NULL AND app.is_window_open(c.last_inbound_at, c.window_closed_after)
        """,
        [conversation_id],
    ).fetchone()


def show(graph: Graph, kms: AwsClient, organization_id: OrganizationId, where: Line) -> None:
    token = credentials.opened(kms, organization_id, wrapped_key=where.wrapped_key, sealed=where.credentials)
    graph.post(where.number, token, whatsapp.read_and_typing(where.provider_id))
