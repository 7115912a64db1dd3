"""Portuguese text as the model compares it: without case, accents or typing haste."""

import re
import unicodedata
from collections.abc import Sequence

ABBREVIATIONS = {
    "vc": "voce",
    "vcs": "voces",
    "ce": "voce",
    "hj": "hoje",
    "amh": "amanha",
    "amn": "amanha",
    "q": "que",
    "pq": "porque",
    "qto": "quanto",
    "qnto": "quanto",
    "qnt": "quanto",
    "qd": "quando",
    "qdo": "quando",
    "qro": "quero",
    "td": "tudo",
    "tbm": "tambem",
    "tb": "tambem",
    "msm": "mesmo",
    "dps": "depois",
    "obg": "obrigado",
    "brigado": "obrigado",
    "brigada": "obrigada",
    "vlw": "valeu",
    "blz": "beleza",
    "eh": "e",
    "ta": "esta",
    "tao": "estao",
    "to": "estou",
    "hs": "h",
    "hr": "h",
    "hrs": "h",
    "pfv": "por favor",
    "pf": "por favor",
    "n": "nao",
    "s": "sim",
    "cachoro": "cachorro",
    "dog": "cachorro",
}

WORD = re.compile(r"[a-z0-9]+")
THREE_OR_MORE = re.compile(r"([a-z])\1{2,}")


def fold(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(char for char in decomposed if not unicodedata.combining(char))


def plain(text: str) -> str:
    """The text folded, with chat abbreviations written out and drawn-out letters shortened."""
    folded = THREE_OR_MORE.sub(r"\1", fold(text))
    spelled = re.sub(r"[a-z]+", lambda word: ABBREVIATIONS.get(word[0], word[0]), folded)
    return " ".join(spelled.split())


def words(text: str) -> list[str]:
    return WORD.findall(text)


FUNCTION_WORDS = frozenset(words("a o as os e de da do das dos em para pra pro com"))


def content_words(text: str) -> list[str]:
    return [word for word in words(fold(text)) if word not in FUNCTION_WORDS]


def alike(word: str, target: str, *, shortest: int = 5) -> bool:
    """Equal, or one slip of the finger apart when the target is long enough for a slip to be recognised."""
    if word == target:
        return True
    return len(target) >= shortest and word[:1] == target[:1] and one_edit_apart(word, target)


def one_edit_apart(word: str, target: str) -> bool:
    if abs(len(word) - len(target)) > 1:
        return False
    same = next((i for i, (a, b) in enumerate(zip(word, target, strict=False)) if a != b), min(len(word), len(target)))
    left, right = word[same:], target[same:]
    swapped = left[:2] == right[:2][::-1] and left[2:] == right[2:]
    return left[1:] == right[1:] or left == right[1:] or left[1:] == right or swapped


def either(names: Sequence[str], *, word: str = "ou") -> str:
    """`Thor, Mel ou Bidu`."""
    *first, last = names
    return f"{', '.join(first)} {word} {last}" if first else last
