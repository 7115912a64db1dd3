"""Text as it may be stored and compared."""

import unicodedata
from typing import Any

from auzap.loose import items, mapping


def clean(text: str) -> str:
    """Without what PostgreSQL refuses: NUL and lone surrogates become the replacement character."""
    return text.replace("\x00", "�").encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def clean_json(value: Any) -> Any:
    """The same for every string of a JSON value, keys included, however deep it is."""
    whole: dict[Any, Any] = {"": value}
    waiting: list[tuple[Any, Any]] = [(whole, "")]
    while waiting:
        holder, place = waiting.pop()
        match holder[place]:
            case str() as text:
                holder[place] = clean(text)
            case list():
                holder[place] = copied = list[Any](items(holder[place]))
                waiting += [(copied, index) for index in range(len(copied))]
            case dict():
                holder[place] = renamed = {clean(key): item for key, item in mapping(holder[place]).items()}
                waiting += [(renamed, key) for key in renamed]
            case _:
                pass
    return whole[""]


def folded(text: str) -> str:
    """For comparing what people type: lower case, no accents, single spaces."""
    if not text.isascii():
        # Below this character there are no marks that combine, and asking for each is what costs.
        text = "".join([c for c in unicodedata.normalize("NFKD", text) if c < "\u0300" or not unicodedata.combining(c)])
    return " ".join(text.casefold().split())


def is_plain(words: str) -> bool:
    """Whether it can be shown as a fact: no price, hour or link comes in with letters alone and a few signs of names."""
    return all(c.isalpha() or c in " '’(),-/" for c in words.removesuffix("."))


def snake_case(name: str) -> str:
    """SlotTaken as slot_taken: how a class is called where names are written small."""
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in name).lstrip("_")
