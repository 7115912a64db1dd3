"""Text as it may be stored and compared."""

import unicodedata


def clean(text: str) -> str:
    """Without what PostgreSQL refuses: NUL and lone surrogates become the replacement character."""
    return text.replace("\x00", "�").encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def clean_json(value: object) -> object:
    """The same for every string of a JSON value, keys included."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, list):
        return [clean_json(item) for item in value]  # pyright: ignore[reportUnknownVariableType]
    if isinstance(value, dict):
        return {clean(str(key)): clean_json(item) for key, item in value.items()}  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    return value


def folded(text: str) -> str:
    """For comparing what people type: lower case, no accents, single spaces."""
    bare = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return " ".join(bare.casefold().split())
