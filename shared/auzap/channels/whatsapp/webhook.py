"""A webhook body of the Cloud API, cut into elements, each in an envelope for its queue."""

import hashlib
import json
import re
from dataclasses import dataclass
from typing import Any

from auzap.aws.queues import Entry
from auzap.loose import items, mapping, string

VERSION = 1
LARGEST_ELEMENT = 256 * 1024

MESSAGE_FIELDS = frozenset({"messages", "smb_message_echoes"})
ELEMENTS = {"messages": "message", "message_echoes": "echo", "statuses": "status"}
NEWS = (*ELEMENTS, "errors")
# What JSON cannot say (a number beyond a float) is refused here, before a queue or a database would.
ENCODER = json.JSONEncoder(allow_nan=False, separators=(",", ":"))
TIMESTAMP = re.compile(r"[0-9]{1,11}")

# Fields of a business account whose news are a reason to look at its numbers' health.
ACCOUNT_FIELDS = frozenset(
    {
        "account_update",
        "account_alerts",
        "phone_number_quality_update",
        "phone_number_name_update",
        "business_capability_update",
        "message_template_status_update",
        "message_template_quality_update",
        "template_category_update",
        "security",
    }
)


@dataclass(slots=True)
class Sorted:
    """What a body held: for the inbound queue, for the provider events, and what could not be read."""

    inbound: list[Entry]
    events: list[Entry]
    unreadable: list[tuple[str, Any]]


class Unreadable(Exception):
    """Not what the provider documents."""


def sort(payload: Any, *, received_at: int) -> Sorted:
    """Every entry, change and element; one that cannot be read does not hold back the others."""
    found = Sorted([], [], [])
    for entry in _parts(payload, "entry", found):
        for change in _parts(entry, "changes", found):
            try:
                _sort_change(mapping(entry), mapping(change), found, received_at)
            except Unreadable:
                found.unreadable.append(("change", change))
    return found


def sent_again(envelope: dict[str, Any], *, occasion: str) -> Entry:
    """An envelope once more for its queue: among its customer's messages, and not taken for its own duplicate."""
    return _entry(
        envelope,
        envelope["received_at"],
        account=envelope["account"],
        person=_identity(envelope["person"]),
        variant=occasion,
    )


def _parts(holder: Any, key: str, found: Sorted) -> list[Any]:
    parts = mapping(holder).get(key)
    if not isinstance(parts, list):
        found.unreadable.append((key, holder))
    return items(parts)


def _sort_change(entry: dict[str, Any], change: dict[str, Any], found: Sorted, received_at: int) -> None:
    field, value = string(change.get("field")), mapping(change.get("value"))
    if field in ACCOUNT_FIELDS:
        found.events.append(_account_news(entry, change, field, received_at))
        return
    account = string(mapping(value.get("metadata")).get("phone_number_id"))
    if field not in MESSAGE_FIELDS or not (account.isascii() and account.isdigit()):
        raise Unreadable
    people = [_known_person(contact) for contact in items(value.get("contacts"))]
    if not any(value.get(key) for key in NEWS):
        raise Unreadable
    for key, kind in ELEMENTS.items():
        if value.get(key) and not isinstance(value[key], list):
            found.unreadable.append((kind, value[key]))
        for element in items(value.get(key)):
            try:
                stored = _element(kind, mapping(element), account, people, received_at)
            except Unreadable:
                found.unreadable.append((kind, element))
            else:
                (found.events if kind == "status" else found.inbound).append(stored)
    if value.get("errors"):
        found.unreadable.append(("errors", value["errors"]))


def _account_news(entry: dict[str, Any], change: dict[str, Any], field: str, received_at: int) -> Entry:
    business = string(entry.get("id"))
    if not business:
        raise Unreadable
    identifier = hashlib.sha256(json.dumps(change, sort_keys=True).encode()).hexdigest()
    envelope = {"business": business, "kind": "account", "id": identifier, "field": field}
    return _entry(envelope, received_at, account=business, person=business)


def _known_person(contact: Any) -> dict[str, str]:
    known = mapping(contact)
    profile = mapping(known.get("profile"))
    told = {
        "wa_id": known.get("wa_id"),
        "bsuid": known.get("user_id"),
        "profile_name": profile.get("name"),
        "username": profile.get("username"),
    }
    return {name: value for name, value in told.items() if isinstance(value, str) and value}


def _element(kind: str, element: dict[str, Any], account: str, people: list[dict[str, str]], received_at: int) -> Entry:
    identifier = string(element.get("id"))
    if not identifier or not identifier.isprintable() or not TIMESTAMP.fullmatch(string(element.get("timestamp"))):
        raise Unreadable
    envelope: dict[str, Any] = {"account": account, "kind": kind, "id": identifier, "element": element}
    if kind == "status":
        return _entry(envelope, received_at, account=account, person=identifier, variant=string(element.get("status")))
    person = _person(kind, element, people)
    return _entry(envelope | {"person": person}, received_at, account=account, person=_identity(person))


def _person(kind: str, element: dict[str, Any], people: list[dict[str, str]]) -> dict[str, str]:
    """The customer: who wrote a message, or whom an echo was written to."""
    wa_id, bsuid = ("from", "from_user_id") if kind == "message" else ("to", "to_user_id")
    written = {"wa_id": string(element.get(wa_id)), "bsuid": string(element.get(bsuid))}
    person = {name: value for name, value in written.items() if value}
    for known in people:
        if any(known.get(name) == value for name, value in person.items()):
            person = known | person
    if not person:
        raise Unreadable
    return person


def _identity(person: dict[str, str]) -> str:
    return person.get("bsuid") or person["wa_id"]


def _entry(envelope: dict[str, Any], received_at: int, *, account: str, person: str, variant: str = "") -> Entry:
    whole = {"v": VERSION, "channel": "whatsapp", "received_at": received_at, **envelope}
    try:
        body = ENCODER.encode(whole)
    except ValueError as exc:
        raise Unreadable from exc
    if len(body) > LARGEST_ELEMENT:
        raise Unreadable
    return {
        "body": body,
        "group": _digest(account, person),
        "deduplication": _digest(account, envelope["id"], envelope["kind"], variant),
    }


def _digest(*parts: str) -> str:
    return hashlib.sha256("\x1f".join(parts).encode("utf-8", "surrogatepass")).hexdigest()
