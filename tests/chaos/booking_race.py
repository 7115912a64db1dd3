"""Sixteen processes book, move and cancel on the same two hundred hours: what came of each attempt, and what is wrong then."""

import multiprocessing
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from typing import Any, cast

import psycopg

from auzap.db.connection import Database
from tests import factories, rush
from tests.overbooking import overbooked
from tests.postgres import Place
from tests.rush import Rush

PROCESSES, DAYS = 16, 20
# Of those who find their hour taken, one in so many also asks for others: that takes longer than to book.
ASKING = 20
# A deadlock that a few retries do not end, and a refusal that leaves a customer with nothing.
NEVER = ("refused DeadlockDetected", "refused full, without a word")


def race(place: Place, *, seed: int, attempts: int) -> tuple[dict[str, Any], dict[str, list[str]]]:
    """Its numbers, and what is wrong by the invariant or the goal."""
    with psycopg.connect(place.owner, autocommit=True) as owner, closing(Database(lambda: place.app)) as database:
        crowded = rush.furnish(database, factories.make_organization(owner), days=DAYS, asking=ASKING)
    began = time.monotonic()
    with ProcessPoolExecutor(PROCESSES, mp_context=multiprocessing.get_context("spawn")) as pool:
        running = [pool.submit(_customers, place.app, crowded, seed + number, attempts) for number in range(PROCESSES)]
        outcomes = sum((each.result() for each in running), Counter[str]())
    with psycopg.connect(place.admin) as connection:
        found = overbooked(lambda statement: connection.execute(cast(Any, statement)).fetchall())
    return _numbers(outcomes, time.monotonic() - began), _wrong(outcomes, found)


def _customers(conninfo: str, crowded: Rush, seed: int, attempts: int) -> Counter[str]:
    with closing(Database(lambda: conninfo)) as database:
        return rush.run(crowded, database, seed=seed, attempts=attempts)


def _numbers(outcomes: Counter[str], seconds: float) -> dict[str, Any]:
    others = outcomes["refused full, with others"]
    return {
        "attempts": outcomes.total(),
        **{done: outcomes[done] for done in ("booked", "moved", "cancelled")},
        "refused": sum(count for outcome, count in outcomes.items() if outcome.startswith("refused")),
        "asked_for_others": others + outcomes["refused full, nothing left"],
        "named_others": others,
        "seconds": round(seconds, 1),
        "attempts_per_second": round(outcomes.total() / seconds, 1),
    }


def _wrong(outcomes: Counter[str], found: list[str]) -> dict[str, list[str]]:
    missed = [f"{count} {outcome}" for outcome, count in outcomes.items() if outcome in NEVER]
    missed += [] if outcomes["booked"] and outcomes["refused full, with others"] else [f"no race: {dict(outcomes)}"]
    return ({"I5": found} if found else {}) | ({"G14": missed} if missed else {})
