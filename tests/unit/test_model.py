"""The model door against a server that speaks the OpenAI dialect, well and badly. Nothing sleeps: pauses are noted."""

import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from auzap.agent import model as model_door
from auzap.agent.model import BREAKER_FAILURES, BREAKER_SECONDS, LONGEST_ANSWER_TOKENS, Completion, Model, ToolCall
from auzap.agent.turn import Usage
from auzap.errors import ModelUnavailable, RequestRefused
from tests.unit.scripted_server import Answer, Hangs, HangsUp, scripted

FIRST, SECOND = "gpt-5.4-mini", "claude-haiku-4-5"
MESSAGES = [{"role": "user", "content": "Quanto custa o banho?"}]
TOOLS = [{"type": "function", "function": {"name": "list_services", "parameters": {"type": "object"}}}]


def completion(**changes: Any) -> dict[str, Any]:
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": FIRST,
        "choices": [{"index": 0, "message": {"role": "assistant", "content": "Olá!"}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 1000, "completion_tokens": 100, "total_tokens": 1100},
        **changes,
    }


def choice(finish_reason: Any = "stop", **message: Any) -> dict[str, Any]:
    chosen = {"index": 0, "message": {"role": "assistant", **message}, "finish_reason": finish_reason}
    return completion(choices=[chosen])


def called(name: str, arguments: Any, call_id: str = "call_1") -> dict[str, Any]:
    return {"id": call_id, "type": "function", "function": {"name": name, "arguments": arguments}}


GOOD = Answer(body=completion())
BUSY = Answer(429, {"error": {"message": "slow down"}})
BROKEN = Answer(500, {"error": {"message": "oops"}})


@dataclass(slots=True)
class Asking:
    """A model behind a URL, and the pauses it took."""

    model: Model
    pauses: list[float] = field(default_factory=list)

    def ask(self, *, seconds: float = 25) -> Completion:
        return self.model.ask(MESSAGES, TOOLS, deadline=time.monotonic() + seconds)


type AskingAt = Callable[..., Asking]


@pytest.fixture
def asking_at() -> Iterator[AskingAt]:
    urls: list[str] = []

    def asking(url: str, *names: str) -> Asking:
        urls.append(url + "/v1")
        pauses: list[float] = []
        return Asking(Model(urls[-1], "key", list(names or [FIRST]), pause=pauses.append), pauses)

    yield asking
    for url in urls:
        model_door._client(url, "key").close()
    model_door._client.cache_clear()


def models_asked(requests: list[Any]) -> list[str]:
    return [request.json["model"] for request in requests]


def test_what_no_database_can_hold_is_scrubbed_from_calls(asking_at: AskingAt) -> None:
    calls = [called("list_\x00pets", "{\x00}", "call\x00"), called("answer", '{"text": "\ud800"}')]
    with scripted(Answer(body=choice(content="Oi\x00", tool_calls=calls))) as server:
        asked = asking_at(server.url).ask()

    assert asked.text == "Oi�"
    assert asked.calls == [
        ToolCall("call�", "list_�pets", "{�}"),
        ToolCall("call_1", "answer", '{"text": "�"}'),
    ]


def test_the_question_carries_messages_tools_and_limits(asking_at: AskingAt) -> None:
    with scripted(GOOD) as server:
        asking_at(server.url).ask()

    (request,) = server.requests
    assert (request.method, request.path) == ("POST", "/v1/chat/completions")
    assert {name.lower(): value for name, value in request.headers.items()}["authorization"] == "Bearer key"
    assert request.json == {
        "model": FIRST,
        "messages": MESSAGES,
        "tools": TOOLS,
        "tool_choice": "auto",
        "parallel_tool_calls": False,
        "max_completion_tokens": LONGEST_ANSWER_TOKENS,
    }


def test_without_tools_there_is_nothing_to_choose_from(asking_at: AskingAt) -> None:
    with scripted(GOOD) as server:
        asking_at(server.url).model.ask(MESSAGES, [], deadline=time.monotonic() + 25)

    (request,) = server.requests
    assert request.json == {"model": FIRST, "messages": MESSAGES, "max_completion_tokens": LONGEST_ANSWER_TOKENS}


def test_a_text_answer_is_counted_in_tokens_and_money(asking_at: AskingAt) -> None:
    with scripted(GOOD) as server:
        answer = asking_at(server.url).ask()

    assert answer == Completion("Olá!", [], Usage(1000, 100, 1200), refused=False)


