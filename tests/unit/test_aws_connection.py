"""Answers read from a socket: the same as http.client reads them, however they are framed and wherever they are cut."""

import http.client
import io
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auzap.aws.connection import LONGEST_HEAD, BadAnswer, HungUp, _read


class Pieces:
    """A socket from which bytes come in the given pieces, and then no more."""

    def __init__(self, pieces: list[bytes]) -> None:
        self.pieces = [piece for piece in pieces if piece]

    def recv(self, _most: int) -> bytes:
        return self.pieces.pop(0) if self.pieces else b""

    def makefile(self, _mode: str) -> io.BytesIO:
        return io.BytesIO(b"".join(self.pieces))


def reading(*pieces: bytes) -> tuple[int, bytes, bool]:
    sock: Any = Pieces(list(pieces))
    status, _, body, is_kept = _read(sock)
    return status, body, is_kept


def read_by_http_client(answer: bytes) -> tuple[int, bytes, bool]:
    sock: Any = Pieces([answer])
    response = http.client.HTTPResponse(sock)
    response.begin()
    return response.status, response.read(), not response.will_close


def cut(answer: bytes, places: list[int]) -> Iterator[bytes]:
    ends = sorted({place % (len(answer) + 1) for place in places} | {len(answer)})
    for start, end in zip([0, *ends], ends, strict=False):
        yield answer[start:end]


def chunked(body: bytes, size: int, extension: bytes) -> bytes:
    chunks = [body[at : at + size] for at in range(0, len(body), size)]
    return b"".join(b"%x%b\r\n%b\r\n" % (len(chunk), extension, chunk) for chunk in chunks) + b"0\r\n\r\n"


BODIES = st.binary(max_size=120) | st.sampled_from([b"", b"\r\n\r\n", b"0\r\n\r\n", b"HTTP/1.1 200 OK\r\n\r\n", b"{}"])
VERSIONS = st.sampled_from([b"HTTP/1.1", b"HTTP/1.0"])
STATUSES = st.sampled_from([200, 204, 301, 304, 400, 403, 500, 503])
CONNECTIONS = st.sampled_from([b"", b"Connection: close\r\n", b"connection:keep-alive\r\n", b"CONNECTION: Close\r\n"])
FRAMES = st.sampled_from(["length", "chunked", "end"])
NOISE = st.sampled_from([b"", b"x-amzn-RequestId: 1\r\n", b"X-Content-Length: 7\r\n", b"Server: content-length: 9\r\n"])


@given(
    version=VERSIONS,
    status=STATUSES,
    connection=CONNECTIONS,
    frame=FRAMES,
    noise=NOISE,
    body=BODIES,
    chunk=st.integers(1, 50),
    extension=st.sampled_from([b"", b";name=value"]),
    places=st.lists(st.integers(0, 1000), max_size=6),
)
def test_an_answer_is_read_as_http_client_reads_it(
    version: bytes,
    status: int,
    connection: bytes,
    frame: str,
    noise: bytes,
    body: bytes,
    chunk: int,
    extension: bytes,
    places: list[int],
) -> None:
    if status in {204, 304}:
        body, frame = b"", "end"
    framing = {
        "length": b"Content-Length: %d\r\n" % len(body),
        "chunked": b"Transfer-Encoding: chunked\r\n",
        "end": b"",
    }
    content = chunked(body, chunk, extension) if frame == "chunked" else body
    answer = b"%b %d Some Reason\r\n%b%b%b\r\n%b" % (version, status, noise, framing[frame], connection, content)

    read = reading(*cut(answer, places))

    known_status, known_body, known_kept = read_by_http_client(answer)
    assert read[:2] == (known_status, known_body) == (status, body)
    # A connection that could be kept may be closed; one that ends must never be kept.
    if not (version == b"HTTP/1.0" and b"keep-alive" in connection):
        assert read[2] == known_kept


@given(places=st.lists(st.integers(0, 1000), max_size=4), at=st.integers(1))
def test_an_answer_that_stops_short_is_no_answer(places: list[int], at: int) -> None:
    for framed in (
        b"Content-Length: 10\r\n\r\n0123456789",
        b"Transfer-Encoding: chunked\r\n\r\n" + chunked(b"abc", 2, b""),
    ):
        answer = b"HTTP/1.1 200 OK\r\n" + framed
        with pytest.raises(BadAnswer):
            reading(*cut(answer[: 1 + at % (len(answer) - 1)], places))


def test_silence_is_a_hang_up() -> None:
    with pytest.raises(HungUp):
        reading()


@pytest.mark.parametrize(
    "answer",
    [
        b"SSH-2.0-OpenSSH\r\n\r\n",
        b"HTTP/2 200 OK\r\n\r\n",
        b"HTTP/1.1 700 Odd\r\n\r\n",
        b"HTTP/1.1 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nTrailer: 1\r\n\r\n",
        # Bytes that nobody asked for would be taken for the next answer.
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}HTTP/1.1 200 OK\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"x: y\r\n" * LONGEST_HEAD,
    ],
    ids=lambda answer: repr(answer)[:40],
)
def test_what_is_no_answer_is_refused(answer: bytes) -> None:
    with pytest.raises(BadAnswer):
        reading(answer)
