"""A webhook body of the Cloud API, cut into elements, each in an envelope for its queue."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from auzap.aws.queues import Entry

VERSION = 1
LARGEST_ELEMENT = 256 * 1024

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
    pass


def sort(payload: Any, *, received_at: int) -> Sorted:
    """Every entry, change and element; one that cannot be read does not hold back the others."""
    found = Sorted([], [], [])
    for entry in _items(payload, "entry", found):
        for change in _items(entry, "changes", found):
            try:
                _sort_change(entry, change, found, received_at)
            except (Unreadable, AttributeError, TypeError):
                found.unreadable.append(("change", change))
    return found


def _items(holder: Any, key: str, found: Sorted) -> list[Any]:
    items = holder.get(key) if isinstance(holder, dict) else None
    if isinstance(items, list):
        return items
    found.unreadable.append((key, holder))
    return []


def _sort_change(entry: Any, change: Any, found: Sorted, received_at: int) -> None:
    field, value = change.get("field"), change.get("value") or {}
    if field in ACCOUNT_FIELDS:
        identifier = hashlib.sha256(json.dumps(change, sort_keys=True).encode()).hexdigest()
        envelope = {"business": str(entry["id"]), "kind": "account", "id": identifier, "field": field}
        found.events.append(_entry(envelope, received_at, person=str(entry["id"])))
        return
    if field not in {"messages", "smb_message_echoes"}:
        raise Unreadable(field)

    account = value["metadata"]["phone_number_id"] if "metadata" in value else None
    if not isinstance(account, str) or not account.isascii() or not account.isdigit():
        raise Unreadable("account")
    people = list(_people(value.get("contacts") or []))
    for kind, key in (("message", "messages"), ("echo", "message_echoes"), ("status", "statuses")):
        for element in value.get(key) or []:
            try:
                entry_made = _element(kind, element, account, people, received_at)
            except (Unreadable, AttributeError, KeyError, TypeError, ValueError):
                found.unreadable.append((kind, element))
            else:
                (found.events if kind == "status" else found.inbound).append(entry_made)
    if value.get("errors"):
        found.unreadable.append(("errors", value["errors"]))


def _people(contacts: list[Any]) -> Iterator[dict[str, str]]:
    for contact in contacts:
        profile = contact.get("profile") or {}
        known = {
            "wa_id": contact.get("wa_id"),
            "bsuid": contact.get("user_id"),
            "profile_name": profile.get("name"),
            "username": profile.get("username"),
        }
        yield {name: value for name, value in known.items() if isinstance(value, str) and value}


def _element(kind: str, element: Any, account: str, people: list[dict[str, str]], received_at: int) -> Entry:
    if not isinstance(element["id"], str) or not element["id"]:
        raise Unreadable("id")
    envelope: dict[str, Any] = {"account": account, "kind": kind, "id": element["id"], "element": element}
    if kind == "status":
        return _entry(envelope, received_at, person=element["id"], variant=str(element.get("status")))
    int(element["timestamp"])
    person = _person(kind, element, people)
    return _entry(envelope | {"person": person}, received_at, person=person.get("bsuid") or person["wa_id"])


def _person(kind: str, element: Any, people: list[dict[str, str]]) -> dict[str, str]:
    """The customer: who wrote a message, or whom an echo was written to."""
    wa_id, bsuid = ("from", "from_user_id") if kind == "message" else ("to", "to_user_id")
    written = {"wa_id": element.get(wa_id), "bsuid": element.get(bsuid)}
    person = {name: value for name, value in written.items() if isinstance(value, str) and value}
    for known in people:
        if any(known.get(name) == value for name, value in person.items()):
            person = known | person
    if not person:
        raise Unreadable("person")
    return person


def _entry(envelope: dict[str, Any], received_at: int, *, person: str, variant: str = "") -> Entry:
    whole = {"v": VERSION, "channel": "whatsapp", "received_at": received_at, **envelope}
    # What JSON cannot say (a number beyond a float) is refused here, before a queue or a database would.
    body = json.dumps(whole, allow_nan=False, separators=(",", ":"))
    if len(body) > LARGEST_ELEMENT:
        raise Unreadable("size")
    account = envelope.get("account") or envelope["business"]
    return {
        "body": body,
        "group": _digest(account, person),
        "deduplication": _digest(account, envelope["id"], envelope["kind"], variant),
    }


def _digest(*parts: str) -> str:
    return hashlib.sha256("\x1f".join(parts).encode("utf-8", "surrogatepass")).hexdigest()
