"""One GET of a file: from the one machine that was checked, within a time and a size, and nowhere else."""

import hashlib
import io
import socket
import time
from contextlib import closing
from dataclasses import dataclass, field
from http.client import HTTPException, HTTPResponse
from typing import BinaryIO, cast

from auzap import tls
from auzap.media.addresses import Target
from auzap.media.errors import OutOfReach, Refused

PIECE = 65_536


@dataclass(frozen=True, slots=True)
class Content:
    """What a file holds, as a number and a name; and what its server calls it, which proves nothing."""

    size: int
    sha256: bytes
    called: str = field(default="", compare=False)


def download(target: Target, token: str | None, into: BinaryIO, *, most: int, deadline: float) -> Content:
    """Without a token as anybody may have it.

    `deadline` is a moment of time.monotonic(), after which not another byte is waited for.
    """
    try:
        with closing(_connected(target, deadline)) as sock:
            sock.sendall(_request(target, token))
            return _read(sock, into, most=most, deadline=deadline)
    except (OSError, HTTPException) as failed:
        raise OutOfReach(type(failed).__name__) from failed


def _connected(target: Target, deadline: float) -> socket.socket:
    sock = socket.create_connection((target.address, target.port), _left(deadline))
    if target.scheme == "http":
        return sock
    try:
        # The name is what the certificate must be for; the address was found when the name was checked.
        return tls.world().wrap_socket(sock, server_hostname=target.host)
    except BaseException:
        sock.close()
        raise


def _request(target: Target, token: str | None) -> bytes:
    lines = [
        f"GET {target.path} HTTP/1.1",
        f"Host: {target.authority}",
        *([f"Authorization: Bearer {token}"] if token else []),
        # Meta's file servers refuse whoever does not say what he is.
        "User-Agent: AuZap",
        "Accept: */*",
        "Accept-Encoding: identity",
        "Connection: close",
    ]
    return "".join(f"{line}\r\n" for line in [*lines, ""]).encode("ascii")


def _read(sock: socket.socket, into: BinaryIO, *, most: int, deadline: float) -> Content:
    hurried = cast(socket.socket, _Hurried(sock, deadline))
    with closing(HTTPResponse(hurried, method="GET")) as response:
        response.begin()
        if 300 <= response.status < 400:
            raise Refused("redirect")
        if response.status != 200:
            raise OutOfReach(f"status {response.status}")
        return _spool(response, into, most=most)


def _spool(response: HTTPResponse, into: BinaryIO, *, most: int) -> Content:
    told = response.length
    if told is not None and told > most:
        raise Refused("too_large")
    count, digest = 0, hashlib.sha256()
    while piece := response.read1(PIECE):
        count += len(piece)
        if count > most:
            raise Refused("too_large")
        digest.update(piece)
        into.write(piece)
    if told is not None and count < told:
        raise OutOfReach("cut short")
    return Content(count, digest.digest(), response.getheader("Content-Type", ""))


class _Hurried(io.RawIOBase):
    """A socket as http.client reads it, with one deadline over all reads: drop by drop is not faster than that."""

    def __init__(self, sock: socket.socket, deadline: float) -> None:
        self._sock = sock
        self._deadline = deadline

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(self)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # pyright: ignore[reportIncompatibleMethodOverride]
        self._sock.settimeout(_left(self._deadline))
        return self._sock.recv_into(buffer)


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left
