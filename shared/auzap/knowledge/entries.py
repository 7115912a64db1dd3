"""Questions and answers that the shop teaches its agent: made, changed, put away, found again, and looked at in numbers."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Literal, LiteralString

from psycopg.errors import CheckViolation, NumericValueOutOfRange, UniqueViolation

from auzap.db.connection import Tx
from auzap.db.constraints import columns
from auzap.errors import Refusal
from auzap.ids import EntryId
from auzap.knowledge.retrieval import Audience
from auzap.text import clean

type Category = Literal["services", "prices", "hours", "policies", "emergencies", "general"]
type Source = Literal["manual", "escalation", "import", "demonstration"]

BOTH: tuple[Audience, ...] = ("customers", "internal")
PAGE = 50
MOST_SIMILAR = 5
# Nearer than this, two questions are one that is asked in other words.
SIMILAR = 0.5


@dataclass(frozen=True, slots=True)
class Entry:
    id: EntryId
    question: str
    answer: str
    category: Category
    tags: list[str]
    priority: int
    audience: Audience
    is_active: bool
    source: Source
    usage_count: int
    last_used_at: datetime | None
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Draft:
    """An entry as somebody writes it."""

    question: str
    answer: str
    category: Category = "general"
    tags: Sequence[str] = ()
    priority: int = 5
    audience: Audience = "customers"


@dataclass(frozen=True, slots=True)
class Similar:
    id: EntryId
    question: str
    answer: str
    score: float


@dataclass(frozen=True, slots=True)
class Statistics:
    """How much is known and used, and what was asked of late that nobody has taught."""

    active: int
    used: int
    never_used: int
    chunks: int
    untaught: int


class UnknownEntry(Refusal):
    def __init__(self) -> None:
        super().__init__("There is no such entry. Load the list again.")


class AskedAlready(Refusal):
    def __init__(self) -> None:
        super().__init__("This question has an answer already. Change that entry, or ask it in other words.")


class UnfitEntry(Refusal):
    def __init__(self) -> None:
        super().__init__(
            "A question has 3 to 600 characters, an answer up to 4,000, an entry at most 20 tags and a priority from 1 to 10."
        )


def create(tx: Tx, draft: Draft, *, source: Source = "manual") -> Entry:
    return _written(
        tx,
        """
        INSERT INTO knowledge_entries (question, answer, category, tags, priority, audience, source)
        VALUES (%(question)s, %(answer)s, %(category)s, %(tags)s, %(priority)s, %(audience)s, %(source)s)
        RETURNING id, question, answer, category, tags, priority, audience, is_active, source,
          usage_count, last_used_at, updated_at
        """,
        {**_cleaned(asdict(draft)), "source": source},
    )


def change(tx: Tx, entry_id: EntryId, given: Mapping[str, Any]) -> Entry:
    """What it says now is embedded anew; until then its words find it. Put away, it is shown to nobody and keeps its counts."""
    return _written(
        tx,
        """
        UPDATE knowledge_entries e SET (question, answer, category, tags, priority, audience, is_active, updated_at,
            embedding, embedding_model)
          = (SELECT n.question, n.answer, n.category, n.tags, n.priority, n.audience, n.is_active, app.now(),
            CASE WHEN (n.question, n.answer) = (e.question, e.answer) THEN e.embedding END,
            CASE WHEN (n.question, n.answer) = (e.question, e.answer) THEN e.embedding_model END
          FROM jsonb_populate_record(e, %(given)s) n)
        WHERE e.id = %(id)s
        RETURNING id, question, answer, category, tags, priority, audience, is_active, source,
          usage_count, last_used_at, updated_at
        """,
        {"given": columns(_cleaned(given)), "id": entry_id},
    )


def delete(tx: Tx, entry_id: EntryId) -> None:
    if tx.execute("DELETE FROM knowledge_entries WHERE id = %s", [entry_id]).rowcount == 0:
        raise UnknownEntry


def entries(
    tx: Tx,
    *,
    words: str = "",
    category: Category | None = None,
    tag: str | None = None,
    audience: Audience | None = None,
    is_active: bool | None = None,
    after: EntryId | None = None,
    most: int = PAGE,
) -> list[Entry]:
    """For staff, put-away ones too: a page of all of them, newest first, or those that hold the words, best first."""
    return tx.rows(
        Entry,
        """
        WITH asked AS (
          SELECT nullif(websearch_to_tsquery('public.auzap_portuguese', %(words)s)::text, '')::tsquery AS query
        )
        SELECT e.id, question, answer, category, tags, priority, audience, is_active, source, usage_count, last_used_at, updated_at
        FROM knowledge_entries e, asked
        WHERE (%(words)s = '' OR e.search @@ asked.query OR strpos(lower(e.question), lower(%(words)s)) > 0)
          AND (%(category)s::text IS NULL OR category = %(category)s) AND (%(tag)s::text IS NULL OR %(tag)s = ANY (tags))
          AND (%(audience)s::text IS NULL OR audience = %(audience)s)
          AND (%(active)s::boolean IS NULL OR is_active = %(active)s)
          AND (%(after)s::uuid IS NULL OR e.id < %(after)s)
        ORDER BY ts_rank_cd('{0.3, 0.3, 0.3, 0.7}', e.search, asked.query) DESC NULLS LAST, e.id DESC LIMIT %(most)s
        """,
        {
            "words": clean(words).strip(),
            "category": category,
            "tag": tag,
            "audience": audience,
            "active": is_active,
            "after": after,
            "most": most,
        },
    ).fetchall()


def similar(tx: Tx, question: str) -> list[Similar]:
    """What is asked in much the same words already: better changed than taught twice."""
    return tx.rows(
        Similar,
        """
        SELECT m.id, e.question, e.answer, m.score FROM app.knowledge_matches(%s, %s, %s) m
        JOIN knowledge_entries e ON e.id = m.id WHERE m.score >= %s ORDER BY m.score DESC, m.id
        """,
        [clean(question), list(BOTH), MOST_SIMILAR, SIMILAR],
    ).fetchall()


def statistics(tx: Tx) -> Statistics:
    return next(
        tx.rows(
            Statistics,
            """
            SELECT count(*)::int AS active, count(*) FILTER (WHERE usage_count > 0)::int AS used,
              count(*) FILTER (WHERE usage_count = 0)::int AS never_used,
              (SELECT count(*) FROM knowledge_chunks)::int AS chunks,
              (SELECT count(*) FROM escalations WHERE kind = 'ai_unknown' AND NOT is_learned)::int AS untaught
            FROM knowledge_entries WHERE is_active
            """,
        )
    )


def untaught(tx: Tx, *, most: int = PAGE) -> list[str]:
    """Questions that the team was asked and of which nothing was taught, the latest first."""
    rows = tx.execute(
        "SELECT question FROM escalations WHERE kind = 'ai_unknown' AND NOT is_learned ORDER BY id DESC LIMIT %s",
        [most],
    )
    return [row[0] for row in rows]


def _cleaned(given: Mapping[str, Any]) -> dict[str, Any]:
    """As they are kept: texts without spaces around them, and each tag once, in small letters."""
    cleaned = dict(given)
    for field in ("question", "answer"):
        if field in cleaned:
            cleaned[field] = clean(cleaned[field]).strip()
    if "tags" in cleaned:
        tags = dict.fromkeys(clean(each).strip().lower() for each in cleaned["tags"])
        cleaned["tags"] = [tag for tag in tags if tag]
    return cleaned


def _written(tx: Tx, statement: LiteralString, parameters: dict[str, object]) -> Entry:
    try:
        with tx.savepoint():
            written = tx.rows(Entry, statement, parameters).fetchone()
    except UniqueViolation as twice:
        raise AskedAlready from twice
    except (CheckViolation, NumericValueOutOfRange) as unfit:
        raise UnfitEntry from unfit
    if written is None:
        raise UnknownEntry
    return written
