"""What a turn knows, as the reply gate may take it for true."""

from auzap.agent import prompt
from auzap.agent.gate import Facts
from auzap.agent.persona import Persona
from auzap.agent.turn import Turn


def facts_of(turn: Turn, persona: Persona) -> Facts:
    """What the context and the tools say, and what was said; never what the model says beside its calls."""
    shown = [prompt.context(turn)]
    shown += [step.content["result"] for step in turn.steps if step.kind != "model"]
    spoken = [message["content"] for message in prompt.said(turn)]
    contact = turn.contact
    return Facts(
        said=[*shown, *spoken],
        shown=shown,
        acts_done=turn.progress.acts_done,
        # An owner is answered in the language of the panel, whatever they write.
        asked=[] if contact.is_owner else [message.text for message in turn.unanswered],
        contact=[known for known in (contact.name, contact.phone) if known],
        business=f"{turn.shop.name} {turn.shop.about}",
        rules=prompt.rules(turn, persona),
        tools=[*persona.tools],
        handed_over=turn.progress.handoff_reason is not None,
    )
