"""What lies outside our walls when a message is sent: the Graph API and KMS, on one loopback server."""

import base64
import functools
import hashlib
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from uuid import UUID, uuid4

import pytest

from auzap.aws.client import AwsClient
from auzap.channels import credentials
from auzap.channels.whatsapp import graph
from auzap.channels.whatsapp.graph import Graph
from auzap.db.connection import Tx
from auzap.ids import OrganizationId

WRAPPED = b"wrapped:"


class HungUp(Exception):
    """The request was read, and the connection ends without an answer."""


@dataclass
class Outside:
    url: str
    clients: dict[int, AwsClient]
    # Every message the Graph API was asked to send, whatever became of it.
    asked: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    # What happens to the next ones, in order; then all are accepted.
    script: list[Callable[[], tuple[int, dict[str, Any]]]] = field(default_factory=list)
    on_send: Callable[[], None] = lambda: None

    @property
    def texts(self) -> list[str]:
        return [message["text"]["body"] for message in self.asked if message["type"] == "text"]

    def graph(self, sandbox: int = 1) -> Graph:
        """The kept connection of a sandbox; a timeout of its own tells it from those of other sandboxes."""
        return Graph(f"{self.url}/v26.0", timeout=5 + sandbox)

    def kms(self, sandbox: int = 1) -> AwsClient:
        return self.clients[sandbox]

    def send(self, message: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        self.asked.append(message)
        self.on_send()
        return self.script.pop(0)() if self.script else accepted()


def accepted() -> tuple[int, dict[str, Any]]:
    return 200, {"messages": [{"id": f"wamid.{uuid4().hex}"}]}


def accepted_as(wamid: str) -> Callable[[], tuple[int, dict[str, Any]]]:
    return lambda: (200, {"messages": [{"id": wamid}]})


def refused(code: int, status: int = 400) -> Callable[[], tuple[int, dict[str, Any]]]:
    return lambda: (status, {"error": {"code": code, "message": "refused"}})


def hung_up() -> tuple[int, dict[str, Any]]:
    raise HungUp


def data_key(organization_id: UUID) -> bytes:
    return hashlib.sha256(organization_id.bytes).digest()


def give_credentials(tx: Tx) -> None:
    """The shop's token, sealed under its data key."""
    organization_id = OrganizationId(tx.organization_id)
    token = credentials.sealed(data_key(organization_id), organization_id, "token")
    tx.execute("INSERT INTO organization_keys (wrapped_key) VALUES (%s)", [WRAPPED + organization_id.bytes])
    tx.execute("UPDATE channel_accounts SET credentials = %s", [token])


def unwrap(asked: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    """As KMS does it: only under the encryption context under which the key was wrapped."""
    organization_id = UUID(asked["EncryptionContext"]["organization_id"])
    if base64.b64decode(asked["CiphertextBlob"]) != WRAPPED + organization_id.bytes:
        return 400, {"__type": "InvalidCiphertextException"}
    return 200, {"Plaintext": base64.b64encode(data_key(organization_id)).decode()}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    outside: Outside

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        try:
            status, answer = unwrap(asked) if self.headers.get("X-Amz-Target") else self.outside.send(asked)
        except HungUp:
            self.close_connection = True
            return
        content = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name the base class gave it
        """Nothing: a test shows what it asserts."""


SANDBOXES = (1, 2, 3, 4)


@contextmanager
def serving() -> Iterator[Callable[[], Outside]]:
    """A server for as long as it is needed, its connections kept beside those of others; each test starts with a fresh outside."""

    class Here(Handler):
        pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Here)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    url = f"http://127.0.0.1:{server.server_port}"
    clients = {sandbox: AwsClient("kms", region="sa-east-1", endpoint=url) for sandbox in SANDBOXES}

    def fresh() -> Outside:
        Here.outside = Outside(url, clients)
        return Here.outside

    kept_here = functools.cache(graph._connection.__wrapped__)
    try:
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(graph, "_connection", kept_here)
            yield fresh
    finally:
        for sandbox, client in clients.items():
            client._connection.close()
            kept_here("http", f"127.0.0.1:{server.server_port}", fresh().graph(sandbox).timeout).close()
        server.shutdown()
        thread.join()
        server.server_close()
