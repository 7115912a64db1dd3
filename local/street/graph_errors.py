"""Errors as the Graph API words them."""

import secrets
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class ErrorKind:
    status: int
    title: str
    type: str = "OAuthException"


KINDS: dict[int, ErrorKind] = {
    1: ErrorKind(500, "An unknown error occurred"),
    2: ErrorKind(503, "Service temporarily unavailable"),
    3: ErrorKind(403, "Application does not have the capability to make this API call"),
    4: ErrorKind(429, "Application request limit reached"),
    10: ErrorKind(403, "Application does not have permission for this action"),
    100: ErrorKind(400, "Invalid parameter"),
    190: ErrorKind(401, "Error validating access token: the session has been invalidated"),
    200: ErrorKind(403, "Permission denied"),
    368: ErrorKind(403, "Temporarily blocked for policies violations"),
    80007: ErrorKind(429, "Rate limit issues: too many calls to this WhatsApp Business account"),
    130429: ErrorKind(429, "Rate limit hit"),
    130472: ErrorKind(400, "User's number is part of an experiment"),
    130497: ErrorKind(403, "Business account is restricted from messaging users in this country"),
    131000: ErrorKind(500, "Something went wrong"),
    131005: ErrorKind(403, "Access denied"),
    131008: ErrorKind(400, "Required parameter is missing"),
    131009: ErrorKind(400, "Parameter value is not valid"),
    131016: ErrorKind(503, "Service unavailable"),
    131021: ErrorKind(400, "Recipient cannot be sender"),
    131026: ErrorKind(400, "Message undeliverable"),
    131031: ErrorKind(403, "Account has been locked"),
    131037: ErrorKind(400, "WhatsApp provided number needs display name approval before message can be sent"),
    131042: ErrorKind(400, "Business eligibility payment issue"),
    131045: ErrorKind(400, "Incorrect certificate"),
    131047: ErrorKind(400, "Re-engagement message"),
    131048: ErrorKind(400, "Spam rate limit hit"),
    131049: ErrorKind(400, "This message was not delivered to maintain healthy ecosystem engagement"),
    131050: ErrorKind(400, "User has stopped marketing messages"),
    131051: ErrorKind(400, "Unsupported message type"),
    131052: ErrorKind(400, "Media download error"),
    131053: ErrorKind(400, "Media upload error"),
    131056: ErrorKind(400, "(Business Account, Consumer Account) pair rate limit hit"),
    131057: ErrorKind(503, "Account in maintenance mode"),
    131062: ErrorKind(400, "Business-scoped user id is not allowed for this message"),
    131063: ErrorKind(400, "Marketing messages are turned off on Cloud API"),
    132000: ErrorKind(400, "Number of parameters does not match the expected number of params"),
    132001: ErrorKind(404, "Template name does not exist in the translation"),
    132005: ErrorKind(400, "Hydrated text too long"),
    132012: ErrorKind(400, "Parameter format does not match format in the created template"),
    132015: ErrorKind(400, "Template is paused"),
    132016: ErrorKind(400, "Template is disabled"),
    133010: ErrorKind(400, "Phone number not registered"),
    133016: ErrorKind(400, "Account register deregister rate limit exceeded"),
    137000: ErrorKind(400, "Identity key mismatch"),
}


class GraphError(Exception):
    def __init__(self, code: int, details: str, *, subcode: int | None = None) -> None:
        super().__init__(details)
        self.code = code
        self.details = details
        self.subcode = subcode
        self.kind = KINDS.get(code, ErrorKind(400, "Request refused"))

    @property
    def status(self) -> int:
        return self.kind.status

    def body(self) -> dict[str, Any]:
        error: dict[str, Any] = {
            "message": f"(#{self.code}) {self.kind.title}",
            "type": self.kind.type,
            "code": self.code,
            "error_data": {"messaging_product": "whatsapp", "details": self.details},
            "fbtrace_id": "A" + secrets.token_urlsafe(16),
        }
        if self.subcode is not None:
            error["error_subcode"] = self.subcode
        return {"error": error}

    def as_status_error(self) -> dict[str, Any]:
        """The same error where it arrives later, in a failed status."""
        return {
            "code": self.code,
            "title": self.kind.title,
            "message": self.kind.title,
            "error_data": {"details": self.details},
        }
