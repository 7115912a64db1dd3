"""A street of two shops, a clock that moves by hand, and AuZap's place taken by a scripted server."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from starlette.testclient import TestClient

from local.street.config import Account, ApiUpstream, Customer, StreetConfig, Template
from local.street.street import Street
from tests.unit.scripted_server import Answer, Request, ScriptedServer

SHOP = Account("106540352242922", "102290129340398", "+55 11 4000-1234", "Pet Shop Focinho Feliz", "token-of-the-shop")
OTHER_SHOP = Account("206540352242922", "202290129340398", "+55 21 4000-9999", "Bicho Bom", "token-of-the-other")
OWNER_PHONE = "5511988887777"
MARINA = Customer("Marina Souza", "5511987654321", "BR.1502576394655843")
JOAO = Customer("João Lima", "5511976543210", "BR.2502576394655844")
BIA = Customer("bia.petlover", None, "BR.3502576394655845")
REMINDER = Template("lembrete", "Oi {{1}}, o banho é {{2}}.", buttons=("Confirmar", "Cancelar"))
APP_SECRET = "the app's secret"
VERIFY_TOKEN = "the verify token"


@dataclass
class Clock:
    now: datetime = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@dataclass
class World:
    client: TestClient
    street: Street
    auzap: ScriptedServer
    clock: Clock

    def send(self, payload: dict[str, Any], *, token: str = SHOP.access_token, node: str = SHOP.phone_number_id) -> Any:
        return self.client.post(
            f"/graph/v26.0/{node}/messages", json=payload, headers={"Authorization": f"Bearer {token}"}
        )

    def write(self, **fields: Any) -> dict[str, Any]:
        answer = self.client.post("/street/inbound", json={"from": MARINA.phone, **fields})
        assert answer.status_code == 200, answer.text
        return answer.json()

    def fault(self, **script: Any) -> None:
        assert self.client.post("/street/faults", json=script).status_code == 201

    def told(self) -> list[Request]:
        """The webhooks AuZap was given since the last time somebody asked."""
        with self.auzap.lock:
            requests = list(self.auzap.requests)
            self.auzap.requests.clear()
        return requests

    def deliver(self, after: float = 60) -> list[Request]:
        """What AuZap is told within the next seconds."""
        self.clock.advance(after)
        self.street.deliveries.deliver_due()
        return self.told()

    def statuses(self, after: float = 60) -> list[dict[str, Any]]:
        return [status for webhook in self.deliver(after) for status in values(webhook)[0].get("statuses", [])]

    def answers(self, *statuses: int) -> None:
        """How AuZap answers the next webhooks; the last one for good."""
        self.auzap.script[:] = [Answer(status) for status in statuses]


def values(webhook: Request) -> list[dict[str, Any]]:
    return [change["value"] for entry in webhook.json["entry"] for change in entry["changes"]]


def text(to: str | None = MARINA.phone, body: str = "Oi!", **fields: Any) -> dict[str, Any]:
    return {"messaging_product": "whatsapp", "to": to, "type": "text", "text": {"body": body}, **fields}


def street_config(auzap: ScriptedServer, clock: Clock, **changes: Any) -> StreetConfig:
    fields: dict[str, Any] = {
        "port": 8080,
        "app_secret": APP_SECRET,
        "verify_token": VERIFY_TOKEN,
        "accounts": (SHOP, OTHER_SHOP),
        "owner_phone": OWNER_PHONE,
        "webhook_url": auzap.url + "/webhooks/whatsapp",
        "api": ApiUpstream("127.0.0.1", 1, "api"),
        "customers": (MARINA, JOAO, BIA),
        "templates": (REMINDER,),
        "clock": clock,
    }
    return StreetConfig(**{**fields, **changes})
