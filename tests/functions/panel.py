"""The panel's side of the socket, small: every event once and in order, whatever comes late, twice or not at all."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class Panel:
    # All up to here has been heard, or was in the lists when they were loaded.
    position: int | None = None
    events: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    # Came before their turn.
    waiting: dict[int, dict[str, Any]] = field(default_factory=dict[int, dict[str, Any]])
    # As far as anybody has told.
    head: int = 0
    asked_from: int | None = None
    others: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    times_resynced: int = 0

    def open(self) -> dict[str, Any]:
        """What it says when its socket is open: where it stands, or that it stands nowhere yet."""
        self.asked_from = self.position
        return {"action": "subscribe"} if self.position is None else {"action": "subscribe", "since": self.position}

    def hear(self, frame: dict[str, Any]) -> dict[str, Any] | None:
        """What it says to that, if anything."""
        match frame:
            case {"type": "events", "events": events}:
                self.waiting |= {event["position"]: event for event in events}
            case {"type": "subscribed" | "resync" as kind, "position": position}:
                self.times_resynced += kind == "resync"
                self.position = position
            case {"type": "head" | "pong", "position": position}:
                self.head = max(self.head, position)
            case _:
                self.others.append(frame)
        return self._go_on(is_pong=frame["type"] == "pong")

    def _go_on(self, *, is_pong: bool) -> dict[str, Any] | None:
        if self.position is None:
            return None
        while event := self.waiting.pop(self.position + 1, None):
            self.events.append(event)
            self.position += 1
        self.waiting = {at: event for at, event in self.waiting.items() if at > self.position}
        self.head = max([self.head, *self.waiting])
        # Asked once for the same gap, and again with a heartbeat: the answer may be lost as well.
        if self.position < self.head and (is_pong or self.asked_from != self.position):
            return self.open()
        return None
