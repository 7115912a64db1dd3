"""A pet shop in memory behind the agent's real tool schemas and reply gate, and a phone that talks to it over HTTP."""

from copy import deepcopy
from dataclasses import dataclass, field
from datetime import date, time
from typing import Any

from starlette.applications import Starlette
from starlette.testclient import TestClient

from auzap.agent import gate
from auzap.agent.client_agent import CLIENT_AGENT
from local.street.model import routes
from local.street.offline_model.text import fold

FRIDAY, SATURDAY, MONDAY, WEDNESDAY = date(2026, 11, 27), date(2026, 11, 28), date(2026, 11, 30), date(2026, 12, 2)
WEEKDAYS = ("segunda-feira", "terça-feira", "quarta-feira", "quinta-feira", "sexta-feira", "sábado", "domingo")
PRICES = "R$ 70,00 (pequeno R$ 50,00, médio R$ 70,00, grande R$ 120,00)"
SERVICES = ("Banho", "Banho e tosa", "Tosa higiênica")
ADDON = "Corte de unhas"
YES = frozenset({"sim", "pode confirmar", "isso", "confirmo"})
NO = frozenset({"não", "nao", "melhor não"})
TOOLS = CLIENT_AGENT.tools


def model_client() -> TestClient:
    return TestClient(Starlette(routes=routes), headers={"authorization": "Bearer any-key"})


def tools(*names: str) -> list[dict[str, Any]]:
    return [deepcopy(TOOLS[name].schema) for name in names or TOOLS]


@dataclass(frozen=True)
class Slot:
    day: date
    hour: time
    service: str

    def __str__(self) -> str:
        return f"{spoken(self.day)} {self.hour:%H:%M}"


