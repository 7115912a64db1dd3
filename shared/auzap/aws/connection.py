"""HTTP/1.1 to one host over one kept connection, as far as AWS and Meta speak it: http.client costs more than all else we do."""

import functools
import os
import re
import select
import socket
import ssl
import sys
from typing import BinaryIO
from urllib.parse import SplitResult

LONGEST_HEAD = 65_536
STATUS = re.compile(rb"HTTP/1\.([01]) ([1-5]\d\d)\b")
LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*(\d+)[ \t]*(?:\r\n|$)")
CHUNKED = re.compile(rb"\r\ntransfer-encoding:[ \t]*chunked\b")
CLOSES = re.compile(rb"\r\nconnection:[ \t]*close\b")
CHUNK_SIZE = re.compile(rb"([0-9a-fA-F]{1,8})(?:;.*)?")
WITHOUT_BODY = frozenset({204, 304})


class HungUp(ConnectionError):
    """The far side closed the connection without a word."""


class BadAnswer(ConnectionError):
    """What came is not all of an answer, or not HTTP."""


class Connection:
    """`tls`: whom to trust beside Amazon; `most`: the largest body that is taken in."""

    def __init__(
        self, url: SplitResult, timeout: float, *, tls: ssl.SSLContext | None = None, most: int = sys.maxsize
    ) -> None:
        self.sock: socket.socket | None = None
        self._host = url.hostname or ""
        self._port = url.port or (80 if url.scheme == "http" else 443)
        self._timeout = timeout
        self._most = most
        self.tls = None if url.scheme == "http" else tls or _tls()

    def exchange(self, request: bytes, file: BinaryIO | None = None) -> tuple[int, bytes]:
        """Status and body of the answer to a request, with a file behind it. After any failure, to be closed."""
        status, _, body = self.exchange_whole(request, file)
        return status, body

    def exchange_whole(self, request: bytes, file: BinaryIO | None = None) -> tuple[int, bytes, bytes]:
        """The same with the lines of the head between the two."""
        sock = self.sock or self.connect()
        sock.sendall(request)
        if file is not None:
            sock.sendfile(file)
        status, head, body, is_kept = _read(sock, self._most)
        if not is_kept:
            self.close()
        return status, head, body

    def wait_at_most(self, seconds: float) -> None:
        """For each word of the far side, from here on."""
        self._timeout = seconds
        if self.sock is not None:
            self.sock.settimeout(seconds)

    def wake(self) -> None:
        """Connected, and not to a far side that hung up meanwhile."""
        if self.sock is not None and select.select([self.sock], [], [], 0)[0]:
            self.close()
        if self.sock is None:
            self.connect()

    def close(self) -> None:
        if self.sock is not None:
            self.sock.close()
            self.sock = None

    def connect(self) -> socket.socket:
        sock = socket.create_connection((self._host, self._port), self._timeout)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sock = self.tls.wrap_socket(sock, server_hostname=self._host) if self.tls else sock
        return self.sock


@functools.cache
def _tls() -> ssl.SSLContext:
    # Loading the system's whole bundle costs 21 ms; these are the roots that Amazon's endpoints chain to.
    return ssl.create_default_context(cafile=os.path.join(os.path.dirname(__file__), "amazon_roots.pem"))


def _read(sock: socket.socket, most: int = sys.maxsize) -> tuple[int, bytes, bytes, bool]:
    received = sock.recv(65_536)
    if not received:
        raise HungUp
    while (end := received.find(b"\r\n\r\n")) < 0:
        if len(received) > LONGEST_HEAD:
            raise BadAnswer
        received += _more(sock)
    told, body = received[:end], received[end + 4 :]
    head = told.lower()
    found = STATUS.match(received)
    if found is None:
        raise BadAnswer
    status = int(found[2])
    is_kept = found[1] == b"1" and not CLOSES.search(head)
    if status in WITHOUT_BODY:
        return status, told, b"", is_kept
    if CHUNKED.search(head):
        return status, told, _joined_chunks(sock, body, most), is_kept
    if length := LENGTH.search(head):
        return status, told, _exactly(sock, body, _within(int(length[1]), most)), is_kept
    while more := sock.recv(65_536):
        body += more
        _within(len(body), most)
    return status, told, body, False


def _within(length: int, most: int) -> int:
    if length > most:
        raise BadAnswer
    return length


def _joined_chunks(sock: socket.socket, received: bytes, most: int) -> bytes:
    joined = b""
    while True:
        while b"\r\n" not in received:
            received += _more(sock)
        line, _, received = received.partition(b"\r\n")
        size = CHUNK_SIZE.fullmatch(line)
        if size is None:
            raise BadAnswer
        length = int(size[1], 16)
        if length == 0:
            _exactly(sock, received, 2)
            return joined
        _within(len(joined) + length, most)
        while len(received) < length + 2:
            received += _more(sock)
        joined += received[:length]
        received = received[length + 2 :]


def _exactly(sock: socket.socket, received: bytes, length: int) -> bytes:
    while len(received) < length:
        received += _more(sock)
    if len(received) > length:
        raise BadAnswer
    return received


def _more(sock: socket.socket) -> bytes:
    more = sock.recv(65_536)
    if not more:
        raise BadAnswer
    return more
