"""The frames of the socket as a JSON Schema, which the panel's types are made from."""

import json
from collections.abc import Collection, Iterable
from typing import Any

from auzap.realtime.events import KINDS, NOTHING, VERBS, Kind

UUID = {"type": "string", "format": "uuid"}
NO_UUID: dict[str, Any] = {"anyOf": [UUID, {"type": "null"}]}
POSITION = {"type": "integer", "minimum": 0}
SECONDS = {"type": "integer", "minimum": 0}
PERSON = {
    "user_id": UUID,
    "conversation_id": NO_UUID,
    "is_support": {"type": "boolean"},
    "expires_in": SECONDS,
}

# What is told, beside the events themselves, and what each is about.
TOLD: dict[str, tuple[str, dict[str, Any]]] = {
    "subscribed": ("All up to here is in what is loaded from now on.", {"position": POSITION}),
    "head": (
        "As far as the shop's events have come: whoever has heard less asks for the rest.",
        {"position": POSITION},
    ),
    "pong": ("The answer to a ping, with the head.", {"position": POSITION}),
    "resync": ("Too much was missed: load anew, and go on from here.", {"position": POSITION}),
    "presence": ("Everybody who is there now.", {"people": {"type": "array", "items": {"$ref": "#/$defs/person"}}}),
    "typing": ("Somebody types.", {"user_id": UUID, "conversation_id": UUID, "expires_in": SECONDS}),
    "session_ended": ("Sign in again: the socket is being closed.", {}),
    "closed": ("Come again with a new ticket.", {"reason": {"enum": ["refused", "replaced"]}}),
    "error": (
        "What was said is not understood, or cannot be answered now.",
        {"code": {"enum": ["bad_frame", "unavailable"]}, "again_in": SECONDS},
    ),
}
# What a panel says.
SAID: dict[str, tuple[str, dict[str, Any]]] = {
    "subscribe": ("What came after this position; without one, where all stands.", {"since": POSITION}),
    "ping": ("A heartbeat, each 25 seconds: whoever says nothing for ten minutes is closed.", {}),
    "here": ("Which conversation is open, or none; said again each minute while it is.", {"conversation_id": NO_UUID}),
    "typing": ("Said again each three seconds while it lasts.", {"conversation_id": UUID}),
}


# Fields that a frame may be without.
OPTIONAL = frozenset({"again_in", "since"})


def schema() -> dict[str, Any]:
    events = {
        f"{kind.noun}.{verb}": _event(f"{kind.noun}.{verb}", kind) for kind in KINDS.values() for verb in VERBS.values()
    }
    events[NOTHING] = _object(
        "type", NOTHING, {"position": POSITION}, "Not for this person; its position is told all the same."
    )
    told = {f"told_{name}": _object("type", name, fields, about) for name, (about, fields) in TOLD.items()}
    told["told_events"] = _object(
        "type",
        "events",
        {"events": {"type": "array", "items": {"$ref": "#/$defs/event"}}},
        "What has happened, each with its position; they may come late, twice, or in another order.",
    )
    said = {f"said_{name}": _object("action", name, fields, about) for name, (about, fields) in SAID.items()}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "AuZap realtime",
        "$defs": {
            **dict(sorted(events.items())),
            "event": _any_of(sorted(events)),
            "person": {"type": "object", "properties": PERSON, "required": list(PERSON), "additionalProperties": False},
            **told,
            "told": _any_of(told),
            **said,
            "said": _any_of(said),
        },
    }


def written() -> str:
    return json.dumps(schema(), indent=2) + "\n"


def _event(name: str, kind: Kind) -> dict[str, Any]:
    fields: dict[str, Any] = {"position": POSITION, "id": UUID}
    parent = {f"{kind.parent}_id": UUID} if kind.parent else {}
    detail = {name: {"type": type_} for name, type_ in kind.detail.items()}
    fields |= {**parent, "at": {"type": "string", "format": "date-time"}, **detail}
    # A row that is gone tells nothing but its ids; one may belong to nothing.
    return _object("type", name, fields, "", {*parent, *detail})


def _object(
    mark: str, name: str, fields: dict[str, Any], about: str, optional: Collection[str] = OPTIONAL
) -> dict[str, Any]:
    described = {"description": about} if about else {}
    return {
        **described,
        "type": "object",
        "properties": {mark: {"const": name}, **fields},
        "required": [mark, *(field for field in fields if field not in optional)],
        "additionalProperties": False,
    }


def _any_of(names: Iterable[str]) -> dict[str, Any]:
    return {"oneOf": [{"$ref": f"#/$defs/{name}"} for name in names]}
