"""lists and details of the panel at 1,200,000 messages of 1,000 shops, under row security"""

import json
import re
import statistics
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

from auzap.db.connection import Tx
from bench import panel, town
from bench.panel import Query
from bench.result import Missing, Result
from bench.town import Town

ROUNDS = 25
# Of the messages to the client, those that tell a plan; before it they say how long it took.
PLAN = " plan:\n"
PARTITION = re.compile(r"_\d{4}_\d{2}$")


@dataclass(slots=True)
class Took:
    """Seconds of one query, by who asks, and of `select 1` beside it."""

    floor: list[float] = field(default_factory=list)
    big: list[float] = field(default_factory=list)
    bare: list[float] = field(default_factory=list)
    small: list[float] = field(default_factory=list)
    few: list[float] = field(default_factory=list)


def measure() -> list[Result]:
    with town.both() as (many, few):
        took = {name: _took(query, many, few) for name, query in panel.LISTS.items()}
        scanned = _scanned(many)
    return [
        *(_result(name, each) for name, each in took.items()),
        _worst("with row security / without", took, lambda each: (each.bare, each.big), goal=1.3),
        _worst("shop of 200,000 / of 1,000", took, lambda each: (each.small, each.big), goal=3),
        _worst("among 1,000 shops / among 10", took, lambda each: (each.few, each.small), goal=1.3),
        Result("B6", f"tables read whole: {', '.join(scanned) or 'none'}", "", "", [len(scanned)], goal=0),
    ]


def _took(query: Query, many: Town, few: Town) -> Took:
    """Turn by turn, so that a busy machine disturbs all alike."""
    with ExitStack() as opened:
        big = opened.enter_context(town.asking(many.app, many.big))
        bare = opened.enter_context(town.asking_bare(many, many.big))
        small = opened.enter_context(town.asking(many.app, many.small))
        fewer = opened.enter_context(town.asking(few.app, few.small))
        took = Took()
        turns: list[tuple[list[float], Tx, Callable[[], object]]] = [
            (took.floor, big, lambda: big.execute("SELECT 1").fetchall()),
            (took.big, big, lambda: query(big, many.big)),
            (took.bare, bare, lambda: query(bare, many.big)),
            (took.small, small, lambda: query(small, many.small)),
            (took.few, fewer, lambda: query(fewer, few.small)),
        ]
        for _, _, ask in turns:
            ask()
        for number in range(ROUNDS):
            # Each goes first as often as the others.
            first = number % len(turns)
            for seconds, tx, ask in turns[first:] + turns[:first]:
                before = _cpu(tx)
                ask()
                seconds.append(_cpu(tx) - before)
    return took


def _cpu(tx: Tx) -> float:
    """Seconds that this process and its backend have worked. They work in turn, so that at rest it is the time that passes;
    and on a busy machine others are not counted."""
    ran = Path(f"/proc/{tx.connection.info.backend_pid}/schedstat")
    if not ran.exists():
        raise Missing("B6 needs Linux's /proc")
    return time.process_time() + int(ran.read_text().split()[0]) / 1e9


def _result(name: str, took: Took) -> Result:
    floor = statistics.median(took.floor)
    shown = f"{_microseconds(took.big)} µs, p95 {_microseconds(took.big, last=True)} µs"
    return Result("B6", name, f"{floor * 1e6:.0f} µs", shown, [each / floor for each in took.big], goal=6)


def _worst(
    what: str, took: Mapping[str, Took], sides: Callable[[Took], tuple[list[float], list[float]]], *, goal: float
) -> Result:
    """Of all queries the one that fares worst, by its name."""
    pairs = {name: sides(each) for name, each in took.items()}
    name = max(pairs, key=lambda name: statistics.median(pairs[name][1]) / statistics.median(pairs[name][0]))
    floor, ours = pairs[name]
    shown = f"{_microseconds(floor)} µs", f"{_microseconds(ours)} µs"
    ratio = statistics.median(ours) / statistics.median(floor)
    return Result("B6", f"{what}, the worst: {name}", *shown, [ratio], goal=goal)


def _microseconds(seconds: list[float], *, last: bool = False) -> str:
    return f"{(statistics.quantiles(seconds, n=20)[-1] if last else statistics.median(seconds)) * 1e6:.0f}"


def _scanned(many: Town) -> list[str]:
    """Tables with rows that some plan reads from their beginning to their end."""
    plans: list[str] = []
    with town.asking_for_plans(many, many.big, plans.append) as tx:
        for query in panel.LISTS.values():
            query(tx, many.big)
    found = {name for told in plans if PLAN in told for name in _read_whole(_plan(told))}
    with psycopg.connect(many.admin) as connection:
        full = connection.execute(
            "SELECT relname FROM pg_class WHERE relname = ANY (%s) AND reltuples > 0", [list(found)]
        )
        return sorted({PARTITION.sub("", name) for (name,) in full})


def _plan(told: str) -> dict[str, Any]:
    return json.loads(told.partition(PLAN)[2])["Plan"]


def _read_whole(plan: dict[str, Any]) -> set[str]:
    found = {plan["Relation Name"]} if plan["Node Type"] == "Seq Scan" else set[str]()
    return found.union(*(_read_whole(part) for part in plan.get("Plans", [])))
