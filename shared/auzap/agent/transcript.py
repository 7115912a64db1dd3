"""A conversation as a model reads it that is to put it in other words: who said what, a line each."""

from typing import Any

LANGUAGES = {"pt-BR": "português do Brasil", "en": "inglês"}
SPEAKERS = {"customer": "Cliente", "agent": "Assistente", "staff": "Equipe", "system": "Sistema"}


def spoken_line(message: dict[str, Any], most: int) -> str:
    """On one line, so that no part of it is taken for somebody else's word."""
    words = " ".join(message["text"].split())
    return f"{SPEAKERS[message['sender']]}: {words[:most] if words else '[' + message['kind'] + ']'}"
