"""Our own code, broken on purpose in one place: what a checker is for, it must find."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Mutant:
    breaks: str
    mutate: Callable[[], None] = lambda: None


MUTANTS: dict[str, Mutant] = {}
