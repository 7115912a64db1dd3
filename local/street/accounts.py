"""The shops' numbers as Meta sees them: tokens, registration and health."""

import hmac
from typing import Any

from local.street.config import Account, StreetConfig
from local.street.graph_errors import GraphError

HEALTHY: dict[str, Any] = {
    "quality_rating": "GREEN",
    "status": "CONNECTED",
    "code_verification_status": "VERIFIED",
    "throughput": {"level": "STANDARD"},
    "platform_type": "CLOUD_API",
    "is_on_biz_app": False,
    "name_status": "APPROVED",
    "whatsapp_business_manager_messaging_limit": "TIER_2K",
    "is_pin_enabled": True,
}
# What the Graph API tells elsewhere than among a number's fields, and the PIN, which it never tells.
ASIDE: dict[str, Any] = {"subscribed": True, "token_expires_at": 0, "pin": None}
# Our app at Meta.
APP_ID = "1000000000000001"
# A signup of a number ends with a code that begins so, names the number, and is good once.
CODE = "signup-"
DEFAULT_FIELDS = ("verified_name", "display_phone_number", "quality_rating")


class Accounts:
    def __init__(self, config: StreetConfig) -> None:
        self._config = config
        self._accounts = {account.phone_number_id: account for account in config.accounts}
        self.reset()

    def reset(self) -> None:
        self._health = {phone_number_id: dict(HEALTHY) for phone_number_id in self._accounts}
        self._aside = {phone_number_id: dict(ASIDE) for phone_number_id in self._accounts}
        self._used: set[str] = set()

    @property
    def first(self) -> Account:
        return self._config.accounts[0]

    def get(self, phone_number_id: str) -> Account | None:
        return self._accounts.get(phone_number_id)

    def authenticate(self, authorization: str, node_id: str) -> Account:
        """The account that owns this node, if the token is its own. Tokens are looked at first, as at Meta."""
        token = authorization.removeprefix("Bearer ").encode()
        holders = [held for held in self._config.accounts if hmac.compare_digest(held.access_token.encode(), token)]
        if not holders:
            raise GraphError(190, "The access token is not valid")
        for account in holders:
            if node_id in {account.phone_number_id, account.waba_id}:
                return account
        raise GraphError(100, f"Object with ID '{node_id}' does not exist", subcode=33)

    def authenticated(self, authorization: str) -> Account:
        """Some account this token belongs to."""
        token = authorization.removeprefix("Bearer ").encode()
        for account in self._config.accounts:
            if hmac.compare_digest(account.access_token.encode(), token):
                return account
        raise GraphError(190, "The access token is not valid")

    def require_registered(self, account: Account) -> None:
        if self._health[account.phone_number_id]["status"] != "CONNECTED":
            raise GraphError(133010, "The number is not registered on the Cloud API")

    def change_health(self, account: Account, changes: dict[str, Any]) -> dict[str, Any]:
        """Let a number fall ill: known fields only."""
        health, aside = self._health[account.phone_number_id], self._aside[account.phone_number_id]
        health.update({name: changes[name] for name in changes if name in HEALTHY})
        aside.update({name: changes[name] for name in changes if name in ASIDE})
        return {**health, **aside}

    def exchange(self, app_id: str, app_secret: str, code: str) -> str:
        """The token that a signup's code stands for."""
        if app_id != APP_ID or not hmac.compare_digest(app_secret.encode(), self._config.app_secret.encode()):
            raise GraphError(101, "Error validating application")
        account = self._accounts.get(code.removeprefix(CODE).partition("-")[0])
        if account is None or not code.startswith(CODE) or code in self._used:
            raise GraphError(100, "This authorization code has expired or been used", subcode=36009)
        self._used.add(code)
        return account.access_token

    def of_business(self, waba_id: str) -> list[Account]:
        return [account for account in self._config.accounts if account.waba_id == waba_id]

    def register(self, account: Account, pin: str) -> None:
        aside = self._aside[account.phone_number_id]
        if aside["pin"] not in {None, pin}:
            raise GraphError(133005, "Two-step verification PIN mismatch")
        aside["pin"] = pin
        self._health[account.phone_number_id]["status"] = "CONNECTED"

    def subscribe(self, account: Account, *, to: bool = True) -> None:
        self._aside[account.phone_number_id]["subscribed"] = to

    def is_subscribed(self, account: Account) -> bool:
        return bool(self._aside[account.phone_number_id]["subscribed"])

    def token_expires_at(self, account: Account) -> int:
        return int(self._aside[account.phone_number_id]["token_expires_at"])

    def fields(self, account: Account, wanted: list[str]) -> dict[str, Any]:
        health = self._health[account.phone_number_id]
        known = {
            **health,
            "id": account.phone_number_id,
            "verified_name": account.shop_name,
            "display_phone_number": account.display_phone,
            "health_status": _health_status(account, health),
            "webhook_configuration": {"application": self._config.webhook_url},
        }
        for name in wanted:
            if name not in known:
                raise GraphError(100, f"Tried accessing nonexisting field ({name})")
        return {name: known[name] for name in [*(wanted or DEFAULT_FIELDS), "id"]}


def _health_status(account: Account, health: dict[str, Any]) -> dict[str, Any]:
    can_send = "AVAILABLE" if health["status"] == "CONNECTED" else "BLOCKED"
    entities = [
        {"entity_type": "PHONE_NUMBER", "id": account.phone_number_id, "can_send_message": can_send},
        {"entity_type": "WABA", "id": account.waba_id, "can_send_message": "AVAILABLE"},
    ]
    return {"can_send_message": can_send, "entities": entities}
