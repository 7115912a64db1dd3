"""Open sockets, as API Gateway lets us tell and close them: several at once, each waited for by itself."""

import threading
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote, urlsplit

from auzap.aws.client import AwsClient, AwsError
from auzap.metrics import count

PATIENCE_SECONDS = 2.0
AT_ONCE = 8
GONE, NO_ANSWER = 410, 0


class Sockets:
    """One that hangs holds up a thread, and not the others of its shop: each thread has a client of its own."""

    def __init__(self, url: str, *, patience: float = PATIENCE_SECONDS) -> None:
        self._url = url
        self._path = urlsplit(url).path
        self._patience = patience
        self._clients = threading.local()
        self._threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="socket")

    def tell(self, connection_ids: Iterable[str], frames: Sequence[bytes], *, until: float) -> list[str]:
        """These frames to each in their order; answered are those that are open no more.

        One that takes nothing in time is closed: whoever listens there comes again, and asks for what was missed. So does a
        client that was not told because the moment `until`, of the monotonic clock, had come.
        """

        def tell(connection_id: str) -> bool:
            return self._told(connection_id, frames, until)

        asked = list(connection_ids)
        is_open = self._threads.map(tell, asked)
        return [connection_id for connection_id, stands in zip(asked, is_open, strict=True) if not stands]

    def end(self, connection_ids: Iterable[str], word: bytes, *, until: float) -> None:
        """Closed, after a last word."""

        def end(connection_id: str) -> None:
            if self._told(connection_id, [word], until):
                self._call("DELETE", connection_id)

        list(self._threads.map(end, connection_ids))

    def _told(self, connection_id: str, frames: Sequence[bytes], until: float) -> bool:
        """Whether it is still open."""
        for frame in frames:
            if time.monotonic() > until:
                break
            status = self._call("POST", connection_id, frame)
            if status == NO_ANSWER:
                self._call("DELETE", connection_id)
            if status in {GONE, NO_ANSWER}:
                return False
        return True

    def _call(self, method: str, connection_id: str, body: bytes = b"") -> int:
        try:
            self._client().request(method, f"{self._path}/@connections/{quote(connection_id, safe='')}", body)
        except AwsError as failed:
            if failed.status != GONE:
                count("SocketFailed", status=str(failed.status))
            return failed.status
        return 200

    def _client(self) -> AwsClient:
        if not hasattr(self._clients, "mine"):
            self._clients.mine = AwsClient("execute-api", endpoint=self._url, timeout=self._patience)
        return self._clients.mine
