"""One run of a scenario: the customer and the shop take turns until there is no more to say."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Protocol

from local.street.chats import Chat
from tests.evals import phones, shop, stored
from tests.evals.phones import Shown
from tests.evals.scenarios import Scenario, Step
from tests.evals.stored import Lines
from tests.functions.house import House
from tests.functions.sandbox import Invocation

# Until what a customer wrote is answered, burst window and human delay included.
ANSWERED_WITHIN = timedelta(seconds=30)
# While time passes for a scenario, the clocks tick so often.
TICK = timedelta(minutes=15)
CLOCKS = ("hint_sweep", "returns", "shop_clock")
# A conversation that needs more goes in circles.
MOST_STEPS = 40


@dataclass(frozen=True)
class Said:
    """A line of the transcript."""

    by: str
    text: str


@dataclass
class Exchange:
    """What one step of somebody brought them, and how long they waited for it in real seconds."""

    by: str
    replies: list[Shown]
    seconds: float


@dataclass(frozen=True)
class Used:
    turns: int
    input_tokens: int
    output_tokens: int
    cost_micros: int


@dataclass
class Run:
    """All that a judge needs to know, and a reader."""

    scenario: Scenario
    transcript: list[Said] = field(default_factory=list[Said])
    exchanges: list[Exchange] = field(default_factory=list[Exchange])
    # What went wrong with the machinery itself.
    troubles: list[str] = field(default_factory=list[str])
    before: Lines = field(default_factory=dict[str, Sequence[str]])
    after: Lines = field(default_factory=dict[str, Sequence[str]])
    prices: set[int] = field(default_factory=set[int])
    told_amounts: str = ""
    holder: str = ""
    refused: list[str] = field(default_factory=list[str])
    unanswered: int = 0
    used: Used = field(default_factory=lambda: Used(0, 0, 0, 0))
    # Of each turn of the agent, in real seconds.
    latencies: list[float] = field(default_factory=list[float])

    @property
    def replies(self) -> list[str]:
        return [said.text for said in self.transcript if said.by == shop_of(self.scenario.who)]


class Customer(Protocol):
    """Who plays the customer: the scenario's script, or a model."""

    def next(self, seen: Sequence[Shown], transcript: Sequence[Said]) -> Step | None:
        """What they do next, knowing what the shop has said since; None when they are done."""
        ...


def shop_of(who: str) -> str:
    return f"shop to {who}"