def test_tool_calls_are_read_and_can_be_shown_to_the_model_again(asking_at: AskingAt) -> None:
    arguments = '{"day": "2026-11-28"}'
    calls = [called("list_pets", None), called("find_free_slots", arguments, "call_2")]
    with scripted(Answer(body=choice("tool_calls", content=None, tool_calls=calls))) as server:
        answer = asking_at(server.url).ask()

    assert (answer.text, answer.refused) == ("", False)
    assert answer.calls == [
        ToolCall("call_1", "list_pets", "{}"),
        ToolCall("call_2", "find_free_slots", arguments),
    ]
    assert answer.as_message() == {
        "role": "assistant",
        "content": None,
        "tool_calls": [called("list_pets", "{}"), called("find_free_slots", arguments, "call_2")],
    }


@pytest.mark.parametrize(
    "body",
    [choice("content_filter", content=None), choice("stop", content=None, refusal="I cannot help with that.")],
)
def test_a_refusal_is_seen(asking_at: AskingAt, body: dict[str, Any]) -> None:
    with scripted(Answer(body=body)) as server:
        assert asking_at(server.url).ask().refused


@pytest.mark.parametrize(
    ("usage", "counted"),
    [
        (None, Usage()),
        ({"prompt_tokens": 10, "completion_tokens": None}, Usage(10, 0, 8)),
        ({"prompt_tokens": "10"}, Usage()),
        ("many", Usage()),
    ],
)
def test_an_endpoint_that_does_not_count_tokens_is_no_error(asking_at: AskingAt, usage: Any, counted: Usage) -> None:
    with scripted(Answer(body=completion(usage=usage))) as server:
        assert asking_at(server.url).ask().usage == counted


@pytest.mark.parametrize("refusal", [BUSY, BROKEN, Answer(529, {}), Answer(503, b"<html>"), HangsUp()])
def test_a_passing_failure_is_asked_again_after_a_growing_pause(asking_at: AskingAt, refusal: Any) -> None:
    with scripted(refusal, refusal, GOOD) as server:
        asking = asking_at(server.url)
        answer = asking.ask()

    assert answer.text == "Olá!"
    assert len(server.requests) == 3
    first, second = asking.pauses
    assert 0.2 <= first < 0.6
    assert 0.4 <= second < 1.2


@pytest.mark.parametrize(("asked", "waited"), [("2", 2.0), ("0.5", 0.5), ("0", 0.0)])
def test_the_pause_the_model_asks_for_is_kept(asking_at: AskingAt, asked: str, waited: float) -> None:
    with scripted(Answer(429, {}, {"Retry-After": asked}), GOOD) as server:
        asking = asking_at(server.url)
        asking.ask()

    assert asking.pauses == [waited]


@pytest.mark.parametrize("asked", ["Wed, 21 Nov 2026 07:28:00 GMT", "-1", "soon", "1.2.3", ""])
def test_a_pause_that_is_no_number_is_our_own(asking_at: AskingAt, asked: str) -> None:
    with scripted(Answer(429, {}, {"Retry-After": asked}), GOOD) as server:
        asking = asking_at(server.url)
        asking.ask()

    assert 0.2 <= asking.pauses[0] < 0.6


def test_a_pause_beyond_the_deadline_is_not_waited_for(asking_at: AskingAt) -> None:
    with scripted(Answer(429, {}, {"Retry-After": "60"}), GOOD) as server:
        asking = asking_at(server.url, FIRST, SECOND)
        asking.ask()

    assert asking.pauses == []
    assert models_asked(server.requests) == [FIRST, SECOND]


def test_after_three_failures_the_second_model_answers(asking_at: AskingAt) -> None:
    with scripted(BROKEN, BROKEN, BROKEN, GOOD) as server:
        answer = asking_at(server.url, FIRST, SECOND).ask()

    assert models_asked(server.requests) == [FIRST, FIRST, FIRST, SECOND]
    assert answer.usage == Usage(1000, 100, 1500)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 422])
def test_a_refusal_that_will_stay_is_not_repeated(asking_at: AskingAt, status: int) -> None:
    with scripted(Answer(status, {"error": {"message": "no"}}), GOOD) as server:
        asking = asking_at(server.url, FIRST, SECOND)
        asking.ask()

    assert models_asked(server.requests) == [FIRST, SECOND]
    assert asking.pauses == []


