"""The loop: the model asks for tools, the tools act, and one reply comes out."""

from dataclasses import dataclass, field, replace
from typing import Any, Literal

from auzap import failpoints, texts
from auzap.agent import gate, incidents, journal, pending, prompt
from auzap.agent.desk import Desk
from auzap.agent.facts import facts_of
from auzap.agent.model import Completion, Model, ToolCall
from auzap.agent.parsing import Answer, parse_answer
from auzap.agent.persona import Persona
from auzap.agent.reply import Failure, Incident, Reply, fallback
from auzap.agent.toolbox import BadArguments, UnknownTool, broken_rule
from auzap.agent.tools import talking
from auzap.agent.turn import Step, Turn, Usage
from auzap.db.connection import Tx
from auzap.errors import CapReached, Refusal
from auzap.observability import logger

MOST_CALLS = 8
ANSWER = talking.answer.__name__
UNREAD = (
    "Your answer could not be read, and was not sent. Call answer with text, intent and confidence, and nothing else."
)


@dataclass(slots=True)
class Spent:
    """What the model has used: in all, in its last answer, and what the journal has not counted yet."""

    total: Usage = field(default_factory=Usage)
    last: Usage = field(default_factory=Usage)
    uncounted: Usage = field(default_factory=Usage)

    def add(self, usage: Usage) -> None:
        self.total += usage
        self.last = usage
        self.uncounted += usage

    def take(self) -> Usage:
        spent, self.uncounted = self.uncounted, Usage()
        return spent


class Stuck(Exception):
    """The model goes in circles, calls more than a turn allows, cannot be read, or will not answer."""

    def __init__(self, failure: Failure = "stuck") -> None:
        super().__init__(failure)
        self.failure: Failure = failure