@dataclass
class Stage:
    """A house, and everybody who has a telephone in this scenario."""

    house: House
    run: Run
    seen: dict[str, int] = field(default_factory=dict[str, int])
    _held: list[str] = field(default_factory=list[str])

    def __post_init__(self) -> None:
        invoke = self.house.traffic.invoke

        def timed(function: str, *events: dict[str, Any], **how: Any) -> Invocation:
            began = time.monotonic()
            invocation = invoke(function, *events, **how)
            if function == "answer_conversation":
                self.run.latencies.append(time.monotonic() - began)
            return invocation

        self.house.traffic.invoke = timed
        for name in (self.run.scenario.who, "owner"):
            self.seen[name] = len(phones.shown(self.house, self.chat(name)))

    def chat(self, name: str) -> Chat:
        return shop.chat_of(self.house, name)

    def play(self, step: Step) -> list[Shown]:
        """What the customer of the scenario sees because of this step."""
        if step.sql:
            self.house.change(step.sql)  # pyright: ignore[reportArgumentType]
        if step.wait:
            self._wait(step.wait)
        name = step.by or self.run.scenario.who
        began = time.monotonic()
        if step.say or step.press or step.send:
            self._act(name, step)
            if step.at_once:
                return []
            self._work(ANSWERED_WITHIN)
        told = self._look_round()
        self.run.exchanges.append(Exchange(name, told.get(name, []), time.monotonic() - began))
        return told.get(self.run.scenario.who, [])

    def _act(self, name: str, step: Step) -> None:
        chat, sent = self.chat(name), [dict(self._message(name, step, text)) for text in step.say or ("",)]
        if step.quoting:
            quoted = [each for each in phones.shown(self.house, chat) if phones.matches(step.quoting, each.written())]
            if not quoted:
                self.run.troubles.append(f"no message to {name} matches {step.quoting!r}")
                return
            sent[0]["quoted_id"] = quoted[-1].id
        for message in sent:
            written = message.get("text") or message.get("title") or f"[{message.get('kind')}]"
            self.run.transcript.append(Said(name, str(written)))
        self.house.say_at_once(chat, *sent)

    def _message(self, name: str, step: Step, text: str) -> Mapping[str, Any]:
        if step.send:
            return step.send
        if not step.press:
            return {"text": text}
        pressable = [option for each in phones.shown(self.house, self.chat(name))[-2:] for option in each.options]
        option = phones.fitting(pressable, [step.press])
        # Where nothing can be pressed, a person writes what they would have pressed.
        return option.sends if option else {"text": text or step.press}

    def _wait(self, by: timedelta) -> None:
        while by > timedelta(0):
            tick = min(by, TICK)
            self._work(tick)
            for job in CLOCKS:
                at = self.house.clock.now().isoformat()
                self._check([self.house.invoke("run_schedule", {"job": job, "at": at})])
            by -= tick
        self._work(ANSWERED_WITHIN)

    def _work(self, by: timedelta) -> None:
        self._check(self.house.traffic.pass_time(by))
        self.house.receive_statuses()
        self._check(self.house.traffic.pass_time(timedelta(seconds=2)))

    def _check(self, invocations: Sequence[Invocation]) -> None:
        self.run.troubles += [invocation.output[-1500:] for invocation in invocations if _has_failed(invocation)]

    def _look_round(self) -> dict[str, list[Shown]]:
        """What everybody's phone shows that it did not show before."""
        told: dict[str, list[Shown]] = {}
        for chat in self.house.outside.street.chats.snapshot()["chats"]:
            name = "owner" if chat["is_owner"] else chat["name"]
            messages = phones.shown(self.house, self.chat(name))
            told[name] = messages[self.seen.get(name, _past(self.house, self.chat(name))) :]
            self.seen[name] = len(messages)
            self.run.transcript += [Said(shop_of(name), each.written()) for each in told[name]]
        return told


def _has_failed(invocation: Invocation) -> bool:
    answers = [answer for answer in invocation.answers if isinstance(answer, dict)]
    return bool(invocation.exit_code) or any("raised" in each or each.get("batchItemFailures") for each in answers)


def _past(house: House, chat: Chat) -> int:
    """How much of the shop's the phone showed before the scenario began."""
    messages = house.outside.street.chats.messages(chat.id)
    return sum(message.sender == "shop" and message.id.startswith("wamid.demonstration") for message in messages)


def play(house: House, scenario: Scenario, customer: Customer) -> Run:
    run = Run(scenario)
    stage = Stage(house, run)
    run.before = stored.lines(house)
    seen: list[Shown] = []
    for _ in range(MOST_STEPS):
        step = customer.next(seen, run.transcript)
        if step is None:
            break
        seen = stage.play(step)
    else:
        run.troubles.append(f"the customer was not done after {MOST_STEPS} steps")
    _take_stock(house, run)
    return run


def _take_stock(house: House, run: Run) -> None:
    run.after = stored.lines(house)
    run.prices = stored.prices(house)
    run.told_amounts = stored.told_amounts(house)
    chat = shop.chat_of(house, run.scenario.who)
    held = house.rows(
        """
        SELECT v.state FROM conversations v WHERE v.contact_id IN (
          SELECT i.contact_id FROM contact_identities i WHERE i.value IN (%s, %s))
        ORDER BY v.last_message_at DESC NULLS LAST LIMIT 1
        """,
        chat.phone,
        chat.bsuid,
    )
    run.holder = held[0][0] if held else "nobody"
    run.refused = [
        f"{layer} {kind} {action} {', '.join(rules)}"
        for layer, kind, action, rules in house.rows(
            "SELECT layer, kind, action, rules FROM security_incidents WHERE layer <> 'input' ORDER BY id"
        )
    ]
    run.unanswered = house.one(
        """
        SELECT count(*) FROM messages m JOIN conversations v ON v.id = m.conversation_id
        WHERE m.awaits_answer AND m.turn_id IS NULL AND v.state = 'ai'
        """
    )
    used = house.rows(
        """
        SELECT count(*), coalesce(sum(input_tokens), 0), coalesce(sum(output_tokens), 0), coalesce(sum(cost_micros), 0)
        FROM turns
        """
    )
    run.used = Used(*(int(each) for each in used[0]))
