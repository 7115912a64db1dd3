from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from .pet_shop import Phone, Shop, model_client


@pytest.fixture
def client() -> Iterator[TestClient]:
    with model_client() as client:
        yield client


@pytest.fixture
def shop() -> Shop:
    return Shop()


@pytest.fixture
def phone(shop: Shop, client: TestClient) -> Phone:
    return Phone(shop, client)
