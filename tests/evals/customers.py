"""Who plays the customer: the scenario's script with its reactions, or a model with the scenario's goal."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import httpx

from tests.evals import phones
from tests.evals.phones import Shown
from tests.evals.running import Said
from tests.evals.scenarios import Scenario, Step
from tests.evals.shop import Endpoint

HOUR = re.compile(r"\b([01]?\d|2[0-3])(?::|h)([0-5]\d)?\b")
# The same answer to the same question more often is a circle.
MOST_TIMES = 2
MOST_IMPROVISED = 15
DONE = "FIM"
PRESSES = "BOTÃO:"
ROLE = """\
Você faz o papel de cliente de um pet shop no WhatsApp, para testar o atendimento.
Quem você é: {persona}
O que você quer: {goal}
Escreva só a próxima mensagem, curta, como no WhatsApp. Não invente dados que contradigam o que você quer.
Se a loja mostrar botões entre colchetes e você quiser apertar um, escreva apenas {presses} e o título dele.
Quando conseguir o que quer, ou quando não houver mais o que fazer, escreva apenas {done}."""


@dataclass
class Scripted:
    scenario: Scenario
    _next: int = 0
    _proposals: int = 0
    _reactions: Counter[str] = field(default_factory=Counter[str])

    def next(self, seen: Sequence[Shown], transcript: Sequence[Said]) -> Step | None:
        reaction = self._reaction(seen[-1]) if seen else None
        if reaction:
            return reaction
        if self._next == len(self.scenario.script):
            return None
        self._next += 1
        return self.scenario.script[self._next - 1]

    def _reaction(self, last: Shown) -> Step | None:
        reacts = self.scenario.reacts
        if last.asks_for_a_yes:
            wanted = reacts.proposals[min(self._proposals, len(reacts.proposals) - 1)]
            self._proposals += 1
            option = next((option for option in last.options if option.decision == wanted), None)
            return Step(send=option.sends) if option else None
        option = phones.fitting(last.options, reacts.choose)
        if option and self._may("choose " + option.title):
            return Step(send=option.sends)
        if reacts.takes_a_time and (step := _first_hour(last)) and self._may("takes a time"):
            return step
        for pattern, words in reacts.when:
            if phones.matches(pattern, last.written()) and self._may(pattern):
                return Step(say=(words,))
        return None

    def _may(self, reaction: str) -> bool:
        self._reactions[reaction] += 1
        return self._reactions[reaction] <= MOST_TIMES


def _first_hour(last: Shown) -> Step | None:
    """Pressed, or written where there is nothing to press and one is asked to choose."""
    option = next((option for option in last.options if HOUR.search(option.title)), None)
    if option:
        return Step(send=option.sends)
    hour = HOUR.search(last.text)
    return Step(say=(f"pode ser às {hour[0]}",)) if hour and "?" in last.text and not last.options else None


@dataclass
class Improvised:
    """A model plays them, behind the same kind of endpoint as the agent's."""

    scenario: Scenario
    endpoint: Endpoint
    _said: int = 0

    def next(self, seen: Sequence[Shown], transcript: Sequence[Said]) -> Step | None:
        if not self._said:
            self._said += 1
            return self.scenario.script[0]
        if self._said == MOST_IMPROVISED:
            return None
        self._said += 1
        words = self._ask(transcript).strip()
        if not words or words.upper().strip(" .!") == DONE:
            return None
        if words.upper().startswith(PRESSES):
            title = words[len(PRESSES) :].strip(" []")
            return Step(press=re.escape(title), say=(title,))
        return Step(say=(words.removesuffix(DONE).strip(),))

    def _ask(self, transcript: Sequence[Said]) -> str:
        role = ROLE.format(persona=self.scenario.persona, goal=self.scenario.goal, presses=PRESSES, done=DONE)
        spoken = [
            # To this model the customer's words are its own.
            {"role": "assistant" if said.by == self.scenario.who else "user", "content": said.text}
            for said in transcript
        ]
        answer = httpx.post(
            f"{self.endpoint.base_url}/chat/completions",
            headers={"Authorization": f"Bearer {self.endpoint.api_key}"},
            json={"model": self.endpoint.name, "messages": [{"role": "system", "content": role}, *spoken]},
            timeout=60,
        )
        answer.raise_for_status()
        return str(answer.json()["choices"][0]["message"]["content"] or "")


def customer_of(scenario: Scenario, endpoint: Endpoint | None) -> Scripted | Improvised:
    return Improvised(scenario, endpoint) if endpoint and scenario.can_be_improvised else Scripted(scenario)
