"""Vectors through the model's door: asked for in the dialect, counted, refused where they are none, spared by a breaker."""

import math
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from auzap.agent import model as model_door
from auzap.agent.model import BREAKER_FAILURES, Embedded, Model
from auzap.agent.turn import Usage
from auzap.errors import ModelUnavailable
from auzap.knowledge.retrieval import Embedding
from tests.unit.scripted_server import Answer, Hangs, HangsUp, ScriptedServer, scripted

NAME = "text-embedding-3-small"

type ModelAt = Callable[..., Model]


@pytest.fixture
def model_at() -> Iterator[ModelAt]:
    urls: list[str] = []

    def at(server: ScriptedServer, name: str = NAME) -> Model:
        urls.append(server.url + "/v1")
        return Model(urls[-1], "key", ["gpt-6-luna"], pause=lambda _: None, embeddings=name)

    yield at
    for url in urls:
        model_door._client(url, "key").close()
    model_door._client.cache_clear()


def embed(model: Model, *texts: str, seconds: float = 10) -> Embedded:
    return model.embed(texts, deadline=time.monotonic() + seconds)


def made(*vectors: Any, tokens: Any = 500_000) -> Answer:
    data = [{"object": "embedding", "index": place, "embedding": vector} for place, vector in enumerate(vectors)]
    return Answer(body={"object": "list", "data": data, "model": NAME, "usage": {"prompt_tokens": tokens}})


def test_texts_become_vectors_in_their_order_and_are_paid_for(model_at: ModelAt) -> None:
    answer = made([0.5, -1], [0, 2])
    answer.body["data"].reverse()
    with scripted(answer) as server:
        found = embed(model_at(server), "banho", "tosa")

    (request,) = server.requests
    assert (request.method, request.path) == ("POST", "/v1/embeddings")
    assert request.json == {"model": NAME, "input": ["banho", "tosa"], "encoding_format": "float"}
    assert found == Embedded([Embedding(NAME, [0.5, -1.0]), Embedding(NAME, [0.0, 2.0])], Usage(500_000, 0, 10_000))


@pytest.mark.parametrize(
    "answer",
    [
        made(),
        made([1.0]),
        made([1.0], [1.0, 2.0]),
        made([1.0], []),
        made([1.0], [0.0]),
        made([1.0], ["x"]),
        made([1.0], [math.inf]),
        made([1.0], "AAAA"),
        made([1.0], None),
        made([1.0], [1.0] * 16_001),
        Answer(body={}),
        Answer(body=[]),
        Answer(body=b"no JSON"),
        Answer(500, {}),
        Answer(429, {}),
        Answer(401, {}),
        Answer(400, {}),
        HangsUp(),
    ],
)
def test_what_is_no_vector_of_each_text_is_none_at_all(model_at: ModelAt, answer: Answer | HangsUp) -> None:
    with scripted(answer) as server, pytest.raises(ModelUnavailable):
        embed(model_at(server), "banho", "tosa")


def test_a_passing_failure_is_asked_again(model_at: ModelAt) -> None:
    with scripted(Answer(503, {}), made([1.0])) as server:
        assert embed(model_at(server), "banho").embeddings == [Embedding(NAME, [1.0])]

    assert len(server.requests) == 2


def test_an_endpoint_that_says_nothing_is_left_in_time(model_at: ModelAt) -> None:
    started = time.monotonic()
    with scripted(Hangs()) as server, pytest.raises(ModelUnavailable):
        embed(model_at(server), "banho", seconds=1.6)

    assert time.monotonic() - started < 3


def test_tokens_that_are_not_told_cost_nothing(model_at: ModelAt) -> None:
    with scripted(made([1.0], tokens="many")) as server:
        assert embed(model_at(server), "banho").usage == Usage()


def test_without_a_name_nothing_is_asked(model_at: ModelAt) -> None:
    with scripted(made([1.0])) as server:
        model = model_at(server, "")
        assert not model.embeds
        with pytest.raises(ModelUnavailable):
            embed(model, "banho")

    assert server.requests == []


def test_without_time_nothing_is_asked(model_at: ModelAt) -> None:
    with scripted(made([1.0])) as server, pytest.raises(ModelUnavailable):
        embed(model_at(server), "banho", seconds=1)

    assert server.requests == []


def test_a_model_that_keeps_failing_is_spared_and_the_one_that_answers_is_not(model_at: ModelAt) -> None:
    with scripted(Answer(400, {})) as server:
        model = model_at(server)
        for _ in range(BREAKER_FAILURES + 2):
            with pytest.raises(ModelUnavailable):
                embed(model, "banho")

    assert len(server.requests) == BREAKER_FAILURES
    assert model.breakers[NAME].is_open()
    assert "gpt-6-luna" not in model.breakers
