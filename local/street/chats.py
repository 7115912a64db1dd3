"""The chats on the phone: who talks with which shop, and every message between them."""

import base64
import hashlib
import re
import secrets
import threading
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

from local.street.config import Account, StreetConfig, digits
from local.street.journal import Journal

type Event = dict[str, Any]
type Watcher = Callable[[Event], object]
type Sender = Literal["customer", "shop"]
# A customer's message: sent (the shop's server has not taken it yet), delivered, read, failed.
# The shop's message: delivered, read.
type State = Literal["sent", "delivered", "read", "failed"]

BRAZILIAN_MOBILE = re.compile(r"^(55\d{2})9([6-9]\d{7})$")
TYPING_SECONDS = 25


@dataclass(frozen=True)
class Chat:
    id: str
    phone_number_id: str
    name: str
    phone: str | None
    bsuid: str
    is_owner: bool = False
    # Someone with a username may keep the number from the shop, which then sees the BSUID alone.
    shares_phone: bool = True


@dataclass(frozen=True)
class Message:
    id: str
    chat_id: str
    sender: Sender
    kind: str
    content: dict[str, Any]
    at: float
    state: State
    quoted_id: str | None = None
    reactions: dict[Sender, str] = field(default_factory=dict)
    edited: bool = False
    # What the webhook carried, to carry it again when the customer taps a message that failed.
    element: dict[str, Any] | None = None
    tracker: str | None = None
    category: str = "service"
    failure: str | None = None


