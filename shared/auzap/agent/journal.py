"""The journal of a turn: written with each effect, replayed by a retry."""

from typing import Any

from psycopg.types.json import Jsonb

from auzap.agent.turn import Progress, Step, Turn, Usage
from auzap.db.connection import Tx
from auzap.errors import StaleTurn


def write(tx: Tx, turn: Turn, steps: list[Step], usage: Usage) -> None:
    """In the transaction of the effect itself, which has already checked that the turn is still ours."""
    written = tx.execute(
        """
        WITH counted AS (
          UPDATE turns SET steps = steps + %(count)s, input_tokens = input_tokens + %(input)s,
            output_tokens = output_tokens + %(output)s, cost_micros = cost_micros + %(cost)s
          WHERE id = %(turn)s AND fence = %(fence)s AND state = 'running' RETURNING OLD.steps AS before
        )
        INSERT INTO turn_steps (turn_id, step, kind, content)
        SELECT %(turn)s, counted.before + written.position, written.kind, written.content
        FROM counted, unnest(%(kinds)s::text[], %(contents)s::jsonb[]) WITH ORDINALITY AS written (kind, content, position)
        """,
        {
            "turn": turn.id,
            "fence": turn.fence,
            "count": len(steps),
            "kinds": [step.kind for step in steps],
            "contents": [Jsonb(step.content) for step in steps],
            "input": usage.input_tokens,
            "output": usage.output_tokens,
            "cost": usage.cost_micros,
        },
    )
    if written.rowcount != len(steps):
        raise StaleTurn
    turn.steps.extend(steps)
    turn.new_steps += len(steps)


def replayed(steps: list[Step]) -> Progress:
    """What the steps of earlier attempts left behind."""
    for step in reversed(steps):
        kept: dict[str, Any] | None = step.content.get("progress")
        if kept is not None:
            return Progress(**kept)
    return Progress()
