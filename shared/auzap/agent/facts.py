"""What a turn knows, as the reply gate may take it for true."""

from auzap.agent import knowing, prompt
from auzap.agent.gate import Facts
from auzap.agent.persona import Persona
from auzap.agent.turn import Turn


def facts_of(turn: Turn, persona: Persona) -> Facts:
    """What the context and the tools say, and what was said; never what the model says beside its calls."""
    shown = [prompt.known(turn)]
    shown += [step.content["result"] for step in turn.steps if step.kind != "model"]
    spoken = [message["content"] for message in prompt.said(turn)]
    progress = turn.progress
    return Facts(
        said=[*shown, *spoken],
        shown=shown,
        acts_done=progress.acts_done,
        # An owner is answered in the language of the panel, whatever they write.
        asked=[] if turn.contact.is_owner else [message.text for message in turn.unanswered],
        contact=[turn.contact.phone] if turn.contact.phone else [],
        business=f"{turn.shop.name} {turn.shop.about}",
        rules=prompt.rules(turn, persona),
        tools=[*persona.tools],
        calendar=knowing.calendar(turn),
        people_go_on=progress.handoff_reason is not None or bool(progress.wakes),
    )
