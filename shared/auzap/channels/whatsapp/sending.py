"""Our messages as the Cloud API takes them."""

import re
from collections.abc import Callable
from typing import Any

from auzap.channels.whatsapp import templates
from auzap.text import clean_json

BSUID = re.compile(r"^[A-Z]{2}\.(ENT\.)?[A-Za-z0-9]{1,128}$")
# Where a sentence ends, and so a text may.
SENTENCE_END = re.compile(r"[.!?…](?=\s)|\n")
LONGEST_TEXT = 4096
LONGEST_BODY = 1024
LONGEST_CAPTION = 1024
LONGEST_TITLE = 20
LONGEST_ROW_TITLE = 24
LONGEST_ROW_DESCRIPTION = 72
MOST_ROWS = 10


def message(recipient: str, content: dict[str, Any], *, tracker: str) -> dict[str, Any]:
    to = {"recipient": recipient} if BSUID.match(recipient) else {"to": recipient}
    quoted = content.get("quote")
    return {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        **to,
        "biz_opaque_callback_data": tracker,
        **({"context": {"message_id": quoted}} if quoted else {}),
        **BODIES[content["type"]](clean_json(content)),
    }


def read_and_typing(provider_id: str) -> dict[str, Any]:
    return {
        "messaging_product": "whatsapp",
        "status": "read",
        "message_id": provider_id,
        "typing_indicator": {"type": "text"},
    }


def shortened(text: str, most: int) -> str:
    """One message, whatever its length: what is too long ends with a sentence, or else with a word."""
    if len(text) <= most:
        return text
    ends = [found.end() for found in SENTENCE_END.finditer(text, 0, most + 1) if found.end() <= most]
    # A sentence that ends in the first half would cost more than a cut one.
    if ends and ends[-1] >= most // 2:
        return text[: ends[-1]].rstrip()
    return text[:most].rsplit(maxsplit=1)[0][: most - 1] + "…"


def _text(content: dict[str, Any]) -> dict[str, Any]:
    return {"type": "text", "text": {"body": shortened(content["text"], LONGEST_TEXT), "preview_url": False}}


def _buttons(content: dict[str, Any]) -> dict[str, Any]:
    # A text too long for a message with buttons is still sent: a typed "sim" serves as well.
    if len(content["text"]) > LONGEST_BODY:
        return _text(content)
    buttons = [
        {"type": "reply", "reply": {"id": button["id"], "title": button["title"][:LONGEST_TITLE]}}
        for button in content["buttons"]
    ]
    return _interactive("button", content["text"], {"buttons": buttons})


def _list(content: dict[str, Any]) -> dict[str, Any]:
    rows = [_row(row) for row in content["rows"][:MOST_ROWS]]
    action = {"button": content["button"][:LONGEST_TITLE], "sections": [{"rows": rows}]}
    return _interactive("list", shortened(content["text"], LONGEST_TEXT), action)


def _row(row: dict[str, str]) -> dict[str, str]:
    described = {"description": row["description"][:LONGEST_ROW_DESCRIPTION]} if row.get("description") else {}
    return {"id": row["id"], "title": row["title"][:LONGEST_ROW_TITLE], **described}


def _interactive(kind: str, text: str, action: dict[str, Any]) -> dict[str, Any]:
    return {"type": "interactive", "interactive": {"type": kind, "body": {"text": text}, "action": action}}


def _media(content: dict[str, Any]) -> dict[str, Any]:
    """By the id of what was uploaded, or by a link that the provider fetches; the text is its caption."""
    kind = content["type"]
    sent = {name: content[name] for name in ("id", "link", "filename") if content.get(name)}
    if content.get("text") and kind != "audio":
        sent["caption"] = shortened(content["text"], LONGEST_CAPTION)
    return {"type": kind, kind: sent}


def _location(content: dict[str, Any]) -> dict[str, Any]:
    sent = {name: content[name] for name in ("latitude", "longitude", "name", "address") if name in content}
    return {"type": "location", "location": sent}


def _reaction(content: dict[str, Any]) -> dict[str, Any]:
    return {"type": "reaction", "reaction": {"message_id": content["message_id"], "emoji": content["emoji"]}}


BODIES: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "text": _text,
    "buttons": _buttons,
    "list": _list,
    "template": templates.body,
    "image": _media,
    "audio": _media,
    "video": _media,
    "document": _media,
    "location": _location,
    "reaction": _reaction,
}