class Chats:
    """All chats in memory, each change written to the journal and told to whoever watches."""

    def __init__(self, config: StreetConfig, journal: Journal) -> None:
        self._config = config
        self._journal = journal
        self._lock = threading.RLock()
        self._watchers: set[Watcher] = set()
        self._forget()
        for record in journal.records():
            self._restore(record)
        self._add_presets()

    def reset(self) -> None:
        with self._lock:
            self._journal.clear()
            self._forget()
            self._add_presets()
            self._tell(self.snapshot())

    def open(
        self,
        account: Account,
        *,
        name: str,
        phone: str | None,
        bsuid: str | None = None,
        is_owner: bool = False,
        shares_phone: bool = True,
    ) -> Chat:
        """The chat of this person with this shop, made at their first contact."""
        with self._lock:
            known = self.find(account, phone=phone, bsuid=bsuid)
            if known is not None:
                return known
            identity = bsuid or derive_bsuid(account, phone or name)
            chat = Chat(
                id=f"{account.phone_number_id}-{phone or identity}",
                phone_number_id=account.phone_number_id,
                name=name,
                phone=phone,
                bsuid=identity,
                is_owner=is_owner,
                shares_phone=shares_phone and phone is not None,
            )
            return self.put_chat(chat)

    def put_chat(self, chat: Chat) -> Chat:
        with self._lock:
            self._keep_chat(chat)
            self._journal.append({"chat": asdict(chat)})
            self._tell({"type": "chat", "chat": asdict(chat)})
            return chat

    def find(self, account: Account, *, phone: str | None, bsuid: str | None = None) -> Chat | None:
        with self._lock:
            by_phone = self._by_identity.get((account.phone_number_id, line(phone))) if phone else None
            by_bsuid = self._by_identity.get((account.phone_number_id, bsuid)) if bsuid else None
            chat_id = by_phone or by_bsuid
            return self._chats[chat_id] if chat_id else None

    def chat(self, chat_id: str) -> Chat | None:
        return self._chats.get(chat_id)

    def message(self, message_id: str) -> Message | None:
        return self._messages.get(message_id)

    def messages(self, chat_id: str) -> list[Message]:
        with self._lock:
            return [self._messages[message_id] for message_id in self._order.get(chat_id, [])]

    def last_inbound_at(self, chat_id: str) -> float | None:
        return self._last_inbound.get(chat_id)

    def put(self, message: Message) -> Message:
        with self._lock:
            self._keep_message(message)
            self._journal.append({"message": asdict(message)})
            self._tell({"type": "message", "message": shown(message)})
            return message

    def change(self, message_id: str, *, while_in: Collection[State] | None = None, **changes: Any) -> None:
        """Change a message, unless a reset has forgotten it or it has left these states meanwhile."""
        with self._lock:
            message = self._messages.get(message_id)
            if message is not None and (while_in is None or message.state in while_in):
                self.put(replace(message, **changes))

    def show_typing(self, chat_id: str) -> None:
        with self._lock:
            self._tell({"type": "typing", "chat_id": chat_id, "seconds": TYPING_SECONDS})

    @contextmanager
    def watch(self, watcher: Watcher) -> Iterator[Event]:
        """Tell the watcher every change after the snapshot that this yields."""
        with self._lock:
            self._watchers.add(watcher)
            snapshot = self.snapshot()
        try:
            yield snapshot
        finally:
            with self._lock:
                self._watchers.discard(watcher)

    def snapshot(self) -> Event:
        with self._lock:
            return {
                "type": "state",
                "shops": {account.phone_number_id: account.shop_name for account in self._config.accounts},
                "chats": [asdict(chat) for chat in self._chats.values()],
                "messages": [shown(message) for message in self._messages.values()],
            }

    def _forget(self) -> None:
        self._chats: dict[str, Chat] = {}
        self._by_identity: dict[tuple[str, str], str] = {}
        self._messages: dict[str, Message] = {}
        self._order: dict[str, list[str]] = {}
        self._last_inbound: dict[str, float] = {}

    def _restore(self, record: dict[str, Any]) -> None:
        if "chat" in record:
            self._keep_chat(Chat(**record["chat"]))
        elif "message" in record:
            self._keep_message(Message(**record["message"]))

    def _keep_chat(self, chat: Chat) -> None:
        earlier = self._chats.get(chat.id)
        if earlier is not None:
            # Whoever changed their number is no longer reached under the old one.
            for identity in identities(earlier):
                del self._by_identity[identity]
        self._chats[chat.id] = chat
        self._by_identity.update(dict.fromkeys(identities(chat), chat.id))

    def _keep_message(self, message: Message) -> None:
        if message.id not in self._messages:
            self._order.setdefault(message.chat_id, []).append(message.id)
        self._messages[message.id] = message
        if message.sender == "customer":
            earlier = self._last_inbound.get(message.chat_id, 0.0)
            self._last_inbound[message.chat_id] = max(earlier, message.at)

    def _add_presets(self) -> None:
        account = self._config.accounts[0]
        self.open(account, name=self._config.owner_name, phone=digits(self._config.owner_phone), is_owner=True)
        for customer in self._config.customers:
            phone = digits(customer.phone) if customer.phone else None
            chat = self.open(account, name=customer.name, phone=phone, bsuid=customer.bsuid)
            for past in customer.history:
                if past.id not in self._messages:
                    self.put(
                        Message(
                            id=past.id,
                            chat_id=chat.id,
                            sender="shop" if past.from_shop else "customer",
                            kind="text",
                            content={"body": past.text},
                            at=past.at.timestamp(),
                            state="read",
                        )
                    )

    def _tell(self, event: Event) -> None:
        for watcher in list(self._watchers):
            watcher(event)


def shown(message: Message) -> dict[str, Any]:
    """What the phone's screen needs of a message."""
    fields = asdict(message)
    for hidden in ("element", "tracker", "category"):
        del fields[hidden]
    return fields


def identities(chat: Chat) -> list[tuple[str, str]]:
    """What a sender may address this chat by, within one business number."""
    return [(chat.phone_number_id, known) for known in (chat.bsuid, line(chat.phone or "")) if known]


def line(phone: str) -> str:
    """One spelling for a telephone line: WhatsApp knows some Brazilian mobiles without their ninth digit."""
    match = BRAZILIAN_MOBILE.match(phone)
    return match[1] + match[2] if match else phone


def derive_bsuid(account: Account, seed: str) -> str:
    """The id that Meta gives a person towards one business; always the same for the same person."""
    digest = hashlib.sha256(f"{account.waba_id}:{seed}".encode()).digest()
    return f"BR.{int.from_bytes(digest[:7]):016d}"


def new_message_id() -> str:
    return "wamid." + base64.b64encode(secrets.token_bytes(33)).decode()
