"""SQL of claiming: a routine that takes the lease, opens or resumes the turn, and reads what it needs."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from auzap.agent.turn import ACTOR
from auzap.db.connection import Database
from auzap.ids import ConversationId, OrganizationId, TurnId


@dataclass(frozen=True, slots=True)
class Found:
    """What the turn reads, and its shop unless it is known, as JSON; or why there is no turn, and when to look again."""

    refusal: str | None
    again_in: float | None
    known: dict[str, Any]
    shop: str | None


def claim_turn(
    database: Database,
    organization_id: OrganizationId,
    conversation_id: ConversationId,
    token: UUID,
    turn_id: TurnId,
    *,
    lease: timedelta,
    early: timedelta,
    history: int,
    longest: int,
    known_version: int | None,
) -> Found | None:
    return database.call(
        Found,
        """
        SELECT * FROM app.claim_turn(
          %(organization)s, %(actor)s, %(conversation)s, %(token)s, %(turn)s, %(lease)s, %(early)s, %(history)s, %(longest)s,
          %(known_version)s)
        """,
        {
            "organization": organization_id,
            "actor": ACTOR,
            "conversation": conversation_id,
            "token": token,
            "turn": turn_id,
            "lease": lease,
            "early": early,
            "history": history,
            "longest": longest,
            "known_version": known_version,
        },
    )
