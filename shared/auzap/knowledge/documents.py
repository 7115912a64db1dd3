"""Documents that the shop gives its agent to read: added, read by a job into pieces, replaced as a whole."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from auzap.db.connection import Tx
from auzap.db.constraints import refused
from auzap.errors import Refusal
from auzap.ids import DocumentId, new_id
from auzap.knowledge.chunking import MOST_CHUNKS, chunks
from auzap.knowledge.retrieval import Audience
from auzap.text import clean

type Kind = Literal["text", "pdf", "url"]
type State = Literal["waiting", "ready", "failed"]
# Why a document is not read, as a word for the panel.
type Problem = Literal[
    "empty",
    "encrypted",
    "given_up",
    "not_a_document",
    "out_of_reach",
    "redirected",
    "too_large",
    "too_many_pages",
    "too_slow",
    "unreadable",
    "unsafe_address",
]

MOST_BYTES = 5_000_000
MOST_CHARACTERS = 400_000
MOST_ATTEMPTS = 3
# Longer than a worker lives: who finds a document still waiting then finds nobody at work.
LEASE = timedelta(minutes=2)
PAGE = 50


@dataclass(frozen=True, slots=True)
class Document:
    id: DocumentId
    title: str
    kind: Kind
    address: str | None
    audience: Audience
    state: State
    problem: Problem | None
    chunk_count: int
    version: int
    created_at: datetime
    read_at: datetime | None


@dataclass(frozen=True, slots=True)
class Claimed:
    """A document as a worker finds it that is to read it."""

    kind: Kind
    address: str | None
    object_key: str | None
    body: str | None
    attempts: int
    version: int


class Unreadable(Exception):
    """It cannot be read, and reading it again would change nothing."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem)
        self.problem: Problem = problem


class UnknownDocument(Refusal):
    def __init__(self) -> None:
        super().__init__("There is no such document. Load the list again.")


class DocumentKnown(Refusal):
    def __init__(self) -> None:
        super().__init__("This file was added already.")


class UnfitDocument(Refusal):
    def __init__(self) -> None:
        super().__init__(
            "A document has a title of up to 200 characters, and a text of up to 400,000 or an https address."
        )


def add_text(tx: Tx, title: str, body: str, *, audience: Audience = "customers") -> DocumentId:
    return _add(tx, title, "text", audience, body=clean(body).strip())


def add_url(tx: Tx, title: str, address: str, *, audience: Audience = "customers") -> DocumentId:
    """Whether the address may be opened at all, the worker decides that opens it."""
    return _add(tx, title, "url", audience, address=clean(address).strip())


def add_pdf(
    tx: Tx, document_id: DocumentId, title: str, *, object_key: str, audience: Audience = "customers"
) -> DocumentId:
    """A file that lies in the bucket already, under a key of the document's own."""
    return _add(tx, title, "pdf", audience, document_id=document_id, object_key=object_key)


def read_again(tx: Tx, document_id: DocumentId) -> None:
    """What was read stays until the new reading takes its place."""
    asked = tx.execute(
        """
        UPDATE knowledge_documents SET state = 'waiting', problem = NULL, attempts = 0, read_after = app.now() WHERE id = %s
        """,
        [document_id],
    )
    if asked.rowcount == 0:
        raise UnknownDocument


def delete(tx: Tx, document_id: DocumentId) -> str | None:
    """With all of its pieces; the key of its file in the bucket, which is to be dropped."""
    row = tx.execute("DELETE FROM knowledge_documents WHERE id = %s RETURNING object_key", [document_id]).fetchone()
    if row is None:
        raise UnknownDocument
    return row[0]


def documents(tx: Tx, *, after: DocumentId | None = None, most: int = PAGE) -> list[Document]:
    """A page of them, the newest first."""
    return tx.rows(
        Document,
        """
        SELECT id, title, kind, address, audience, state, problem, chunk_count, version, created_at, read_at
        FROM knowledge_documents WHERE %(after)s::uuid IS NULL OR id < %(after)s ORDER BY id DESC LIMIT %(most)s
        """,
        {"after": after, "most": most},
    ).fetchall()


def document(tx: Tx, document_id: DocumentId) -> Document:
    found = tx.rows(
        Document,
        """
        SELECT id, title, kind, address, audience, state, problem, chunk_count, version, created_at, read_at
        FROM knowledge_documents WHERE id = %s
        """,
        [document_id],
    ).fetchone()
    if found is None:
        raise UnknownDocument
    return found


def claim(tx: Tx, document_id: DocumentId) -> Claimed | None:
    """For one worker at a time; none where there is nothing to read, or another one reads."""
    return tx.rows(
        Claimed,
        """
        UPDATE knowledge_documents SET attempts = attempts + 1, read_after = app.now() + %(lease)s
        WHERE id = %(document)s AND state = 'waiting' AND read_after <= app.now()
        RETURNING kind, address, object_key, body, attempts, version
        """,
        {"document": document_id, "lease": LEASE},
    ).fetchone()


def keep(tx: Tx, document_id: DocumentId, version: int, text: str) -> int:
    """The pieces of a reading in place of those before, all at once; how many there are. A late worker changes nothing."""
    pieces = chunks(clean(text))
    if not pieces:
        raise Unreadable("empty")
    if len(pieces) > MOST_CHUNKS:
        raise Unreadable("too_large")
    current = tx.execute(
        """
        UPDATE knowledge_documents SET state = 'ready', problem = NULL, version = version + 1, chunk_count = %(count)s,
          read_at = app.now()
        WHERE id = %(document)s AND state = 'waiting' AND version = %(version)s
        """,
        {"document": document_id, "version": version, "count": len(pieces)},
    )
    if current.rowcount:
        _replace(tx, document_id, pieces)
    return current.rowcount * len(pieces)


def fail(tx: Tx, document_id: DocumentId, version: int, problem: Problem) -> None:
    tx.execute(
        """
        UPDATE knowledge_documents SET state = 'failed', problem = %(problem)s
        WHERE id = %(document)s AND state = 'waiting' AND version = %(version)s
        """,
        {"document": document_id, "version": version, "problem": problem},
    )


def _replace(tx: Tx, document_id: DocumentId, pieces: Sequence[str]) -> None:
    tx.execute("DELETE FROM knowledge_chunks WHERE document_id = %s", [document_id])
    tx.execute(
        """
        INSERT INTO knowledge_chunks (document_id, position, text)
        SELECT %s, place - 1, text FROM unnest(%s::text[]) WITH ORDINALITY AS piece (text, place)
        """,
        [document_id, list(pieces)],
    )


def _add(
    tx: Tx,
    title: str,
    kind: Kind,
    audience: Audience,
    *,
    document_id: DocumentId | None = None,
    address: str | None = None,
    object_key: str | None = None,
    body: str | None = None,
) -> DocumentId:
    made = document_id or DocumentId(new_id())
    with refused(tx, taken=DocumentKnown, unfit=UnfitDocument):
        tx.execute(
            """
            INSERT INTO knowledge_documents (id, title, kind, address, object_key, body, audience)
            VALUES (%(id)s, %(title)s, %(kind)s, %(address)s, %(key)s, %(body)s, %(audience)s)
            """,
            {
                "id": made,
                "title": clean(title).strip(),
                "kind": kind,
                "address": address,
                "key": object_key,
                "body": body,
                "audience": audience,
            },
        )
    return made
