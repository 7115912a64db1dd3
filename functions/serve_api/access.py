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
    ("GET", "/v1/conversations"): "staff",
    ("GET", "/v1/conversations/{conversation_id}"): "staff",
    ("PATCH", "/v1/conversations/{conversation_id}"): "staff",
    ("GET", "/v1/conversations/{conversation_id}/messages"): "staff",
    ("POST", "/v1/conversations/{conversation_id}/messages"): "staff",
    ("GET", "/v1/conversations/{conversation_id}/timeline"): "staff",
    ("GET", "/v1/conversations/{conversation_id}/templates"): "staff",
    ("POST", "/v1/conversations/{conversation_id}/typing"): "staff",
    ("PUT", "/v1/conversations/{conversation_id}/read-mark"): "staff",
    ("POST", "/v1/conversations/{conversation_id}/tags"): "staff",
    ("DELETE", "/v1/conversations/{conversation_id}/tags"): "staff",
    ("POST", "/v1/conversations/{conversation_id}/hold"): "staff",
    ("POST", "/v1/conversations/{conversation_id}/return"): "staff",
    ("POST", "/v1/conversations/{conversation_id}/transfer"): "staff",
    ("PUT", "/v1/conversations/{conversation_id}/assignment"): "staff",
    ("POST", "/v1/conversations/{conversation_id}/closing"): "staff",
    ("POST", "/v1/conversations/{conversation_id}/reopening"): "staff",
    ("GET", "/v1/conversations/{conversation_id}/notes"): "staff",
    ("POST", "/v1/conversations/{conversation_id}/notes"): "staff",
    ("DELETE", "/v1/conversations/{conversation_id}/notes/{note_id}"): "staff",
    ("POST", "/v1/contacts/{contact_id}/conversation"): "staff",
    ("GET", "/v1/team"): "staff",
    ("PATCH", "/v1/team/{user_id}"): "owner",
    ("DELETE", "/v1/team/{user_id}/sessions"): "owner",
    ("GET", "/v1/api-keys"): "owner",
    ("POST", "/v1/api-keys"): "owner",
    ("DELETE", "/v1/api-keys/{key_id}"): "owner",
    ("GET", "/v1/contacts"): "staff",
    ("POST", "/v1/contacts"): "staff",
    ("GET", "/v1/contacts/statistics"): "staff",
    ("GET", "/v1/contacts/tags"): "staff",
    ("GET", "/v1/contacts/duplicates"): "staff",
    ("GET", "/v1/contacts/{contact_id}"): "staff",
    ("PATCH", "/v1/contacts/{contact_id}"): "staff",
    ("PUT", "/v1/contacts/{contact_id}/block"): "staff",
    ("DELETE", "/v1/contacts/{contact_id}/block"): "staff",
    ("PUT", "/v1/contacts/{contact_id}/agent-off"): "staff",
    ("DELETE", "/v1/contacts/{contact_id}/agent-off"): "staff",
    ("POST", "/v1/contacts/{contact_id}/tags"): "staff",
    ("DELETE", "/v1/contacts/{contact_id}/tags"): "staff",
    ("GET", "/v1/contacts/{contact_id}/consents"): "staff",
    ("POST", "/v1/contacts/{contact_id}/consents"): "staff",
    ("GET", "/v1/contacts/{contact_id}/memories"): "staff",
    ("DELETE", "/v1/contacts/{contact_id}/memories/{memory_id}"): "staff",
    ("POST", "/v1/contacts/{contact_id}/merge"): "manager",
    ("GET", "/v1/pets"): "staff",
    ("POST", "/v1/pets"): "staff",
    ("GET", "/v1/pets/{pet_id}"): "staff",
    ("PATCH", "/v1/pets/{pet_id}"): "staff",
    ("PUT", "/v1/pets/{pet_id}/departure"): "staff",
    ("DELETE", "/v1/pets/{pet_id}/departure"): "staff",
    ("GET", "/v1/pets/{pet_id}/photos"): "staff",
    ("POST", "/v1/pets/{pet_id}/photos"): "staff",
    ("PUT", "/v1/pets/{pet_id}/photos/{media_id}/main"): "staff",
    ("DELETE", "/v1/pets/{pet_id}/photos/{media_id}"): "staff",
    ("GET", "/v1/pets/{pet_id}/health-events"): "staff",
    ("POST", "/v1/pets/{pet_id}/health-events"): "staff",
    ("POST", "/v1/pets/{pet_id}/health-alerts"): "staff",
    ("GET", "/v1/health-alerts"): "staff",
    ("GET", "/v1/health-alerts/overdue"): "staff",
    ("POST", "/v1/health-alerts/{alert_id}/resolution"): "staff",
    ("POST", "/v1/health-events/{event_id}/verification"): "staff",
    ("DELETE", "/v1/health-events/{event_id}"): "staff",
    ("GET", "/v1/availability"): "staff",
    ("GET", "/v1/bookings"): "staff",
    ("POST", "/v1/bookings"): "staff",
    ("GET", "/v1/bookings/{booking_id}"): "staff",
    ("PATCH", "/v1/bookings/{booking_id}"): "staff",
    ("PUT", "/v1/bookings/{booking_id}/price"): "manager",
    ("POST", "/v1/bookings/{booking_id}/rescheduling"): "staff",
    ("POST", "/v1/bookings/{booking_id}/cancellation"): "staff",
    ("POST", "/v1/bookings/{booking_id}/confirmation"): "staff",
    ("POST", "/v1/bookings/{booking_id}/attendance"): "staff",
    ("POST", "/v1/bookings/{booking_id}/start"): "staff",
    ("POST", "/v1/bookings/{booking_id}/completion"): "staff",
    ("POST", "/v1/bookings/{booking_id}/no-show"): "staff",
    ("GET", "/v1/blocked-times"): "staff",
    ("POST", "/v1/blocked-times"): "manager",
    ("DELETE", "/v1/blocked-times/{blocked_id}"): "manager",
    ("GET", "/v1/channel-accounts"): "staff",
    ("POST", "/v1/channel-accounts"): "owner",
    ("DELETE", "/v1/channel-accounts/{account_id}"): "owner",
    ("POST", "/v1/channel-accounts/{account_id}/health-check"): "manager",
    ("POST", "/v1/channel-accounts/{account_id}/registration"): "owner",
    ("GET", "/v1/custom-fields"): "staff",
    ("POST", "/v1/custom-fields"): "manager",
    ("PATCH", "/v1/custom-fields/{field_id}"): "manager",
    ("DELETE", "/v1/custom-fields/{field_id}"): "manager",
    ("GET", "/v1/escalations"): "staff",
    ("GET", "/v1/escalations/statistics"): "staff",
    ("PUT", "/v1/escalations/{escalation_id}/agent"): "staff",
    ("POST", "/v1/escalations/{escalation_id}/answer"): "staff",
    ("GET", "/v1/knowledge/documents"): "staff",
    ("POST", "/v1/knowledge/documents"): "manager",
    ("DELETE", "/v1/knowledge/documents/{document_id}"): "manager",
    ("POST", "/v1/knowledge/documents/{document_id}/reading"): "manager",
    ("GET", "/v1/knowledge/entries"): "staff",
    ("POST", "/v1/knowledge/entries"): "manager",
    ("PATCH", "/v1/knowledge/entries/{entry_id}"): "manager",
    ("DELETE", "/v1/knowledge/entries/{entry_id}"): "manager",
    ("GET", "/v1/knowledge/search"): "staff",
    ("GET", "/v1/knowledge/similar"): "staff",
    ("GET", "/v1/knowledge/statistics"): "staff",
    ("GET", "/v1/knowledge/untaught"): "staff",
    ("POST", "/v1/knowledge/uploads"): "manager",
    ("GET", "/v1/opening-hours"): "staff",
    ("PUT", "/v1/opening-hours"): "manager",
    ("GET", "/v1/organization"): "staff",
    ("GET", "/v1/owner-numbers"): "staff",
    ("PUT", "/v1/owner-numbers"): "owner",
    ("GET", "/v1/products"): "staff",
    ("POST", "/v1/products"): "manager",
    ("GET", "/v1/products/{product_id}"): "staff",
    ("PATCH", "/v1/products/{product_id}"): "manager",
    ("DELETE", "/v1/products/{product_id}"): "manager",
    ("POST", "/v1/products/{product_id}/stock-changes"): "staff",
    ("GET", "/v1/resources"): "staff",
    ("POST", "/v1/resources"): "manager",
    ("PATCH", "/v1/resources/{resource_id}"): "manager",
    ("DELETE", "/v1/resources/{resource_id}"): "manager",
    ("GET", "/v1/room-types"): "staff",
    ("POST", "/v1/room-types"): "manager",
    ("PATCH", "/v1/room-types/{room_type_id}"): "manager",
    ("DELETE", "/v1/room-types/{room_type_id}"): "manager",
    ("PUT", "/v1/room-types/{room_type_id}/rates"): "manager",
    ("GET", "/v1/services"): "staff",
    ("POST", "/v1/services"): "manager",
    ("GET", "/v1/services/{service_id}"): "staff",
    ("PATCH", "/v1/services/{service_id}"): "manager",
    ("DELETE", "/v1/services/{service_id}"): "manager",
    ("PUT", "/v1/services/{service_id}/add-ons"): "manager",
    ("PUT", "/v1/services/{service_id}/prices"): "manager",
    ("PUT", "/v1/services/{service_id}/staff"): "manager",
    ("GET", "/v1/settings"): "staff",
    ("PATCH", "/v1/settings"): "owner",
    ("POST", "/v1/settings/voice-preview"): "staff",
    ("GET", "/v1/special-days"): "staff",
    ("PUT", "/v1/special-days/{day}"): "manager",
    ("DELETE", "/v1/special-days/{day}"): "manager",
    ("GET", "/v1/staff-members"): "staff",
    ("POST", "/v1/staff-members"): "manager",
    ("PATCH", "/v1/staff-members/{staff_id}"): "manager",
    ("DELETE", "/v1/staff-members/{staff_id}"): "manager",
    ("PUT", "/v1/staff-members/{staff_id}/hours"): "manager",
    ("GET", "/v1/wordings"): "staff",
    ("POST", "/v1/wordings"): "manager",
    ("POST", "/v1/wordings/preview"): "staff",
    ("PATCH", "/v1/wordings/{wording_id}"): "manager",
    ("DELETE", "/v1/wordings/{wording_id}"): "manager",
}

# Not for programs, whatever their scopes: what makes, changes or ends who may sign in.
PEOPLE_ONLY = frozenset({"auth", "me", "team", "invitations", "api-keys", "realtime", "owner-numbers"})
# What says who may come into the shop, and as what.
ABOUT_ACCESS = frozenset({"team", "invitations", "api-keys", "owner-numbers"})


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
