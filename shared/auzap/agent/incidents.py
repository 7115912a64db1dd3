"""What guard, gate and tools noticed, kept for staff: which rules, never what was written."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from auzap.db.connection import Tx
from auzap.ids import ConversationId, IncidentId, TurnId

type Kind = Literal[
    "injection_attempt",
    "prompt_leak",
    "off_topic",
    "over_promise",
    "validation_failed",
    "identity_leak",
    "forbidden_call",
]
type Severity = Literal["low", "medium", "high", "critical"]
type Layer = Literal["input", "output", "tool"]
type Action = Literal["flagged", "regenerated", "blocked", "handed_over"]

SEVERITIES: tuple[Severity, ...] = ("low", "medium", "high", "critical")
# This many attempts of one shop's customers within an hour are told to its staff, once an hour.
MANY_ATTEMPTS = 5
MOST_SHOWN = 100


@dataclass(frozen=True, slots=True)
class Noted:
    id: IncidentId
    conversation_id: ConversationId
    kind: Kind
    severity: Severity
    layer: Layer
    action: Action
    rules: list[str]
    created_at: datetime
    resolved_at: datetime | None
    resolved_by: str | None


def worst(severities: Sequence[Severity]) -> Severity:
    return max(severities, key=SEVERITIES.index)


def note(
    tx: Tx,
    conversation_id: ConversationId,
    turn_id: TurnId | None,
    kind: Kind,
    severity: Severity,
    layer: Layer,
    action: Action,
    rules: Sequence[str],
) -> None:
    """Once for a turn, however often it is retried; what more it notices joins the same row."""
    tx.execute(
        """
        INSERT INTO security_incidents AS i (conversation_id, turn_id, kind, severity, layer, action, rules)
        VALUES (%(conversation)s, %(turn)s, %(kind)s, %(severity)s, %(layer)s, %(action)s, %(rules)s)
        ON CONFLICT (organization_id, turn_id, layer, kind, action) WHERE turn_id IS NOT NULL
        DO UPDATE SET rules = ARRAY(SELECT DISTINCT unnest(i.rules || excluded.rules) ORDER BY 1),
          severity = CASE WHEN array_position(%(severities)s, excluded.severity) > array_position(%(severities)s, i.severity)
            THEN excluded.severity ELSE i.severity END
        WHERE NOT i.rules @> excluded.rules
        """,
        {
            "conversation": conversation_id,
            "turn": turn_id,
            "kind": kind,
            "severity": severity,
            "layer": layer,
            "action": action,
            "rules": sorted(set(rules)),
            "severities": [*SEVERITIES],
        },
    )
    if kind == "injection_attempt":
        _tell_of_many(tx)


def page(
    tx: Tx,
    *,
    is_resolved: bool = False,
    kind: Kind | None = None,
    severity: Severity | None = None,
    before: IncidentId | None = None,
    limit: int = MOST_SHOWN,
) -> list[Noted]:
    """What nobody of the shop has looked at yet, or what somebody has; the newest first, from before a known one."""
    return tx.rows(
        Noted,
        """
        SELECT id, conversation_id, kind, severity, layer, action, rules, created_at, resolved_at, resolved_by
        FROM security_incidents
        WHERE (resolved_at IS NOT NULL) = %(resolved)s AND (%(kind)s::text IS NULL OR kind = %(kind)s)
          AND (%(severity)s::text IS NULL OR severity = %(severity)s) AND (%(before)s::uuid IS NULL OR id < %(before)s)
        ORDER BY id DESC LIMIT %(limit)s
        """,
        {"resolved": is_resolved, "kind": kind, "severity": severity, "before": before, "limit": limit},
    ).fetchall()


def resolve(tx: Tx, incident_id: IncidentId) -> bool:
    """Looked at, by the actor of the transaction; who was first stays. Whether there is such a one."""
    resolved = tx.execute(
        """
        UPDATE security_incidents SET resolved_at = coalesce(resolved_at, app.now()),
          resolved_by = coalesce(resolved_by, app.current_actor())
        WHERE id = %s
        """,
        [incident_id],
    )
    return resolved.rowcount == 1


def _tell_of_many(tx: Tx) -> None:
    tx.execute(
        """
        INSERT INTO notifications (kind, level, detail, once_key)
        SELECT 'injection_attempts', 'warning', jsonb_build_object('count', count(*)),
          'injection_attempts:' || to_char(app.now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24')
        FROM security_incidents WHERE kind = 'injection_attempt' AND created_at > app.now() - interval '1 hour'
        HAVING count(*) >= %(many)s AND NOT EXISTS (
          SELECT FROM notifications n WHERE n.kind = 'injection_attempts' AND n.created_at > app.now() - interval '1 hour')
        ON CONFLICT DO NOTHING
        """,
        {"many": MANY_ATTEMPTS},
    )
