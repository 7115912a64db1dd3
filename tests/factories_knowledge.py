"""A shop that has taught its agent something, and what its customers ask."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from auzap.db.connection import Tx
from auzap.ids import EntryId
from auzap.knowledge import documents, entries
from auzap.knowledge.entries import Draft
from auzap.knowledge.retrieval import Embedding

CASES = Path(__file__).parent / "db" / "knowledge_cases"
MODEL = "offline"


@dataclass(frozen=True)
class Asked:
    """A customer's question, and a phrase that only the text holds which answers it."""

    asks: str
    holds: str


@cache
def cases(name: str) -> Any:
    return json.loads((CASES / f"{name}.json").read_text("utf-8"))


def questions() -> list[Asked]:
    return [Asked(**each) for each in cases("questions")]


def teach(tx: Tx, question: str, answer: str, **more: Any) -> EntryId:
    return entries.create(tx, Draft(question, answer, **more)).id


def give_document(tx: Tx, title: str, text: str, **more: Any) -> int:
    """Read at once; into how many pieces."""
    document_id = documents.add_text(tx, title, text, **more)
    return documents.keep(tx, document_id, 0, text)


def teach_everything(tx: Tx) -> int:
    """A believable pet shop's knowledge; how many texts it is."""
    shop = cases("pet_shop")
    for entry in shop["entries"]:
        teach(tx, **entry)
    return len(shop["entries"]) + sum(give_document(tx, **document) for document in shop["documents"])


def embed_all(tx: Tx, embed: Callable[[str], list[float]], model: str = MODEL) -> None:
    for table, text in (("knowledge_entries", "question || E'\\n' || answer"), ("knowledge_chunks", "text")):
        for row_id, said in tx.execute(f"SELECT id, {text} FROM {table}").fetchall():  # pyright: ignore[reportArgumentType]
            tx.execute(
                f"UPDATE {table} SET embedding = %s::vector, embedding_model = %s WHERE id = %s",  # pyright: ignore[reportArgumentType]
                [Embedding(model, embed(said)).as_sql(), model, row_id],
            )
