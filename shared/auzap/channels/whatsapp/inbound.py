"""One element of a webhook as the house understands it."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from auzap.text import clean, clean_json

LONGEST_TEXT = 8_000
KINDS = frozenset(
    "text image audio video document sticker location contacts reaction button interactive order system edit revoke "
    "request_welcome".split()
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
    element = envelope["element"]
    person = envelope["person"]
    kind = element.get("type")
    kind = kind if kind in KINDS else "unsupported"
    content = element.get(kind)
    content = content if isinstance(content, dict | list) else {}
    text, details = _content(kind, content)
    if referral := element.get("referral"):
        details["referral"] = referral
    return InboundMessage(
        account=envelope["account"],
        direction="from_customer" if envelope["kind"] == "message" else "from_shop",
        provider_id=clean(element["id"]),
        provider_at=datetime.fromtimestamp(int(element["timestamp"]), UTC),
        received_at=datetime.fromtimestamp(envelope["received_at"] / 1000, UTC),
        identities={name: clean(person[name]) for name in ("bsuid", "wa_id") if name in person},
        profile_name=clean(person["profile_name"])[:120] if "profile_name" in person else None,
        username=clean(person["username"])[:120] if "username" in person else None,
        kind=kind,
        text=clean(text)[:LONGEST_TEXT],
        details=_object(clean_json(details)),
        quoted_provider_id=(element.get("context") or {}).get("id"),
        raw=_object(clean_json(element)),
    )


def _object(value: Any) -> dict[str, Any]:
    return value


def _content(kind: str, content: Any) -> tuple[str, dict[str, Any]]:
    match kind:
        case "text":
            return str(content.get("body", "")), {}
        case "image" | "audio" | "video" | "document" | "sticker":
            return str(content.get("caption") or ""), {"media": content}
        case "location":
            return " ".join(str(content[name]) for name in ("name", "address") if content.get(name)), content
        case "contacts":
            people = content if isinstance(content, list) else []
            return ", ".join(_shared_name(person) for person in people), {"contacts": people}
        case "button":
            return str(content.get("text", "")), content
        case "interactive":
            return _interactive(content)
        case "reaction":
            return str(content.get("emoji", "")), content
        case "system":
            return str(content.get("body", "")), content
        case "edit":
            edited = content.get("message") or {}
            return _content(edited.get("type", "text"), edited.get(edited.get("type")) or {})[0], content
        case _:
            return "", content if isinstance(content, dict) else {"content": content}


def _shared_name(person: Any) -> str:
    return str((person.get("name") or {}).get("formatted_name", ""))


def _interactive(content: Any) -> tuple[str, dict[str, Any]]:
    reply = content.get("button_reply") or content.get("list_reply")
    if reply:
        return str(reply.get("title", "")), {"reply_id": reply.get("id"), **content}
    form = content.get("nfm_reply") or {}
    try:
        answers = json.loads(form.get("response_json") or "{}")
    except ValueError:
        answers = {}
    return str(form.get("body", "")), {"answers": answers, **content}