@dataclass
class Shop:
    today: date = FRIDAY
    pets: dict[str, str] = field(default_factory=lambda: {"Thor": "dog | Labrador | large"})
    # Days without an entry are free at all hours.
    free: dict[date, tuple[time, ...]] = field(default_factory=dict)
    bookings: list[tuple[str, Slot]] = field(default_factory=list)
    # At which an appointment may still take longer.
    hours_with_more: tuple[time, ...] = (time(9), time(10), time(11))
    pending: tuple[str, str, Slot] | None = None
    handed_over: str = ""
    has_team: bool = True
    taught: dict[str, str] = field(default_factory=dict)
    remembered: dict[str, str] = field(default_factory=dict)
    # What was looked for on the shelf.
    searched: list[str] = field(default_factory=list)
    # Without room for a training session.
    full_days: set[date] = field(default_factory=set)
    updates: list[tuple[str, str, str]] = field(default_factory=list)
    alerts: list[tuple[str, str, str, str]] = field(default_factory=list)
    wants_news: bool | None = None
    # Questions that went to the team.
    asked: list[str] = field(default_factory=list)
    # What was done in this turn, as the reply gate knows it.
    acts_done: list[str] = field(default_factory=list)
    # Handles live for one turn.
    slots: dict[str, Slot] = field(default_factory=dict)

    def hours(self, day: date) -> tuple[time, ...]:
        if day.weekday() == 6:
            return ()
        return self.free.get(day, (time(9), time(10), time(11), time(14), time(15, 30), time(16)))

    def run(self, tool: str, arguments: str) -> str:
        return getattr(self, tool)(**TOOLS[tool].parse(arguments))

    def list_services(self, category: str) -> str:
        lines = [f"- {name} | 60 min | {PRICES} | for dog and cat" for name in SERVICES]
        extra = f"- {ADDON} | 15 min | R$ 25,00 | with {', '.join(SERVICES)}"
        return "\n".join([*lines, "Only beside another service, as addons:", extra, "Payment: Pix, cartão, dinheiro"])

    def list_pets(self) -> str:
        return (
            "\n".join(f"- {name} | {details}" for name, details in self.pets.items())
            or "This customer has no pets registered. Ask for name, species, breed and size."
        )

    def register_pet(
        self, name: str, species: str, breed: str, size: str, coat: str, age_months: int | None, temperament: str
    ) -> str:
        known = [species, breed or "breed unknown", "size unknown" if size == "unknown" else size]
        known += [f"{coat} coat"] if coat != "unknown" else []
        known += [f"{age_months // 12} years"] if age_months is not None else []
        self.pets[name] = " | ".join(known)
        return f"Registered: {name} | {self.pets[name]}."

    def update_pet(self, pet: str, field: str, value: str) -> str:
        self.updates.append((pet, field, value))
        self.pets[pet] = self.pets[pet].replace(f"{field} unknown", value)
        return f"Updated: {pet} | {field} | {value}."

    def find_free_slots(self, service: str, addons: list[str], pets: list[str], day: date, period: str) -> str:
        assert service in SERVICES
        asked = " + ".join([service, *addons])
        if day < self.today:
            return "That day is over. Ask for a day from today on."
        free = [Slot(day, hour, asked) for hour in self.hours(day)]
        fitting = [slot for slot in free if in_period(slot.hour, period)]
        if fitting:
            costs = [f"For {pet}: {asked}, 60 min, R$ 70,00" for pet in pets]
            return "\n".join([self.offer(fitting, pets), *self.notes(service, pets, day), *costs])
        if free:
            return f"Nothing is free in that part of {spoken(day)}; at other hours there is:\n{self.offer(free, pets)}"
        closed = f"The shop is closed on {spoken(day)}. Offer another day."
        reason = closed if day.weekday() == 6 else f"Nothing is free for {asked} on {spoken(day)}. Offer another time."
        nearest = [Slot(near, self.hours(near)[0], asked) for near in self.days_around(day) if self.hours(near)][:3]
        looked = f"from {min(self.days_around(day)):%d/%m} to {max(self.days_around(day)):%d/%m}"
        if not nearest:
            return f"{reason}\nNothing is free {looked}."
        return f"{reason}\nNearest, of the days {looked}:\n{self.offer(nearest, pets)}"

    def notes(self, service: str, pets: list[str], day: date) -> list[str]:
        return [
            f"{pet} already has {service} on {slot}. To move it, call list_bookings and propose_reschedule."
            for pet, slot in self.bookings
            if pet in pets and slot.day == day and slot.service.partition(" + ")[0] == service
        ]

    def days_around(self, day: date) -> list[date]:
        around = (date.fromordinal(day.toordinal() + ahead) for ahead in (1, -1, 2, -2, 3, -3, 4, 5))
        return [near for near in around if near >= self.today]

    def offer(self, slots: list[Slot], pets: list[str]) -> str:
        first = len(self.slots) + 1
        handles = {f"s{first + place}": slot for place, slot in enumerate(slots)}
        self.slots |= handles
        whose = f" | {pets[0]}" if len(pets) == 1 else f" | {' e '.join(pets)} together" if pets else ""
        return "\n".join(
            f"{handle} | {spoken(slot.day)} | {slot.hour:%H:%M} | {slot.service}{whose}"
            for handle, slot in handles.items()
        )

    def propose_booking(self, slot: str, pets: list[str], notes: str) -> str:
        for pet in pets:
            if pet not in self.pets:
                return f"This customer has no pet named {pet!r}. Ask for the name, or register it with register_pet."
            if "size unknown" in self.pets[pet]:
                return (
                    f"The size of {pet} is not known, and the price of Banho depends on it. "
                    "Ask how big it is, and note it with update_pet."
                )
        if slot not in self.slots:
            return "That slot was not offered in this turn. Call find_free_slots first."
        whose = " e ".join(pets)
        self.pending = ("Booked", whose, self.slots[slot])
        return f"Ask: {told(whose, self.slots[slot])}, R$ 70,00. Confirm?"

    def list_bookings(self) -> str:
        lines = [
            f"b{place} | {pet} | {slot.service} | {slot} | confirmed"
            for place, (pet, slot) in enumerate(self.bookings, start=1)
        ]
        return "\n".join(lines) or "This customer has no coming appointments."

    def propose_reschedule(self, booking: str, slot: str) -> str:
        pet, old = self.bookings[int(booking.removeprefix("b")) - 1]
        self.pending = ("Rescheduled", pet, self.slots[slot])
        return f"Ask: mudar {old.service} de {pet}, de {old} para {self.slots[slot]}. Confirm?"

    def propose_booking_extras(self, booking: str, addons: list[str]) -> str:
        pet, old = self.bookings[int(booking.removeprefix("b")) - 1]
        if set(addons) & set(old.service.split(" + ")):
            return "That is part of the appointment already. Say so."
        if old.hour not in self.hours_with_more:
            return "Nothing is free. With more to do it does not fit at that hour: offer to move it with propose_reschedule."
        self.pending = ("Added", pet, Slot(old.day, old.hour, " + ".join([old.service, *addons])))
        return f"Ask: {' e '.join(addons)} junto com {old.service} de {pet}, {old}, mais R$ 25,00, total R$ 95,00. Confirm?"

    def propose_cancellation(self, booking: str, reason: str) -> str:
        pet, slot = self.bookings[int(booking.removeprefix("b")) - 1]
        self.pending = ("Cancelled", pet, slot)
        return f"Ask: cancelar {slot.service} de {pet}, {slot}. Confirm?"

    def search_knowledge(self, question: str) -> str:
        if not self.taught:
            return "The shop has taught nothing of it. Call ask_the_team; do not guess."
        lines = [f"- {asked}\n  {answer}" for asked, answer in self.taught.items()]
        return "\n".join(["What the shop has taught that is near (high confidence).", *lines])

    def report_health_alert(self, pet: str, kind: str, severity: str, description: str) -> str:
        self.alerts.append((pet, kind, severity, description))
        return f"The team was alerted about {pet}, and a person takes over. Now answer with urgency critical."

    def remember(self, key: str, value: str, pet: str) -> str:
        self.remembered[key] = value
        return f"Remembered: {key} | {value}."

    def search_products(self, words: str) -> str:
        self.searched.append(words)
        return "- Antipulgas até 25 kg | R$ 89,90 | available"

    def forget(self, key: str, pet: str) -> str:
        known = self.remembered.pop(key, None)
        return f"Forgotten: {key}." if known else f"Nothing was remembered as {key}."

    def find_training_days(self, from_day: date) -> str:
        days = [date.fromordinal(from_day.toordinal() + ahead) for ahead in range(5)]
        return "\n".join(f"- {spoken(day)} | {'full' if day in self.full_days else 'room for 2'}" for day in days)

    def set_marketing_consent(self, is_given: bool) -> str:
        self.wants_news = is_given
        return "Saved: the customer wants no news and no offers. Answers to what they ask still come."

    def ask_the_team(self, question: str) -> str:
        if not self.has_team:
            return "The shop has named nobody to ask. Call hand_over."
        self.asked.append(question)
        return "The team was asked. Now answer: say that you do not know it, and that the team will answer here."

    def hand_over(self, reason: str) -> str:
        self.handed_over = reason
        return "A person will take over after your reply; the customer is told so below it. Now answer what you can, kindly."

    def settle(self, text: str) -> str | None:
        """What the server does with a yes or a no before the model is called."""
        if not self.pending or fold(text).strip(" .!") not in {fold(word) for word in YES | NO}:
            return None
        act, pet, slot = self.pending
        self.pending = None
        if fold(text).strip(" .!") in {fold(word) for word in NO}:
            return f"[result] The customer declined: {told(pet, slot)}. Nothing was done."
        if act == "Booked":
            if slot.hour not in self.hours(slot.day):
                return f"[result] Not done: {told(pet, slot)}. That time has just been taken. Offer another."
            self.bookings.append((pet, slot))
            self.acts_done.append("booked")
            return f"[result] Booked: {told(pet, slot)}, R$ 70,00."
        if act == "Rescheduled":
            place = next(place for place, (whose, _) in enumerate(self.bookings) if whose == pet)
            self.bookings[place] = (pet, slot)
            self.acts_done.append("rescheduled")
            return f"[result] Rescheduled: {slot.service}, {pet}, now {slot}."
        if act == "Added":
            place = next(
                place for place, (whose, each) in enumerate(self.bookings) if (whose, each.day) == (pet, slot.day)
            )
            self.bookings[place] = (pet, slot)
            self.acts_done.append("added")
            return f"[result] Added: {told(pet, slot)}, total R$ 95,00."
        self.bookings.remove((pet, slot))
        self.acts_done.append("cancelled")
        return f"[result] Cancelled: {slot.service}, {pet}, {slot}."


