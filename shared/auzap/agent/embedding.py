"""Vectors of what the shop has taught, made in batches with no transaction open; of another model they are made anew."""

import time
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from auzap.agent import metering
from auzap.agent.model import Embedded, Model
from auzap.db.connection import Database, Tx
from auzap.errors import ModelUnavailable
from auzap.ids import OrganizationId

ACTOR = "knowledge"
BATCH = 64
# What embedding models take of a text; nothing that we keep is much longer.
LONGEST_TEXT = 6_000
# Less is no time for a batch.
SECONDS_A_BATCH = 3.0


@dataclass(frozen=True, slots=True)
class Waiting:
    kind: Literal["entry", "chunk"]
    id: UUID
    text: str


def embed_missing(database: Database, model: Model, organization_id: OrganizationId, *, seconds: float) -> str:
    """As many as there is time for; what is left has its turn the next time."""
    if not model.embeds:
        return "no_model"
    deadline = time.monotonic() + seconds
    while time.monotonic() + SECONDS_A_BATCH < deadline:
        with database.transaction(organization_id, ACTOR) as tx:
            waiting = _waiting(tx, model.embeddings) if metering.may_ask(tx) else []
        if not waiting:
            return "embedded"
        try:
            made = model.embed([each.text for each in waiting], deadline=deadline)
        except ModelUnavailable:
            return "unavailable"
        with database.transaction(organization_id, ACTOR) as tx:
            _keep(tx, waiting, made)
            metering.count(tx, made.usage)
    return "out_of_time"


def _waiting(tx: Tx, model: str) -> list[Waiting]:
    return tx.rows(
        Waiting,
        """
        SELECT 'entry' AS kind, id, left(question || E'\\n' || answer, %(longest)s) AS text FROM knowledge_entries
        WHERE is_active AND embedding_model IS DISTINCT FROM %(model)s
        UNION ALL
        SELECT 'chunk', id, left(text, %(longest)s) FROM knowledge_chunks WHERE embedding_model IS DISTINCT FROM %(model)s
        LIMIT %(batch)s
        """,
        {"model": model, "longest": LONGEST_TEXT, "batch": BATCH},
    ).fetchall()


def _keep(tx: Tx, waiting: list[Waiting], made: Embedded) -> None:
    """Of the text that was read: what was changed meanwhile waits for its own."""
    vectors = [embedding.as_sql() for embedding in made.embeddings]
    name = made.embeddings[0].model
    known = {
        "ids": [each.id for each in waiting],
        "texts": [each.text for each in waiting],
        "vectors": vectors,
        "model": name,
        "longest": LONGEST_TEXT,
    }
    tx.execute(
        """
        WITH made AS (
          SELECT * FROM unnest(%(ids)s::uuid[], %(texts)s::text[], %(vectors)s::vector[]) AS made (id, text, embedding)
        ), entries AS (
          UPDATE knowledge_entries e SET embedding = made.embedding, embedding_model = %(model)s FROM made
          WHERE e.id = made.id AND left(e.question || E'\\n' || e.answer, %(longest)s) = made.text
        )
        UPDATE knowledge_chunks c SET embedding = made.embedding, embedding_model = %(model)s FROM made
        WHERE c.id = made.id AND left(c.text, %(longest)s) = made.text
        """,
        known,
    )
