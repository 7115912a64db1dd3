"""A message the shop sends: checked as Meta checks it, shown on the phone, reported back by webhooks."""

import asyncio
import re
from dataclasses import dataclass
from typing import Any

import httpx

from local.street import sending_rules, webhooks
from local.street.chats import Chat, Message, new_message_id
from local.street.config import Account, Template
from local.street.faults import FaultKind
from local.street.graph_errors import GraphError
from local.street.media import TYPE_LIMITS, UPLOADED_DAYS
from local.street.street import Street

WINDOW_SECONDS = 24 * 3600
LINK_PATIENCE_SECONDS = 5.0
MEDIA_KINDS = ("image", "video", "audio", "document", "sticker")


@dataclass(frozen=True)
class Sent:
    """What came of a send, and how long the caller is kept waiting for the answer."""

    answer: dict[str, Any]
    wait_seconds: float = 0.0
    # Accepted, and yet the caller will see nothing but a timeout.
    silent: bool = False


async def send(street: Street, account: Account, payload: dict[str, Any]) -> Sent:
    street.accounts.require_registered(account)
    given = recipient(payload)
    to = given.removeprefix("+")
    if refused := street.faults.refusal(to):
        raise GraphError(refused.code, "Refused on demand by the street")
    if slow := street.faults.on_send(FaultKind.SLOW, to):
        await asyncio.sleep(slow.milliseconds / 1000)

    sending_rules.check_message(payload)
    chat = find_recipient(street, account, payload)
    content = displayed(street, chat, payload)
    check_rates(street, chat, payload)

    later = await fetch_link(street, payload, content)
    if failed := street.faults.on_send(FaultKind.FAILED_STATUS, to):
        later = GraphError(failed.code, "This message was accepted and could not be delivered")
    message = accept(street, account, chat, payload, content, failure=later)

    answer = {
        "messaging_product": "whatsapp",
        "contacts": [{"input": given, **identity(chat)}],
        "messages": [{"id": message.id}],
    }
    if payload.get("type") == "template":
        answer["messages"][0]["message_status"] = "accepted"
    silence = street.faults.on_send(FaultKind.ACCEPT_THEN_TIMEOUT, to)
    return Sent(answer, silence.milliseconds / 1000, silent=True) if silence else Sent(answer)


def recipient(payload: dict[str, Any]) -> str:
    return str(payload.get("to") or payload.get("recipient") or "")


def identity(chat: Chat) -> dict[str, str]:
    if chat.shares_phone and chat.phone:
        return {"wa_id": chat.phone, "user_id": chat.bsuid}
    return {"user_id": chat.bsuid}


def find_recipient(street: Street, account: Account, payload: dict[str, Any]) -> Chat:
    if payload.get("to"):
        phone = payload["to"].removeprefix("+")
        if phone == account.digits:
            raise GraphError(131021, "The recipient is the sending number")
        chat = street.chats.find(account, phone=phone)
    else:
        chat = street.chats.find(account, phone=None, bsuid=payload["recipient"])
    if chat is None:
        raise GraphError(131026, "The recipient is not on WhatsApp")
    return chat


def check_rates(street: Street, chat: Chat, payload: dict[str, Any]) -> None:
    last_inbound = street.chats.last_inbound_at(chat.id)
    open_window = last_inbound is not None and street.now - last_inbound < WINDOW_SECONDS
    if payload.get("type") != "template" and not open_window:
        raise GraphError(131047, "More than 24 hours have passed since the customer last replied to this number")
    if not street.pair_rate.allows(chat.id, street.now):
        raise GraphError(131056, "Too many messages to this customer in a short time")


def displayed(street: Street, chat: Chat, payload: dict[str, Any]) -> dict[str, Any]:
    """The content as the phone shows it; what it points to must exist."""
    kind = payload.get("type", "text")
    content = dict(payload[kind]) if isinstance(payload[kind], dict) else {"contacts": payload[kind]}
    if kind == "template":
        return {**content, **rendered(find_template(street, content), content)}
    if kind == "reaction":
        target = street.chats.message(content["message_id"])
        if target is None or target.chat_id != chat.id:
            raise GraphError(131009, "reaction.message_id is not a message of this chat")
    if kind in MEDIA_KINDS and "id" in content:
        stored = street.media.get(content["id"])
        if stored is None:
            raise GraphError(131053, f"Media {content['id']} does not exist or has expired")
        content["mime_type"] = stored.mime_type
    return content


def find_template(street: Street, content: dict[str, Any]) -> Template:
    language = content["language"]["code"]
    for template in street.config.templates:
        if (template.name, template.language) == (content["name"], language):
            require_approved(template)
            return template
    raise GraphError(132001, f"Template {content['name']} does not exist in {language}")


def require_approved(template: Template) -> None:
    refusals = {"PAUSED": 132015, "DISABLED": 132016}
    if template.status != "APPROVED":
        raise GraphError(refusals.get(template.status, 132001), f"Template {template.name} is {template.status}")


def rendered(template: Template, content: dict[str, Any]) -> dict[str, Any]:
    components = content.get("components", [])
    given = [
        parameter
        for component in components
        if component["type"] == "body"
        for parameter in component.get("parameters", [])
    ]
    body = template.body
    expected = sorted(set(re.findall(r"\{\{(\w+)\}\}", body)))
    texts = {
        str(parameter.get("parameter_name", position)): parameter_text(parameter)
        for position, parameter in enumerate(given, start=1)
    }
    if len(given) != len(expected):
        raise GraphError(132000, f"body: expected {len(expected)} parameters, got {len(given)}")
    if sorted(texts) != expected:
        raise GraphError(132012, f"body: expected the parameters {', '.join(expected)}")
    for name, text in texts.items():
        body = body.replace(f"{{{{{name}}}}}", text)
    payloads = {
        int(component.get("index", 0)): component["parameters"][0].get("payload", "")
        for component in components
        if component["type"] == "button" and component.get("parameters")
    }
    buttons = [
        {"text": text, "payload": payloads.get(position, text)} for position, text in enumerate(template.buttons)
    ]
    return {"body": body, "buttons": buttons, "category": template.category}


