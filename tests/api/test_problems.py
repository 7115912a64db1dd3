"""What is refused is told in the caller's language, with a code that stays and the field that is meant."""

from string import Formatter
from typing import Any

import pytest
from starlette.testclient import TestClient

from auzap.errors import Refusal
from auzap.text import snake_case
from functions.serve_api.app import create
from functions.serve_api.problem_texts import TEXTS
from tests.api.people import People

EVERY = {"extra": 1, "name": "", "scopes": "all", "expires_at": "soon"}


def refusals(kind: type[Refusal] = Refusal) -> set[str]:
    """The codes of those that sign-in knows."""
    codes = {code for each in kind.__subclasses__() for code in refusals(each)}
    return codes | ({snake_case(kind.__name__)} if kind.__module__.startswith("auzap.identity") else set())


def test_every_refusal_of_sign_in_has_a_sentence_in_both_languages() -> None:
    create()

    assert len(refusals()) > 15
    for locale in ("pt-BR", "en"):
        assert refusals() - TEXTS[locale].keys() == set()


def test_both_languages_say_the_same_things_of_the_same_values() -> None:
    def places(text: str) -> set[str | None]:
        return {name for _, name, _, _ in Formatter().parse(text)} - {None}

    assert TEXTS["pt-BR"].keys() == TEXTS["en"].keys()
    assert all(places(text) == places(TEXTS["en"][code]) for code, text in TEXTS["pt-BR"].items())


def told(client: TestClient, people: People, language: str) -> dict[str, str]:
    answer = people.owner().ask("POST", "/v1/api-keys", EVERY, **{"accept-language": language})
    assert answer.status_code == 422
    return {found["field"]: found["problem"] for found in answer.json()["details"]}


def test_each_field_that_is_wrong_is_named_and_what_is_wrong_with_it(client: TestClient, people: People) -> None:
    assert told(client, people, "pt-BR,pt;q=0.9") == {
        "extra": "Este campo não existe aqui.",
        "name": "Deve ter pelo menos 1 caractere(s).",
        "scopes": "Deve ser uma lista.",
        "expires_at": "Deve ser data e hora com fuso, como 2026-11-21T09:00:00-03:00.",
    }
    assert told(client, people, "en")["scopes"] == "Input should be a valid list"


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ({"email": "a@example.com", "role": "king"}, "Deve ser um destes valores: 'owner', 'manager' ou 'staff'."),
        ({"role": "staff"}, "É obrigatório."),
        ([], "Deve ser um objeto."),
    ],
)
def test_what_is_wrong_is_said_in_portuguese(people: People, body: Any, problem: str) -> None:
    answer = people.owner().ask("POST", "/v1/invitations", body)

    assert [found["problem"] for found in answer.json()["details"]] == [problem]


def test_a_body_that_is_no_json_is_refused_and_not_shown_again(client: TestClient) -> None:
    answer = client.post(
        "/v1/auth/session", content=b'{"password": "girafa', headers={"content-type": "application/json"}
    )

    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
    assert "girafa" not in answer.text
