"""Texts as vectors without a model: hashed words and pieces of words, so that similar texts lie near."""

import base64
import hashlib
import math
from array import array
from collections.abc import Iterator

from local.street.offline_model.text import FUNCTION_WORDS, fold, words

DIMENSIONS = 1536
WORD_WEIGHT = 1.0
# "tosar" and "tosa", "agendamento" and "agendar" share some.
TRIGRAM_WEIGHT = 0.35
COMMON_WORD_WEIGHT = 0.1
COMMON_WORDS = FUNCTION_WORDS | frozenset(
    words("que qual um uma eu voce voces meu minha seu sua quero queria por no na se")
)


def embed(text: str, dimensions: int = DIMENSIONS) -> list[float]:
    vector = [0.0] * dimensions
    for feature, weight in features(text):
        place, sign = hashed(feature)
        vector[place % dimensions] += sign * weight
    length = math.sqrt(sum(value * value for value in vector))
    if length == 0:
        place, sign = hashed(text)
        vector[place % dimensions] = sign
        return vector
    return [value / length for value in vector]


def as_base64(vector: list[float]) -> str:
    """Little-endian 32-bit floats, as OpenAI's client asks for unless told otherwise."""
    return base64.b64encode(array("f", vector).tobytes()).decode()


def features(text: str) -> Iterator[tuple[str, float]]:
    for word in words(fold(text)):
        if word in COMMON_WORDS:
            yield word, COMMON_WORD_WEIGHT
            continue
        yield word, WORD_WEIGHT
        edged = f" {word} "
        for start in range(len(edged) - 2):
            yield edged[start : start + 3], TRIGRAM_WEIGHT


def hashed(feature: str) -> tuple[int, float]:
    number = int.from_bytes(hashlib.blake2b(feature.encode(), digest_size=8).digest())
    return number >> 1, 1.0 if number & 1 else -1.0
