"""Writes docs/events.json, which says in a JSON Schema what goes over the panel's socket."""

from pathlib import Path

from auzap.realtime.catalogue import written

(Path(__file__).parents[1] / "docs/events.json").write_text(written())
