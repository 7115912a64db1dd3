"""Shops that register, and the people who sign in to them."""

import itertools
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from starlette.testclient import TestClient

PASSWORD = "girafa-azul-no-telhado"
numbers = itertools.count(1)


@dataclass
class Person:
    """Somebody signed in, asking with their token."""

    client: TestClient
    email: str
    token: str

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        given = {"authorization": f"Bearer {self.token}", **headers}
        if method == "POST":
            given.setdefault("idempotency-key", uuid4().hex)
        return self.client.request(method, path, json=body, headers=given)

    def get(self, path: str) -> Any:
        answer = self.ask("GET", path)
        assert answer.status_code == 200, answer.text
        return answer.json()["data"]


@dataclass
class People:
    client: TestClient
    made: list[Person] = field(default_factory=list[Person])

    def owner(self, shop_name: str = "Pet Feliz") -> Person:
        email = f"pessoa{next(numbers)}-{uuid4().hex[:6]}@example.com"
        answer = self.client.post(
            "/v1/auth/registration",
            json={"shop_name": shop_name, "name": "Helena", "email": email, "password": PASSWORD},
        )
        assert answer.status_code == 201, answer.text
        person = Person(self.client, email, answer.json()["data"]["access_token"])
        self.made.append(person)
        return person
