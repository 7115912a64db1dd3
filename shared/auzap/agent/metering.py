"""What models cost beside turns, on the shop's meter."""

from auzap.agent.turn import Usage
from auzap.db.connection import Tx


def count(tx: Tx, usage: Usage) -> None:
    tx.execute(
        """
        INSERT INTO usage_counters AS u (day, metric, amount)
        SELECT (app.now() AT TIME ZONE 'UTC')::date, spent.metric, spent.amount
        FROM (VALUES ('model_cost_micros', %(cost)s), ('model_tokens', %(tokens)s)) AS spent (metric, amount)
        WHERE spent.amount > 0
        ON CONFLICT (organization_id, day, metric) DO UPDATE SET amount = u.amount + excluded.amount
        """,
        {"cost": usage.cost_micros, "tokens": usage.input_tokens + usage.output_tokens},
    )


def may_ask(tx: Tx) -> bool:
    """Whether something is left of the day's tokens and of its money."""
    row = tx.execute(
        """
        SELECT least(s.daily_token_cap, s.daily_cost_cap_micros) > 0 AND NOT EXISTS (
          SELECT FROM usage_counters u
          WHERE u.day = (app.now() AT TIME ZONE 'UTC')::date AND u.amount >= CASE u.metric
            WHEN 'model_tokens' THEN s.daily_token_cap WHEN 'model_cost_micros' THEN s.daily_cost_cap_micros END)
        FROM organization_settings s
        """
    ).fetchone()
    return row is not None and row[0]
