"""Products of the shop: found by the words a customer uses for them."""

from dataclasses import dataclass
from uuid import UUID

from auzap.db.connection import Tx
from auzap.text import folded

MOST_WORDS = 6
# fmt: off
SMALL_WORDS = frozenset(
    {
        "a", "o", "as", "os", "um", "uma", "de", "da", "do", "das", "dos", "e", "ou", "com", "sem", "para", "pra", "pro", "tem",
        "voces", "meu", "minha", "the", "for", "with", "of", "and", "my",
    }
)
# fmt: on


@dataclass(frozen=True, slots=True)
class Product:
    id: UUID
    name: str
    brand: str | None
    unit: str
    price_cents: int
    is_available: bool


def search(tx: Tx, words: str, *, most: int) -> list[Product]:
    """Those in whose name, brand, code or description every word stands, however its accents and plurals are typed."""
    wanted = searched(words)
    if not wanted:
        return []
    return tx.rows(
        Product,
        """
        SELECT p.id, p.name, p.brand, p.unit, p.price_cents, p.stock > 0 AS is_available
        FROM products p, LATERAL (
          SELECT lower(unaccent(p.name)) AS name,
            lower(unaccent(concat_ws(' ', p.name, p.brand, p.code, p.description))) AS whole) said
        WHERE p.is_active AND (SELECT bool_and(strpos(said.whole, word) > 0) FROM unnest(%(words)s::text[]) AS word)
        ORDER BY p.stock > 0 DESC, (SELECT bool_and(strpos(said.name, word) > 0) FROM unnest(%(words)s::text[]) AS word) DESC,
          p.is_highlighted DESC, p.name LIMIT %(most)s
        """,
        {"words": wanted, "most": most},
    ).fetchall()


def searched(words: str) -> list[str]:
    """What is looked for, of what somebody said."""
    said = ("".join(c for c in word if c.isalnum() or c in "-.") for word in folded(words).split())
    return [_singular(word) for word in said if word and word not in SMALL_WORDS][:MOST_WORDS]


def _singular(word: str) -> str:
    """As much of a word as its singular and its plural have in common: they are looked for within words."""
    if word.endswith(("oes", "aes", "aos")) and len(word) > 4:
        return word[:-3]
    if word.endswith("ao") and len(word) > 4:
        return word[:-2]
    return word.removesuffix("s") if len(word) > 3 else word