@dataclass(slots=True)
class Conversing:
    turn: Turn
    persona: Persona
    model: Model
    deadline: float
    spent: Spent

    def reply(self) -> Reply:
        """What to send: the model's answer if the gate lets it pass, else a safe text and a person."""
        self._check_caps()
        self._settle_proposal()
        try:
            answer = self._answer()
        except Stuck as stuck:
            return self._fallback(stuck.failure)
        wrong = self._problems(answer)
        if not wrong:
            return self._accepted(answer, "valid", ())
        logger.warning("reply_refused", rules=[problem.rule for problem in wrong])
        refused = _incidents(wrong, "regenerated")
        try:
            answer = self._answer(after=wrong)
            wrong = self._problems(answer)
        except Stuck:
            pass
        if not wrong:
            return self._accepted(answer, "regenerated", refused)
        blocked = (*refused, *_incidents(wrong, "blocked"))
        return replace(self._fallback("reply_refused"), validation="blocked", incidents=blocked)

    def _check_caps(self) -> None:
        """Before each request, as if it cost at least what the last one did."""
        before, caps, used, last = self.turn.spent, self.turn.shop.caps, self.spent.total, self.spent.last
        if (
            before.turn_tokens + used.tokens + last.tokens > caps.turn_tokens
            or before.turn_cost_micros + used.cost_micros + last.cost_micros > caps.turn_cost_micros
            or before.contact_tokens + used.tokens >= caps.contact_daily_tokens
            or before.tokens + used.tokens >= caps.daily_tokens
            or before.cost_micros + used.cost_micros >= caps.daily_cost_micros
        ):
            raise CapReached

    def _settle_proposal(self) -> None:
        """A yes or no to what was proposed is the server's to act on, before the model is asked anything."""
        proposal = self.turn.open_proposal
        if proposal is None or any(step.kind == "confirmation" for step in self.turn.steps):
            return
        decided = pending.decision(proposal, self.turn.unanswered, self.turn.now)
        if decided is None:
            return

        def settle(tx: Tx) -> bool:
            settled = pending.settle(self._desk(tx), proposal, decided, self.persona.acts)
            if settled is None:
                return False
            result = f"[result] {settled.result}"
            content = {"result": result, "state": settled.state, "progress": self.turn.progress.as_json()}
            journal.write(tx, self.turn, [Step("confirmation", content)], self.spent.uncounted)
            return True

        if self.turn.act(settle):
            self.spent.take()
            failpoints.reach("after_confirmation")

    def _answer(self, after: list[gate.Problem] | None = None) -> Answer:
        """Ask and act until there is an answer; text without a call is one, from a model that forgets the tool."""
        corrections = [_correction(after)] if after else []
        unread = False
        while True:
            calls, asked = self._waiting_calls(), None
            if not calls:
                completion = self._ask(prompt.build(self.turn, self.persona) + corrections)
                calls, asked = completion.calls, Step("model", {"message": completion.as_message()})
                if not calls:
                    answer = parse_answer(completion.text)
                    if answer is not None:
                        return answer
                    # Once may be an accident.
                    if unread:
                        raise Stuck
                    unread = True
                    corrections.append(prompt.system(UNREAD))
                    continue
            answer = parse_answer(calls[0].arguments) if calls[0].name == ANSWER else None
            if answer is not None:
                return answer
            self._run(calls[0], asked)

    def _ask(self, messages: list[dict[str, Any]]) -> Completion:
        self._check_caps()
        completion = self.model.ask(messages, list(self.persona.schemas), deadline=self.deadline)
        self.spent.add(completion.usage)
        failpoints.reach("after_model")
        if completion.refused:
            raise Stuck("refused")
        return completion

    def _run(self, call: ToolCall, asked: Step | None) -> None:
        """One tool: its effect, the answer that asked for it, and the journal, in one transaction."""
        made, this = self._calls_made(), (call.name, call.arguments)
        # Twice in a row brings nothing new; a third time, between others, is a circle.
        if made[-1:] == [this] or made.count(this) >= 2 or len(made) >= MOST_CALLS:
            raise Stuck
        was_wrong = self._was_wrong()

        def run(tx: Tx) -> bool:
            result, is_wrong = self._result(tx, call)
            done = {
                "call_id": call.id,
                "name": call.name,
                "arguments": call.arguments,
                "result": result,
                "is_wrong": is_wrong,
                "progress": self.turn.progress.as_json(),
            }
            steps = [asked] if asked else []
            journal.write(tx, self.turn, [*steps, Step("tool", done)], self.spent.uncounted)
            return is_wrong

        is_wrong = self.turn.act(run)
        self.spent.take()
        failpoints.reach("after_tool")
        if is_wrong and was_wrong:
            raise Stuck

    def _result(self, tx: Tx, call: ToolCall) -> tuple[str, bool]:
        """What the tool says, and whether the call itself was wrong: the model may mend that once."""
        try:
            wanted = self.persona.tools.get(call.name)
            if wanted is None:
                raise UnknownTool(call.name, self.persona.tools)
            with tx.savepoint():
                return wanted.call(self._desk(tx), call.arguments), False
        except (Refusal, BadArguments) as refused:
            rule = broken_rule(refused)
            if rule:
                self._note_forbidden(tx, rule)
            return str(refused), isinstance(refused, BadArguments)

    def _note_forbidden(self, tx: Tx, rule: str) -> None:
        incidents.note(
            tx, self.turn.conversation_id, self.turn.id, "forbidden_call", "medium", "tool", "blocked", [rule]
        )

    def _was_wrong(self) -> bool:
        tools = [step for step in self.turn.steps if step.kind == "tool"]
        return bool(tools) and tools[-1].content.get("is_wrong", False)

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

    def _problems(self, answer: Answer) -> list[gate.Problem]:
        return gate.problems(answer.text, facts_of(self.turn, self.persona))

    def _accepted(
        self, answer: Answer, validation: Literal["valid", "regenerated"], noticed: tuple[Incident, ...]
    ) -> Reply:
        return Reply(
            kind="reply",
            content=self._content(answer.text),
            intent=answer.intent,
            confidence=answer.confidence,
            handoff_reason=self.turn.progress.handoff_reason or answer.handoff_reason,
            validation=validation,
            incidents=noticed,
        )

    def _fallback(self, failure: Failure) -> Reply:
        return fallback(self.turn.shop, failure, to_owner=self.turn.contact.is_owner)

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


def converse(turn: Turn, persona: Persona, model: Model, *, deadline: float, spent: Spent) -> Reply:
    return Conversing(turn, persona, model, deadline, spent).reply()


def _correction(problems: list[gate.Problem]) -> dict[str, Any]:
    told = "; ".join(problem.told for problem in problems)
    return prompt.system(f"Your reply was not sent: {told}. Write it again without that.")


def _incidents(problems: list[gate.Problem], action: incidents.Action) -> tuple[Incident, ...]:
    by_kind: dict[incidents.Kind, list[gate.Problem]] = {}
    for problem in problems:
        by_kind.setdefault(problem.kind, []).append(problem)
    return tuple(
        Incident(
            kind,
            incidents.worst([each.severity for each in found]),
            action,
            tuple(sorted({each.rule for each in found})),
        )
        for kind, found in by_kind.items()
    )
