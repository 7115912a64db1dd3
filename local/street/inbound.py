"""A message a customer sends: kept in the chat, put into a webhook, offered to AuZap."""

import base64
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import batched
from typing import Any

from local.street import webhooks
from local.street.chats import Chat, Message, State, derive_bsuid, new_message_id
from local.street.config import Account
from local.street.inbound_kinds import MEDIA_KINDS, Fields, UnusableMessage, element
from local.street.media import INBOUND_DAYS, SAMPLE_OF_KIND, Stored
from local.street.street import Street

# The shop may have read a message before its own answer to the webhook is known here.
UNSETTLED: frozenset[State] = frozenset({"sent", "failed"})


@dataclass(frozen=True)
class Inbound:
    account: Account
    chat: Chat
    element: dict[str, Any]
    contact: dict[str, Any]

    @property
    def id(self) -> str:
        return self.element["id"]


@dataclass(frozen=True)
class Shape:
    """How a batch is cut: Meta puts up to 1000 updates into one request."""

    entries: int
    changes: int
    messages: int

    @property
    def size(self) -> int:
        return self.entries * self.changes * self.messages


@dataclass(frozen=True)
class Outcome:
    wamids: list[str]
    # One per copy sent; None where nobody answered.
    statuses: list[int | None]
    body: bytes
    signature: str


def sender(street: Street, fields: Fields) -> tuple[Account, Chat]:
    """The account and the chat that a request for an inbound message names."""
    phone_number_id = fields.get("phone_number_id", street.accounts.first.phone_number_id)
    account = street.accounts.get(phone_number_id)
    if account is None:
        raise UnusableMessage(f"There is no account {phone_number_id!r}.")
    phone, bsuid = fields.get("from"), fields.get("bsuid")
    if phone is None and bsuid is None:
        raise UnusableMessage("from or bsuid is needed.")
    digits = "".join(filter(str.isdigit, phone)) if phone else None
    name = fields.get("name", f"Cliente {(digits or bsuid or '')[-4:]}")
    hidden = bool(fields.get("without_phone"))
    return account, street.chats.open(account, name=name, phone=digits, bsuid=bsuid, shares_phone=not hidden)


def compose(street: Street, account: Account, chat: Chat, fields: Fields) -> Inbound:
    hidden = bool(fields.get("without_phone")) or not chat.shares_phone
    head: dict[str, Any] = {} if hidden else {"from": chat.phone}
    head |= {
        "from_user_id": chat.bsuid,
        "id": fields.get("wamid") or new_message_id(),
        "timestamp": str(fields.get("timestamp", int(street.now))),
    }
    context = _context(street, account, chat, fields)
    if context:
        head["context"] = context
    made = element(_completed(street, account, chat, fields))
    return Inbound(account, chat, head | made, _contact(chat, fields, hidden=hidden))


def receive(
    street: Street, inbounds: Sequence[Inbound], *, shape: Shape | None = None, copies: int = 1, tamper: bool = False
) -> Outcome:
    """Keep the messages and offer their webhook; what is not taken is offered again in the background."""
    body = batch(inbounds, shape or Shape(1, 1, len(inbounds)))
    signature = webhooks.sign(street.config.app_secret, body)
    for inbound in inbounds:
        record(street, inbound)
    sent = _tampered(body) if tamper else body
    settle = settled(street, [inbound.id for inbound in inbounds])
    statuses = [street.deliveries.send(sent, signature=signature) for _ in range(copies)]
    for status in statuses:
        settle(status)
    if 200 not in statuses and copies > 0 and not tamper:
        street.deliveries.retry(body, answered=settle)
    return Outcome([inbound.id for inbound in inbounds], statuses, sent, signature)


def resend(street: Street, account: Account, chat: Chat, message: Message) -> int | None:
    """What a customer does who taps a message that was not delivered."""
    assert message.element is not None
    contact = _contact(chat, {}, hidden="from" not in message.element)
    body = batch([Inbound(account, chat, message.element, contact)], Shape(1, 1, 1))
    status = street.deliveries.send(body)
    settled(street, [message.id])(status)
    return status


def batch(inbounds: Sequence[Inbound], shape: Shape) -> bytes:
    if not inbounds or shape.size != len(inbounds):
        raise UnusableMessage(f"The shape holds {shape.size} messages, {len(inbounds)} were given.")
    changes = [_change(list(messages)) for messages in batched(inbounds, shape.messages, strict=True)]
    entries = [
        webhooks.entry(group[0][0], [value for _, value in group])
        for group in batched(changes, shape.changes, strict=True)
    ]
    return webhooks.encode(webhooks.notification(entries))


