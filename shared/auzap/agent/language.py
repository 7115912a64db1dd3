"""Which language somebody writes, where it is plain to see."""

from collections.abc import Sequence

from auzap.agent.rules import compiled
from auzap.agent.rules.languages import TELLING
from auzap.text import folded

WORD = r"[^\W\d_]+(?:'[^\W\d_]+)?"
# Fewer words than this tell nothing: "ok", "bath?", "Rex, Golden".
FEWEST_WORDS = 4
FEWEST_TELLING = 2


def language_of(texts: Sequence[str]) -> str | None:
    """pt, en or es; None where the words are few, or could be of more than one."""
    words = compiled(WORD).findall(folded("\n".join(texts)))
    if len(words) < FEWEST_WORDS:
        return None
    counts = sorted(((sum(word in telling for word in words), name) for name, telling in TELLING.items()), reverse=True)
    (most, language), (next_most, _) = counts[0], counts[1]
    return language if most >= FEWEST_TELLING and most > 2 * next_most else None
