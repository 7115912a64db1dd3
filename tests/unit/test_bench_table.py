"""The benchmarks' table says which goals are met, and `--check` believes it."""

import pytest

from bench.__main__ import benchmarks
from bench.constant_server import GREETING, database_reply, http_reply
from bench.result import Missing, Result, table

MET = Result("B1", "cold / bare", "10 M", "70 M", [7.0, 9.0, 8.0], goal=8)
MISSED = Result("B4", "warm / floor", "100 µs", "190 µs", [1.4, 1.9, 2.0], goal=1.5)


def test_the_median_is_held_against_the_goal() -> None:
    assert (MET.ratio, MET.is_met) == (8.0, True)
    assert (MISSED.ratio, MISSED.is_met) == (1.9, False)


def test_the_table_shows_ratio_minimum_goal_and_verdict() -> None:
    lines = table([MET, MISSED, Missing("cold starts need valgrind")]).splitlines()

    assert lines[2].split() == ["B1", "cold", "/", "bare", "10", "M", "70", "M", "8.00", "7.00", "≤", "8", "met"]
    assert lines[3].endswith("1.90     1.40  ≤ 1.5  MISSED")
    assert lines[4].startswith("cold starts need valgrind")
    assert lines[4].endswith("NOT MEASURED")


def test_what_was_not_measured_meets_no_goal() -> None:
    assert not Missing("cold starts need valgrind").is_met


def test_every_file_named_for_a_benchmark_can_be_measured() -> None:
    found = benchmarks()

    assert list(found) == sorted(found, key=lambda name: int(name[1:]))
    assert {"B1", "B2", "B3", "B4"} <= found.keys()
    for module in found.values():
        assert callable(module.measure)
        assert module.__doc__


@pytest.mark.parametrize(
    ("received", "reply"),
    [
        (b"", None),
        (b"POST / HTTP/1.1\r\nContent-Length: 2\r\n\r\n{", None),
        (b"POST / HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}", b'"first"'),
        (b"POST / HTTP/1.1\r\nx-amz-target: S.Second\r\ncontent-length: 0\r\n\r\n", b'"second"'),
        (b"POST / HTTP/1.1\r\nX-Amz-Target: S.Unknown\r\nContent-Length: 0\r\n\r\n", b'"first"'),
    ],
)
def test_the_constant_server_answers_whole_requests_by_their_operation(received: bytes, reply: bytes | None) -> None:
    answer = http_reply('{"S.First": "first", "S.Second": "second"}')(received)

    assert answer is None if reply is None else answer and answer.endswith(b"\r\n\r\n" + reply)


def test_the_constant_database_greets_and_takes_no_statement() -> None:
    startup = (9).to_bytes(4) + b"12345"

    assert database_reply(startup[:6]) is None
    assert database_reply(startup) == GREETING
    assert database_reply(b"Q\x00\x00\x00\x0dSELECT 1\x00") == b""
