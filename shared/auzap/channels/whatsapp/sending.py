"""Our messages as the Cloud API takes them, and what its refusals mean."""

import re
from enum import StrEnum
from typing import Any

from auzap.text import clean

BSUID = re.compile(r"^[A-Z]{2}\.(ENT\.)?[A-Za-z0-9]{1,128}$")
LONGEST_TEXT = 4096
LONGEST_BODY = 1024
LONGEST_TITLE = 20


class Fate(StrEnum):
    """What becomes of a message that was refused."""

    RETRY = "retry"
    PAUSE = "pause"
    WINDOW_CLOSED = "window_closed"
    FAILED = "failed"


RETRIED = frozenset({0, 1, 2, 4, 80007, 130429, 131000, 131016, 131056, 131057, 133016})
# Nothing of this number will pass until a person puts its account in order.
PAUSING = frozenset({3, 10, 190, 368, 131005, 131031, 131037, 131042, 131045, 131064, 133010, *range(200, 300)})
WINDOW_CLOSED = 131047


def fate(code: int, status: int) -> Fate:
    # Our own 0 is a connection that failed; Graph's 0, which has a status, is a token it does not know.
    if code in PAUSING or (code == 0 and status >= 400):
        return Fate.PAUSE
    if code == WINDOW_CLOSED:
        return Fate.WINDOW_CLOSED
    if code in RETRIED or status >= 500 or status == 429:
        return Fate.RETRY
    return Fate.FAILED


def retry_seconds(code: int, attempts: int) -> int:
    """Doubling for what ails the service, and Meta's own 4^x where one customer got too many messages."""
    return min(600, 4**attempts if code == 131056 else 2**attempts)


def message(recipient: str, content: dict[str, Any], *, tracker: str) -> dict[str, Any]:
    to = {"recipient": recipient} if BSUID.match(recipient) else {"to": recipient}
    return {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        **to,
        "biz_opaque_callback_data": tracker,
        **_body(content),
    }


def read_and_typing(provider_id: str) -> dict[str, Any]:
    return {
        "messaging_product": "whatsapp",
        "status": "read",
        "message_id": provider_id,
        "typing_indicator": {"type": "text"},
    }


def _body(content: dict[str, Any]) -> dict[str, Any]:
    text = clean(content["text"])
    # A text too long for a message with buttons is still sent: a typed "sim" serves as well.
    if content["type"] == "buttons" and len(text) <= LONGEST_BODY:
        buttons = [
            {"type": "reply", "reply": {"id": button["id"], "title": button["title"][:LONGEST_TITLE]}}
            for button in content["buttons"]
        ]
        return {
            "type": "interactive",
            "interactive": {"type": "button", "body": {"text": text}, "action": {"buttons": buttons}},
        }
    return {"type": "text", "text": {"body": text[:LONGEST_TEXT], "preview_url": False}}
