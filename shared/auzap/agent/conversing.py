"""The loop: the model asks for tools, the tools act, and one reply comes out."""

from dataclasses import dataclass, field
from typing import Any

from auzap import failpoints, texts
from auzap.agent import gate, journal, pending, prompt
from auzap.agent.desk import Desk
from auzap.agent.model import Completion, Model, ToolCall
from auzap.agent.persona import Persona
from auzap.agent.reply import Reply
from auzap.agent.toolbox import BadArguments, tool
from auzap.agent.tools import talking
from auzap.agent.turn import Step, Turn, Usage
from auzap.db.connection import Tx
from auzap.errors import CapReached, Refusal
from auzap.observability import logger

MOST_CALLS = 8
MOST_TOKENS = 60_000
ANSWER_TOOL = tool(talking.answer)
ANSWER = ANSWER_TOOL.name


@dataclass(slots=True)
class Spent:
    """What the model has used: in all, and what the journal has not counted yet."""

    total: Usage = field(default_factory=Usage)
    uncounted: Usage = field(default_factory=Usage)

    def add(self, usage: Usage) -> None:
        self.total += usage
        self.uncounted += usage

    def take(self) -> Usage:
        spent, self.uncounted = self.uncounted, Usage()
        return spent


class Stuck(Exception):
    """The model goes in circles, or calls more than a turn allows."""


