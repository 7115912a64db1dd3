"""The Graph API as a server of ours plays it: answers, refusals, and what may have happened."""

import select
import socket
from collections.abc import Callable, Iterator

import pytest

from auzap.channels.whatsapp import graph
from auzap.channels.whatsapp.graph import Graph, GraphError
from tests.unit.scripted_server import Answer, Hangs, HangsUp, scripted

MESSAGE = {"messaging_product": "whatsapp", "to": "5511955550001", "type": "text", "text": {"body": "Olá"}}
ACCEPTED = Answer(body={"messages": [{"id": "wamid.1"}]})


type GraphAt = Callable[..., Graph]


@pytest.fixture
def graph_at() -> Iterator[GraphAt]:
    opened: list[tuple[str, float]] = []

    def graph_of(url: str, *, timeout: float = 10) -> Graph:
        opened.append((url.removeprefix("http://"), timeout))
        return Graph(url + "/v26.0", timeout)

    yield graph_of
    for netloc, timeout in opened:
        graph._connection("http", netloc, timeout).close()
    graph._connection.cache_clear()


def test_a_message_is_posted_from_its_number_with_the_token(graph_at: GraphAt) -> None:
    with scripted(ACCEPTED) as meta:
        assert graph_at(meta.url).post("1065", "token", MESSAGE) == {"messages": [{"id": "wamid.1"}]}

    (request,) = meta.requests
    assert (request.method, request.path) == ("POST", "/v26.0/1065/messages")
    assert request.headers["Authorization"] == "Bearer token"
    assert request.json == MESSAGE


def test_an_account_is_subscribed_with_its_token(graph_at: GraphAt) -> None:
    with scripted(Answer(body={"success": True})) as meta:
        assert graph_at(meta.url).subscribe("2044", "token") == {"success": True}

    (request,) = meta.requests
    assert (request.method, request.path) == ("POST", "/v26.0/2044/subscribed_apps")
    assert request.headers["Authorization"] == "Bearer token"


@pytest.mark.parametrize(
    ("number", "token"), [("1065\r\nX: 1", "token"), ("1065 HTTP/1.1", "token"), ("1065", "to\nken"), ("1065", "tokén")]
)
def test_an_id_or_a_token_that_would_end_its_line_goes_nowhere(graph_at: GraphAt, number: str, token: str) -> None:
    with scripted(ACCEPTED) as meta, pytest.raises(GraphError) as raised:
        graph_at(meta.url).post(number, token, MESSAGE)

    assert not raised.value.may_have_happened
    assert meta.requests == []


def test_the_connection_is_kept(graph_at: GraphAt) -> None:
    with scripted(ACCEPTED) as meta:
        shop = graph_at(meta.url)
        shop.post("1065", "token", MESSAGE)
        first = graph._connection("http", meta.url.removeprefix("http://"), 10).sock
        shop.get("/1065?fields=status", "token")

        assert first is not None
        assert graph._connection("http", meta.url.removeprefix("http://"), 10).sock is first


@pytest.mark.parametrize(
    ("answer", "code", "detail"),
    [
        (
            Answer(400, {"error": {"code": 131047, "message": "Re-engagement", "error_data": {"details": "24 hours"}}}),
            131047,
            "24 hours",
        ),
        (Answer(401, {"error": {"code": 190, "message": "Token expired"}}), 190, "Token expired"),
        (Answer(500, b"<html>"), 1, "no error body"),
        (Answer(502, {}), 1, "no error body"),
        (Answer(400, {"error": "text"}), 1, "no error body"),
        (Answer(400, {"error": {"code": "190", "error_data": "x"}}), 1, "no error body"),
        (Answer(400, ["list"]), 1, "no error body"),
        (Answer(400, {"error": {"code": 100, "message": "x" * 1000}}), 100, "x" * 300),
    ],
)
def test_a_refusal_is_raised_with_its_code_and_has_not_happened(
    graph_at: GraphAt, answer: Answer, code: int, detail: str
) -> None:
    with scripted(answer) as meta, pytest.raises(GraphError) as raised:
        graph_at(meta.url).post("1065", "token", MESSAGE)

    assert (raised.value.code, raised.value.status, raised.value.detail) == (code, answer.status, detail)
    # A gateway that fails without Meta's own words may have passed the message on.
    assert raised.value.may_have_happened == (answer.status >= 500)


@pytest.mark.parametrize("line", [Hangs(), HangsUp()])
def test_a_message_that_was_sent_and_not_answered_may_have_happened(graph_at: GraphAt, line: Hangs | HangsUp) -> None:
    with scripted(line) as meta, pytest.raises(GraphError) as raised:
        graph_at(meta.url, timeout=0.05).post("1065", "token", MESSAGE)

    assert raised.value.may_have_happened
    assert len(meta.requests) == 1


def test_a_question_that_was_not_answered_changed_nothing(graph_at: GraphAt) -> None:
    with scripted(HangsUp()) as meta, pytest.raises(GraphError) as raised:
        graph_at(meta.url).get("/1065", "token")

    assert not raised.value.may_have_happened


def test_a_message_nobody_took_has_not_happened(graph_at: GraphAt) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"

    with pytest.raises(GraphError) as raised:
        graph_at(url).post("1065", "token", MESSAGE)

    assert (raised.value.code, raised.value.status) == (0, 0)
    assert not raised.value.may_have_happened


def test_the_next_message_after_a_silence_is_sent_afresh(graph_at: GraphAt) -> None:
    with scripted(Hangs(), ACCEPTED) as meta:
        shop = graph_at(meta.url, timeout=0.5)
        with pytest.raises(GraphError):
            shop.post("1065", "token", MESSAGE)
        assert shop.post("1065", "token", MESSAGE) == {"messages": [{"id": "wamid.1"}]}


def test_a_connection_that_died_while_it_rested_is_opened_again_before_anything_is_said(graph_at: GraphAt) -> None:
    with scripted(Answer(body={"messages": [{"id": "wamid.1"}]}, hangs_up=True), ACCEPTED) as meta:
        shop = graph_at(meta.url)
        shop.post("1065", "token", MESSAGE)
        resting = graph._connection("http", meta.url.removeprefix("http://"), 10).sock
        assert resting is not None
        # The far side's goodbye has arrived.
        assert select.select([resting], [], [], 5)[0]
        shop.post("1065", "token", MESSAGE)

    assert len(meta.requests) == 2


@pytest.mark.parametrize(
    "content", [b'{"id": "' + b"x" * graph.LARGEST_ANSWER + b'"}', b"[" * 100_000], ids=["too large", "too deep"]
)
def test_an_answer_that_nobody_could_mean_is_not_taken_in(graph_at: GraphAt, content: bytes) -> None:
    with scripted(Answer(400, content), ACCEPTED) as meta:
        shop = graph_at(meta.url)
        with pytest.raises(GraphError):
            shop.get("/1065", "token")
        assert shop.post("1065", "token", MESSAGE) == {"messages": [{"id": "wamid.1"}]}


def test_an_error_names_no_token(graph_at: GraphAt) -> None:
    expired = Answer(401, {"error": {"code": 190, "message": "Token expired"}})
    with scripted(expired) as meta, pytest.raises(GraphError) as raised:
        graph_at(meta.url).post("1065", "very-secret", MESSAGE)

    assert "very-secret" not in str(raised.value)
