"""What the street is told when it starts: the shops' accounts, the people, and where AuZap listens."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

HOST = "127.0.0.1"


def digits(phone: str) -> str:
    """A phone number as WhatsApp's ids have it."""
    return "".join(filter(str.isdigit, phone))


@dataclass(frozen=True)
class Account:
    """A WhatsApp business number of a shop."""

    phone_number_id: str
    waba_id: str
    display_phone: str
    shop_name: str
    access_token: str

    @property
    def digits(self) -> str:
        return digits(self.display_phone)


@dataclass(frozen=True)
class PastMessage:
    """A message the shop already has in its inbox when the street starts."""

    id: str
    at: datetime
    text: str
    from_shop: bool = False


@dataclass(frozen=True)
class Customer:
    """A person with a chat on the phone; one without a phone number is known by the BSUID only."""

    name: str
    phone: str | None
    bsuid: str
    history: tuple[PastMessage, ...] = ()


@dataclass(frozen=True)
class Template:
    """A message template at Meta. `{{1}}` in the body is a parameter, and so is `{{name}}`."""

    name: str
    body: str
    language: str = "pt_BR"
    category: str = "utility"
    buttons: tuple[str, ...] = ()
    status: str = "APPROVED"


@dataclass(frozen=True)
class ApiUpstream:
    """The APIs inside the emulator, which tells them apart by the Host header, or by the path of its own that is theirs."""

    host: str
    port: int
    api_id: str
    realtime_id: str = ""

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"

    @property
    def sockets_url(self) -> str:
        return f"ws://{self.host}:{self.port}/_aws/execute-api/{self.realtime_id}/realtime"

    @property
    def host_header(self) -> str:
        return f"{self.api_id}.execute-api.localhost:{self.port}"


def system_clock() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class StreetConfig:
    port: int
    app_secret: str
    verify_token: str
    accounts: tuple[Account, ...]
    owner_phone: str
    webhook_url: str
    api: ApiUpstream
    owner_name: str = "Dona da loja"
    customers: tuple[Customer, ...] = ()
    templates: tuple[Template, ...] = ()
    # Without a journal the chats are forgotten when the street stops.
    journal: Path | None = None
    # How long the customer's phone takes to receive what the shop sent.
    delivery_seconds: float = 0.6
    clock: Callable[[], datetime] = field(default=system_clock, compare=False)

    @property
    def base_url(self) -> str:
        return f"http://{HOST}:{self.port}"


def read(path: Path) -> StreetConfig:
    """The configuration from a JSON file with the fields of StreetConfig."""
    fields: dict[str, Any] = json.loads(path.read_text())
    fields["accounts"] = tuple(Account(**account) for account in fields["accounts"])
    fields["customers"] = tuple(_customer(customer) for customer in fields.get("customers", []))
    fields["templates"] = tuple(_template(template) for template in fields.get("templates", []))
    fields["api"] = ApiUpstream(**fields["api"])
    if fields.get("journal"):
        fields["journal"] = Path(fields["journal"])
    return StreetConfig(**fields)


def _customer(fields: dict[str, Any]) -> Customer:
    history = tuple(
        PastMessage(**{**past, "at": datetime.fromisoformat(past["at"])}) for past in fields.get("history", [])
    )
    return Customer(**{**fields, "history": history})


def _template(fields: dict[str, Any]) -> Template:
    return Template(**{**fields, "buttons": tuple(fields.get("buttons", []))})
