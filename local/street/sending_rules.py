"""What Meta accepts in a message, as data: fields, limits and formats of every type."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from local.street.graph_errors import GraphError

type Check = Callable[[Any, str], None]

BSUID = re.compile(r"^[A-Z]{2}\.(ENT\.)?[A-Za-z0-9]{1,128}$")
PHONE = re.compile(r"^\+?[1-9]\d{7,14}$", re.ASCII)
LINK = re.compile(r"^https?://[^\s/]+\S*$")
TRACKER_LIMIT = 512
LIST_ROWS = 10


@dataclass(frozen=True)
class Rule:
    path: str
    check: Check
    required: bool = True


def text(limit: int) -> Check:
    def check(value: Any, where: str) -> None:
        if not isinstance(value, str):
            raise GraphError(131009, f"{where} must be a string")
        if not value.strip():
            raise GraphError(131008, f"{where} must not be empty")
        if len(value) > limit:
            raise GraphError(131009, f"{where} must be at most {limit} characters long, it has {len(value)}")

    return check


def emoji(value: Any, where: str) -> None:
    # An empty emoji takes the reaction back.
    if not isinstance(value, str) or len(value) > 16 or (value and value.isascii()):
        raise GraphError(131009, f"{where} must be an emoji or empty")


def matching(pattern: re.Pattern[str], what: str) -> Check:
    def check(value: Any, where: str) -> None:
        if not isinstance(value, str) or not pattern.fullmatch(value):
            raise GraphError(131009, f"{where} must be {what}")

    return check


def one_of(*allowed: str) -> Check:
    def check(value: Any, where: str) -> None:
        if value not in allowed:
            raise GraphError(131009, f"{where} must be one of {', '.join(allowed)}")

    return check


def number(low: float, high: float) -> Check:
    def check(value: Any, where: str) -> None:
        try:
            inside = low <= float(value) <= high
        except (TypeError, ValueError):
            inside = False
        if not inside:
            raise GraphError(131009, f"{where} must be a number between {low} and {high}")

    return check


def flag(value: Any, where: str) -> None:
    if not isinstance(value, bool):
        raise GraphError(131009, f"{where} must be true or false")


def items(low: int, high: int, *rules: Rule, unique: str | None = None) -> Check:
    def check(value: Any, where: str) -> None:
        if not isinstance(value, list) or not low <= len(value) <= high:
            raise GraphError(131009, f"{where} must hold {low} to {high} items")
        for position, item in enumerate(value):
            check_fields(rules, item, f"{where}[{position}]")
        if unique is not None:
            require_unique([dig(item, unique) for item in value], f"{where}[].{unique}")

    return check


def media(*more: Rule) -> tuple[Rule, ...]:
    return (
        Rule("id", text(128), required=False),
        Rule("link", matching(LINK, "an http or https address"), required=False),
        *more,
    )


CAPTION = Rule("caption", text(1024), required=False)
HEADER = Rule("header.text", text(60), required=False)
FOOTER = Rule("footer.text", text(60), required=False)

BUTTON = (
    Rule("type", one_of("reply")),
    Rule("reply.id", text(256)),
    Rule("reply.title", text(20)),
)
ROW = (
    Rule("id", text(200)),
    Rule("title", text(24)),
    Rule("description", text(72), required=False),
)
SECTION = (
    Rule("title", text(24), required=False),
    Rule("rows", items(1, LIST_ROWS, *ROW)),
)

TYPES: Mapping[str, tuple[Rule, ...]] = {
    "text": (Rule("body", text(4096)), Rule("preview_url", flag, required=False)),
    "image": media(CAPTION),
    "video": media(CAPTION),
    "document": media(CAPTION, Rule("filename", text(240), required=False)),
    "audio": media(),
    "sticker": media(),
    "location": (
        Rule("latitude", number(-90, 90)),
        Rule("longitude", number(-180, 180)),
        Rule("name", text(1000), required=False),
        Rule("address", text(1000), required=False),
    ),
    "reaction": (Rule("message_id", text(512)), Rule("emoji", emoji)),
    "template": (
        Rule("name", text(512)),
        Rule("language.code", text(16)),
        Rule("components", items(0, 32, Rule("type", one_of("header", "body", "button", "footer"))), required=False),
    ),
    "interactive": (Rule("type", one_of("button", "list", "cta_url")),),
    "contacts": (
        Rule("name.formatted_name", text(256)),
        Rule("phones", items(1, 20, Rule("phone", text(64))), required=False),
    ),
}

INTERACTIVE: Mapping[str, tuple[Rule, ...]] = {
    "button": (
        HEADER,
        Rule("body.text", text(1024)),
        FOOTER,
        Rule("action.buttons", items(1, 3, *BUTTON, unique="reply.id")),
    ),
    "list": (
        HEADER,
        Rule("body.text", text(4096)),
        FOOTER,
        Rule("action.button", text(20)),
        Rule("action.sections", items(1, LIST_ROWS, *SECTION)),
    ),
    "cta_url": (
        HEADER,
        Rule("body.text", text(1024)),
        FOOTER,
        Rule("action.name", one_of("cta_url")),
        Rule("action.parameters.display_text", text(20)),
        Rule("action.parameters.url", matching(LINK, "an http or https address")),
    ),
}


def check_message(payload: dict[str, Any]) -> None:
    """Raise what Meta would answer to this body; sends only, not read marks."""
    check_product(payload)
    if payload.get("recipient_type", "individual") != "individual":
        raise GraphError(100, "recipient_type must be individual")
    check_recipient(payload)
    check_envelope(payload)
    kind = payload.get("type", "text")
    if not isinstance(kind, str) or kind not in TYPES:
        raise GraphError(131051, f"type {kind!r} is not supported")
    if kind not in payload:
        raise GraphError(131008, f"{kind} is required")
    check_content(kind, payload[kind])


def check_product(payload: dict[str, Any]) -> None:
    if payload.get("messaging_product") != "whatsapp":
        raise GraphError(100, "messaging_product must be whatsapp")


def check_recipient(payload: dict[str, Any]) -> None:
    # With both, the phone wins, as Meta documents.
    if payload.get("to"):
        matching(PHONE, "a phone number with country code")(payload["to"], "to")
    elif payload.get("recipient"):
        matching(BSUID, "a business-scoped user id")(payload["recipient"], "recipient")
    else:
        raise GraphError(131008, "to or recipient is required")


def check_envelope(payload: dict[str, Any]) -> None:
    if "context" in payload:
        check_fields((Rule("message_id", text(512)),), payload["context"], "context")
    tracker = payload.get("biz_opaque_callback_data")
    if tracker is not None:
        text(TRACKER_LIMIT)(tracker, "biz_opaque_callback_data")


def check_content(kind: str, content: Any) -> None:
    if kind == "contacts":
        items(1, 257, *TYPES[kind])(content, kind)
        return
    check_fields(TYPES[kind], content, kind)
    if kind in {"image", "video", "document", "audio", "sticker"}:
        check_media_source(kind, content)
    if kind == "interactive":
        check_fields(INTERACTIVE[content["type"]], content, kind)
        if content["type"] == "list":
            check_list(content["action"]["sections"])


def check_media_source(kind: str, content: dict[str, Any]) -> None:
    if ("id" in content) == ("link" in content):
        raise GraphError(131009, f"{kind} must have either id or link")
    if kind in {"audio", "sticker"} and "caption" in content:
        raise GraphError(131009, f"{kind} has no caption")


def check_list(sections: list[dict[str, Any]]) -> None:
    rows = [row for section in sections for row in section["rows"]]
    if len(rows) > LIST_ROWS:
        raise GraphError(131009, f"interactive.action.sections must hold at most {LIST_ROWS} rows in all")
    if len(sections) > 1 and not all("title" in section for section in sections):
        raise GraphError(131008, "interactive.action.sections[].title is required with more than one section")
    require_unique([row["id"] for row in rows], "interactive.action.sections[].rows[].id")


def check_fields(rules: tuple[Rule, ...], value: Any, where: str) -> None:
    if not isinstance(value, dict):
        raise GraphError(131009, f"{where} must be an object")
    for rule in rules:
        found = dig(value, rule.path)
        if found is not None:
            rule.check(found, f"{where}.{rule.path}")
        elif rule.required:
            raise GraphError(131008, f"{where}.{rule.path} is required")


def require_unique(values: list[Any], where: str) -> None:
    if len(set(values)) != len(values):
        raise GraphError(131009, f"{where} must be unique")


def dig(value: Any, path: str) -> Any:
    for name in path.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    return value
