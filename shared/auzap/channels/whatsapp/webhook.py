"""A webhook body of the Cloud API, cut into elements, each in an envelope for its queue."""

import hashlib
import json
import re
from dataclasses import dataclass
from typing import Any

from auzap.aws.queues import Entry
from auzap.channels.whatsapp.identities import IDENTITIES, LONGEST_IDENTITY
from auzap.loose import is_deeper, items, mapping, string

VERSION = 1
LARGEST_ELEMENT = 256 * 1024
# WhatsApp nests a dozen levels; what is far deeper is made to break whoever reads it.
DEEPEST_ELEMENT = 100

# What a field of a change carries: the name of each list, and the kind of its elements.
MESSAGES = {"messages": "message", "message_echoes": "echo", "statuses": "status"}
ELEMENTS = {
    "messages": MESSAGES,
    "smb_message_echoes": MESSAGES,
    # From before the number was connected: chats as threads, and photos one by one.
    "history": {"messages": "history", "history": "chapter"},
    "user_preferences": {"user_preferences": "preference"},
    "smb_app_state_sync": {"state_sync": "card"},
}
AROUND = frozenset({"contacts", "errors"})
# What goes to the customer's conversation; the rest is news of a message or of a person.
TALK = frozenset({"message", "echo", "history"})
NEWS = frozenset({"preference", "card"})
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
    carried = ELEMENTS.get(field)
    if carried is None or not (account.isascii() and account.isdigit()):
        raise Unreadable
    if not any(value.get(key) for key in (*carried, "errors")):
        raise Unreadable
    seen = _Seen(
        account,
        shop=_digits(mapping(value.get("metadata")).get("display_phone_number")),
        people=[_known_person(contact) for contact in items(value.get("contacts"))],
        received_at=received_at,
    )
    for key, kind in carried.items():
        if value.get(key) and not isinstance(value[key], list):
            found.unreadable.append((kind, value[key]))
        for element in items(value.get(key)):
            if kind == "chapter":
                _sort_chapter(element, seen, found)
            else:
                _sort_element(kind, element, seen, found)
    if value.get("errors"):
        found.unreadable.append(("errors", value["errors"]))
    # Lists that only a later version of us will know.
    found.unreadable += [
        ("unknown", {key: value[key]})
        for key in value
        if key not in AROUND and key not in carried and items(value[key])
    ]


@dataclass(frozen=True, slots=True)
class _Seen:
    """What a change says around its elements: where it was received, by whom, and the people it tells of."""

    account: str
    shop: str
    people: list[dict[str, str]]
    received_at: int


def _sort_element(kind: str, element: Any, seen: _Seen, found: Sorted, thread: dict[str, str] | None = None) -> None:
    known = mapping(element)
    if known.get("group_id"):
        # Several people talk there, and none of them to the shop alone.
        found.unreadable.append(("group", element))
        return
    try:
        stored = _news(kind, known, seen) if kind in NEWS else _element(kind, known, seen, thread)
    except Unreadable:
        found.unreadable.append((kind, element))
    else:
        (found.inbound if kind in TALK else found.events).append(stored)


def _sort_chapter(chapter: Any, seen: _Seen, found: Sorted) -> None:
    """A piece of the history: threads, each with one customer."""
    threads = items(mapping(chapter).get("threads"))
    if not threads:
        # The shop keeps its history to itself, or this is nothing we know.
        found.unreadable.append(("chapter", chapter))
    for thread in threads:
        known, messages = mapping(thread), items(mapping(thread).get("messages"))
        who, named = mapping(known.get("context")), string(known.get("id"))
        by_number = named.isascii() and named.isdigit()
        person = _as_person(
            wa_id=named if by_number else who.get("wa_id"), bsuid=who.get("user_id") if by_number else named
        )
        if not person or not messages:
            found.unreadable.append(("thread", thread))
            continue
        for message in messages:
            _sort_element("history", message, seen, found, person)


