"""What somebody outside sees of the deployed stack: the phone, the webhook address, and the shop's database."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx
import psycopg

PATIENCE = 60.0


@dataclass(frozen=True)
class Outside:
    endpoints: dict[str, Any]
    http: httpx.Client = field(default_factory=lambda: httpx.Client(timeout=30, trust_env=False))

    def writes(self, phone: str, text: str, **more: Any) -> dict[str, Any]:
        """A customer writes a text; what the webhook answered."""
        return self.sends({"from": phone, "kind": "text", "text": text, **more})

    def sends(self, fields: dict[str, Any]) -> dict[str, Any]:
        answer = self.http.post(f"{self.endpoints['front_door']}/street/inbound", json=fields)
        answer.raise_for_status()
        return answer.json()

    def replies(self, phone: str) -> list[dict[str, Any]]:
        """What the shop said on this customer's phone, in order."""
        phone_screen = self.http.get(f"{self.endpoints['front_door']}/street/chats").json()
        digits = phone.removeprefix("+")
        chats = {chat["id"] for chat in phone_screen["chats"] if chat["phone"] == digits}
        said = [m for m in phone_screen["messages"] if m["chat_id"] in chats and m["sender"] == "shop"]
        return sorted(said, key=lambda message: message["at"])

    def next_reply(self, phone: str, *, after: int) -> dict[str, Any]:
        return wait_for(lambda: self.replies(phone)[after : after + 1] or None, f"reply {after + 1} to {phone}")[0]

    def rows(self, query: str, parameters: Any = None) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.endpoints["database_admin_url"]) as connection:
            return connection.execute(query.encode(), parameters).fetchall()


def words(message: dict[str, Any]) -> str:
    body = message["content"]["body"]
    return body["text"] if message["kind"] == "interactive" else body


def wait_for[Found](look: Callable[[], Found | None], what: str, *, seconds: float = PATIENCE) -> Found:
    deadline = time.monotonic() + seconds
    while (found := look()) is None:
        assert time.monotonic() < deadline, f"waited {seconds:g} s for {what}"
        time.sleep(0.1)
    return found
