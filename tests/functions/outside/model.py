"""The language model: the offline one, or one that says what a test has written down for each step of a turn."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from local.street.offline_model import dialect
from local.street.offline_model.completion import complete
from local.street.offline_model.dialect import ChatRequest, ToolMessage, text_of


@dataclass(frozen=True, slots=True)
class Asked:
    """One request, as a test wants to read it."""

    request: ChatRequest

    @property
    def results(self) -> list[str]:
        """What the tools of this turn have answered so far: their number is the step the turn has come to."""
        return [text_of(message) for message in self.request.messages if isinstance(message, ToolMessage)]

    @property
    def text(self) -> str:
        return "\n".join(text_of(message) for message in self.request.messages)


@dataclass(frozen=True, slots=True)
class Call:
    tool: str
    arguments: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Trouble:
    """An HTTP error in place of an answer."""

    status: int
    headers: dict[str, str] = field(default_factory=dict[str, str])


type Answer = Call | Trouble
type Line = Answer | Callable[[Asked], Answer]


def call(tool: str, **arguments: Any) -> Call:
    return Call(tool, arguments)


def answer(text: str, *, intent: str = "other", confidence: int = 90) -> Call:
    return call("answer", text=text, intent=intent, confidence=confidence)


@dataclass(slots=True)
class Model:
    """`script` has a line for each step of a turn, the last one for all that follow; without it the offline model thinks."""

    script: Sequence[Line] = ()
    asked: list[Asked] = field(default_factory=list[Asked])

    def complete(self, body: bytes) -> dict[str, Any] | Trouble:
        request = ChatRequest.parse(body).check()
        asked = Asked(request)
        self.asked.append(asked)
        now = datetime.now(UTC)
        if not self.script:
            return dialect.completion(request, complete(request, today=now.date()), created=int(now.timestamp()))
        line = self.script[min(len(asked.results), len(self.script) - 1)]
        said = line(asked) if callable(line) else line
        if isinstance(said, Trouble):
            return said
        message = dialect.tool_call_message(said.tool, said.arguments, place=len(request.messages))
        return dialect.completion(request, message, created=int(now.timestamp()))