def _account_news(entry: dict[str, Any], change: dict[str, Any], field: str, received_at: int) -> Entry:
    business = string(entry.get("id"))
    if not business:
        raise Unreadable
    identifier = _digest(_encoded(change))
    envelope = {"business": business, "kind": "account", "id": identifier, "field": field}
    return _entry(envelope, received_at, account=business, person=business)


def _known_person(contact: Any) -> dict[str, str]:
    known = mapping(contact)
    profile = mapping(known.get("profile"))
    return _as_person(
        wa_id=known.get("wa_id"),
        bsuid=known.get("user_id"),
        profile_name=profile.get("name"),
        username=profile.get("username"),
    )


def _as_person(**told: Any) -> dict[str, str]:
    return {name: value for name, value in told.items() if isinstance(value, str) and value}


def _element(kind: str, element: dict[str, Any], seen: _Seen, thread: dict[str, str] | None) -> Entry:
    identifier = string(element.get("id"))
    if not identifier or not identifier.isprintable() or not TIMESTAMP.fullmatch(string(element.get("timestamp"))):
        raise Unreadable
    envelope: dict[str, Any] = {"account": seen.account, "kind": kind, "id": identifier, "element": element}
    if kind == "status":
        state = string(element.get("status"))
        return _entry(envelope, seen.received_at, account=seen.account, person=identifier, variant=state)
    return _to_person(envelope, thread or _person(kind, element, seen), seen)


def _news(kind: str, element: dict[str, Any], seen: _Seen) -> Entry:
    """What is told of a person and has no id: the same words are the same news."""
    card = mapping(element.get("contact"))
    name = string(card.get("full_name")) or string(card.get("first_name"))
    person = (
        _as_person(wa_id=_digits(card.get("phone_number")), name=name)
        if kind == "card"
        else _as_person(wa_id=element.get("wa_id"), bsuid=element.get("user_id"))
    )
    envelope = {"account": seen.account, "kind": kind, "id": _digest(_encoded(element)), "element": element}
    return _to_person(envelope, person, seen)


def _to_person(envelope: dict[str, Any], person: dict[str, str], seen: _Seen) -> Entry:
    known = [person[name] for name in IDENTITIES if name in person]
    if not known or any(len(value) > LONGEST_IDENTITY for value in known):
        raise Unreadable
    return _entry(envelope | {"person": person}, seen.received_at, account=seen.account, person=_identity(person))


def _person(kind: str, element: dict[str, Any], seen: _Seen) -> dict[str, str]:
    """The customer: who wrote a message, or whom the shop wrote to."""
    is_theirs = kind == "message" or (kind == "history" and element.get("from") != seen.shop)
    wa_id, bsuid = ("from", "from_user_id") if is_theirs else ("to", "to_user_id")
    person = _as_person(wa_id=element.get(wa_id), bsuid=element.get(bsuid))
    for known in seen.people:
        if any(known.get(name) == person[name] for name in IDENTITIES if name in person):
            person = known | person
    return person


def _digits(number: Any) -> str:
    """As WhatsApp names a number, however it is written."""
    return "".join(digit for digit in string(number) if digit in "0123456789")


def _identity(person: dict[str, str]) -> str:
    return next(person[name] for name in IDENTITIES if name in person)


def _entry(envelope: dict[str, Any], received_at: int, *, account: str, person: str, variant: str = "") -> Entry:
    return {
        "body": _encoded({"v": VERSION, "channel": "whatsapp", "received_at": received_at, **envelope}),
        "group": _digest(account, person),
        "deduplication": _digest(account, envelope["id"], envelope["kind"], variant),
    }


def _encoded(value: dict[str, Any]) -> str:
    try:
        body = ENCODER.encode(value)
    except (ValueError, RecursionError) as exc:
        raise Unreadable from exc
    if len(body) > LARGEST_ELEMENT:
        raise Unreadable
    # Counting what could open a level is quick, and enough for nearly all.
    if body.count("{") + body.count("[") > DEEPEST_ELEMENT and is_deeper(value, DEEPEST_ELEMENT):
        raise Unreadable
    return body


def _digest(*parts: str) -> str:
    return hashlib.sha256("\x1f".join(parts).encode("utf-8", "surrogatepass")).hexdigest()
