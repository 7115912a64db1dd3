"""The language model: answers at once, by what the customer's words ask for, and fails as providers fail."""

import itertools
import json
import random
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Literal

from tests.chaos.sim.clock import Clock
from tests.chaos.sim.wire import Answer, HangUp, Reply, Request, Silence

TOKEN = re.compile(r"\bk\d+x\d+\b")
CANARY = re.compile(r"\bcanary(\d+)\b", re.IGNORECASE)
TODAY = re.compile(r"Today: \S+ (\d{4}-\d{2}-\d{2})")

type Fault = Literal["429", "429_retry_after", "500", "529", "cut", "garbage", "hang"]
FAULTS: tuple[Fault, ...] = ("429", "429_retry_after", "500", "529", "cut", "garbage")

# What a customer's text asks of the script.
BOOK, PRICES, PERSON, GREEDY, POISON = "banho", "tabela", "atendente", "guloso", "veneno"
GREEDY_TOKENS = 15_000
ANSWER_TOKENS = 20

# A tool, and what it is called with.
type Step = tuple[str, dict[str, Any]]


@dataclass(slots=True)
class Model:
    clock: Clock
    chance: random.Random
    # Of each request.
    failing: float = 0.0
    # One fault for all requests of a time, by the virtual clock.
    outage: tuple[float, float, Fault] | None = None
    kill_asker: Callable[[int], None] = lambda _: None
    requests: int = 0
    # Tokens of all answers.
    served: int = 0
    met: Counter[str] = field(default_factory=Counter)
    # Prompts in which a shop's mark stood beside another's.
    leaks: list[str] = field(default_factory=list)
    poisoned: Counter[str] = field(default_factory=Counter)
    _calls: Iterator[int] = field(default_factory=itertools.count)

    def __call__(self, request: Request) -> Reply:
        self.requests += 1
        fault = self._fault()
        if fault is not None:
            self.met[fault] += 1
            return _failed(fault)
        asked = request.json()
        prompt = Prompt(asked["messages"])
        self._look_for_leaks(request.body.decode())
        if POISON in prompt.said and asked.get("tools"):
            self.poisoned[" ".join(prompt.tokens)] += 1
            self.kill_asker(request.port)
            return Silence()
        tokens = GREEDY_TOKENS if GREEDY in prompt.said else 120
        step = _step(prompt) if asked.get("tools") else None
        self.served += tokens + ANSWER_TOKENS
        return Answer.of(self._completion(asked["model"], step, tokens))

    def _fault(self) -> Fault | None:
        if self.outage is not None and self.outage[0] <= self.clock.now() < self.outage[1]:
            return self.outage[2]
        if self.failing and self.chance.random() < self.failing:
            return self.chance.choice(FAULTS)
        return None

    def _look_for_leaks(self, prompt: str) -> None:
        found = set(CANARY.findall(prompt))
        if len(found) > 1:
            self.leaks.append(",".join(sorted(found)))

    def _completion(self, name: str, step: Step | None, tokens: int) -> dict[str, Any]:
        message: dict[str, Any] = {"role": "assistant", "content": None if step else "Um resumo."}
        if step:
            call = {"name": step[0], "arguments": json.dumps(step[1])}
            message["tool_calls"] = [{"id": f"call_{next(self._calls)}", "type": "function", "function": call}]
        return {
            "id": "chatcmpl-chaos",
            "object": "chat.completion",
            "created": int(self.clock.now()),
            "model": name,
            "choices": [{"index": 0, "finish_reason": "tool_calls" if step else "stop", "message": message}],
            "usage": {
                "prompt_tokens": tokens,
                "completion_tokens": ANSWER_TOKENS,
                "total_tokens": tokens + ANSWER_TOKENS,
            },
        }


class Prompt:
    """What of a request a script goes by: what the customer said last, and what this turn has done since."""

    def __init__(self, messages: list[dict[str, Any]]) -> None:
        spoken = [
            place for place, each in enumerate(messages) if each["role"] == "assistant" and not each.get("tool_calls")
        ]
        recent = messages[spoken[-1] + 1 if spoken else 0 :]
        self.said = " ".join(str(each["content"]) for each in recent if each["role"] == "user").lower()
        self.tokens = TOKEN.findall(self.said)
        self.results = [str(each["content"]) for each in recent if each["role"] == "tool"]
        self.context = "\n".join(str(each["content"]) for each in messages if each["role"] == "system")
        self.confirmed = any("[result] Booked" in str(each["content"]) for each in recent if each["role"] == "system")

    def day(self, ahead: int) -> str:
        today = TODAY.search(self.context)
        assert today, "the prompt does not say what day it is"
        return (date.fromisoformat(today[1]) + timedelta(days=ahead)).isoformat()


def _step(prompt: Prompt) -> Step:
    done = len(prompt.results)
    if GREEDY in prompt.said and done < 12:
        return "find_free_slots", _asked(prompt.day(done + 1), [])
    if PERSON in prompt.said:
        return _answer(prompt, "person") if done else ("hand_over", {"reason": "the customer asks for a person"})
    if PRICES in prompt.said and not done:
        return "list_services", {"category": "any"}
    if BOOK in prompt.said and not prompt.confirmed:
        return _book(prompt, done)
    return _answer(prompt, "booking" if prompt.confirmed else "question")


def _book(prompt: Prompt, done: int) -> Step:
    match done:
        case 0:
            told = {"name": "Thor", "species": "dog", "breed": "", "size": "small"}
            return "register_pet", told | {"coat": "unknown", "age_months": None, "temperament": ""}
        case 1:
            return "find_free_slots", _asked(prompt.day(1), ["Thor"])
        case 2 if "s1 |" in prompt.results[1]:
            return "propose_booking", {"slot": "s1", "pets": ["Thor"], "notes": ""}
        case _:
            return _answer(prompt, "booking")


def _asked(day: str, pets: list[str]) -> dict[str, Any]:
    return {"service": "Banho", "addons": [], "pets": pets, "day": day, "period": "any"}


def _answer(prompt: Prompt, intent: str) -> Step:
    about = ", ".join(prompt.tokens) or "a sua mensagem"
    return "answer", {"text": f"Anotado: {about}.", "intent": intent, "confidence": 95}


def _failed(fault: Fault) -> Reply:
    match fault:
        case "429":
            return Answer.of({"error": {"message": "slow down", "type": "rate_limit"}}, 429)
        case "429_retry_after":
            return Answer.of({"error": {"message": "slow down", "type": "rate_limit"}}, 429, "retry-after: 1\r\n")
        case "500" | "529":
            return Answer.of({"error": {"message": "failing", "type": "server_error"}}, int(fault))
        case "cut":
            return HangUp(
                b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 900\r\n\r\n{"choices": [{'
            )
        case "garbage":
            return Answer(200, b"<html>upstream</html>")
        case "hang":
            return Silence()
