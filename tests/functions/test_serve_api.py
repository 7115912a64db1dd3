"""serve_api under Mangum: every answer in the same envelope, whatever the path."""

import json
from typing import Any

import pytest

from tests.functions.house import House


def ask(house: House, path: str, *, method: str = "GET", database_url: str = "") -> tuple[int, Any]:
    answer = asked(house, path, method=method, database_url=database_url)
    return answer["statusCode"], json.loads(answer["body"])


def asked(house: House, path: str, *, method: str = "GET", database_url: str = "") -> dict[str, Any]:
    event = {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": "",
        "headers": {"host": "api.example", "accept": "application/json"},
        "requestContext": {
            "http": {
                "method": method,
                "path": path,
                "sourceIp": "127.0.0.1",
                "protocol": "HTTP/1.1",
                "userAgent": "tests",
            },
            "stage": "$default",
            "requestId": "a-request",
        },
        "isBase64Encoded": False,
    }
    answer = house.invoke("serve_api", event, settings={"AUZAP_DATABASE_URL": database_url}).answer
    assert answer["headers"]["content-type"] == "application/json"
    return answer


@pytest.mark.parametrize("path", ["/health", "/v1/health", "/health/database", "/v1/health/database"])
def test_a_house_that_is_well_says_so(house: House, path: str) -> None:
    status, body = ask(house, path)

    assert status == 200
    assert body["success"] is True
    assert body["data"] == {"status": "ok"}
    assert set(body["meta"]) == {"timestamp", "version"}


def test_a_house_without_its_database_says_so_and_no_more(house: House) -> None:
    answer = asked(house, "/health/database", database_url="postgresql://auzap_app:none@127.0.0.1:1/auzap")

    assert (answer["statusCode"], answer["headers"]["retry-after"]) == (503, "30")
    assert json.loads(answer["body"])["data"] == {"status": "down"}


@pytest.mark.parametrize("path", ["/", "/v1", "/v1/nothing", "/health/nothing", "/docs", "/openapi.json"])
def test_an_address_that_does_not_exist_is_refused_in_the_envelope(house: House, path: str) -> None:
    assert ask(house, path) == (
        404,
        {
            "error": True,
            "message": "Não encontramos o que você procura. Talvez tenha sido removido.",
            "code": "not_found",
            "details": None,
        },
    )


def test_a_method_that_does_not_fit_is_refused_in_the_envelope(house: House) -> None:
    status, body = ask(house, "/v1/health", method="POST")

    assert (status, body["code"]) == (405, "method_not_allowed")
