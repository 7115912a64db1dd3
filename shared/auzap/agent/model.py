"""The only door to a language model: deadlines, retries, a second model, a breaker, and what it cost."""

import functools
import json
import math
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any
from urllib.request import getproxies

import openai

from auzap import metrics, tls
from auzap.agent.prices import cost_micros
from auzap.agent.turn import Usage
from auzap.agent.wire import Wire
from auzap.errors import ModelUnavailable, RequestRefused
from auzap.knowledge.retrieval import Embedding
from auzap.loose import items, mapping, string
from auzap.text import clean

RETRIES = 2
FIRST_PAUSE = 0.4
# Less than this is no time for an answer.
SHORTEST_CALL = 1.5
LONGEST_CALL = 15.0
# Of the time there is, while another model waits behind this one.
SHARE = 0.6
BREAKER_FAILURES = 5
BREAKER_SECONDS = 30.0
LONGEST_ANSWER_TOKENS = 1024
# Beyond what was asked for by far: nothing to journal, and nothing to show the model again.
LONGEST_ANSWER = 20_000
# Personas with different tools, of which there are a few.
MOST_TOOLS_KEPT = 16
# What the database can hold of one.
LONGEST_VECTOR = 16_000
PASSING = (
    openai.APIConnectionError,
    openai.RateLimitError,
    openai.InternalServerError,
    openai.APIResponseValidationError,
    openai.ConflictError,
)
PASSING_STATUSES = frozenset({408, 425})


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


@dataclass(frozen=True, slots=True)
class Embedded:
    """Texts as vectors, in their order, and what that has cost."""

    embeddings: list[Embedding]
    usage: Usage


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
            self.open()

    def open(self) -> None:
        self.open_until = time.monotonic() + BREAKER_SECONDS


@dataclass(slots=True)
class Model:
    """A first and a second model behind one endpoint. `pause` is how it waits, so that tests need not."""

    base_url: str
    api_key: str
    names: list[str]
    pause: Callable[[float], None] = time.sleep
    breakers: dict[str, Breaker] = field(default_factory=dict[str, Breaker])
    # The model that makes vectors of texts; none where words alone shall find what was taught.
    embeddings: str = ""

    @property
    def embeds(self) -> bool:
        return bool(self.embeddings)

    def embed(self, texts: Sequence[str], *, deadline: float) -> Embedded:
        """A vector of each text before the deadline, or ModelUnavailable. There is no second model: theirs do not compare."""
        name = self.embeddings
        breaker = self.breakers.setdefault(name, Breaker())
        if not name or breaker.is_open() or deadline - time.monotonic() < SHORTEST_CALL:
            raise ModelUnavailable
        body = {"model": name, "input": list(texts), "encoding_format": "float"}
        made = self._posted(
            "embeddings", _json(body), lambda answer: _embedded(name, answer, len(texts)), deadline=deadline
        )
        if isinstance(made, Embedded):
            breaker.note(failed=False)
            return made
        breaker.note(failed=True)
        metrics.count("EmbeddingFailed", model=name, reason=made.value)
        raise ModelUnavailable

    def ask(self, messages: list[dict[str, Any]], tools: list[dict[str, Any]], *, deadline: float) -> Completion:
        """One answer before the deadline (of time.monotonic), or ModelUnavailable."""
        failures: set[Failure] = set()
        for place, name in enumerate(self.names):
            breaker = self.breakers.setdefault(name, Breaker())
            # A model that there was no time to ask has not failed.
            if breaker.is_open() or deadline - time.monotonic() < SHORTEST_CALL:
                continue
            is_last = place == len(self.names) - 1
            asked = self._ask_one(name, messages, tools, deadline=deadline if is_last else _share(deadline))
            if isinstance(asked, Completion):
                breaker.note(failed=False)
                return asked
            failures.add(asked)
            match asked:
                case Failure.SERVICE:
                    breaker.note(failed=True)
                case Failure.REQUEST:
                    # This turn's fault: the next one's request may be a good one.
                    metrics.count("ModelRefusesRequest", model=name)
                case Failure.KEY:
                    breaker.open()
                    metrics.count("ModelRefusesKey", model=name)
        raise RequestRefused if failures == {Failure.REQUEST} else ModelUnavailable

    def _ask_one(
        self, name: str, messages: list[dict[str, Any]], tools: list[dict[str, Any]], *, deadline: float
    ) -> "Completion | Failure":
        body = {
            "model": name,
            "messages": messages,
            # Without tools there is nothing to choose from, which some endpoints refuse.
            **({"tool_choice": "auto", "parallel_tool_calls": False} if tools else {}),
            "max_completion_tokens": LONGEST_ANSWER_TOKENS,
        }
        written = _json(body)
        if tools:
            written = f'{written[:-1]},"tools":{_tools_written(tools)}}}'
        return self._posted("chat/completions", written, lambda answer: _completion(name, answer), deadline=deadline)

    def _posted[Answer](
        self, path: str, body: str, read: Callable[[object], Answer], *, deadline: float
    ) -> "Answer | Failure":
        client = _client(self.base_url, self.api_key)
        # Whole: to join it anew costs the SDK more than to send it.
        url = f"{str(client.base_url).rstrip('/')}/{path}"
        for attempt in range(1 + RETRIES):
            left = deadline - time.monotonic()
            try:
                # The raw call: the typed helper costs three times the CPU for the same request.
                answer = client.post(
                    url,
                    cast_to=object,
                    content=body.encode(),
                    options={"timeout": min(left, LONGEST_CALL), "max_retries": 0},
                )
                return read(answer)
            except openai.APIError as failed:
                if not _is_passing(failed):
                    return _lasting(failed)
                wait = _pause_before_retry(failed, attempt)
                if attempt == RETRIES or time.monotonic() + wait + SHORTEST_CALL > deadline:
                    break
                self.pause(wait)
            except (MalformedCompletion, ValueError):
                # An answer that is no JSON is raised by the SDK as it is: a ValueError.
                break
        return Failure.SERVICE


