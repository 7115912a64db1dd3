"""The cookie that carries a session on: no script reads it, and no other site's page sends it."""

from fastapi import Request, Response

from auzap import runtime
from auzap.identity.sessions import Session

# Longer than any that we give.
LONGEST = 100


def give(response: Response, session: Session) -> None:
    response.set_cookie(
        _name(),
        session.refresh_token,
        max_age=int(session.good_for.total_seconds()),
        httponly=True,
        secure=_is_over_tls(),
        samesite="strict",
    )


def shown(request: Request) -> str:
    """Empty where there is none that could be ours."""
    value = request.cookies.get(_name(), "")
    return value if len(value) <= LONGEST else ""


def take_back(response: Response) -> None:
    response.delete_cookie(_name(), httponly=True, secure=_is_over_tls(), samesite="strict")


def _name() -> str:
    # So called, a browser takes it only from this very host, over TLS, for all of its paths.
    return "__Host-auzap_refresh" if _is_over_tls() else "auzap_refresh"


def _is_over_tls() -> bool:
    return runtime.settings().environment != "local"
