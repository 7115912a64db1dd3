"""Conversations with the demonstration shop and a scripted model: what is called is written down, and the phones are read."""

import re
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from local.demonstration.shop import ZONE
from tests.evals import phones, shop, stored
from tests.evals.phones import Shown
from tests.evals.scenarios import USUAL_TIME, Scenario, Then
from tests.functions.house import House, Installation
from tests.functions.outside.model import Answer, Asked, Line, call
from tests.functions.sandbox import Invocation

ANSWERED_WITHIN = timedelta(seconds=30)


@dataclass(slots=True)
class Talk:
    house: House
    before: stored.Lines = field(init=False)

    def __post_init__(self) -> None:
        self.before = stored.lines(self.house)

    def says(self, who: str, text: str, *lines: Line) -> str:
        """What the shop answers, when the model does just this."""
        return self._exchange(who, {"text": text}, lines)

    def presses(self, who: str, title: str, *lines: Line) -> str:
        return self._exchange(who, self.button(who, title), lines)

    def button(self, who: str, title: str) -> dict[str, Any]:
        last = self.shown(who)[-1]
        option = phones.fitting(last.options, [title])
        assert option, f"nothing like {title!r} to press on {last.written()!r}"
        return option.sends

    def write(self, who: str, message: dict[str, Any]) -> None:
        """Sent, and not answered yet."""
        self.house.say_at_once(shop.chat_of(self.house, who), message)

    def work(self, by: timedelta = ANSWERED_WITHIN) -> None:
        self._check(self.house.traffic.pass_time(by))
        self.house.receive_statuses()
        self._check(self.house.traffic.pass_time(timedelta(seconds=2)))

    def tick(self, by: timedelta) -> None:
        """Time passes, and the clock that looks for what is due rings at its end."""
        self.work(by)
        at = self.house.clock.now().isoformat()
        self._check([self.house.invoke("run_schedule", {"job": "returns", "at": at})])
        self.work()

    def shown(self, who: str) -> list[Shown]:
        return phones.shown(self.house, shop.chat_of(self.house, who))

    def new(self, kind: str) -> list[str]:
        """The rows that are there since the conversation began."""
        return stored.new_lines(self.before, stored.lines(self.house))[kind]

    def results(self) -> list[str]:
        """What the tools of the last turn have told the model."""
        return self.house.outside.model.asked[-1].results

    def _exchange(self, who: str, message: dict[str, Any], lines: tuple[Line, ...]) -> str:
        self.house.outside.model.script = lines
        seen = len(self.shown(who))
        self.write(who, message)
        self.work()
        return "\n".join(each.text for each in self.shown(who)[seen:])

    def _check(self, invocations: list[Invocation]) -> None:
        for invocation in invocations:
            assert not invocation.exit_code, invocation.output
            assert not (invocation.answer or {}).get("batchItemFailures"), invocation.output


@contextmanager
def talking(installation: Installation, *, now: str = USUAL_TIME, **arranged: Any) -> Generator[Talk]:
    scenario = Scenario(
        name="scripted",
        about="",
        script=(),
        then=Then(),
        now=datetime.fromisoformat(now).replace(tzinfo=ZONE),
        **arranged,
    )
    with shop.opened(installation, scenario) as house:
        yield Talk(house)


def answer(text: str, *, intent: str = "other", urgency: str = "normal") -> Answer:
    return call("answer", text=text, intent=intent, confidence=90, urgency=urgency, sentiment="neutral", choices=[])


def given(pattern: str, then: Callable[[str], Answer]) -> Line:
    """A call with the handle of the first line that matches, of what the tools of this turn have told."""

    def line(asked: Asked) -> Answer:
        found = re.search(rf"(?m)^([a-z]\d+) \|.*(?:{pattern})", "\n".join(asked.results))
        assert found, f"nothing like {pattern!r} in {asked.results}"
        return then(found[1])

    return line
