"""What the shop has taught that answers a question: by its words and by its meaning, fused by rank; by its words alone too."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from auzap.db.connection import Tx

type Audience = Literal["customers", "internal"]
type Confidence = Literal["high", "medium", "none"]

CUSTOMERS: tuple[Audience, ...] = ("customers",)
MOST = 3
# Of each way of looking, before they are fused; and what keeps a first place of one from outweighing both.
CANDIDATES = 10
RANK_CONSTANT = 60
# From here on a text speaks of what was asked, and not only of something near.
CERTAIN = 0.7
# How near two texts of one matter lie differs from model to model.
NEAR = {"text-embedding-3-small": 0.35, "text-embedding-3-large": 0.35, "text-embedding-ada-002": 0.78, "offline": 0.4}
NEAR_OF_OTHERS = 0.5


@dataclass(frozen=True, slots=True)
class Embedding:
    """A text as a vector, and the model that made it."""

    model: str
    values: Sequence[float]

    def as_sql(self) -> str:
        return "[" + ",".join(map(repr, self.values)) + "]"


@dataclass(frozen=True, slots=True)
class Hit:
    """A text that may answer; `score` is how much of the question it speaks of, from 0 to 1."""

    id: UUID
    kind: Literal["entry", "chunk"]
    question: str
    text: str
    score: float


def search(
    tx: Tx,
    question: str,
    *,
    embedding: Embedding | None = None,
    audiences: Sequence[Audience] = CUSTOMERS,
    most: int = MOST,
) -> list[Hit]:
    """The best first. Without an embedding, or before one is made of what was taught last, words alone decide."""
    parameters = {"question": question, "audiences": list(audiences), "candidates": CANDIDATES, "most": most}
    if embedding is None:
        return tx.rows(
            Hit,
            "SELECT id, kind, question, body AS text, score FROM app.knowledge_matches(%(question)s, %(audiences)s, %(most)s)",
            parameters,
        ).fetchall()
    return tx.rows(
        Hit,
        """
        WITH each AS (
          SELECT * FROM app.knowledge_matches(%(question)s, %(audiences)s, %(candidates)s)
            WITH ORDINALITY AS m (id, kind, question, body, score, place)
          UNION ALL
          SELECT * FROM app.knowledge_near(%(embedding)s::vector, %(model)s, %(near)s, %(audiences)s, %(candidates)s)
            WITH ORDINALITY AS n (id, kind, question, body, score, place)
        )
        SELECT id, kind, question, body AS text, max(score) AS score FROM each GROUP BY id, kind, question, body
        ORDER BY sum(1.0 / (%(constant)s + place)) DESC, max(score) DESC, id LIMIT %(most)s
        """,
        {
            **parameters,
            "embedding": embedding.as_sql(),
            "model": embedding.model,
            "near": NEAR.get(embedding.model, NEAR_OF_OTHERS),
            "constant": RANK_CONSTANT,
        },
    ).fetchall()


def confidence(hits: Sequence[Hit]) -> Confidence:
    """High where one text stands out, medium where several may be meant or none is sure."""
    if not hits:
        return "none"
    return "high" if hits[0].score >= CERTAIN or len(hits) == 1 else "medium"


def count_shown(tx: Tx, hits: Sequence[Hit]) -> None:
    """What was shown to a model has been used."""
    tx.execute("SELECT app.count_knowledge(%s)", [[hit.id for hit in hits]])
