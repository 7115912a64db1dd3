"""Envelopes as they lie on the queues while a new version is deployed: kept as files, and never changed again."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from auzap.channels.whatsapp import inbound
from auzap.channels.whatsapp.webhook import VERSION, sort
from auzap.outbox import statuses
from tests.unit.whatsapp_bodies import RECEIVED_AT

GOLDEN = Path(__file__).parent / "golden_envelopes"
NOW, BEFORE = GOLDEN / f"v{VERSION}", GOLDEN / f"v{VERSION - 1}"
# Of the version that is written, and of the one that may still be in flight.
IN_FLIGHT = sorted([*NOW.glob("*.json"), *BEFORE.glob("*.json")])
TALK = {"message", "echo", "history"}


def kept(path: Path) -> Any:
    return json.loads(path.read_text("utf-8"))


def as_json(value: Any) -> Any:
    return json.loads(json.dumps(value, default=str))


@pytest.mark.parametrize("path", sorted(NOW.glob("*.json")), ids=lambda path: path.stem)
def test_the_webhook_writes_what_it_has_always_written(path: Path) -> None:
    """A reader of this version is in production: another form is another version."""
    golden = kept(path)

    found = sort(golden["body"], received_at=RECEIVED_AT)

    assert [json.loads(entry["body"]) for entry in [*found.inbound, *found.events]] == golden["envelopes"]


@pytest.mark.parametrize("path", IN_FLIGHT, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_what_is_in_flight_is_read_as_it_was_meant(path: Path) -> None:
    for envelope, read in zip(kept(path)["envelopes"], kept(path)["read"], strict=True):
        understood = as_json(meaning(envelope))
        # Later readers may find more in it, and no less.
        assert {name: understood[name] for name in read} == read


def meaning(envelope: dict[str, Any]) -> Any:
    if envelope["kind"] in TALK:
        message = inbound.read(envelope)
        media = asdict(message.media) if message.media else None
        derived = {"media": media, "sender": message.sender, "awaits_answer": message.awaits_answer}
        return {**asdict(message), **derived, "reply_to": message.reply_to, "original": message.original}
    if envelope["kind"] == "status":
        status = statuses.read(envelope)
        return asdict(status) if status else None
    # Read where it is applied, by these names.
    return {name: envelope[name] for name in ("business", "field", "account", "person", "element") if name in envelope}


def test_envelopes_of_every_version_that_was_written_are_kept() -> None:
    assert {path.name for path in GOLDEN.iterdir()} == {f"v{version}" for version in range(1, VERSION + 1)}


def test_every_kind_of_envelope_and_of_message_is_among_them() -> None:
    envelopes = [envelope for path in NOW.glob("*.json") for envelope in kept(path)["envelopes"]]

    assert {envelope["kind"] for envelope in envelopes} == {*TALK, "status", "account", "preference", "card"}
    kinds = {envelope["element"]["type"] for envelope in envelopes if envelope["kind"] == "message"}
    assert kinds == {*inbound.contents.KINDS, "unsupported"}
