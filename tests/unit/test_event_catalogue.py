"""What goes over the socket is what the catalogue says, and the catalogue is what the panel's types are made from."""

import json
from pathlib import Path
from typing import Any

import pytest

from auzap.realtime import catalogue, hearing
from auzap.realtime.events import KINDS, VERBS, event_of, nothing_of
from auzap.realtime.frames import MOST_BYTES, frames_of

PROJECT = Path(__file__).parents[2]
DEFINED = catalogue.schema()["$defs"]
AT = "2026-11-21T12:00:00+00:00"


def test_the_catalogue_that_is_checked_in_is_of_today() -> None:
    assert (PROJECT / "docs/events.json").read_text() == catalogue.written(), "make events"


def test_each_noun_is_of_one_table() -> None:
    assert len({kind.noun for kind in KINDS.values()}) == len(KINDS)


@pytest.mark.parametrize("table", KINDS)
@pytest.mark.parametrize("operation", VERBS)
def test_an_event_has_the_fields_that_the_catalogue_gives_it(table: str, operation: str) -> None:
    kind = KINDS[table]
    detail = dict.fromkeys(kind.detail, "something")
    change: dict[str, Any] = {"position": 1, "table": table, "id": "i", "operation": operation, "parent": "p", "at": AT}

    whole = event_of({**change, "detail": detail} if detail else change)
    bare = event_of({name: value for name, value in change.items() if name != "parent"})

    said = DEFINED[whole["type"]]
    assert whole.keys() == said["properties"].keys()
    assert set(said["required"]) == bare.keys()


def test_a_change_of_a_table_that_nobody_knows_keeps_its_place_in_the_order() -> None:
    """As a sandbox of yesterday meets it while a deployment goes on."""
    assert event_of({"position": 7, "table": "novelties", "id": "i", "operation": "insert", "at": AT}) == {
        "position": 7,
        "type": "novelties.created",
        "id": "i",
        "at": AT,
    }


def test_what_is_for_others_is_told_as_nothing_but_its_position() -> None:
    told = nothing_of({"position": 7, "table": "notifications", "id": "i", "operation": "insert", "at": AT})

    assert told == {"position": 7, "type": "nothing"}
    assert set(DEFINED["nothing"]["required"]) == told.keys()
    assert {"$ref": "#/$defs/nothing"} in DEFINED["event"]["oneOf"]


def test_what_may_be_told_beside_events_is_in_the_catalogue() -> None:
    sources = " ".join(path.read_text() for path in (PROJECT / "shared/auzap/realtime").glob("*.py"))
    told = {name for name in catalogue.TOLD if f'"{name}"' in sources}

    assert told == catalogue.TOLD.keys()
    for frame in (hearing.REFUSED, hearing.BAD_FRAME, hearing.UNAVAILABLE):
        said = json.loads(frame)
        assert said.keys() <= DEFINED[f"told_{said['type']}"]["properties"].keys()


def test_frames_hold_all_events_in_order_and_never_too_much() -> None:
    events = [{"position": at, "type": "message.created", "id": "ã" * (at % 90)} for at in range(2_000)]

    frames = frames_of(events)

    assert [event for frame in frames for event in json.loads(frame)["events"]] == events
    assert max(map(len, frames)) <= MOST_BYTES
    assert min(map(len, frames[:-1])) > MOST_BYTES * 0.95
    assert frames_of([]) == []
