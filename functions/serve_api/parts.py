"""The parts of the API by their noun: the routes of one are made when a sandbox is first asked for them."""

from importlib import import_module

from fastapi import APIRouter

# The modules of routes/ that serve each noun.
MODULES: dict[str, tuple[str, ...]] = {
    "api-keys": ("api_keys",),
    "audit": ("audit",),
    "auth": ("auth", "invitations", "password", "second_factor"),
    "availability": ("availability",),
    "blocked-times": ("blocked_times",),
    "booking-series": ("booking_series",),
    "bookings": ("bookings",),
    "channel-accounts": ("channel_accounts",),
    "contacts": ("contacts", "starting"),
    "conversations": ("conversations", "files", "holding", "notes", "writing"),
    "custom-fields": ("custom_fields",),
    "dashboard": ("dashboard",),
    "dead-letters": ("dead_letters",),
    "erasures": ("erasures",),
    "escalations": ("escalations",),
    "exports": ("exports",),
    "health": ("health",),
    "health-alerts": ("pet_health",),
    "health-events": ("pet_health",),
    "imports": ("imports",),
    "incidents": ("incidents",),
    "invitations": ("invitations",),
    "knowledge": ("knowledge",),
    "leads": ("leads",),
    "me": ("me", "notification_preferences"),
    "notifications": ("notifications",),
    "opening-hours": ("hours",),
    "organization": ("organization",),
    "owner-numbers": ("owner_numbers",),
    "pending-actions": ("pending_actions",),
    "pets": ("pets",),
    "pipeline-stages": ("pipeline_stages",),
    "products": ("products",),
    "realtime": ("realtime",),
    "resources": ("resources",),
    "room-types": ("room_types",),
    "services": ("services",),
    "settings": ("settings",),
    "special-days": ("hours",),
    "staff-members": ("staff_members",),
    "stays": ("stays",),
    "tasks": ("tasks",),
    "team": ("team",),
    "templates": ("templates",),
    "training-plans": ("training_plans",),
    "training-sessions": ("training_plans",),
    "usage": ("usage",),
    "waitlist": ("waitlist",),
    "wordings": ("wordings",),
}


def noun(path: str) -> str:
    """What an address is about: the word after the version, or the first where there is none."""
    words = path.split("/")[1:3]
    return words[-1] if words[:1] == ["v1"] else "".join(words[:1])


def routers(nouns: frozenset[str] = frozenset(MODULES)) -> list[APIRouter]:
    """Of these nouns, in the order of the table, each once."""
    names = dict.fromkeys(name for known, served in MODULES.items() if known in nouns for name in served)
    modules = [import_module(f"functions.serve_api.routes.{name}") for name in names]
    return [value for module in modules for value in vars(module).values() if isinstance(value, APIRouter)]
