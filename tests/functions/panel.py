"""The panel's side of the socket, as small as it can be: every event once, in its order, whatever comes late, twice or not at all."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class Panel:
    """What it has heard so far. Where its lists were loaded at a position, all after that is for it."""

    position: int | None = None
    events: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    others: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    # Came before their turn.
    waiting: dict[int, dict[str, Any]] = field(default_factory=dict[int, dict[str, Any]])
    times_resynced: int = 0

    def subscription(self) -> dict[str, Any]:
        """What it says when its socket is open: where it stands, or that it stands nowhere yet."""
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
                # A head that is not reached is a gap, too.
                self.waiting.setdefault(position, {})
            case _:
                self.others.append(frame)
        return self._go_on()

    def _go_on(self) -> dict[str, Any] | None:
        if self.position is None:
            return None
        while event := self.waiting.pop(self.position + 1, None):
            self.events.append(event)
            self.position += 1
        self.waiting = {at: event for at, event in self.waiting.items() if at > self.position and event}
        return None if not self.waiting else self.subscription()