def record(street: Street, inbound: Inbound) -> None:
    """Show the message on the phone it was written on."""
    chat, element = inbound.chat, inbound.element
    kind = element["type"]
    content = element.get(kind, {})
    target = _target(street, content)
    if kind == "reaction" and target:
        street.chats.change(target.id, reactions={**target.reactions, "customer": content.get("emoji", "")})
    elif kind == "edit" and target:
        street.chats.change(target.id, content=content["message"]["text"], edited=True)
    elif kind == "revoke" and target:
        street.chats.change(target.id, kind="revoked", content={})
    if kind == "system":
        street.chats.put_chat(replace(chat, phone=content["wa_id"], bsuid=content["user_id"]))
    street.chats.put(
        Message(
            id=inbound.id,
            chat_id=chat.id,
            sender="customer",
            kind=kind,
            content=content if isinstance(content, dict) else {"contacts": content},
            at=float(element["timestamp"]),
            state="sent",
            quoted_id=element.get("context", {}).get("id"),
            element=element,
        )
    )


def settled(street: Street, wamids: list[str]) -> Callable[[int | None], None]:
    """Note on the messages whether their webhook was taken. A later attempt may still succeed."""

    def note(status: int | None) -> None:
        for wamid in wamids:
            if status == 200:
                street.chats.change(wamid, while_in=UNSETTLED, state="delivered", failure=None)
            else:
                failure = str(status or "sem resposta")
                street.chats.change(wamid, while_in=UNSETTLED, state="failed", failure=failure)

    return note


def _target(street: Street, content: Any) -> Message | None:
    """The earlier message that a reaction, an edit or a deletion is about."""
    named = content if isinstance(content, dict) else {}
    return street.chats.message(named.get("message_id") or named.get("original_message_id") or "")


def _change(inbounds: list[Inbound]) -> tuple[Account, dict[str, Any]]:
    account = inbounds[0].account
    if any(inbound.account != account for inbound in inbounds):
        raise UnusableMessage("The messages of one change belong to one account.")
    contacts = {inbound.contact["user_id"]: inbound.contact for inbound in inbounds}
    return account, webhooks.value(
        account, contacts=list(contacts.values()), messages=[inbound.element for inbound in inbounds]
    )


def _context(street: Street, account: Account, chat: Chat, fields: Fields) -> dict[str, Any]:
    context: dict[str, Any] = {}
    if quoted_id := fields.get("quoted_id"):
        quoted = street.chats.message(quoted_id)
        own = quoted is not None and quoted.sender == "customer"
        context = {"from": chat.phone if own else account.digits, "id": quoted_id}
    if fields.get("forwarded"):
        context["forwarded"] = True
    return context


def _contact(chat: Chat, fields: Fields, *, hidden: bool) -> dict[str, Any]:
    profile = {"name": chat.name}
    if "username" in fields:
        profile["username"] = fields["username"]
    contact: dict[str, Any] = {"profile": profile, "user_id": chat.bsuid}
    return contact if hidden else {**contact, "wa_id": chat.phone}


def _completed(street: Street, account: Account, chat: Chat, fields: Fields) -> dict[str, Any]:
    """The fields a kind needs beyond those asked for."""
    completed = {"kind": "text", **fields}
    kind = completed["kind"]
    if kind in MEDIA_KINDS:
        stored = _media(street, kind, fields)
        completed["media"] = {
            "id": stored.id,
            "mime_type": stored.mime_type,
            "sha256": base64.b64encode(stored.digest).decode(),
            "url": street.media.link(stored),
        }
        completed["media_filename"] = stored.filename
    elif kind == "user_changed_number":
        completed["sender_phone"], completed["sender_name"] = chat.phone, chat.name
        completed["new_bsuid"] = derive_bsuid(account, str(fields.get("new_phone")))
    return completed


def _media(street: Street, kind: str, fields: Mapping[str, Any]) -> Stored:
    if "data" not in fields:
        return street.media.keep_sample(kind)
    mime_type = fields.get("mime_type", SAMPLE_OF_KIND[kind].mime_type)
    data = base64.b64decode(fields["data"])
    return street.media.keep(data, mime_type, fields.get("filename", "arquivo"), days=INBOUND_DAYS)


def _tampered(body: bytes) -> bytes:
    middle = len(body) // 2
    return body[:middle] + bytes([body[middle] ^ 1]) + body[middle + 1 :]
