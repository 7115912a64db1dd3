"""Telling staff: once for one occasion, whoever notices it and however often."""

from typing import Any, Literal

from psycopg.types.json import Jsonb

from auzap.db.connection import Tx
from auzap.ids import ConversationId

type Level = Literal["info", "success", "warning", "error"]


def notify(
    tx: Tx,
    kind: str,
    *,
    level: Level = "info",
    once: str | None = None,
    conversation_id: ConversationId | None = None,
    detail: dict[str, Any] | None = None,
) -> None:
    """The panel words it by its kind and detail. `once` names the occasion; without it every call is one."""
    tx.execute(
        """
        INSERT INTO notifications (kind, level, conversation_id, detail, once_key)
        VALUES (%(kind)s, %(level)s, %(conversation)s, %(detail)s, coalesce(%(once)s, gen_random_uuid()::text))
        ON CONFLICT DO NOTHING
        """,
        {"kind": kind, "level": level, "conversation": conversation_id, "detail": Jsonb(detail or {}), "once": once},
    )


def notify_of_act(tx: Tx, kind: str, *, once: str | None = None, detail: dict[str, Any]) -> None:
    """Of what the agent or a program has done; people of the shop know what they did themselves."""
    tx.execute(
        """
        INSERT INTO notifications (kind, detail, once_key)
        SELECT %(kind)s, %(detail)s, coalesce(%(once)s, gen_random_uuid()::text)
        WHERE app.current_actor() = 'agent' OR app.current_actor() LIKE 'key:%%'
        ON CONFLICT DO NOTHING
        """,
        {"kind": kind, "detail": Jsonb(detail), "once": once},
    )