@dataclass(slots=True)
class Conversing:
    turn: Turn
    persona: Persona
    model: Model
    deadline: float
    spent: Spent

    def reply(self) -> Reply:
        """What to send: the model's answer if the gate lets it pass, else a safe text and a person."""
        if self.turn.tokens_today >= self.turn.shop.daily_token_cap:
            raise CapReached
        self._settle_proposal()
        try:
            answer = self._answer()
            wrong = self._problems(answer)
            if wrong:
                logger.warning("reply_refused", rules=[problem.rule for problem in wrong])
                answer = self._answer(after=wrong)
                wrong = self._problems(answer)
        except Stuck:
            return self._handoff("stuck", "unsure")
        if wrong:
            return self._handoff("reply_refused", "unsure")
        return self._accepted(answer)

    def _settle_proposal(self) -> None:
        """A yes or no to what was proposed is the server's to act on, before the model is asked anything."""
        proposal = self.turn.open_proposal
        if proposal is None or any(step.kind == "confirmation" for step in self.turn.steps):
            return
        decided = pending.decision(proposal, self.turn.unanswered, self.turn.now)
        if decided is None:
            return
        with self.turn.step() as tx:
            settled = pending.settle(self._desk(tx), proposal, decided, self.persona.acts)
            result = f"[result] {settled.result}"
            content = {"result": result, "state": settled.state, "progress": self.turn.progress.as_json()}
            journal.write(tx, self.turn, [Step("confirmation", content)], self.spent.take())
        failpoints.reach("after_confirmation")

    def _answer(self, after: list[gate.Problem] | None = None) -> dict[str, Any]:
        """Ask and act until there is an answer; text without a call is one, from a model that forgets the tool."""
        correction = (
            [
                prompt.system(
                    f"Your reply was not sent: {'; '.join(p.told for p in after)}. Write it again without that."
                )
            ]
            if after
            else []
        )
        while True:
            calls, asked = self._waiting_calls(), None
            if not calls:
                completion = self._ask(prompt.build(self.turn, self.persona) + correction)
                if not completion.calls:
                    return {"text": completion.text, "intent": "other", "confidence": 50}
                calls, asked = completion.calls, Step("model", {"message": completion.as_message()})
            answer = _answer_in(calls[0])
            if answer is not None:
                return answer
            self._run(calls[0], asked)

    def _ask(self, messages: list[dict[str, Any]]) -> Completion:
        used = self.spent.total.input_tokens + self.spent.total.output_tokens
        if len(self._calls_made()) >= MOST_CALLS or used > MOST_TOKENS:
            raise Stuck
        completion = self.model.ask(messages, list(self.persona.schemas), deadline=self.deadline)
        self.spent.add(completion.usage)
        failpoints.reach("after_model")
        if completion.refused:
            raise Stuck
        return completion

    def _run(self, call: ToolCall, asked: Step | None) -> None:
        """One tool: its effect, the answer that asked for it, and the journal, in one transaction."""
        made, this = self._calls_made(), (call.name, call.arguments)
        # Twice in a row brings nothing new; a third time, between others, is a circle.
        if made[-1:] == [this] or made.count(this) >= 2:
            raise Stuck
        with self.turn.step() as tx:
            result = self._result(tx, call)
            done = Step(
                "tool",
                {
                    "call_id": call.id,
                    "name": call.name,
                    "arguments": call.arguments,
                    "result": result,
                    "progress": self.turn.progress.as_json(),
                },
            )
            journal.write(tx, self.turn, [asked, done] if asked else [done], self.spent.take())
        failpoints.reach("after_tool")

    def _result(self, tx: Tx, call: ToolCall) -> str:
        wanted = self.persona.tools.get(call.name)
        if wanted is None:
            return f"There is no tool {call.name!r}. Use one of: {', '.join(self.persona.tools)}."
        try:
            with tx.savepoint():
                return wanted.call(self._desk(tx), call.arguments)
        except (Refusal, BadArguments) as refused:
            return str(refused)

    def _desk(self, tx: Tx) -> Desk:
        turn = self.turn
        return Desk(tx, turn.shop, turn.contact.id, turn.conversation_id, turn.id, turn.now, turn.progress)

    def _calls_made(self) -> list[tuple[str, str]]:
        return [(step.content["name"], step.content["arguments"]) for step in self.turn.steps if step.kind == "tool"]

    def _waiting_calls(self) -> list[ToolCall]:
        """Calls of the last journalled model answer that have no result: a worker died between two of them."""
        answered = {step.content["call_id"] for step in self.turn.steps if step.kind == "tool"}
        for step in reversed(self.turn.steps):
            if step.kind == "model":
                calls = step.content["message"].get("tool_calls", [])
                return [
                    ToolCall(call["id"], call["function"]["name"], call["function"]["arguments"])
                    for call in calls
                    if call["id"] not in answered
                ]
        return []

    def _problems(self, answer: dict[str, Any]) -> list[gate.Problem]:
        # Without the rules themselves, which are no facts.
        messages = prompt.build(self.turn, self.persona)[1:]
        facts = gate.Facts(
            said=[message["content"] or "" for message in messages],
            shown=[message["content"] or "" for message in messages if message["role"] in {"system", "tool"}],
            acts_done=self.turn.progress.acts_done,
            asked=[] if self.turn.contact.is_owner else [message.text for message in self.turn.unanswered],
            contact=[self.turn.contact.name or "", self.turn.contact.phone or ""],
            business=f"{self.turn.shop.name} {self.turn.shop.about}",
            rules=prompt.rules(self.turn, self.persona),
            tools=[*self.persona.tools],
        )
        return gate.problems(answer["text"], facts)

    def _accepted(self, answer: dict[str, Any]) -> Reply:
        reason = self.turn.progress.handoff_reason
        return Reply(
            kind="handoff" if reason else "reply",
            content=self._content(answer["text"]),
            intent=answer["intent"],
            confidence=answer["confidence"],
            handoff_reason=reason,
        )

    def _content(self, text: str) -> dict[str, Any]:
        proposal = self.turn.progress.proposal
        if proposal is None:
            return {"type": "text", "text": text}
        yes, no = pending.button_ids(proposal)
        locale = self.turn.shop.locale
        return {
            "type": "buttons",
            "text": text,
            "buttons": [
                {"id": yes, "title": texts.text("confirm_button", locale)},
                {"id": no, "title": texts.text("decline_button", locale)},
            ],
        }

    def _handoff(self, reason: str, text: texts.TextKey) -> Reply:
        content = {"type": "text", "text": texts.text(text, self.turn.shop.locale)}
        return Reply(kind="handoff", content=content, handoff_reason=reason)


def converse(turn: Turn, persona: Persona, model: Model, *, deadline: float, spent: Spent) -> Reply:
    return Conversing(turn, persona, model, deadline, spent).reply()


def _answer_in(call: ToolCall) -> dict[str, Any] | None:
    if call.name != ANSWER:
        return None
    try:
        return ANSWER_TOOL.parse(call.arguments)
    except BadArguments:
        return None
