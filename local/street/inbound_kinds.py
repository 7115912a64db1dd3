"""The kinds of message a customer can send, each as the webhook carries it."""

import json
from collections.abc import Callable, Mapping
from typing import Any

type Fields = Mapping[str, Any]
type Content = Any

MEDIA_KINDS = frozenset({"image", "audio", "voice", "video", "document", "sticker"})


class UnusableMessage(Exception):
    """The request for an inbound message lacks something or names no known kind."""


def need(fields: Fields, name: str) -> Any:
    if name not in fields:
        raise UnusableMessage(f"{fields.get('kind', 'text')} needs {name}.")
    return fields[name]


def picked(fields: Fields, *names: str) -> dict[str, Any]:
    return {name: fields[name] for name in names if name in fields}


def text(fields: Fields) -> Content:
    return {"body": need(fields, "text")}


def captioned(fields: Fields) -> Content:
    return {**picked(fields, "caption"), **fields["media"]}


def audio(fields: Fields) -> Content:
    return {**fields["media"], "voice": fields["kind"] == "voice"}


def document(fields: Fields) -> Content:
    return {**captioned(fields), "filename": fields.get("filename", fields["media_filename"])}


def sticker(fields: Fields) -> Content:
    return {**fields["media"], "animated": False}


def location(fields: Fields) -> Content:
    place = {"latitude": fields.get("latitude", -23.5614), "longitude": fields.get("longitude", -46.6559)}
    return {**place, **picked(fields, "name", "address", "url")}


def contacts(fields: Fields) -> Content:
    name = fields.get("contact_name", "Clínica Veterinária Bicho Bom")
    phone = fields.get("contact_phone", "+55 11 3333-4444")
    return [
        {
            "name": {"formatted_name": name, "first_name": name.split()[0]},
            "phones": [{"phone": phone, "wa_id": "".join(filter(str.isdigit, phone)), "type": "WORK"}],
            "origin": "other",
        }
    ]


def reaction(fields: Fields) -> Content:
    # Taken back: no emoji at all.
    return {"message_id": need(fields, "message_id"), **({"emoji": fields["emoji"]} if fields.get("emoji") else {})}


def button(fields: Fields) -> Content:
    label = need(fields, "text")
    return {"text": label, "payload": fields.get("payload", label)}


def button_reply(fields: Fields) -> Content:
    return {"type": "button_reply", "button_reply": {"id": need(fields, "reply_id"), "title": need(fields, "title")}}


def list_reply(fields: Fields) -> Content:
    row = {"id": need(fields, "reply_id"), "title": need(fields, "title"), **picked(fields, "description")}
    return {"type": "list_reply", "list_reply": row}


def nfm_reply(fields: Fields) -> Content:
    response = json.dumps({"flow_token": "unused", **fields.get("response", {})})
    return {"type": "nfm_reply", "nfm_reply": {"name": "flow", "body": "Sent", "response_json": response}}


def order(fields: Fields) -> Content:
    default = [{"product_retailer_id": "racao-15kg", "quantity": 1, "item_price": 189.9, "currency": "BRL"}]
    return {"catalog_id": fields.get("catalog_id", "1200000000000001"), "product_items": fields.get("items", default)}


def changed_number(fields: Fields) -> Content:
    old, new = fields["sender_phone"], need(fields, "new_phone")
    return {
        "body": f"User {fields['sender_name']} changed from {old} to {new}",
        "type": "user_changed_number",
        "wa_id": new,
        "user_id": fields["new_bsuid"],
    }


def edit(fields: Fields) -> Content:
    new = {"type": "text", "text": {"body": need(fields, "text")}}
    return {"original_message_id": need(fields, "message_id"), "message": new}


def revoke(fields: Fields) -> Content:
    return {"original_message_id": need(fields, "message_id")}


def unsupported(fields: Fields) -> Content:
    return {"type": fields.get("unsupported_type", "poll_creation")}


# Kind asked for → the type in the webhook, and what stands under that name.
KINDS: Mapping[str, tuple[str, Callable[[Fields], Content] | None]] = {
    "text": ("text", text),
    "image": ("image", captioned),
    "audio": ("audio", audio),
    "voice": ("audio", audio),
    "video": ("video", captioned),
    "document": ("document", document),
    "sticker": ("sticker", sticker),
    "location": ("location", location),
    "contacts": ("contacts", contacts),
    "reaction": ("reaction", reaction),
    "button": ("button", button),
    "button_reply": ("interactive", button_reply),
    "list_reply": ("interactive", list_reply),
    "nfm_reply": ("interactive", nfm_reply),
    "order": ("order", order),
    "user_changed_number": ("system", changed_number),
    "edit": ("edit", edit),
    "revoke": ("revoke", revoke),
    "request_welcome": ("request_welcome", None),
    "unsupported": ("unsupported", unsupported),
}

UNSUPPORTED_ERROR = {
    "code": 131051,
    "title": "Message type unknown",
    "message": "Message type unknown",
    "error_data": {"details": "Message type is currently not supported."},
}

REFERRAL = {
    "source_url": "https://fb.me/anuncio-de-banho",
    "source_id": "120200000000000001",
    "source_type": "ad",
    "headline": "Banho e tosa com 20% de desconto",
    "body": "Agende pelo WhatsApp",
    "media_type": "image",
    "ctwa_clid": "clique-de-exemplo",
    "welcome_message": {"text": "Oi! Como podemos ajudar?"},
}


def element(fields: Fields) -> dict[str, Any]:
    """The type and the content of the message, without sender, id and time."""
    kind = fields.get("kind", "text")
    if kind not in KINDS:
        raise UnusableMessage(f"Unknown kind {kind!r}. Known kinds: {', '.join(KINDS)}.")
    type_, content = KINDS[kind]
    made: dict[str, Any] = {"type": type_}
    if content is not None:
        made[type_] = content(fields)
    if kind == "unsupported":
        made["errors"] = [UNSUPPORTED_ERROR]
    if fields.get("referral"):
        made["referral"] = REFERRAL if fields["referral"] is True else fields["referral"]
    return made
