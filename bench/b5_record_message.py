"""record_message, warm: one message of a known customer against `select 1`"""

import json
import statistics
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from auzap.channels.whatsapp import inbound
from auzap.channels.whatsapp.inbound import InboundMessage
from auzap.channels.whatsapp.webhook import sort
from auzap.conversations import recording
from auzap.db.connection import Database
from bench import delayed, shop
from bench.interleaved import ROUNDS, compare
from bench.result import Missing, Result

WAITS = (5, 25)
TIMED = 25
CALLS = 200
# Made before the clock runs: reading a webhook is not what is measured.
PREPARED = (ROUNDS + 1) * CALLS


def measure() -> list[Result]:
    with shop.opened() as opened:
        return [_round_trips(opened), _client_cpu(opened), _backend_cpu(opened)]


def _client_cpu(opened: shop.Shop) -> Result:
    measured = compare(
        lambda: opened.database.lookup("SELECT 1"), _recording(opened, opened.database, PREPARED), calls=CALLS
    )
    shown = f"{measured.floor_us:.0f} µs", f"{measured.ours_us:.0f} µs"
    return Result("B5", "record_message, CPU of the client / select 1", *shown, measured.ratios, goal=5)


def _backend_cpu(opened: shop.Shop) -> Result:
    ((backend,),) = opened.database.lookup("SELECT pg_backend_pid()")
    ran = Path(f"/proc/{backend}/schedstat")
    if not ran.exists():
        raise Missing("B5's backend CPU needs Linux's /proc")
    measured = compare(
        lambda: opened.database.lookup("SELECT 1"),
        _recording(opened, opened.database, PREPARED),
        calls=CALLS,
        cpu=lambda: int(ran.read_text().split()[0]) / 1e9,
    )
    shown = f"{measured.floor_us:.0f} µs", f"{measured.ours_us:.0f} µs"
    return Result("B5", "record_message, CPU of the backend / select 1", *shown, measured.ratios, goal=12)


def _round_trips(opened: shop.Shop) -> Result:
    floor = _slope(opened, lambda far: lambda: far.lookup("SELECT 1"))
    ours = _slope(opened, lambda far: _recording(opened, far, TIMED + 1))
    shown = f"{floor:.2f}", f"{ours:.2f}"
    return Result("B5", "record_message, round trips / select 1", *shown, [ours / floor], goal=2)


def _slope(opened: shop.Shop, work: Callable[[Database], Callable[[], object]]) -> float:
    """Round trips: by how much more a call takes for each millisecond that everything waits on its way."""
    took: list[float] = []
    for wait in WAITS:
        with delayed.relay(opened.place.app, milliseconds=wait) as conninfo, closing(Database(lambda: conninfo)) as far:
            call = work(far)
            call()
            took.append(statistics.median(_milliseconds(call) for _ in range(TIMED)))
    return (took[1] - took[0]) / (WAITS[1] - WAITS[0])


def _milliseconds(call: Callable[[], object]) -> float:
    started = time.perf_counter()
    call()
    return (time.perf_counter() - started) * 1000


def _recording(opened: shop.Shop, database: Database, times: int) -> Callable[[], None]:
    messages = iter([_message(opened) for _ in range(times)])

    def record() -> None:
        assert recording.record(database, next(messages)).is_new

    return record


def _message(opened: shop.Shop) -> InboundMessage:
    (entry,) = sort(json.loads(opened.webhook("bench")["body"]), received_at=int(time.time() * 1000)).inbound
    return inbound.read(json.loads(entry["body"]))
