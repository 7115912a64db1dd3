"""The catalogue of events: what each table's changes are called, what they belong to, and what else they tell."""

from dataclasses import dataclass, field
from typing import Any

from auzap.loose import mapping

# In place of what is for others.
NOTHING = "nothing"
VERBS = {"insert": "created", "update": "updated", "delete": "deleted"}


@dataclass(frozen=True, slots=True)
class Kind:
    """Of a table: the noun of its events, whose field `<parent>_id` names what the row belongs to."""

    noun: str
    parent: str | None = None
    # What is told beside the ids, with its type in JSON: of the row as it is by now.
    detail: dict[str, str] = field(default_factory=dict[str, str])


# Every table with a trigger that records its changes.
KINDS: dict[str, Kind] = {
    "blocked_times": Kind("blocked_time"),
    "bookings": Kind("booking", parent="contact"),
    "channel_accounts": Kind("channel", detail={"channel": "string", "status": "string"}),
    "channel_events": Kind("channel_event", parent="channel"),
    "contacts": Kind("contact"),
    "conversation_notes": Kind("note", parent="conversation"),
    "conversations": Kind("conversation", parent="contact"),
    "dead_letters": Kind("dead_letter", parent="conversation"),
    "escalations": Kind("escalation", parent="conversation"),
    "health_alerts": Kind("health_alert", parent="pet"),
    "health_events": Kind("health_event", parent="pet"),
    "imports": Kind("import"),
    "jobs": Kind("job", detail={"kind": "string", "state": "string", "done": "integer", "total": "integer"}),
    "knowledge_documents": Kind("knowledge_document"),
    "knowledge_entries": Kind("knowledge_entry"),
    "leads": Kind("lead", parent="contact"),
    "media": Kind("media", parent="conversation"),
    "memories": Kind("memory", parent="contact"),
    "messages": Kind("message", parent="conversation"),
    "notifications": Kind("notification", parent="conversation"),
    "opening_hours": Kind("opening_hours"),
    "organization_settings": Kind("settings"),
    "pets": Kind("pet", parent="contact"),
    "products": Kind("product"),
    "resources": Kind("resource"),
    "room_types": Kind("room_type"),
    "security_incidents": Kind("incident", parent="conversation"),
    "services": Kind("service"),
    "special_days": Kind("special_day"),
    "staff_members": Kind("staff_member"),
    "staff_tasks": Kind("task", parent="conversation"),
    "stay_activities": Kind("stay_activity", parent="stay"),
    "stay_reports": Kind("stay_report", parent="stay"),
    "stays": Kind("stay", parent="contact"),
    "training_plans": Kind("training_plan", parent="contact"),
    "training_sessions": Kind("training_session", parent="training_plan"),
    "waitlist_entries": Kind("waitlist_entry", parent="contact"),
}


def event_of(change: dict[str, Any]) -> dict[str, Any]:
    """A change as the database tells it, as the panel hears it. One of a table that nobody knows keeps its position."""
    kind = KINDS.get(change["table"])
    noun = kind.noun if kind else change["table"]
    event = {"position": change["position"], "type": f"{noun}.{VERBS[change['operation']]}", "id": change["id"]}
    if kind and kind.parent and "parent" in change:
        event[f"{kind.parent}_id"] = change["parent"]
    return {**event, "at": change["at"], **mapping(change.get("detail", {}))}


def nothing_of(change: dict[str, Any]) -> dict[str, Any]:
    return {"position": change["position"], "type": NOTHING}
