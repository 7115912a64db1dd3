"""the webhook's cold start"""

from bench import instructions
from bench.result import Result


def measure() -> list[Result]:
    floor, ours = instructions.bare_python(), instructions.of_program("webhook")
    shown = instructions.millions(floor), instructions.millions(ours)
    return [Result("B1", "webhook cold / bare python", *shown, [ours / floor], goal=8)]
