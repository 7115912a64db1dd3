"""Real parts that replace built-in ones, as the environment names them."""

import os
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass

from local import emulator, postgres
from local.problems import CannotStart

MODEL_VARIABLES = ("OPENAI_BASE_URL", "OPENAI_API_KEY", "OPENAI_MODEL")


@dataclass(frozen=True)
class Model:
    base_url: str
    api_key: str
    name: str
    # What makes vectors of texts; without one, words alone find what the shop has taught.
    embeddings: str = ""


@dataclass(frozen=True)
class Given:
    database_url: str = ""
    aws_endpoint_url: str = ""
    graph_url: str = ""
    model: Model | None = None

    def check(self) -> None:
        if self.database_url:
            postgres.check_server(self.database_url)
        if self.aws_endpoint_url:
            emulator.check_given(self.aws_endpoint_url)
        if self.graph_url:
            _check_reachable("WHATSAPP_GRAPH_URL", self.graph_url)
        if self.model:
            _check_model(self.model)


def from_environment(variables: Mapping[str, str] = os.environ) -> Given:
    return Given(
        database_url=variables.get("DATABASE_URL", ""),
        aws_endpoint_url=variables.get("AWS_ENDPOINT_URL", "").rstrip("/"),
        graph_url=variables.get("WHATSAPP_GRAPH_URL", "").rstrip("/"),
        model=_model(variables),
    )


def _model(variables: Mapping[str, str]) -> Model | None:
    values = [variables.get(name, "") for name in MODEL_VARIABLES]
    if not values[0]:
        return None
    if not all(values):
        raise CannotStart(f"A model of your own needs all of {', '.join(MODEL_VARIABLES)}.")
    return Model(values[0].rstrip("/"), values[1], values[2], variables.get("OPENAI_EMBEDDINGS_MODEL", ""))


def _check_model(model: Model) -> None:
    status = _check_reachable(
        "OPENAI_BASE_URL", f"{model.base_url}/models", {"Authorization": f"Bearer {model.api_key}"}
    )
    if status in (401, 403):
        raise CannotStart(f"{model.base_url} refuses OPENAI_API_KEY ({status}).")


def _check_reachable(variable: str, url: str, headers: Mapping[str, str] | None = None) -> int:
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=dict(headers or {})), timeout=5) as response:
            return response.status
    except urllib.error.HTTPError as answered:
        return answered.code
    except (OSError, ValueError) as error:
        raise CannotStart(f"{variable} does not answer: {url} ({error})") from error
