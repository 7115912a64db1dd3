"""Webhooks on their way to AuZap: sent when due, and offered again and again until they are taken."""

import heapq
import itertools
import ssl
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx

from local.street.config import StreetConfig
from local.street.webhooks import SIGNATURE_HEADER, sign

# Meta tries again at once, then less and less often, for seven days.
RETRY_SECONDS = (0, 1, 2, 5, 10, 30, 60, 300, 900, 3600)
GIVE_UP_SECONDS = 7 * 24 * 3600
PATIENCE_SECONDS = 10.0
REMEMBERED = 20_000

type Answered = Callable[[int | None], None]


@dataclass(order=True)
class Pending:
    due: float
    order: int
    body: bytes = field(compare=False)
    since: float = field(compare=False)
    attempt: int = field(compare=False, default=0)
    answered: Answered | None = field(compare=False, default=None)


class Deliveries:
    def __init__(self, config: StreetConfig) -> None:
        self._config = config
        # Plain HTTP on loopback: no certificates to load, and none to trust.
        no_tls = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        self._client = httpx.Client(timeout=PATIENCE_SECONDS, trust_env=False, verify=no_tls)
        self._wake = threading.Condition()
        self._order = itertools.count()
        self._pending: list[Pending] = []
        self._stopped = False
        self._thread = threading.Thread(target=self._run, name="street-webhooks", daemon=True)
        self.log: deque[dict[str, Any]] = deque(maxlen=REMEMBERED)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        with self._wake:
            self._stopped = True
            self._wake.notify()
        if self._thread.is_alive():
            self._thread.join(PATIENCE_SECONDS)
        self._client.close()

    def send(self, body: bytes, *, signature: str | None = None) -> int | None:
        """One attempt, now. None where nobody answered."""
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "facebookexternalua",
            SIGNATURE_HEADER: signature or sign(self._config.app_secret, body),
        }
        try:
            status = self._client.post(self._config.webhook_url, content=body, headers=headers).status_code
        except httpx.HTTPError:
            status = None
        self.log.append({"at": self._now(), "status": status, "body": body.decode()})
        return status

    def schedule(self, body: bytes, *, due: float, answered: Answered | None = None) -> None:
        self._put(Pending(due, next(self._order), body, since=due, answered=answered))

    def retry(self, body: bytes, *, answered: Answered | None = None) -> None:
        """Offer again what has just been refused."""
        now = self._now()
        self._put(Pending(now + RETRY_SECONDS[1], next(self._order), body, since=now, attempt=1, answered=answered))

    def deliver_due(self) -> float | None:
        """Send what is due. Returns when the next one is, if any waits."""
        while True:
            with self._wake:
                if self._stopped or not self._pending:
                    return None
                if self._pending[0].due > self._now():
                    return self._pending[0].due
                pending = heapq.heappop(self._pending)
            self._attempt(pending)

    def clear(self) -> None:
        with self._wake:
            self._pending.clear()
        self.log.clear()

    def _attempt(self, pending: Pending) -> None:
        status = self.send(pending.body)
        if pending.answered is not None:
            pending.answered(status)
        if status == 200:
            return
        pause = RETRY_SECONDS[min(pending.attempt, len(RETRY_SECONDS) - 1)]
        pending.due = self._now() + pause
        pending.attempt += 1
        if pending.due < pending.since + GIVE_UP_SECONDS:
            self._put(pending)

    def _put(self, pending: Pending) -> None:
        with self._wake:
            heapq.heappush(self._pending, pending)
            self._wake.notify()

    def _run(self) -> None:
        while not self._stopped:
            next_due = self.deliver_due()
            with self._wake:
                if self._stopped:
                    return
                # Something due earlier may have been put in since: then wait not at all.
                if self._pending and (next_due is None or self._pending[0].due < next_due):
                    continue
                pause = None if next_due is None else max(0.0, next_due - self._now())
                self._wake.wait(pause)

    def _now(self) -> float:
        return self._config.clock().timestamp()
