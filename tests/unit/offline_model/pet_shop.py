"""A pet shop in memory that runs the model's tools, and a phone that talks to it through the model's HTTP door."""

import json
import re
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from typing import Any

from starlette.applications import Starlette
from starlette.testclient import TestClient

from local.street.model import routes
from local.street.offline_model.text import fold

FRIDAY = date(2026, 11, 27)
WEEKDAYS = ("segunda", "terça", "quarta", "quinta", "sexta", "sábado", "domingo")
PRICES = "R$ 70,00 (pequeno R$ 50,00, médio R$ 70,00, grande R$ 120,00)"
SERVICES = ("Banho", "Banho e tosa", "Tosa higiênica")
YES = frozenset({"sim", "pode confirmar", "isso", "confirmo"})
NO = frozenset({"não", "nao", "melhor não"})
PARAMETERS: dict[str, dict[str, Any]] = {
    "list_services": {},
    "find_free_slots": {
        "service": {"type": "string"},
        "day": {"type": "string"},
        "period": {"type": "string", "enum": ["morning", "afternoon", "any"]},
    },
    "propose_booking": {"pet_name": {"type": "string"}, "slot": {"type": "string"}},
    "list_bookings": {},
    "propose_cancellation": {"booking": {"type": "string"}},
    "list_pets": {},
    "register_pet": {
        "name": {"type": "string"},
        "species": {"type": "string", "enum": ["dog", "cat", "bird", "rabbit", "other"]},
        "breed": {"type": "string"},
        "size": {"type": "string", "enum": ["small", "medium", "large", "giant"]},
    },
    "hand_over": {"reason": {"type": "string"}},
    "answer": {"text": {"type": "string"}, "intent": {"type": "string"}, "confidence": {"type": "integer"}},
}

# What the reply gate of the product looks for: a price, a date, an hour.
STATED_FACTS = re.compile(r"R\$ ?[\d.]+,\d{2}|\b\d{1,2}/\d{1,2}\b|\b\d{1,2}:\d{2}\b")


def model_client() -> TestClient:
    return TestClient(Starlette(routes=routes), headers={"authorization": "Bearer any-key"})


def tools(*names: str) -> list[dict[str, Any]]:
    return [
        {
            "type": "function",
            "function": {
                "name": name,
                "description": f"The shop's {name}.",
                "parameters": {
                    "type": "object",
                    "properties": PARAMETERS[name],
                    "required": list(PARAMETERS[name]),
                    "additionalProperties": False,
                },
            },
        }
        for name in names or PARAMETERS
    ]


@dataclass(frozen=True)
class Slot:
    day: date
    hour: time
    service: str

    def __str__(self) -> str:
        return f"{WEEKDAYS[self.day.weekday()]} {self.day:%d/%m}"


@dataclass
class Shop:
    today: date = FRIDAY
    pets: dict[str, str] = field(default_factory=lambda: {"Thor": "dog | Labrador | large"})
    # Days without an entry are free at all hours.
    free: dict[date, tuple[time, ...]] = field(default_factory=dict)
    bookings: list[tuple[str, Slot]] = field(default_factory=list)
    pending: tuple[str, str, Slot] | None = None
    handed_over: str = ""
    # Handles live for one turn.
    slots: dict[str, Slot] = field(default_factory=dict)

    def hours(self, day: date) -> tuple[time, ...]:
        if day.weekday() == 6:
            return ()
        return self.free.get(day, (time(9), time(10), time(11), time(14), time(15, 30), time(16)))

    def run(self, tool: str, arguments: dict[str, str]) -> str:
        assert arguments.keys() == PARAMETERS[tool].keys()
        for name, schema in PARAMETERS[tool].items():
            assert arguments[name] in schema.get("enum", [arguments[name]])
        return getattr(self, tool)(**arguments)

    def list_services(self) -> str:
        return "\n".join(f"- {name} | 60 min | {PRICES}" for name in SERVICES)

    def list_pets(self) -> str:
        return "\n".join(f"- {name} | {details}" for name, details in self.pets.items()) or "This customer has no pets."

    def register_pet(self, name: str, species: str, breed: str, size: str) -> str:
        self.pets[name] = f"{species} | {breed} | {size}"
        return f"Registered {name}."

    def find_free_slots(self, service: str, day: str, period: str) -> str:
        assert service in SERVICES
        wanted = date.fromisoformat(day)
        assert wanted >= self.today
        found = [Slot(wanted, hour, service) for hour in self.hours(wanted) if in_period(hour, period)]
        if not found:
            days = (wanted + timedelta(days=ahead) for ahead in range(1, 8))
            found = [Slot(near, hour, service) for near in days for hour in self.hours(near)][:3]
        first = len(self.slots) + 1
        offered = {f"s{first + place}": slot for place, slot in enumerate(found)}
        self.slots |= offered
        lines = [f"{handle} | {slot} | {slot.hour:%H:%M} | {service} | R$ 70,00" for handle, slot in offered.items()]
        if found and found[0].day == wanted:
            return "\n".join(lines)
        return "\n".join(["Nothing is free then. The nearest:", *lines]) if lines else "Nothing is free. Ask for a day."

    def propose_booking(self, pet_name: str, slot: str) -> str:
        if pet_name not in self.pets:
            return f"This customer has no pet named {pet_name!r}. Ask for the name, or register it."
        if slot not in self.slots:
            return "That slot was not offered in this turn. Call find_free_slots first."
        self.pending = ("Booked", pet_name, self.slots[slot])
        return f"Ask: {told(pet_name, self.slots[slot])}, R$ 70,00. Confirm?"

    def list_bookings(self) -> str:
        lines = [
            f"b{place} | {pet} | {slot.service} | {slot} {slot.hour:%H:%M} | confirmed"
            for place, (pet, slot) in enumerate(self.bookings, start=1)
        ]
        return "\n".join(lines) or "No bookings to come."

    def propose_cancellation(self, booking: str) -> str:
        pet, slot = self.bookings[int(booking.removeprefix("b")) - 1]
        self.pending = ("Cancelled", pet, slot)
        return f"Ask: cancel {told(pet, slot)}. Confirm?"

    def hand_over(self, reason: str) -> str:
        self.handed_over = reason
        return "A person was called. Tell the customer."

    def settle(self, text: str) -> str | None:
        """What the server does with a yes or a no before the model is called."""
        if not self.pending or fold(text).strip(" .!") not in {fold(word) for word in YES | NO}:
            return None
        act, pet, slot = self.pending
        self.pending = None
        if fold(text).strip(" .!") in {fold(word) for word in NO}:
            return "[result] Declined by the customer; nothing was changed."
        if act == "Booked":
            self.bookings.append((pet, slot))
        else:
            self.bookings.remove((pet, slot))
        return f"[result] {act}: {told(pet, slot)}."


