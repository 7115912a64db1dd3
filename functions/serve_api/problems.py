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
    "not_of_the_shop": 403,
    "not_to_be_muted": 422,
    "not_a_member": 404,
    "unknown_service": 404,
    "unknown_product": 404,
    "unknown_resource": 404,
    "unknown_staff_member": 404,
    "unknown_room_type": 404,
    "unknown_field": 404,
    "unknown_wording": 404,
    "unknown_entry": 404,
    "unknown_document": 404,
    "unknown_question": 404,
    "unknown_account": 404,
    "unknown_conversation": 404,
    "unfit_service": 422,
    "unknown_reference": 422,
    "no_addon": 422,
    "unfit_product": 422,
    "unfit_resource": 422,
    "unfit_staff_member": 422,
    "unfit_block": 422,
    "unknown_place": 422,
    "unfit_room_type": 422,
    "overlapping_hours": 422,
    "unfit_day": 422,
    "unknown_zone": 422,
    "unfit_phone": 422,
    "unfit_settings": 422,
    "same_phone": 422,
    "one_primary": 422,
    "unfit_field": 422,
    "unfit_wording": 422,
    "unknown_placeholder": 422,
    "unfit_entry": 422,
    "unfit_document": 422,
    "unsendable_answer": 422,
    "code_refused": 422,
    "number_not_there": 422,
    "wrong_pin": 422,
    "provider_away": 503,
    "unknown_contact": 404,
    "unknown_pet": 404,
    "unknown_booking": 404,
    "no_such_event": 404,
    "no_such_alert": 404,
    "no_such_photo": 404,
    "unknown_stay": 404,
    "unknown_plan": 404,
    "unknown_session": 404,
    "unknown_import": 404,
    "unknown_job": 404,
    "unknown_photo": 404,
    "unfit_contact": 422,
    "unfit_tags": 422,
    "unknown_keeper": 422,
    "unfit_value": 422,
    "no_name": 422,
    "not_then": 422,
    "not_a_vaccine": 422,
    "not_added_there": 422,
    "bad_days": 422,
    "empty_period": 422,
    "period_too_long": 422,
    "period_too_far": 422,
    "incomplete": 422,
    "unfit_text": 422,
    "unfit_rhythm": 422,
    "unfit_beginning": 422,
    "no_reason": 422,
    "unfit_outcome": 422,
    "unreadable_file": 422,
    "unknown_template": 404,
    "unknown_file": 404,
    "too_large": 422,
    "unsendable_file": 422,
    "not_uploaded": 422,
    "unknown_message": 404,
    "unsendable_text": 422,
    "unfilled_template": 422,
    "unusable_tag": 422,
    "unusable_note": 422,
    "past_snooze": 422,
    "unknown_lead": 404,
    "unknown_stage": 404,
    "unusable_stage": 422,
    "name_taken": 409,
    "unknown_letter": 404,
    "letter_settled": 409,
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


def found[Kind](kept: Kind | None) -> Kind:
    """What is there."""
    if kept is None:
        raise NotFound
    return kept


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
