"""The end of a turn: reply, hand-off, accounts and lease, in one round trip."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal

from psycopg.types.json import Jsonb

from auzap.agent.reply import Reply
from auzap.agent.turn import ACTOR, Said, Turn, Usage
from auzap.db.locks import lock_conversation
from auzap.turns.claiming import said


@dataclass(frozen=True, slots=True)
class Ended:
    """`replied`, `joined` (more was said, which must be read first), or `superseded` (no longer ours to answer)."""

    outcome: Literal["replied", "joined", "superseded"]
    newer: list[Said]
    remain: bool


def finish(turn: Turn, reply: Reply, usage: Usage, *, join: bool) -> Ended:
    """With `join`, messages that arrived since the claim stop the reply, and are returned to be read."""
    with turn.database.batch(turn.shop.organization_id, ACTOR) as tx:
        lock_conversation(tx, turn.conversation_id)
        ended = tx.execute(
            """
            WITH mine AS (
              SELECT c.id FROM conversations c
              WHERE c.id = %(conversation)s AND c.fence = %(fence)s AND c.lease_token = %(token)s AND c.state = 'ai'
            ), newer AS (
              SELECT m.* FROM messages m, mine
              WHERE m.conversation_id = mine.id AND m.awaits_answer AND m.turn_id IS NULL AND m.id <> ALL (%(read)s::uuid[])
            ), go AS (
              SELECT mine.id FROM mine WHERE NOT %(join)s OR NOT EXISTS (SELECT FROM newer)
            ), extended AS (
              UPDATE turns SET message_ids = %(read)s::uuid[] || ARRAY(SELECT id FROM newer ORDER BY provider_at, id)
              FROM mine WHERE turns.id = %(turn)s AND NOT EXISTS (SELECT FROM go)
            ), sent AS (
              INSERT INTO outbox (conversation_id, turn_id, kind, author, content, due_at)
              SELECT go.id, %(turn)s, %(kind)s, 'bot', %(content)s, app.now() + %(delay)s FROM go RETURNING id
            ), written AS (
              INSERT INTO messages (conversation_id, sender, kind, text, details, provider_at, turn_id, outbox_id, delivery)
              SELECT go.id, 'agent', 'text', %(text)s, %(content)s, app.now(), %(turn)s, sent.id, 'queued' FROM go, sent
            ), answered AS (
              UPDATE messages m SET turn_id = %(turn)s FROM go WHERE m.id = ANY (%(read)s::uuid[])
            ), closed AS (
              UPDATE turns SET state = %(state)s, intent = %(intent)s, confidence = %(confidence)s, outcome = %(outcome)s,
                finished_at = app.now(), input_tokens = input_tokens + %(input)s,
                output_tokens = output_tokens + %(output)s, cost_micros = cost_micros + %(cost)s
              FROM go WHERE turns.id = %(turn)s
            ), task AS (
              INSERT INTO staff_tasks (conversation_id, kind, detail)
              SELECT go.id, %(task)s, %(handoff)s FROM go WHERE %(handoff)s::text IS NOT NULL
            ), released AS (
              UPDATE conversations c SET lease_token = NULL, lease_until = NULL, last_message_at = app.now(),
                state = CASE WHEN %(handoff)s::text IS NULL THEN 'ai' ELSE 'waiting_human' END,
                handoff_reason = coalesce(%(handoff)s, c.handoff_reason),
                handoff_at = CASE WHEN %(handoff)s::text IS NULL THEN c.handoff_at ELSE app.now() END,
                answer_at = CASE WHEN EXISTS (SELECT FROM newer) THEN app.now() END
              FROM go WHERE c.id = go.id
            )
            SELECT
              CASE WHEN EXISTS (SELECT FROM go) THEN 'replied' WHEN EXISTS (SELECT FROM mine) THEN 'joined' ELSE 'superseded' END,
              (SELECT coalesce(jsonb_agg(jsonb_build_object(
                'id', n.id, 'sender', n.sender, 'kind', n.kind, 'text', n.text, 'reply_id', n.details ->> 'reply_id',
                'provider_id', n.provider_id, 'provider_at', n.provider_at, 'recorded_at', n.recorded_at)
                ORDER BY n.provider_at, n.id), '[]') FROM newer n)
            """,
            {
                "conversation": turn.conversation_id,
                "fence": turn.fence,
                "token": turn.lease_token,
                "turn": turn.id,
                "read": [message.id for message in turn.unanswered],
                "join": join,
                "kind": reply.kind,
                "content": Jsonb(reply.content),
                "text": reply.content["text"],
                "delay": turn.shop.human_delay if reply.kind == "reply" else timedelta(0),
                "state": "gave_up" if reply.task == "gave_up" else "answered",
                "intent": reply.intent,
                "confidence": reply.confidence,
                "outcome": reply.handoff_reason or "replied",
                "handoff": reply.handoff_reason,
                "task": reply.task,
                "input": usage.input_tokens,
                "output": usage.output_tokens,
                "cost": usage.cost_micros,
            },
        )
        _drop_if_taken(tx, turn)
    row = ended.fetchone()
    if row is None:
        raise RuntimeError("a finish without an outcome")
    newer = [said(message) for message in row[1]]
    return Ended(row[0], newer, remain=row[0] == "replied" and bool(newer) and reply.handoff_reason is None)


def release(turn: Turn, *, after: timedelta) -> None:
    """Give the conversation back unfinished: a retry replays the journal and goes on from there."""
    with turn.database.batch(turn.shop.organization_id, ACTOR) as tx:
        tx.execute(
            """
            UPDATE conversations SET lease_token = NULL, lease_until = NULL, answer_at = app.now() + %(after)s
            WHERE id = %(conversation)s AND fence = %(fence)s AND lease_token = %(token)s
            """,
            {"conversation": turn.conversation_id, "fence": turn.fence, "token": turn.lease_token, "after": after},
        )


def _drop_if_taken(tx: Any, turn: Turn) -> None:
    """A person took over while the agent thought: the turn ends, and its messages stay theirs to answer."""
    tx.execute(
        """
        WITH taken AS (
          UPDATE conversations SET lease_token = NULL, lease_until = NULL
          WHERE id = %(conversation)s AND fence = %(fence)s AND lease_token = %(token)s AND state <> 'ai' RETURNING id
        )
        UPDATE turns SET state = 'dropped', outcome = 'taken_over', finished_at = app.now()
        FROM taken WHERE turns.id = %(turn)s AND turns.state = 'running'
        """,
        {
            "conversation": turn.conversation_id,
            "fence": turn.fence,
            "token": turn.lease_token,
            "turn": turn.id,
        },
    )