def booked(shop: Shop) -> list[tuple[str, str, date, time]]:
    return [(pet, slot.service, slot.day, slot.hour) for pet, slot in shop.bookings]


def in_period(hour: time, period: str) -> bool:
    return period == "any" or (hour < time(12)) == (period == "morning")


def told(pet: str, slot: Slot) -> str:
    return f"{pet}, {slot.service}, {slot}"


def spoken(day: date) -> str:
    return f"{WEEKDAYS[day.weekday()]} {day:%d/%m}"


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
        self.shop.acts_done = []
        if done := self.shop.settle(texts[-1]):
            turn.append({"role": "system", "content": done})
        self.shop.slots = {}
        self.used = []
        while True:
            message = self.next_message(turn)
            (call,) = message["tool_calls"]
            tool, arguments = call["function"]["name"], call["function"]["arguments"]
            if tool == "answer":
                return self.hear(TOOLS["answer"].parse(arguments), turn, texts)
            assert (tool, arguments) not in calls_in(turn), "the same call twice stops a turn"
            self.used.append(tool)
            assert len(self.used) <= 7, "eight calls are the most, with the answer"
            result = {"role": "tool", "tool_call_id": call["id"], "content": self.shop.run(tool, arguments)}
            turn += [message, result]

    def next_message(self, turn: list[dict[str, Any]]) -> dict[str, Any]:
        request = {
            "model": "offline",
            "messages": [*self.context(), *self.history, *turn],
            "tools": self.offered,
            "tool_choice": "auto",
            "parallel_tool_calls": False,
            "max_completion_tokens": 1024,
        }
        response = self.client.post("/model/v1/chat/completions", json=request)
        assert response.status_code == 200, response.text
        return response.json()["choices"][0]["message"]

    def hear(self, answer: dict[str, Any], turn: list[dict[str, Any]], texts: tuple[str, ...]) -> str:
        self.answered = answer
        known = [*self.context()[1:], *self.history, *turn]
        facts = gate.Facts(
            said=[message["content"] or "" for message in known],
            shown=[message["content"] or "" for message in known if message["role"] in {"system", "tool"}],
            acts_done=self.shop.acts_done,
        )
        assert gate.problems(answer["text"], facts) == [], answer["text"]
        self.history += [{"role": "user", "content": text} for text in texts]
        self.history.append({"role": "assistant", "content": answer["text"]})
        return answer["text"]

    def context(self) -> list[dict[str, Any]]:
        lines = (
            f"Today: {WEEKDAYS[self.shop.today.weekday()]} {self.shop.today} 09:12 (America/Sao_Paulo)",
            "Shop: Pet Feliz",
            f"Hours: {'; '.join(f'{day} 08:00-18:00' for day in WEEKDAYS[:5])}; sábado 08:00-14:00",
            "Customer: Ana Souza",
            *([f"Remembered: {'; '.join(self.remembered())}"] if self.shop.remembered else []),
        )
        rules = CLIENT_AGENT.rules.format(agent_name="Luna", shop_name="Pet Feliz")
        return [{"role": "system", "content": rules}, {"role": "system", "content": "\n".join(lines)}]

    def remembered(self) -> list[str]:
        return [f"{key.replace('_', ' ')}: {value}" for key, value in self.shop.remembered.items()]


def calls_in(turn: list[dict[str, Any]]) -> list[tuple[str, str]]:
    calls = [call["function"] for message in turn for call in message.get("tool_calls", [])]
    return [(call["name"], call["arguments"]) for call in calls]
