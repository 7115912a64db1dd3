"""Webhook bodies and their signature, as Meta sends them."""

import hashlib
import hmac
import json
from typing import Any

from local.street.chats import Chat, Message
from local.street.config import Account
from local.street.graph_errors import GraphError

SIGNATURE_HEADER = "X-Hub-Signature-256"


def encode(body: dict[str, Any]) -> bytes:
    # Meta escapes everything outside ASCII, so the raw bytes are not what a re-serialization would give.
    return json.dumps(body, ensure_ascii=True, separators=(",", ":")).encode()


def sign(app_secret: str, body: bytes) -> str:
    return "sha256=" + hmac.new(app_secret.encode(), body, hashlib.sha256).hexdigest()


def notification(entries: list[dict[str, Any]]) -> dict[str, Any]:
    return {"object": "whatsapp_business_account", "entry": entries}


def entry(account: Account, values: list[dict[str, Any]]) -> dict[str, Any]:
    return {"id": account.waba_id, "changes": [{"field": "messages", "value": value} for value in values]}


def value(account: Account, **fields: Any) -> dict[str, Any]:
    return {
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": account.digits, "phone_number_id": account.phone_number_id},
        **fields,
    }


def status_body(
    account: Account, chat: Chat, message: Message, status: str, *, at: float, error: GraphError | None = None
) -> bytes:
    fields: dict[str, Any] = {"id": message.id, "status": status, "timestamp": str(int(at))}
    if chat.shares_phone:
        fields["recipient_id"] = chat.phone
    fields["recipient_user_id"] = chat.bsuid
    if message.tracker is not None:
        fields["biz_opaque_callback_data"] = message.tracker
    if error is None:
        fields["pricing"] = {
            "billable": True,
            "pricing_model": "PMP",
            "type": "regular",
            "category": message.category,
        }
    else:
        fields["errors"] = [error.as_status_error()]
    return encode(notification([entry(account, [value(account, statuses=[fields])])]))
