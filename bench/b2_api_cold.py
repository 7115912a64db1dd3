"""the API's cold start"""

from bench import instructions
from bench.result import Result


def measure() -> list[Result]:
    floor, ours = instructions.bare_python(), instructions.of_program("api")
    shown = instructions.millions(floor), instructions.millions(ours)
    return [Result("B2", "API cold, all routes / bare python", *shown, [ours / floor], goal=48)]
