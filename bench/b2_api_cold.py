"""the API's cold start, to the part of it that is asked for"""

from bench import instructions
from bench.result import Result

PROGRAMS = {
    "api": "API cold, to signing in / bare python",
    "api_largest": "API cold, to its largest part / bare python",
}


def measure() -> list[Result]:
    floor = instructions.bare_python()
    return [_of(program, what, floor) for program, what in PROGRAMS.items()]


def _of(program: str, what: str, floor: int) -> Result:
    ours = instructions.of_program(program)
    return Result("B2", what, instructions.millions(floor), instructions.millions(ours), [ours / floor], goal=48)
