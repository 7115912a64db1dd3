"""What an answer says when something was refused: a stable code, a status, and a sentence a person can act on."""

from typing import Any

from fastapi import Request

from auzap.errors import OrganizationUnavailable, Refusal
from auzap.text import snake_case
from functions.serve_api.problem_texts import TEXTS

DEFAULT_LOCALE = "pt-BR"

# Refusals of the domain whose status is not 409, by the name of their class.
STATUSES = {
    "wrong_login": 401,
    "session_ended": 401,
    "choose_shop": 409,
    "weak_password": 422,
    "wrong_password": 422,
    "wrong_code": 401,
    "too_many_codes": 429,
    "too_many_invitations": 429,
    "link_not_good": 410,
    "no_shop": 403,
    "not_a_member": 404,
}


class Problem(Exception):
    """Refused at the edge. `values` fill the places of its text."""

    def __init__(
        self, status: int, code: str, *, details: Any = None, headers: dict[str, str] | None = None, **values: Any
    ) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.details = details
        self.headers = headers or {}
        self.values = values


class NotFound(Problem):
    """Not there, or another shop's: the two look the same."""

    def __init__(self) -> None:
        super().__init__(404, "not_found")


def of_refusal(refused: Refusal) -> Problem:
    code = getattr(refused, "code", None) or snake_case(type(refused).__name__)
    wait = getattr(refused, "retry_after", None)
    headers = {"retry-after": str(wait)} if wait else None
    return Problem(STATUSES.get(code, 409), code, details=getattr(refused, "details", None), headers=headers)


def of_unavailable(unavailable: OrganizationUnavailable) -> Problem:
    return Problem(403, "organization_unavailable")


def locale_of(request: Request) -> str:
    """The first of the languages asked for that we have."""
    asked = request.headers.get("accept-language", "")
    for part in asked.split(","):
        language = part.split(";")[0].strip().lower()
        if language.startswith("pt"):
            return "pt-BR"
        if language.startswith("en"):
            return "en"
    return DEFAULT_LOCALE


def told(problem: Problem, locale: str) -> str:
    text = TEXTS[locale].get(problem.code) or TEXTS[locale]["refused"]
    return text.format(**problem.values)
