"""Whether an animal is in danger, by what was written. Light: it is also asked where a message is recorded."""

from collections.abc import Sequence

from auzap.agent.rules import compiled
from auzap.agent.rules.emergencies import CALM, DANGERS, DENIED
from auzap.text import folded

SENTENCES = r"[.!?;\n]+"


def is_emergency(messages: Sequence[str]) -> bool:
    """Whether an animal seems to be in danger now. Some tell it in one message, some in several short ones."""
    together = [" ".join(messages)] if len(messages) > 1 else []
    return any(_tells_danger(said) for said in (*messages, *together))


def _tells_danger(said: str) -> bool:
    return any(_is_danger(folded(sentence)) for sentence in compiled(SENTENCES).split(said))


def _is_danger(sentence: str) -> bool:
    padded = f" {sentence} "
    return any(
        not compiled(DENIED).search(sentence[: found.start()])
        and not any(compiled(calm).search(sentence) for calm in CALM)
        for signs, danger in DANGERS
        if any(sign in padded for sign in signs)
        for found in compiled(danger).finditer(sentence)
    )
