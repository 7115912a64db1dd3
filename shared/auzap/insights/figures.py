"""Figures by day: those of days that are over are counted once and kept, today's are counted when somebody asks."""

from dataclasses import dataclass
from datetime import date

from auzap.db.connection import Tx

# How many days the nightly count looks back for one that was missed.
LOOKS_BACK = 40


@dataclass(frozen=True, slots=True)
class Figure:
    day: date
    metric: str
    amount: int | None


def count_days(tx: Tx) -> int:
    """Count the days up to yesterday that are not counted yet: how many."""
    counted = tx.execute(
        """
        WITH due AS MATERIALIZED (
          SELECT d.day::date AS day FROM (
            SELECT (app.now() AT TIME ZONE s.time_zone)::date AS today FROM organization_settings s) clock,
            generate_series(clock.today - %(back)s::integer, clock.today - 1, '1 day') AS d (day)
          WHERE d.day::date >= app.first_day()
            AND NOT EXISTS (SELECT FROM daily_figures f WHERE f.day = d.day::date AND f.metric = 'counted')
        )
        INSERT INTO daily_figures (day, metric, amount)
        SELECT due.day, f.metric, f.amount FROM due CROSS JOIN LATERAL app.day_figures(due.day) f
        WHERE f.amount <> 0 ON CONFLICT DO NOTHING RETURNING metric
        """,
        {"back": LOOKS_BACK},
    ).fetchall()
    return sum(metric == "counted" for (metric,) in counted)


def by_day(tx: Tx, since: date, until: date) -> list[Figure]:
    """Of each day, the last one included: what is kept of it, or what it comes to so far. Zeros are not there."""
    return tx.rows(
        Figure,
        """
        WITH open AS MATERIALIZED (
          SELECT d.day::date AS day FROM generate_series(%(since)s::date, %(until)s::date, '1 day') AS d (day)
          WHERE d.day::date >= app.first_day()
            AND NOT EXISTS (SELECT FROM daily_figures f WHERE f.day = d.day::date AND f.metric = 'counted')
        )
        SELECT day, metric, amount FROM daily_figures WHERE day >= %(since)s AND day <= %(until)s
        UNION ALL
        SELECT open.day, f.metric, f.amount FROM open CROSS JOIN LATERAL app.day_figures(open.day) f WHERE f.amount <> 0
        ORDER BY day, metric
        """,
        {"since": since, "until": until},
    ).fetchall()
