"""The offline model over HTTP, in OpenAI's dialect: any key is good, and the same question has the same answer."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from anyio import from_thread
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from local.street.offline_model import dialect, embeddings
from local.street.offline_model.completion import complete
from local.street.offline_model.dialect import BadRequest, ChatRequest, EmbeddingsRequest

type Answer = Callable[[bytes], dict[str, Any]]
type Endpoint = Callable[[Request], Response]


def chat_completion(body: bytes) -> dict[str, Any]:
    request = ChatRequest.parse(body).check()
    now = datetime.now(UTC)
    return dialect.completion(request, complete(request, today=now.date()), created=int(now.timestamp()))


def embeddings_of(body: bytes) -> dict[str, Any]:
    request = EmbeddingsRequest.parse(body).check()
    vectors = [embeddings.embed(text, request.dimensions or embeddings.DIMENSIONS) for text in request.texts]
    count = sum(dialect.tokens(text) for text in request.texts)
    return {
        "object": "list",
        "model": request.model,
        "data": [
            {
                "object": "embedding",
                "index": index,
                "embedding": vector if request.encoding_format == "float" else embeddings.as_base64(vector),
            }
            for index, vector in enumerate(vectors)
        ],
        "usage": {"prompt_tokens": count, "total_tokens": count},
    }


def models(_: Request) -> Response:
    model = {"id": dialect.MODEL_NAME, "object": "model", "created": 0, "owned_by": "auzap"}
    return JSONResponse({"object": "list", "data": [model]})


def answering(answer: Answer) -> Endpoint:
    def endpoint(request: Request) -> Response:
        # Starlette runs a plain function in a thread, and reads a body only in its event loop.
        body = from_thread.run(request.body)
        try:
            return JSONResponse(answer(body))
        except BadRequest as refused:
            return JSONResponse(refused.body(), status_code=400)

    return endpoint


routes = [
    Route("/model/v1/models", models, methods=["GET"]),
    Route("/model/v1/chat/completions", answering(chat_completion), methods=["POST"]),
    Route("/model/v1/embeddings", answering(embeddings_of), methods=["POST"]),
]
