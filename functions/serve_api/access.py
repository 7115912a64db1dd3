"""Who may do what: every route of the API, and the least role it takes. A route that is not here does not start."""

from typing import Literal

type Least = Literal["anybody", "signed_in", "staff", "manager", "owner"]

# From the least to the most. A key of a program has the scopes it was given, each the name of a resource below.
RANKS = {"staff": 1, "manager": 2, "owner": 3, "super_admin": 3}
NEEDS = {"staff": 1, "manager": 2, "owner": 3}

# Method and path as the routes write them.
ROUTES: dict[tuple[str, str], Least] = {
    ("GET", "/health"): "anybody",
    ("GET", "/health/database"): "anybody",
    ("GET", "/v1/health"): "anybody",
    ("GET", "/v1/health/database"): "anybody",
    ("POST", "/v1/auth/registration"): "anybody",
    ("POST", "/v1/auth/session"): "anybody",
    ("POST", "/v1/auth/session/second-factor"): "anybody",
    ("POST", "/v1/auth/support-session"): "anybody",
    ("POST", "/v1/auth/refresh"): "anybody",
    ("DELETE", "/v1/auth/session"): "signed_in",
    ("PUT", "/v1/auth/password"): "signed_in",
    ("POST", "/v1/auth/password-reset"): "anybody",
    ("POST", "/v1/auth/password-reset/completion"): "anybody",
    ("POST", "/v1/auth/invitation"): "anybody",
    ("POST", "/v1/auth/invitation/acceptance"): "anybody",
    ("POST", "/v1/auth/second-factor"): "signed_in",
    ("POST", "/v1/auth/second-factor/confirmation"): "signed_in",
    ("POST", "/v1/auth/second-factor/recovery-codes"): "signed_in",
    ("POST", "/v1/auth/second-factor/removal"): "signed_in",
    ("GET", "/v1/me"): "signed_in",
    ("PATCH", "/v1/me"): "signed_in",
    ("GET", "/v1/me/sessions"): "signed_in",
    ("DELETE", "/v1/me/sessions"): "signed_in",
    ("DELETE", "/v1/me/sessions/{session_id}"): "signed_in",
    ("GET", "/v1/invitations"): "owner",
    ("POST", "/v1/invitations"): "owner",
    ("DELETE", "/v1/invitations/{invitation_id}"): "owner",
    ("POST", "/v1/realtime/ticket"): "signed_in",
    ("GET", "/v1/team"): "staff",
    ("PATCH", "/v1/team/{user_id}"): "owner",
    ("DELETE", "/v1/team/{user_id}/sessions"): "owner",
    ("GET", "/v1/api-keys"): "owner",
    ("POST", "/v1/api-keys"): "owner",
    ("DELETE", "/v1/api-keys/{key_id}"): "owner",
}

# Not for programs, whatever their scopes: what makes, changes or ends who may sign in.
PEOPLE_ONLY = frozenset({"auth", "me", "team", "invitations", "api-keys", "realtime"})
# What says who may come into the shop, and as what.
ABOUT_ACCESS = frozenset({"team", "invitations", "api-keys"})


class UnknownRoute(LookupError):
    """A route that nobody has said who may use."""


def least(method: str, path: str) -> Least:
    try:
        return ROUTES[method, path]
    except KeyError:
        raise UnknownRoute(f"{method} {path} is not in the table of access") from None


def resource(path: str) -> str:
    """What a key must be allowed: the noun after the version."""
    return path.removeprefix("/v1/").split("/", 1)[0]


def is_for_people(path: str) -> bool:
    return resource(path) in PEOPLE_ONLY


def is_about_access(path: str) -> bool:
    return resource(path) in ABOUT_ACCESS


def scope(method: str, path: str) -> str:
    """`bookings:read` for what only reads, `bookings:write` for the rest."""
    return f"{resource(path)}:{'read' if method in {'GET', 'HEAD'} else 'write'}"


# Whatever a key may be given.
SCOPES = frozenset(
    scope(method, path) for (method, path), needed in ROUTES.items() if needed != "anybody" and not is_for_people(path)
)
