"""Text as it may be stored and compared."""

import unicodedata
from typing import Any

from auzap.loose import items, mapping


def clean(text: str) -> str:
    """Without what PostgreSQL refuses: NUL and lone surrogates become the replacement character."""
    return text.replace("\x00", "�").encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def clean_json(value: Any) -> Any:
    """The same for every string of a JSON value, keys included."""
    match value:
        case str():
            return clean(value)
        case list():
            return [clean_json(item) for item in items(value)]
        case dict():
            return {clean(key): clean_json(item) for key, item in mapping(value).items()}
        case _:
            return value


def folded(text: str) -> str:
    """For comparing what people type: lower case, no accents, single spaces."""
    bare = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return " ".join(bare.casefold().split())
