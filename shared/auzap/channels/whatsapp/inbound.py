"""One element of a webhook as the house understands it."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from auzap.loose import items, mapping, string
from auzap.text import clean, clean_json

LONGEST_TEXT = 8_000
LONGEST_NAME = 120
KINDS = frozenset(
    {
        "text",
        "image",
        "audio",
        "video",
        "document",
        "sticker",
        "location",
        "contacts",
        "reaction",
        "button",
        "interactive",
        "order",
        "system",
        "edit",
        "revoke",
        "request_welcome",
    }
)
# What needs no answer of the agent's: nothing was asked.
SILENT_KINDS = frozenset({"reaction", "system", "edit", "revoke", "request_welcome"})


@dataclass(frozen=True, slots=True)
class InboundMessage:
    account: str
    direction: Literal["from_customer", "from_shop"]
    provider_id: str
    provider_at: datetime
    received_at: datetime
    identities: dict[str, str]
    profile_name: str | None
    username: str | None
    kind: str
    text: str
    details: dict[str, Any]
    quoted_provider_id: str | None
    raw: dict[str, Any]

    @property
    def awaits_answer(self) -> bool:
        return self.direction == "from_customer" and self.kind not in SILENT_KINDS

    @property
    def reply_to(self) -> str:
        """The identity that wrote: an answer goes back to it."""
        return self.identities.get("bsuid") or self.identities["wa_id"]


def read(envelope: dict[str, Any]) -> InboundMessage:
    element = mapping(envelope["element"])
    person = mapping(envelope["person"])
    kind = string(element.get("type"))
    text, details = _content(kind, element.get(kind))
    if referral := mapping(element.get("referral")):
        details = {**details, "referral": referral}
    return InboundMessage(
        account=envelope["account"],
        direction="from_customer" if envelope["kind"] == "message" else "from_shop",
        provider_id=clean(element["id"]),
        provider_at=datetime.fromtimestamp(int(element["timestamp"]), UTC),
        received_at=datetime.fromtimestamp(envelope["received_at"] / 1000, UTC),
        identities={name: clean(person[name]) for name in ("bsuid", "wa_id") if name in person},
        profile_name=clean(person["profile_name"])[:LONGEST_NAME] if "profile_name" in person else None,
        username=clean(person["username"])[:LONGEST_NAME] if "username" in person else None,
        kind=kind if kind in KINDS else "unsupported",
        text=clean(text)[:LONGEST_TEXT],
        details=clean_json(details),
        quoted_provider_id=clean(string(mapping(element.get("context")).get("id"))) or None,
        raw=clean_json(element),
    )


def _content(kind: str, content: Any) -> tuple[str, dict[str, Any]]:
    """What was written, and what else the kind carries."""
    known = mapping(content)
    match kind:
        case "text":
            return string(known.get("body")), {}
        case "image" | "audio" | "video" | "document" | "sticker":
            return string(known.get("caption")), {"media": known}
        case "location":
            return " ".join(filter(None, (string(known.get(name)) for name in ("name", "address")))), known
        case "contacts":
            names = [string(mapping(mapping(card).get("name")).get("formatted_name")) for card in items(content)]
            return ", ".join(names), {"contacts": items(content)}
        case "button":
            return string(known.get("text")), known
        case "interactive":
            return _interactive(known)
        case "reaction":
            return string(known.get("emoji")), known
        case "system":
            return string(known.get("body")), known
        case "edit":
            edited = mapping(known.get("message"))
            inner = string(edited.get("type"))
            return _content(inner, edited.get(inner))[0] if inner != "edit" else "", known
        case _:
            return "", known


def _interactive(content: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    reply = mapping(content.get("button_reply")) or mapping(content.get("list_reply"))
    if reply:
        return string(reply.get("title")), {"reply_id": string(reply.get("id")), **content}
    form = mapping(content.get("nfm_reply"))
    try:
        answers = json.loads(string(form.get("response_json")) or "{}")
    except (ValueError, RecursionError):
        answers = {}
    return string(form.get("body")), {"answers": answers, **content}
