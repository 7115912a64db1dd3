"""Credentials for signing, and clients that are closed when the test is over."""

from collections.abc import Callable, Iterator

import pytest
from hypothesis import settings

from auzap.aws.client import AwsClient

# A busy machine is slow, and that is no failure.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")

type ClientTo = Callable[..., AwsClient]


@pytest.fixture(autouse=True)
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("AWS_REGION", "sa-east-1")
    for name in ("AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def client_to() -> Iterator[ClientTo]:
    opened: list[AwsClient] = []

    def open_client(url: str, service: str = "sqs", *, timeout: float = 2.5) -> AwsClient:
        opened.append(AwsClient(service, endpoint=url, timeout=timeout))
        return opened[-1]

    yield open_client
    for client in opened:
        client._connection.close()
