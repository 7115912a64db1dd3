"""Webhook bodies as the Cloud API sends them, one example of every kind."""

from typing import Any

ACCOUNT = "106540352242922"
BUSINESS = "102290129340398"
WA_ID = "5511955550001"
BSUID = "BR.1502576394655843"
TIMESTAMP = "1795233600"
RECEIVED_AT = 1_795_233_601_500

MEDIA = {"id": "1037543291543636", "mime_type": "image/jpeg", "sha256": "a2V5c3RvbmU="}

# What a message of each kind carries under the name of its kind.
CONTENTS: dict[str, Any] = {
    "text": {"body": "Quero agendar um banho para o Thor"},
    "image": {**MEDIA, "caption": "Olha o pelo dele"},
    "audio": {**MEDIA, "mime_type": "audio/ogg; codecs=opus", "voice": True},
    "video": {**MEDIA, "mime_type": "video/mp4"},
    "document": {**MEDIA, "mime_type": "application/pdf", "filename": "vacina.pdf", "caption": "Carteirinha"},
    "sticker": {**MEDIA, "mime_type": "image/webp", "animated": False},
    "location": {"latitude": -23.56, "longitude": -46.65, "name": "Parque", "address": "Rua das Flores, 10"},
    "contacts": [{"name": {"formatted_name": "Dona Célia"}, "phones": [{"phone": "+55 11 95555-0002"}]}],
    "reaction": {"message_id": "wamid.QUOTED", "emoji": "❤️"},
    "button": {"payload": "confirm", "text": "Confirmar"},
    "interactive": {"type": "button_reply", "button_reply": {"id": "yes:1", "title": "Sim, confirmar"}},
    "order": {"catalog_id": "194836987003835", "product_items": [{"product_retailer_id": "racao-10kg", "quantity": 2}]},
    "system": {"type": "user_changed_number", "body": "O número mudou", "wa_id": "5511955550009"},
    "edit": {
        "original_message_id": "wamid.QUOTED",
        "message": {"type": "text", "text": {"body": "Para o Thor e a Mel"}},
    },
    "revoke": {"original_message_id": "wamid.QUOTED"},
    "request_welcome": {},
}


def message(kind: str = "text", content: Any = None, *, wamid: str = "wamid.1", **more: Any) -> dict[str, Any]:
    known = CONTENTS[kind] if content is None else content
    return {"from": WA_ID, "id": wamid, "timestamp": TIMESTAMP, "type": kind, kind: known, **more}


def unsupported(wamid: str = "wamid.unsupported") -> dict[str, Any]:
    errors = [{"code": 131051, "title": "Message type unknown", "error_data": {"details": "Not supported"}}]
    return {"from": WA_ID, "id": wamid, "timestamp": TIMESTAMP, "type": "unsupported", "errors": errors}


def status(state: str = "delivered", *, wamid: str = "wamid.sent", **more: Any) -> dict[str, Any]:
    return {"id": wamid, "status": state, "timestamp": TIMESTAMP, "recipient_id": WA_ID, **more}


def echo(wamid: str = "wamid.echo", **more: Any) -> dict[str, Any]:
    text = {"body": "Aqui é a Ana, da loja"}
    return {
        "from": "551130000000",
        "to": WA_ID,
        "id": wamid,
        "timestamp": TIMESTAMP,
        "type": "text",
        "text": text,
        **more,
    }


def person(**more: Any) -> dict[str, Any]:
    return {"profile": {"name": "Célia"}, "wa_id": WA_ID, **more}


def change(*, account: Any = ACCOUNT, field: str = "messages", **value: Any) -> dict[str, Any]:
    metadata = {"display_phone_number": "551130000000", "phone_number_id": account}
    return {"field": field, "value": {"messaging_product": "whatsapp", "metadata": metadata, **value}}


def account_change(field: str, **value: Any) -> dict[str, Any]:
    return {"field": field, "value": value}


def body(*changes: Any) -> dict[str, Any]:
    return {"object": "whatsapp_business_account", "entry": [{"id": BUSINESS, "changes": list(changes)}]}


def every_message() -> list[dict[str, Any]]:
    return [message(kind, wamid=f"wamid.{kind}") for kind in CONTENTS] + [unsupported()]