def parameter_text(parameter: dict[str, Any]) -> str:
    text = str(parameter.get("text", ""))
    if not text.strip():
        raise GraphError(131008, "body.parameters[].text is required")
    if re.search(r"[\n\t]| {5,}", text):
        raise GraphError(132012, "A parameter cannot have new-line or tab characters or more than 4 consecutive spaces")
    return text


async def fetch_link(street: Street, payload: dict[str, Any], content: dict[str, Any]) -> GraphError | None:
    """Copy media given by link; what cannot be had fails after acceptance, as at Meta."""
    kind = payload.get("type", "text")
    if kind not in MEDIA_KINDS or "link" not in content:
        return None
    try:
        async with httpx.AsyncClient(timeout=LINK_PATIENCE_SECONDS, trust_env=False) as client:
            response = (await client.get(content["link"])).raise_for_status()
    except httpx.HTTPError:
        return GraphError(131053, "The media could not be downloaded from its link")
    mime_type = response.headers.get("content-type", "").partition(";")[0].strip()
    if len(response.content) > TYPE_LIMITS.get(mime_type, 0):
        return GraphError(131053, f"The media behind the link is too large or has an unsupported type: {mime_type}")
    name = content.get("filename", content["link"].rpartition("/")[2])
    stored = street.media.keep(response.content, mime_type, name, days=UPLOADED_DAYS)
    content.update(id=stored.id, mime_type=mime_type)
    return None


def accept(
    street: Street,
    account: Account,
    chat: Chat,
    payload: dict[str, Any],
    content: dict[str, Any],
    *,
    failure: GraphError | None,
) -> Message:
    kind = payload.get("type", "text")
    message = Message(
        id=new_message_id(),
        chat_id=chat.id,
        sender="shop",
        kind=kind,
        content=content,
        at=street.now,
        state="failed" if failure else "delivered",
        quoted_id=payload.get("context", {}).get("message_id"),
        tracker=payload.get("biz_opaque_callback_data"),
        category=content.get("category", "service"),
    )
    if kind == "reaction":
        react(street, content)
    else:
        street.chats.put(message)
    report(street, account, chat, message, "sent", due=street.now)
    delivered_at = street.now + street.config.delivery_seconds
    if failure is None:
        report(street, account, chat, message, "delivered", due=delivered_at)
    else:
        report(street, account, chat, message, "failed", due=delivered_at, error=failure)
    return message


def react(street: Street, content: dict[str, Any]) -> None:
    target = street.chats.message(content["message_id"])
    if target is not None:
        street.chats.change(target.id, reactions={**target.reactions, "shop": content["emoji"]})


def report(
    street: Street,
    account: Account,
    chat: Chat,
    message: Message,
    status: str,
    *,
    due: float,
    error: GraphError | None = None,
) -> None:
    """Put a status webhook on its way, with whatever the script of faults does to it."""
    to = chat.phone or chat.bsuid
    body = webhooks.status_body(account, chat, message, status, at=due, error=error)
    if street.faults.on_status(FaultKind.DROP_STATUS, to, status):
        return
    if delay := street.faults.on_status(FaultKind.DELAY_STATUS, to, status):
        due += delay.milliseconds / 1000
    if street.faults.on_status(FaultKind.REORDER_STATUS, to, status):
        # Behind the status that would have followed it.
        due += 2 * street.config.delivery_seconds + 0.001
    street.deliveries.schedule(body, due=due)
    if street.faults.on_status(FaultKind.DUPLICATE_STATUS, to, status):
        street.deliveries.schedule(body, due=due)


def mark_read_by_shop(street: Street, account: Account, payload: dict[str, Any]) -> None:
    """Two blue ticks on this message and on those before it; the typing indicator if asked for."""
    sending_rules.check_product(payload)
    message = street.chats.message(str(payload.get("message_id")))
    chat = street.chats.chat(message.chat_id) if message else None
    if message is None or chat is None or message.sender != "customer":
        raise GraphError(131009, "message_id is not a message this number received")
    if chat.phone_number_id != account.phone_number_id:
        raise GraphError(131009, "message_id belongs to another number")
    typing = payload.get("typing_indicator")
    if typing is not None and typing != {"type": "text"}:
        raise GraphError(131009, "typing_indicator must be of type text")
    for earlier in street.chats.messages(chat.id):
        if earlier.sender == "customer" and (earlier.state == "delivered" or earlier.id == message.id):
            street.chats.change(earlier.id, state="read")
        if earlier.id == message.id:
            break
    if typing is not None:
        street.chats.show_typing(chat.id)


def mark_seen_by_customer(street: Street, account: Account, chat: Chat) -> int:
    """The customer looks at the chat: what the shop sent is read. Returns how many messages were new."""
    unseen = [
        message
        for message in street.chats.messages(chat.id)
        if message.sender == "shop" and message.state == "delivered"
    ]
    for message in unseen:
        street.chats.change(message.id, state="read")
        # A phone reports read after delivered.
        due = max(street.now, message.at + street.config.delivery_seconds)
        report(street, account, chat, message, "read", due=due)
    return len(unseen)
