"""The only door to a language model: deadlines, retries, a second model, a breaker, and what it cost."""

import functools
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import openai

from auzap import tls
from auzap.agent.prices import cost_micros
from auzap.agent.turn import Usage
from auzap.errors import ModelUnavailable
from auzap.loose import items, mapping, string
from auzap.text import clean

RETRIES = 2
FIRST_PAUSE = 0.4
# Less than this is no time for an answer.
SHORTEST_CALL = 1.5
LONGEST_CALL = 15.0
BREAKER_FAILURES = 5
BREAKER_SECONDS = 30.0
LONGEST_ANSWER_TOKENS = 1024
PASSING = (
    openai.APIConnectionError,
    openai.RateLimitError,
    openai.InternalServerError,
    openai.APIResponseValidationError,
)


@dataclass(frozen=True, slots=True)
class ToolCall:
    id: str
    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class Completion:
    text: str
    calls: list[ToolCall]
    usage: Usage
    refused: bool

    def as_message(self) -> dict[str, Any]:
        """The answer as the model must see it again."""
        calls = [
            {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.arguments}}
            for call in self.calls
        ]
        return {"role": "assistant", "content": self.text or None, **({"tool_calls": calls} if calls else {})}


@dataclass(slots=True)
class Breaker:
    """Spares a model that keeps failing, and the customers the wait for it."""

    failures: int = 0
    open_until: float = 0.0

    def is_open(self) -> bool:
        return time.monotonic() < self.open_until

    def note(self, *, failed: bool) -> None:
        self.failures = self.failures + 1 if failed else 0
        if self.failures >= BREAKER_FAILURES:
            self.open_until = time.monotonic() + BREAKER_SECONDS


@dataclass(slots=True)
class Model:
    """A first and a second model behind one endpoint. `pause` is how it waits, so that tests need not."""

    base_url: str
    api_key: str
    names: list[str]
    pause: Callable[[float], None] = time.sleep
    breakers: dict[str, Breaker] = field(default_factory=dict[str, Breaker])

    def ask(self, messages: list[dict[str, Any]], tools: list[dict[str, Any]], *, deadline: float) -> Completion:
        """One answer before the deadline (of time.monotonic), or ModelUnavailable."""
        for name in self.names:
            breaker = self.breakers.setdefault(name, Breaker())
            # A model that there was no time to ask has not failed.
            if breaker.is_open() or deadline - time.monotonic() < SHORTEST_CALL:
                continue
            completion = self._ask_one(name, messages, tools, deadline=deadline)
            breaker.note(failed=completion is None)
            if completion is not None:
                return completion
        raise ModelUnavailable

    def _ask_one(
        self, name: str, messages: list[dict[str, Any]], tools: list[dict[str, Any]], *, deadline: float
    ) -> Completion | None:
        body = {
            "model": name,
            "messages": messages,
            "tools": tools,
            "tool_choice": "auto",
            "parallel_tool_calls": False,
            "max_completion_tokens": LONGEST_ANSWER_TOKENS,
        }
        for attempt in range(1 + RETRIES):
            left = deadline - time.monotonic()
            if left < SHORTEST_CALL:
                return None
            try:
                # The raw call: the typed helper costs three times the CPU for the same request.
                answer = _client(self.base_url, self.api_key).post(
                    "/chat/completions",
                    cast_to=object,
                    body=body,
                    options={"timeout": min(left, LONGEST_CALL), "max_retries": 0},
                )
                return _completion(name, answer)
            except PASSING as failed:
                wait = _pause_before_retry(failed, attempt)
                if time.monotonic() + wait + SHORTEST_CALL > deadline:
                    return None
                self.pause(wait)
            except (openai.APIStatusError, MalformedCompletion, ValueError):
                # An answer that is no JSON is raised by the SDK as it is: a ValueError.
                return None
        return None


class MalformedCompletion(Exception):
    """An answer without what every answer has."""


@functools.lru_cache(maxsize=4)
def _client(base_url: str, api_key: str) -> openai.OpenAI:
    client = openai.DefaultHttpxClient(verify=tls.world())
    return openai.OpenAI(base_url=base_url or None, api_key=api_key, max_retries=0, http_client=client)


def _pause_before_retry(failed: openai.APIError, attempt: int) -> float:
    if isinstance(failed, openai.APIStatusError):
        asked = failed.response.headers.get("retry-after", "")
        if asked.replace(".", "", 1).isdigit():
            return float(asked)
    return FIRST_PAUSE * 2**attempt * (0.5 + random.random())  # noqa: S311 - jitter, not a secret


def _completion(name: str, answer: object) -> Completion:
    # Endpoints of other makers leave out what OpenAI promises: nothing here is taken for granted.
    choice = mapping(next(iter(items(mapping(answer).get("choices"))), None))
    message = mapping(choice.get("message"))
    if not message:
        raise MalformedCompletion
    usage = mapping(mapping(answer).get("usage"))
    tokens = _count(usage.get("prompt_tokens")), _count(usage.get("completion_tokens"))
    return Completion(
        text=clean(string(message.get("content"))),
        calls=[_call(mapping(call)) for call in items(message.get("tool_calls"))],
        usage=Usage(*tokens, cost_micros(name, *tokens)),
        refused=choice.get("finish_reason") == "content_filter" or bool(message.get("refusal")),
    )


def _call(call: dict[str, Any]) -> ToolCall:
    function = mapping(call.get("function"))
    known = string(call.get("id")), string(function.get("name"))
    if not all(known):
        raise MalformedCompletion
    return ToolCall(*known, string(function.get("arguments")) or "{}")


def _count(tokens: Any) -> int:
    return tokens if isinstance(tokens, int) else 0
