"""What a turn ends in: one message, and perhaps a person."""

from dataclasses import dataclass
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class Reply:
    kind: Literal["reply", "handoff", "apology"]
    content: dict[str, Any]
    intent: str = "other"
    confidence: int = 0
    handoff_reason: str | None = None
    task: Literal["handoff", "gave_up"] = "handoff"