class Failure(Enum):
    """Whose fault it is that a model did not answer."""

    SERVICE = "service"
    REQUEST = "request"
    KEY = "key"


class MalformedCompletion(Exception):
    """An answer without what every answer has, or beyond all measure."""


@functools.lru_cache(maxsize=4)
def _client(base_url: str, api_key: str) -> openai.OpenAI:
    # Behind a proxy the SDK finds its own way.
    wire = None if getproxies() else Wire(tls.world())
    client = openai.DefaultHttpxClient(transport=wire, verify=tls.world(), headers={"Accept-Encoding": "identity"})
    return openai.OpenAI(base_url=base_url or None, api_key=api_key, max_retries=0, http_client=client)


def _tools_written(tools: Sequence[dict[str, Any]]) -> str:
    """A persona's are long, and the same objects in every turn: they are written once."""
    key = tuple(id(tool) for tool in tools)
    kept = _tools_kept()
    if key not in kept:
        if len(kept) >= MOST_TOOLS_KEPT:
            kept.clear()
        # With the tools themselves, so that no others are ever found where these were.
        kept[key] = [*tools], _json(tools)
    return kept[key][1]


@functools.cache
def _tools_kept() -> dict[tuple[int, ...], tuple[list[dict[str, Any]], str]]:
    return {}


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _share(deadline: float) -> float:
    """The deadline of a model that has another one behind it; all of the time where it is too short for two."""
    now = time.monotonic()
    own = now + max(SHARE * (deadline - now), SHORTEST_CALL)
    return own if deadline - own >= SHORTEST_CALL else deadline


def _is_passing(failed: openai.APIError) -> bool:
    status = failed.status_code if isinstance(failed, openai.APIStatusError) else None
    return isinstance(failed, PASSING) or status in PASSING_STATUSES


def _lasting(failed: openai.APIError) -> Failure:
    if isinstance(failed, (openai.AuthenticationError, openai.PermissionDeniedError)):
        return Failure.KEY
    return Failure.REQUEST


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
    calls = [_call(mapping(call)) for call in items(message.get("tool_calls"))]
    text = clean(string(message.get("content")))
    if len(text) + sum(len(call.arguments) for call in calls) > LONGEST_ANSWER:
        raise MalformedCompletion
    usage = mapping(mapping(answer).get("usage"))
    tokens = _count(usage.get("prompt_tokens")), _count(usage.get("completion_tokens"))
    return Completion(
        text=text,
        calls=calls,
        usage=Usage(*tokens, cost_micros(name, *tokens)),
        refused=choice.get("finish_reason") == "content_filter" or bool(message.get("refusal")),
    )


def _embedded(name: str, answer: object, count: int) -> Embedded:
    known = mapping(answer)
    made = {each.get("index"): _vector(each.get("embedding")) for each in map(mapping, items(known.get("data")))}
    vectors = [made[place] for place in range(count) if place in made]
    if len(vectors) != count or len({len(vector) for vector in vectors}) != 1:
        raise MalformedCompletion
    tokens = _count(mapping(known.get("usage")).get("prompt_tokens"))
    return Embedded([Embedding(name, vector) for vector in vectors], Usage(tokens, 0, cost_micros(name, tokens, 0)))


def _vector(values: object) -> list[float]:
    vector = [float(value) for value in items(values) if isinstance(value, int | float) and math.isfinite(value)]
    # As many as there were, and not all of them nothing: such a vector has no direction.
    if not 0 < len(vector) <= LONGEST_VECTOR or len(vector) != len(items(values)) or not any(vector):
        raise MalformedCompletion
    return vector


def _call(call: dict[str, Any]) -> ToolCall:
    function = mapping(call.get("function"))
    known = clean(string(call.get("id"))), clean(string(function.get("name")))
    if not all(known):
        raise MalformedCompletion
    return ToolCall(*known, clean(string(function.get("arguments"))) or "{}")


def _count(tokens: Any) -> int:
    return tokens if isinstance(tokens, int) else 0
