"""One element of a webhook as the house understands it."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

from auzap.channels.whatsapp import contents
from auzap.channels.whatsapp.contents import KINDS, MEDIA_KINDS
from auzap.channels.whatsapp.identities import IDENTITIES, LONGEST_IDENTITY
from auzap.loose import mapping, string
from auzap.text import clean, clean_json

LONGEST_TEXT = 8_000
LONGEST_NAME = 120
LONGEST_MEDIA_ID = 200
# What needs no answer of the agent's: nothing was asked.
SILENT_KINDS = frozenset({"reaction", "system", "edit", "revoke"})
ANNOUNCED = frozenset({"user_changed_number", "user_changed_user_id"})
DELIVERIES = frozenset({"sent", "delivered", "read", "played"})


@dataclass(frozen=True, slots=True)
class Media:
    id: str
    kind: str
    declared_type: str | None
    filename: str | None


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
    # Said before the number was connected.
    imported: bool = False
    # The element held what a database refuses, and is stored without it.
    is_scrubbed: bool = False
    # By which WhatsApp says that this person is known from now on.
    becomes: dict[str, str] = field(default_factory=dict[str, str])

    @property
    def awaits_answer(self) -> bool:
        asks = self.kind not in SILENT_KINDS and "call_permission_reply" not in self.details
        return asks and self.direction == "from_customer" and not self.imported

    @property
    def sender(self) -> Literal["customer", "staff", "system"]:
        if self.kind == "system":
            return "system"
        return "customer" if self.direction == "from_customer" else "staff"

    @property
    def reply_to(self) -> str:
        """The identity that wrote: an answer goes back to it."""
        return next(iter(self.identities.values()))

    @property
    def original(self) -> str | None:
        """What an edit or a deletion is about."""
        return string(self.details.get("original_message_id")) or None

    @property
    def media(self) -> Media | None:
        known = mapping(self.details.get("media"))
        identifier = string(known.get("id"))
        if self.kind not in MEDIA_KINDS or not 0 < len(identifier) <= LONGEST_MEDIA_ID:
            return None
        return Media(
            identifier, self.kind, string(known.get("mime_type")) or None, string(known.get("filename")) or None
        )

    @property
    def utm(self) -> dict[str, str] | None:
        """Of the advertisement that a customer came from; empty where it says nothing of itself."""
        return self.details.get("utm") if self.direction == "from_customer" else None

    @property
    def delivery(self) -> str | None:
        """How far a message of the shop's own phone has come."""
        if self.direction == "from_customer":
            return None
        told = string(mapping(self.raw.get("history_context")).get("status")).lower()
        return told if told in DELIVERIES else "sent"


def read(envelope: dict[str, Any]) -> InboundMessage:
    given = mapping(envelope["element"])
    element: dict[str, Any] = clean_json(given)
    person = mapping(clean_json(envelope["person"]))
    kind = string(element.get("type"))
    text, details = contents.read(element)
    identities = {name: person[name] for name in IDENTITIES if name in person}
    quoted = string(mapping(element.get("context")).get("id")) or string(details.get("message_id"))
    return InboundMessage(
        account=envelope["account"],
        direction=_direction(envelope["kind"], element, identities),
        provider_id=element["id"],
        provider_at=datetime.fromtimestamp(int(element["timestamp"]), UTC),
        received_at=datetime.fromtimestamp(envelope["received_at"] / 1000, UTC),
        identities=identities,
        profile_name=person["profile_name"][:LONGEST_NAME] if "profile_name" in person else None,
        username=person["username"][:LONGEST_NAME] if "username" in person else None,
        kind=kind if kind in KINDS else "unsupported",
        text=clean(text)[:LONGEST_TEXT],
        details=clean_json(details),
        quoted_provider_id=quoted or None,
        raw=element,
        imported=envelope["kind"] == "history",
        is_scrubbed=element != given,
        becomes=_announced(mapping(element.get("system")), identities) if kind == "system" else {},
    )


def _direction(kind: str, element: dict[str, Any], identities: dict[str, str]) -> Literal["from_customer", "from_shop"]:
    match kind:
        case "message":
            return "from_customer"
        case "echo":
            return "from_shop"
        case "history":
            written = {string(element.get("from")), string(element.get("from_user_id"))}
            return "from_customer" if written & set(identities.values()) else "from_shop"
        case other:
            raise ValueError(f"an envelope of kind {other}")


def _announced(system: dict[str, Any], identities: dict[str, str]) -> dict[str, str]:
    """The identities that a notice gives a person who had others, where they are new."""
    if string(system.get("type")) not in ANNOUNCED:
        return {}
    told = {"bsuid": string(system.get("user_id")), "wa_id": string(system.get("wa_id"))}
    known = {name: value for name, value in told.items() if 0 < len(value) <= LONGEST_IDENTITY}
    return {name: value for name, value in known.items() if identities.get(name) != value}
