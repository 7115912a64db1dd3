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

ID = "019a9b3c-5d2e-7f10-8a4b-6c1d2e3f4a5b"
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


def of_message(body: Any) -> tuple[str, str, Any]:
    return "POST", f"/v1/conversations/{ID}/messages", body


def of_document(body: Any) -> tuple[str, str, Any]:
    return "POST", "/v1/knowledge/documents", body


@pytest.mark.parametrize(
    ("asked", "fields"),
    [
        (of_message({"type": "text", "text": 5}), {"text"}),
        (of_message({"type": "text"}), {"text"}),
        (of_message({"type": "text", "text": "Oi", "colour": "red"}), {"colour"}),
        (of_message({"type": "template", "name": "x", "language": "pt_BR", "values": {"1": 7}}), {"values.1"}),
        (of_message({"type": "smoke", "text": "Oi"}), {"type"}),
        (of_message({"text": "Oi"}), {"type"}),
        (of_document({"kind": "url", "title": "", "address": "ftp://example.com"}), {"title", "address"}),
        (("POST", "/v1/exports", {"kind": "contact"}), {"contact_id"}),
        (("PATCH", f"/v1/contacts/{ID}", {"custom": {"plano": [1]}}), {"custom.plano"}),
        (("PATCH", "/v1/settings", {"booking": {"horizon_days": "many"}}), {"booking.horizon_days"}),
        (("PUT", "/v1/opening-hours", {"hours": [{"weekday": 0, "opens": "08:00"}]}), {"hours.0.closes"}),
    ],
)
def test_a_field_is_named_as_the_client_wrote_it(people: People, asked: tuple[str, str, Any], fields: set[str]) -> None:
    answer = people.owner().ask(*asked)

    assert answer.json()["code"] == "invalid"
    assert sorted(found["field"] for found in answer.json()["details"]) == sorted(fields)


@pytest.mark.parametrize(
    ("asked", "problem"),
    [
        (("PATCH", "/v1/me", {}), "Diga ao menos um campo a mudar."),
        (("PATCH", "/v1/me", {"name": None}), "Diga ao menos um campo a mudar."),
        (("PATCH", f"/v1/team/{ID}", {}), "Diga ao menos um campo a mudar."),
        (
            ("POST", "/v1/contacts", {"phone": "123", "name": "Ana"}),
            "Não é um telefone. Escreva com DDD, como (11) 98765-4321.",
        ),
        (
            ("POST", "/v1/contacts", {"phone": "98765-4321", "name": "Ana"}),
            "Falta o DDD. Escreva como (11) 98765-4321.",
        ),
    ],
)
def test_what_is_to_be_done_about_it_is_said(people: People, asked: tuple[str, str, Any], problem: str) -> None:
    answer = people.owner().ask(*asked)

    assert answer.json()["code"] == "invalid"
    assert [found["problem"] for found in answer.json()["details"]] == [problem]


def test_what_is_said_in_english_is_for_people(people: People) -> None:
    answer = people.owner().ask("POST", "/v1/invitations", {"email": "ana"}, **{"accept-language": "en"})

    assert [found["problem"] for found in answer.json()["details"]] == ["This does not have the expected form"]


def test_a_body_that_is_no_json_is_refused_and_not_shown_again(client: TestClient) -> None:
    answer = client.post(
        "/v1/auth/session", content=b'{"password": "girafa', headers={"content-type": "application/json"}
    )

    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
    assert "girafa" not in answer.text