def test_when_no_model_answers_the_turn_is_told(asking_at: AskingAt) -> None:
    with scripted(BROKEN) as server, pytest.raises(ModelUnavailable):
        asking_at(server.url, FIRST, SECOND).ask()

    assert models_asked(server.requests) == [FIRST] * 3 + [SECOND] * 3


def test_nobody_listening_is_a_failure_that_is_tried_again(asking_at: AskingAt) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
    asking = asking_at(url)

    with pytest.raises(ModelUnavailable):
        asking.ask()
    assert len(asking.pauses) == 2


def test_behind_a_proxy_the_model_is_asked_through_it(asking_at: AskingAt, monkeypatch: pytest.MonkeyPatch) -> None:
    with scripted(GOOD) as proxy:
        monkeypatch.setenv("http_proxy", proxy.url)

        asking_at("http://model.invalid").ask()

    assert [request.path for request in proxy.requests] == ["http://model.invalid/v1/chat/completions"]


def test_silence_ends_at_the_deadline(asking_at: AskingAt) -> None:
    with scripted(Hangs()) as server:
        asking = asking_at(server.url, FIRST, SECOND)
        started = time.monotonic()
        with pytest.raises(ModelUnavailable):
            asking.ask(seconds=1.6)
        took = time.monotonic() - started

    assert 1.5 <= took < 3
    assert models_asked(server.requests) == [FIRST]
    assert asking.pauses == []


def test_without_time_for_an_answer_nobody_is_asked(asking_at: AskingAt) -> None:
    with scripted(GOOD) as server, pytest.raises(ModelUnavailable):
        asking_at(server.url, FIRST, SECOND).ask(seconds=1)

    assert server.requests == []


# A failure of the service, at once.
NOTHING = Answer(body={})

MALFORMED: dict[str, Answer] = {
    "no JSON": Answer(body=b"hello"),
    "a page": Answer(body=b"<html>", headers={"Content-Type": "text/html"}),
    "an empty body": Answer(body=b""),
    "half a body": Answer(body=b'{"choices": [{"message"'),
    "bytes that are no text": Answer(body=b'{"choices": ["\xff"]}'),
    "an error with a good status": Answer(body={"error": {"message": "overloaded"}}),
    "an empty object": Answer(body={}),
    "a list": Answer(body=[]),
    "null": Answer(body=None),
    "no choices": Answer(body=completion(choices=[])),
    "choices that are null": Answer(body=completion(choices=None)),
    "choices that are text": Answer(body=completion(choices="Olá!")),
    "a choice that is text": Answer(body=completion(choices=["Olá!"])),
    "a choice without a message": Answer(body=completion(choices=[{"index": 0}])),
    "a message that is null": Answer(body=completion(choices=[{"index": 0, "message": None}])),
    "an answer beyond all measure": Answer(body=choice(content="x" * 100_000)),
    "a call beyond all measure": Answer(body=choice(tool_calls=[called("answer", "x" * 100_000)])),
    "a call without an id": Answer(body=choice(tool_calls=[called("list_pets", "{}") | {"id": None}])),
    "a call without a function": Answer(body=choice(tool_calls=[{"id": "call_1", "type": "function"}])),
}


@pytest.mark.parametrize("malformed", MALFORMED.values(), ids=MALFORMED)
def test_an_answer_that_is_none_leaves_the_turn_to_the_second_model(asking_at: AskingAt, malformed: Answer) -> None:
    with scripted(malformed, GOOD) as server:
        answer = asking_at(server.url, FIRST, SECOND).ask()

    assert answer.text == "Olá!"
    assert models_asked(server.requests) == [FIRST, SECOND]


def test_a_model_that_there_was_no_time_to_ask_has_not_failed(asking_at: AskingAt) -> None:
    with scripted(GOOD) as server:
        asking = asking_at(server.url)
        for _ in range(BREAKER_FAILURES):
            with pytest.raises(ModelUnavailable):
                asking.ask(seconds=1)
        assert asking.ask().text == "Olá!"

    assert len(server.requests) == 1