def in_period(hour: time, period: str) -> bool:
    return period == "any" or (hour < time(12)) == (period == "morning")


def told(pet: str, slot: Slot) -> str:
    return f"{pet}, {slot.service}, {slot} {slot.hour:%H:%M}"


@dataclass
class Phone:
    """A customer's phone: `say` runs one whole turn and returns what the shop answered."""

    shop: Shop
    client: TestClient
    history: list[dict[str, Any]] = field(default_factory=list)
    offered: list[dict[str, Any]] = field(default_factory=tools)
    # Tools of the last turn, in their order, `answer` left out.
    used: list[str] = field(default_factory=list)
    answered: dict[str, Any] = field(default_factory=dict)

    def say(self, *texts: str) -> str:
        turn: list[dict[str, Any]] = [{"role": "user", "content": text} for text in texts]
        if done := self.shop.settle(texts[-1]):
            turn.append({"role": "system", "content": done})
        self.shop.slots = {}
        self.used = []
        while True:
            tool, arguments, message = self.next_call(turn)
            if tool == "answer":
                return self.hear(arguments, turn, texts)
            assert (tool, arguments) not in earlier_calls(turn), "the same call twice stops a turn"
            self.used.append(tool)
            assert len(self.used) <= 7, "eight calls are the most, with the answer"
            turn += [message, tool_result(message, self.shop.run(tool, arguments))]

    def next_call(self, turn: list[dict[str, Any]]) -> tuple[str, dict[str, Any], dict[str, Any]]:
        request = {
            "model": "offline",
            "messages": [self.context(), *self.history, *turn],
            "tools": self.offered,
            "tool_choice": "required",
            "parallel_tool_calls": False,
        }
        response = self.client.post("/model/v1/chat/completions", json=request)
        assert response.status_code == 200, response.text
        message = response.json()["choices"][0]["message"]
        (call,) = message["tool_calls"]
        return call["function"]["name"], json.loads(call["function"]["arguments"]), message

    def hear(self, answer: dict[str, Any], turn: list[dict[str, Any]], texts: tuple[str, ...]) -> str:
        self.answered = answer
        facts = json.dumps([self.context(), *turn], ensure_ascii=False)
        invented = [fact for fact in STATED_FACTS.findall(answer["text"]) if fact not in facts]
        assert not invented, f"{invented} stand in no message of the turn: {answer['text']}"
        self.history += [{"role": "user", "content": text} for text in texts]
        self.history.append({"role": "assistant", "content": answer["text"]})
        return answer["text"]

    def context(self) -> dict[str, Any]:
        today = f"{WEEKDAYS[self.shop.today.weekday()]}-feira {self.shop.today} 09:12 (America/Sao_Paulo)"
        lines = (
            "You answer the customers of a pet shop.",
            f"Today: {today}",
            "Shop: Pet Feliz",
            "Customer: Ana Souza",
            "Hours: segunda a sexta 08:00–18:00; sábado 08:00–14:00; domingo fechado",
        )
        return {"role": "system", "content": "\n".join(lines)}


def earlier_calls(turn: list[dict[str, Any]]) -> list[tuple[str, dict[str, Any]]]:
    calls = [call["function"] for message in turn for call in message.get("tool_calls", [])]
    return [(call["name"], json.loads(call["arguments"])) for call in calls]


def tool_result(message: dict[str, Any], text: str) -> dict[str, Any]:
    return {"role": "tool", "tool_call_id": message["tool_calls"][0]["id"], "content": text}
