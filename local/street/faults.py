"""Failures on demand: what the Graph API simulator should do wrong, how often, and to whom."""

import itertools
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from random import Random
from typing import Any


class FaultKind(StrEnum):
    RATE_LIMIT = "rate_limit"
    SERVER_ERROR = "server_error"
    TOKEN_EXPIRED = "token_expired"
    REFUSE = "refuse"
    SLOW = "slow"
    ACCEPT_THEN_TIMEOUT = "accept_then_timeout"
    FAILED_STATUS = "failed_status"
    DROP_STATUS = "drop_status"
    DUPLICATE_STATUS = "duplicate_status"
    REORDER_STATUS = "reorder_status"
    DELAY_STATUS = "delay_status"


# The faults that answer a send with an error, and the error they answer with unless told another.
REFUSALS = {
    FaultKind.RATE_LIMIT: 130429,
    FaultKind.SERVER_ERROR: 131000,
    FaultKind.TOKEN_EXPIRED: 190,
    FaultKind.REFUSE: 131026,
}
FAILED_LATER = 131026
DEFAULT_MILLISECONDS = {
    FaultKind.SLOW: 3_000,
    FaultKind.ACCEPT_THEN_TIMEOUT: 60_000,
    FaultKind.DELAY_STATUS: 5_000,
}


class UnusableFault(Exception):
    """The script names no known fault, or does not say how often."""


@dataclass
class Fault:
    id: int
    kind: FaultKind
    code: int
    milliseconds: int
    times_left: int | None = None
    probability: float | None = None
    # None: everybody, every status.
    to: str | None = None
    status: str | None = None
    dice: Random = field(default_factory=Random, repr=False)

    def happens(self) -> bool:
        if self.times_left is not None:
            self.times_left -= 1
            return True
        return self.probability is not None and self.dice.random() < self.probability

    @property
    def used_up(self) -> bool:
        return self.times_left == 0

    def shown(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if name != "dice" and value is not None}


class Faults:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._numbers = itertools.count(1)
        self._script: list[Fault] = []

    def add(self, script: dict[str, Any]) -> Fault:
        fault = parse(script, next(self._numbers))
        with self._lock:
            self._script.append(fault)
        return fault

    def script(self) -> list[Fault]:
        return list(self._script)

    def clear(self) -> None:
        with self._lock:
            self._script.clear()

    def refusal(self, to: str) -> Fault | None:
        return self._take(lambda fault: fault.kind in REFUSALS, to)

    def on_send(self, kind: FaultKind, to: str) -> Fault | None:
        return self._take(lambda fault: fault.kind is kind, to)

    def on_status(self, kind: FaultKind, to: str, status: str) -> Fault | None:
        return self._take(lambda fault: fault.kind is kind and fault.status in {None, status}, to)

    def _take(self, wanted: Callable[[Fault], bool], to: str) -> Fault | None:
        with self._lock:
            for fault in self._script:
                if wanted(fault) and fault.to in {None, to} and fault.happens():
                    if fault.used_up:
                        self._script.remove(fault)
                    return fault
            return None


def parse(script: dict[str, Any], number: int) -> Fault:
    try:
        kind = FaultKind(script.get("kind", ""))
        fault = Fault(
            id=number,
            kind=kind,
            code=int(script.get("code", REFUSALS.get(kind, FAILED_LATER))),
            milliseconds=int(script.get("milliseconds", DEFAULT_MILLISECONDS.get(kind, 0))),
            probability=float(script["probability"]) if "probability" in script else None,
            times_left=None if "probability" in script else int(script.get("times", 1)),
            to=script.get("to"),
            status=script.get("status"),
            dice=Random(script.get("seed")),
        )
    except (TypeError, ValueError) as error:
        known = ", ".join(FaultKind)
        raise UnusableFault(f"{error}. Known kinds: {known}.") from error
    if fault.times_left is not None and fault.times_left < 1:
        raise UnusableFault("times must be at least 1.")
    return fault
