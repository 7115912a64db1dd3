"""the consumers' cold starts"""

from bench import constant_server, instructions
from bench.result import Result

COMPLETION = {
    "id": "chatcmpl-1",
    "object": "chat.completion",
    "created": 1,
    "model": "bench",
    "choices": [{"index": 0, "message": {"role": "assistant", "content": "Olá!"}, "finish_reason": "stop"}],
    "usage": {"prompt_tokens": 1000, "completion_tokens": 20, "total_tokens": 1020},
}


def measure() -> list[Result]:
    with constant_server.database() as database, constant_server.http({"completion": COMPLETION}) as model:
        given = {"BENCH_DATABASE_PORT": str(database), "BENCH_MODEL_URL": f"http://127.0.0.1:{model}/v1"}
        return [
            _result("record_message cold, to the first statement", "record_message", given, goal=25),
            _result("answer_conversation cold, to the first model answer", "answer_conversation", given, goal=75),
        ]


def _result(what: str, program: str, given: dict[str, str], *, goal: float) -> Result:
    floor, ours = instructions.bare_python(), instructions.of_program(program, **given)
    shown = instructions.millions(floor), instructions.millions(ours)
    return Result("B3", f"{what} / bare python", *shown, [ours / floor], goal=goal)
