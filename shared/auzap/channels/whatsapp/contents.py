"""What a message of each kind says in words, and what else it carries."""

import json
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from auzap.loose import is_deeper, items, mapping, string

MEDIA_KINDS = frozenset({"image", "audio", "video", "document", "sticker"})
KINDS = MEDIA_KINDS | frozenset(
    {
        "text",
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
# The form's own bookkeeping, and no answer of the customer's.
FLOW_TOKEN = "flow_token"  # noqa: S105 - the name of a field
DEEPEST_FORM = 20
LONGEST_UTM = 200

type Content = tuple[str, dict[str, Any]]


def read(element: dict[str, Any]) -> Content:
    kind = string(element.get("type"))
    text, details = _content(kind, element.get(kind))
    if kind not in KINDS:
        details = {"type": kind, "errors": items(element.get("errors")), **mapping(element.get("unsupported"))}
    context = mapping(element.get("context"))
    told = {
        name: context[name] for name in ("forwarded", "frequently_forwarded", "referred_product") if name in context
    }
    if told:
        details = {**details, "context": told}
    if referral := mapping(element.get("referral")):
        details = {**details, "referral": referral, "utm": _utm(referral)}
    return text, details


def _content(kind: str, content: Any) -> Content:
    known = mapping(content)
    match kind:
        case "text":
            return string(known.get("body")), {}
        case "image" | "audio" | "video" | "document" | "sticker":
            return string(known.get("caption")), {"media": known}
        case "location":
            return _place(known), known
        case "contacts":
            return "\n".join(filter(None, map(_card, items(content)))), {"contacts": items(content)}
        case "button":
            return string(known.get("text")), known
        case "interactive":
            return _interactive(known)
        case "reaction":
            return string(known.get("emoji")), known
        case "order":
            return _order(known), known
        case "system":
            return string(known.get("body")), known
        case "edit":
            edited = mapping(known.get("message"))
            inner = string(edited.get("type"))
            return _content(inner, edited.get(inner))[0] if inner != "edit" else "", known
        case "revoke" | "request_welcome":
            return "", known
        case _:
            return "", {}


def _place(location: dict[str, Any]) -> str:
    named = " ".join(filter(None, (string(location.get(name)) for name in ("name", "address"))))
    if named or not {"latitude", "longitude"} <= location.keys():
        return named
    return f"{location['latitude']}, {location['longitude']}"


def _card(card: Any) -> str:
    known = mapping(card)
    name = string(mapping(known.get("name")).get("formatted_name"))
    phones = [string(mapping(phone).get("phone")) for phone in items(known.get("phones"))]
    return " ".join(filter(None, [name, *phones]))


def _order(content: dict[str, Any]) -> str:
    """What is ordered, without what it costs: a price is the catalogue's to say."""
    products = [mapping(item) for item in items(content.get("product_items"))]
    lines = [f"{product.get('quantity', 1)} × {string(product.get('product_retailer_id'))}" for product in products]
    return "\n".join(filter(None, [string(content.get("text")), *lines]))


def _interactive(content: dict[str, Any]) -> Content:
    reply = mapping(content.get("button_reply")) or mapping(content.get("list_reply"))
    if reply:
        # A row of a list says in two lines what was to choose.
        words = filter(None, (string(reply.get("title")), string(reply.get("description"))))
        return " ".join(words), {"reply_id": string(reply.get("id")), **content}
    if "nfm_reply" not in content:
        return "", content
    form = mapping(content["nfm_reply"])
    answers = _answers(string(form.get("response_json")))
    lines = [f"{name}: {answer}" for name, answer in answers.items() if name != FLOW_TOKEN]
    return "\n".join(filter(None, [string(form.get("body")), *lines])), {"answers": answers, **content}


def _answers(written: str) -> dict[str, Any]:
    try:
        answers = json.loads(written or "{}", parse_constant=str)
    except (ValueError, RecursionError):
        return {}
    return {} if is_deeper(answers, DEEPEST_FORM) else mapping(answers)


def _utm(referral: dict[str, Any]) -> dict[str, str]:
    """Where an advertisement says that it was shown: its link's own words, and which one it was."""
    try:
        asked = parse_qsl(urlsplit(string(referral.get("source_url"))).query)
    except ValueError:
        asked = []
    told = [(name, string(referral.get(name))) for name in ("source_type", "source_id", "ctwa_clid")]
    return {
        name: value[:LONGEST_UTM]
        for name, value in [*asked, *told]
        if value and (name.startswith("utm_") or (name, value) in told)
    }
