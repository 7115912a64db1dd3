"""The loop: the model asks for tools, the tools act, and one reply comes out."""

import time
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from auzap import failpoints, texts
from auzap.agent import choices, gate, incidents, journal, pending, personality, prompt
from auzap.agent.desk import Desk
from auzap.agent.facts import facts_of
from auzap.agent.model import Completion, Model, ToolCall
from auzap.agent.parsing import Answer, parse_answer
from auzap.agent.persona import Persona
from auzap.agent.reply import Failure, Incident, Reply, emergency, fallback
from auzap.agent.toolbox import BadArguments, UnknownTool, broken_rule
from auzap.agent.tools import talking
from auzap.agent.turn import Step, Turn, Usage
from auzap.db.connection import Tx
from auzap.errors import CapReached, ModelUnavailable, Refusal
from auzap.knowledge.retrieval import Embedding
from auzap.observability import logger

MOST_CALLS = 8
# Longer is not waited for a vector: the words find most of it.
EMBEDDING_SECONDS = 4.0
ANSWER = talking.answer.__name__
UNREAD = (
    "Your answer could not be read, and was not sent. Call answer with the arguments that it has, and nothing else."
)
REPEATED = "it is word for word what you said before: say it in other words"
# So many of the agent's latest messages an answer shall not repeat.
MOST_REMEMBERED = 3


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

    def add_beside(self, usage: Usage) -> None:
        """What no answer of the model's has cost, and tells nothing of what the next one may."""
        self.total += usage
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
            answer = self._reworded(self._answer())
        except Stuck as stuck:
            return self._fallback(stuck.failure)
        if self._is_emergency(answer):
            return emergency(self.turn.shop, reason=self._handoff_reason(answer))
        wrong = self._problems(answer)
        if not wrong:
            return self._accepted(answer, "valid", ())
        logger.warning("reply_refused", rules=[problem.rule for problem in wrong])
        refused = _incidents(wrong, "regenerated")
        try:
            answer = self._answer(after=[problem.told for problem in wrong])
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

    def _answer(self, after: list[str] | None = None) -> Answer:
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

    def _reworded(self, answer: Answer) -> Answer:
        """In other words than a moment ago, where the model finds some. A confirmation says what it must."""
        progress = self.turn.progress
        ours = [message.text for message in self.turn.history if message.sender == "agent"][-MOST_REMEMBERED:]
        if progress.proposal or progress.acts_done or not gate.repeats(answer.text, ours):
            return answer
        try:
            return self._answer(after=[REPEATED])
        except (Stuck, ModelUnavailable, CapReached):
            return answer

    def _is_emergency(self, answer: Answer) -> bool:
        told = answer.intent == "emergency" or answer.urgency == "critical" or self.turn.progress.is_emergency
        return told and not self.turn.contact.is_owner

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
        was_wrong, embedding = self._was_wrong(), self._embedding(call)

        def run(tx: Tx) -> bool:
            result, is_wrong = self._result(tx, call, embedding)
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

    def _embedding(self, call: ToolCall) -> Embedding | None:
        """Of what the tool is to look for, made with no transaction open. Without one its words must do."""
        wanted = self.persona.tools.get(call.name)
        if wanted is None or wanted.embeds is None or not self.model.embeds:
            return None
        try:
            text = wanted.parse(call.arguments)[wanted.embeds]
            made = self.model.embed([text], deadline=min(self.deadline, time.monotonic() + EMBEDDING_SECONDS))
        except (BadArguments, ModelUnavailable):
            return None
        self.spent.add_beside(made.usage)
        return made.embeddings[0]

    def _result(self, tx: Tx, call: ToolCall, embedding: Embedding | None) -> tuple[str, bool]:
        """What the tool says, and whether the call itself was wrong: the model may mend that once."""
        try:
            wanted = self.persona.tools.get(call.name)
            if wanted is None:
                raise UnknownTool(call.name, self.persona.tools)
            with tx.savepoint():
                return wanted.call(self._desk(tx, embedding), call.arguments), False
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

    def _desk(self, tx: Tx, embedding: Embedding | None = None) -> Desk:
        turn, has_hits = self.turn, bool(self.turn.background.hits)
        return Desk(
            tx,
            turn.shop,
            turn.contact.id,
            turn.conversation_id,
            turn.id,
            turn.now,
            turn.progress,
            has_hits=has_hits,
            embedding=embedding,
        )

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
        return gate.problems(answer.text, facts_of(self.turn, self.persona), answer.choices)

    def _accepted(
        self, answer: Answer, validation: Literal["valid", "regenerated"], noticed: tuple[Incident, ...]
    ) -> Reply:
        return Reply(
            kind="reply",
            content=self._content(answer),
            intent=answer.intent,
            confidence=answer.confidence,
            urgency=answer.urgency,
            sentiment=answer.sentiment,
            handoff_reason=self._handoff_reason(answer),
            validation=validation,
            incidents=noticed,
        )

    def _handoff_reason(self, answer: Answer) -> str | None:
        return self.turn.progress.handoff_reason or answer.handoff_reason

    def _fallback(self, failure: Failure) -> Reply:
        return safe_reply(self.turn, failure)

    def _content(self, answer: Answer) -> dict[str, Any]:
        proposal, locale = self.turn.progress.proposal, self.turn.shop.locale
        if proposal is None:
            return choices.content(answer.text, answer.choices, channel=self.turn.channel, locale=locale)
        yes, no = pending.button_ids(proposal)
        return {
            "type": "buttons",
            "text": answer.text,
            "buttons": [
                {"id": yes, "title": texts.text("confirm_button", locale)},
                {"id": no, "title": texts.text("decline_button", locale)},
            ],
        }


def converse(turn: Turn, persona: Persona, model: Model, *, deadline: float, spent: Spent) -> Reply:
    return Conversing(turn, persona, model, deadline, spent).reply()


def safe_reply(turn: Turn, failure: Failure) -> Reply:
    """What is said where no answer came; of an animal that a tool knows to be in danger, what must be said of it."""
    if turn.progress.is_emergency and not turn.contact.is_owner:
        return emergency(turn.shop, reason=turn.progress.handoff_reason)
    own = personality.own_error(turn)
    return fallback(turn.shop, failure, to_owner=turn.contact.is_owner, wording=own)


def _correction(told: list[str]) -> dict[str, Any]:
    return prompt.system(f"Your reply was not sent: {'; '.join(told)}. Write it again without that.")


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