@pytest.mark.parametrize(("content", "text"), [("oi \ud83d\x00", "oi ��"), ([{"type": "text"}], ""), (None, "")])
def test_a_text_that_cannot_be_stored_is_scrubbed(asking_at: AskingAt, content: Any, text: str) -> None:
    with scripted(Answer(body=choice(content=content))) as server:
        assert asking_at(server.url).ask().text == text


def test_a_model_that_keeps_failing_is_spared(asking_at: AskingAt) -> None:
    with scripted(NOTHING) as server:
        asking = asking_at(server.url)
        for _ in range(BREAKER_FAILURES + 3):
            with pytest.raises(ModelUnavailable):
                asking.ask()

    assert len(server.requests) == BREAKER_FAILURES


def test_a_spared_model_leaves_its_turns_to_the_second(asking_at: AskingAt) -> None:
    with scripted(*[NOTHING, GOOD] * BREAKER_FAILURES, GOOD) as server:
        asking = asking_at(server.url, FIRST, SECOND)
        for _ in range(BREAKER_FAILURES):
            asking.ask()
        asking.ask()

    assert models_asked(server.requests) == [FIRST, SECOND] * BREAKER_FAILURES + [SECOND]


def test_a_spared_model_is_asked_again_after_a_while(asking_at: AskingAt) -> None:
    with scripted(*[NOTHING] * BREAKER_FAILURES, GOOD) as server:
        asking = asking_at(server.url)
        for _ in range(BREAKER_FAILURES):
            with pytest.raises(ModelUnavailable):
                asking.ask()
        breaker = asking.model.breakers[FIRST]
        assert breaker.is_open()
        assert breaker.open_until - time.monotonic() <= BREAKER_SECONDS
        breaker.open_until -= BREAKER_SECONDS

        assert asking.ask().text == "Olá!"
        assert breaker.failures == 0


def test_one_good_answer_forgives_the_failures_before_it(asking_at: AskingAt) -> None:
    almost = [NOTHING] * (BREAKER_FAILURES - 1)
    with scripted(*almost, GOOD, *almost, GOOD) as server:
        asking = asking_at(server.url)
        for _ in range(2):
            for _ in almost:
                with pytest.raises(ModelUnavailable):
                    asking.ask()
            assert asking.ask().text == "Olá!"

    assert len(server.requests) == 2 * BREAKER_FAILURES


@pytest.mark.parametrize("status", [400, 404, 422])
def test_requests_of_ours_that_are_refused_do_not_spare_the_model_the_good_ones(
    asking_at: AskingAt, status: int
) -> None:
    with scripted(*[Answer(status, {})] * (BREAKER_FAILURES + 1), GOOD) as server:
        asking = asking_at(server.url)
        for _ in range(BREAKER_FAILURES + 1):
            with pytest.raises(RequestRefused):
                asking.ask()

        assert asking.ask().text == "Olá!"


@pytest.mark.parametrize("status", [401, 403])
def test_a_key_that_is_refused_spares_the_model_at_once_and_is_counted(
    asking_at: AskingAt, status: int, capsys: pytest.CaptureFixture[str]
) -> None:
    with scripted(Answer(status, {}), GOOD) as server:
        asking = asking_at(server.url, FIRST, SECOND)
        asking.ask()
        asking.ask()

    assert models_asked(server.requests) == [FIRST, SECOND, SECOND]
    assert '"ModelRefusesKey": 1' in capsys.readouterr().out


def test_a_request_that_one_model_refuses_while_the_other_is_down_may_be_asked_again(asking_at: AskingAt) -> None:
    with scripted(Answer(400, {}), NOTHING) as server, pytest.raises(ModelUnavailable) as failed:
        asking_at(server.url, FIRST, SECOND).ask()

    assert failed.type is ModelUnavailable


def test_a_first_model_that_hangs_leaves_time_for_the_second(asking_at: AskingAt) -> None:
    with scripted(Hangs(), GOOD) as server:
        answer = asking_at(server.url, FIRST, SECOND).ask(seconds=4)

    assert answer.text == "Olá!"
    assert models_asked(server.requests) == [FIRST, SECOND]


@pytest.mark.parametrize("status", [408, 409, 425, 429, 500, 502, 529])
def test_a_status_that_passes_is_asked_again(asking_at: AskingAt, status: int) -> None:
    with scripted(Answer(status, {}), GOOD) as server:
        assert asking_at(server.url).ask().text == "Olá!"

    assert models_asked(server.requests) == [FIRST, FIRST]
