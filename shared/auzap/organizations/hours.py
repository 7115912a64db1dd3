"""When the shop is open: the week, and the days that are not like their weekday."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, time
from itertools import pairwise

from auzap.db.connection import Tx
from auzap.db.constraints import refused
from auzap.errors import Refusal
from auzap.organizations.shop import Opening


class OverlappingHours(Refusal):
    def __init__(self) -> None:
        super().__init__("Hours of one day do not overlap, and end after they begin. Correct them.")


class UnfitDay(Refusal):
    def __init__(self) -> None:
        super().__init__("A special day has a label of up to 80 characters, and hours or none.")


@dataclass(frozen=True, slots=True)
class Hours:
    """By the clock on the shop's wall."""

    opens: time
    closes: time


@dataclass(frozen=True, slots=True)
class Day:
    """A day that is not like its weekday; without hours it is closed."""

    day: date
    label: str
    hours: list[Hours]


def week(tx: Tx) -> list[Opening]:
    return tx.rows(Opening, "SELECT weekday, opens, closes FROM opening_hours ORDER BY weekday, opens").fetchall()


def set_week(tx: Tx, openings: Sequence[Opening]) -> None:
    """All of it: a weekday that is not named is closed."""
    check((hours.weekday, hours.opens, hours.closes) for hours in openings)
    tx.execute(
        """
        MERGE INTO opening_hours h USING unnest(%s::smallint[], %s::time[], %s::time[]) AS n (weekday, opens, closes)
          ON h.weekday = n.weekday AND h.opens = n.opens
        WHEN MATCHED AND h.closes <> n.closes THEN UPDATE SET closes = n.closes
        WHEN NOT MATCHED BY TARGET THEN INSERT (weekday, opens, closes) VALUES (n.weekday, n.opens, n.closes)
        WHEN NOT MATCHED BY SOURCE THEN DELETE
        """,
        [
            [hours.weekday for hours in openings],
            [hours.opens for hours in openings],
            [hours.closes for hours in openings],
        ],
    )


def special_days(tx: Tx, *, since: date, until: date | None, after: date | None, most: int) -> list[Day]:
    """From that day on, the nearest first."""
    rows = tx.execute(
        """
        SELECT day, min(label), coalesce(array_agg(opens ORDER BY opens) FILTER (WHERE opens IS NOT NULL), '{}'),
          coalesce(array_agg(closes ORDER BY opens) FILTER (WHERE opens IS NOT NULL), '{}')
        FROM special_days
        WHERE day >= %(since)s AND (%(until)s::date IS NULL OR day <= %(until)s) AND (%(after)s::date IS NULL OR day > %(after)s)
        GROUP BY day ORDER BY day LIMIT %(most)s
        """,
        {"since": since, "until": until, "after": after, "most": most},
    )
    return [
        Day(day, label, [Hours(*pair) for pair in zip(opens, closes, strict=True)])
        for day, label, opens, closes in rows
    ]


def set_special_day(tx: Tx, special: Day) -> None:
    """In place of what the day was before."""
    check((0, hours.opens, hours.closes) for hours in special.hours)
    # Of a closed day one row that has no hours.
    opens = [hours.opens for hours in special.hours] or [None]
    closes = [hours.closes for hours in special.hours] or [None]
    with refused(tx, unfit=UnfitDay):
        tx.execute(
            """
            MERGE INTO special_days d USING unnest(%(opens)s::time[], %(closes)s::time[]) AS n (opens, closes)
              -- Nothing opens at the end of a day: it stands for the row that has no hours.
              ON d.day = %(day)s AND coalesce(d.opens, '24:00') = coalesce(n.opens, '24:00')
            WHEN MATCHED AND (d.closes, d.label) IS DISTINCT FROM (n.closes, %(label)s)
              THEN UPDATE SET closes = n.closes, label = %(label)s
            WHEN NOT MATCHED BY TARGET THEN INSERT (day, label, opens, closes) VALUES (%(day)s, %(label)s, n.opens, n.closes)
            WHEN NOT MATCHED BY SOURCE AND d.day = %(day)s THEN DELETE
            """,
            {"day": special.day, "label": special.label, "opens": opens, "closes": closes},
        )


def forget_special_day(tx: Tx, day: date) -> bool:
    """It is like its weekday again; false where it was."""
    return tx.execute("DELETE FROM special_days WHERE day = %s", [day]).rowcount > 0


def check(hours: Iterable[tuple[int, time, time]]) -> None:
    """Each a weekday, and from when until when."""
    ordered = sorted(hours)
    is_backward = any(closes <= opens for _, opens, closes in ordered)
    overlaps = any(
        day == next_day and next_opens < closes for (day, _, closes), (next_day, next_opens, _) in pairwise(ordered)
    )
    if is_backward or overlaps:
        raise OverlappingHours
