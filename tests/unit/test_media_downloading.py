"""A download against servers that lie, drip, hang, redirect and break off."""

import datetime
import hashlib
import io
import socket
import ssl
import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from auzap import tls
from auzap.media.addresses import Target
from auzap.media.downloading import Content, download
from auzap.media.errors import OutOfReach, Refused
from tests.unit.scripted_server import Answer, Hangs, HangsUp, ScriptedServer, scripted

HOST = "lookaside.fbsbx.com"
FILE = b"a photo of Mel" * 10_000

type Answerer = Callable[[socket.socket], None]


def at(port: int, *, scheme: str = "http", path: str = "/x?mid=1") -> Target:
    return Target(scheme, HOST, port, "127.0.0.1", path)


def port_of(server: ScriptedServer) -> int:
    return int(server.url.rsplit(":", 1)[1])


def fetched(port: int, *, most: int = 1_000_000, seconds: float = 5, scheme: str = "http") -> tuple[Content, bytes]:
    into = io.BytesIO()
    content = download(at(port, scheme=scheme), "token", into, most=most, deadline=time.monotonic() + seconds)
    return content, into.getvalue()


@contextmanager
def answering(answer: Answerer, *, wrap: Callable[[socket.socket], socket.socket] | None = None) -> Generator[int]:
    """A server of one connection that answers as it likes."""

    def serve() -> None:
        accepted, _ = listening.accept()
        with accepted:
            try:
                far = wrap(accepted) if wrap else accepted
                with far:
                    far.recv(65_536)
                    answer(far)
            except OSError:
                # Whoever asked has left.
                return

    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = threading.Thread(target=serve)
        server.start()
        try:
            yield listening.getsockname()[1]
        finally:
            server.join()


def test_a_file_comes_whole_with_its_size_and_its_hash() -> None:
    with scripted(Answer(body=FILE)) as server:
        content, came = fetched(port_of(server))

    (request,) = server.requests
    assert came == FILE
    assert content == Content(len(FILE), hashlib.sha256(FILE).digest())
    assert (request.method, request.path) == ("GET", "/x?mid=1")
    assert request.headers["Authorization"] == "Bearer token"
    assert request.headers["Host"] == f"{HOST}:{port_of(server)}"
    assert request.headers["User-Agent"]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(status: int) -> None:
    elsewhere = Answer(status, b"", {"Location": "http://169.254.169.254/latest/meta-data/"})
    with scripted(elsewhere) as server, pytest.raises(Refused) as refused:
        fetched(port_of(server))

    assert refused.value.reason == "redirect"
    assert len(server.requests) == 1


@pytest.mark.parametrize("status", [204, 400, 401, 403, 404, 410, 429, 500, 503])
def test_an_error_is_for_later(status: int) -> None:
    with scripted(Answer(status, b"")) as server, pytest.raises(OutOfReach):
        fetched(port_of(server))


def test_a_file_that_says_it_is_too_large_is_not_read() -> None:
    into = io.BytesIO()
    with scripted(Answer(body=FILE)) as server, pytest.raises(Refused) as refused:
        download(at(port_of(server)), "token", into, most=len(FILE) - 1, deadline=time.monotonic() + 5)

    assert refused.value.reason == "too_large"
    assert into.getvalue() == b""


@pytest.mark.parametrize("framing", ["chunked", "until the end"])
def test_a_file_that_does_not_say_its_size_is_cut_off_at_the_limit(framing: str) -> None:
    def endless(far: socket.socket) -> None:
        head = "Transfer-Encoding: chunked\r\n" if framing == "chunked" else ""
        far.sendall(f"HTTP/1.1 200 OK\r\n{head}\r\n".encode())
        piece = b"x" * 1000
        for _ in range(100_000):
            far.sendall(b"3e8\r\n" + piece + b"\r\n" if framing == "chunked" else piece)

    into = io.BytesIO()
    with answering(endless) as port, pytest.raises(Refused) as refused:
        download(at(port), "token", into, most=50_000, deadline=time.monotonic() + 5)

    assert refused.value.reason == "too_large"
    assert len(into.getvalue()) <= 50_000


def test_a_file_of_exactly_the_limit_comes() -> None:
    with scripted(Answer(body=FILE)) as server:
        assert fetched(port_of(server), most=len(FILE))[1] == FILE


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n64\r\nhalf",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"SSH-2.0-OpenSSH_9.9\r\n",
        b"",
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200 + b"\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"y" * 70_000 + b"\r\n\r\n",
    ],
)
def test_an_answer_that_is_not_whole_is_for_later(answer: bytes) -> None:
    with answering(lambda far: far.sendall(answer)) as port, pytest.raises(OutOfReach):
        fetched(port)


@pytest.mark.parametrize("line", [Hangs(), HangsUp()])
def test_a_server_that_says_nothing_is_for_later(line: Hangs | HangsUp) -> None:
    with scripted(line) as server, pytest.raises(OutOfReach):
        fetched(port_of(server), seconds=0.05)


@pytest.mark.parametrize(
    "beginning", [b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n"], ids=["head", "body"]
)
def test_drop_by_drop_is_no_way_around_the_deadline(beginning: bytes) -> None:
    left = threading.Event()

    def drip(far: socket.socket) -> None:
        far.sendall(beginning)
        while not left.wait(0.005):
            far.sendall(b"x")

    with answering(drip) as port:
        began = time.monotonic()
        with pytest.raises(OutOfReach):
            fetched(port, seconds=0.2)
        taken = time.monotonic() - began
        left.set()

    assert taken >= 0.2
    assert taken < 3


def test_nobody_listening_is_for_later() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]

    with pytest.raises(OutOfReach):
        fetched(port)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of lookaside.fbsbx.com, by nobody whom the world knows."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
    now = datetime.datetime.now(datetime.UTC)
    day = datetime.timedelta(days=1)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - day)
        .not_valid_after(now + day)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("certificate") / "both.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return path


@pytest.fixture
def with_tls(certificate: Path) -> Callable[[socket.socket], socket.socket]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return lambda accepted: context.wrap_socket(accepted, server_side=True)


def whole(far: socket.socket) -> None:
    far.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfile")


def test_a_certificate_that_the_world_does_not_know_is_refused(
    with_tls: Callable[[socket.socket], socket.socket],
) -> None:
    with answering(whole, wrap=with_tls) as port, pytest.raises(OutOfReach) as failed:
        fetched(port, scheme="https")

    assert failed.value.reason == "SSLCertVerificationError"


def test_the_checked_address_is_connected_to_and_the_certificate_is_of_the_name(
    with_tls: Callable[[socket.socket], socket.socket], certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tls, "world", lambda: ssl.create_default_context(cafile=str(certificate)))

    with answering(whole, wrap=with_tls) as port:
        assert fetched(port, scheme="https")[1] == b"file"
    with answering(whole, wrap=with_tls) as port:
        impostor = Target("https", "graph.facebook.com", port, "127.0.0.1", "/x")
        with pytest.raises(OutOfReach):
            download(impostor, "token", io.BytesIO(), most=100, deadline=time.monotonic() + 5)
