"""What the shop has taught: the tool's hits, and which of them answers a question."""

import re
from dataclasses import dataclass

from local.street.offline_model.text import content_words, fold, words

HIT = re.compile(r"^- (?P<question>.*)\n {2}(?P<answer>.+(?:\n(?!- ).+)*)", re.MULTILINE)
# Words of any question, which say nothing of what it is about.
ASKING_WORDS = frozenset(
    words(
        """
    voces voce vc vcs tem ter teria fazem faz fazer dao qual quais quando como onde quanto por que porque posso pode podem dar da
    meu minha meus minhas seu sua um uma algum alguma sobre saber queria quero gostaria oi ola bom boa dia tarde noite e eh ai
    aqui la isso esse essa este esta sao ser estao se no na nos nas ao aos mais muito tambem so ja me te loja
    cachorro cachorros cachorra gato gatos pet pets bicho animal preciso precisa
    """
    )
)
# What the tool says where one text stands out.
SURE = "(high confidence)"
# Words that begin alike mean alike: aceita, aceitam, aceitamos.
BEGINNING = 5
# So much of what is asked must stand in what was taught.
NEAR_ENOUGH = 0.6


@dataclass(frozen=True)
class Hit:
    question: str
    answer: str


def hits_in(result: str) -> list[Hit]:
    return [Hit(found["question"].strip(), found["answer"].strip()) for found in HIT.finditer(result)]


def answering(question: str, result: str) -> Hit | None:
    """The nearest of those that speak of most of what is asked; else the first, where nothing else was taught of it."""
    asked, hits = beginnings(question), hits_in(result)
    if not asked or not hits:
        return None
    if SURE in result and beginnings(hits[0].question) <= asked and beginnings(hits[0].question):
        return hits[0]
    shares = [(share(asked, beginnings(f"{hit.question} {hit.answer}")), -place, hit) for place, hit in enumerate(hits)]
    best = max(shares, key=lambda rated: rated[:2], default=None)
    return best[2] if best and best[0] >= NEAR_ENOUGH else None


def share(asked: set[str], told: set[str]) -> float:
    return len(asked & told) / len(asked)


def beginnings(text: str) -> set[str]:
    return {word[:BEGINNING] for word in content_words(fold(text)) if word not in ASKING_WORDS and len(word) > 2}
