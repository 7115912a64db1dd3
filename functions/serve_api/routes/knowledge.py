"""What the shop has taught its agent."""

from datetime import UTC, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query, status
from pydantic import BaseModel, Field

from auzap import runtime
from auzap.ids import DocumentId, EntryId, OrganizationId, new_id
from auzap.knowledge import documents, entries, retrieval
from auzap.knowledge.documents import MOST_BYTES, MOST_CHARACTERS, Document
from auzap.knowledge.entries import Category, Draft, Entry, Similar, Statistics
from auzap.knowledge.retrieval import Audience, Confidence, Hit
from auzap.media.reading import object_key
from functions.serve_api.answers import Answer, Created, List
from functions.serve_api.bodies import Body, Change, Words
from functions.serve_api.dependencies import Begun, DoneOnce, Now, Request_
from functions.serve_api.paging import Paged, keys_of, rows_of
from functions.serve_api.stored import Files, Upload

router = APIRouter(prefix="/v1/knowledge", tags=["knowledge"])

PDF = "application/pdf"
Question = Annotated[str, Field(min_length=3, max_length=600, examples=["Vocês têm estacionamento?"])]
AnswerText = Annotated[str, Field(min_length=1, max_length=4000, examples=["Sim, três vagas na frente da loja."])]
Tag = Annotated[str, Field(min_length=1, max_length=60)]
Tags = Annotated[list[Tag], Field(max_length=20)]
Priority = Annotated[int, Field(ge=1, le=10)]
Title = Annotated[str, Field(min_length=1, max_length=200, examples=["Regulamento do hotel"])]
Asked = Annotated[
    Words, Query(alias="question", min_length=3, max_length=600, description="As a customer would ask it")
]


class NewEntry(Body):
    question: Question
    answer: AnswerText
    category: Category = "general"
    tags: Tags = Field(default_factory=list[str])
    priority: Priority = 5
    audience: Audience = Field(default="customers", description="`internal` is for the team alone")


class EntryChange(Change):
    question: Question | None = None
    answer: AnswerText | None = None
    category: Category | None = None
    tags: Tags | None = None
    priority: Priority | None = None
    audience: Audience | None = None
    is_active: bool | None = Field(default=None, description="False puts it away; it is shown to nobody")


class TextDocument(Body):
    kind: Literal["text"]
    title: Title
    text: str = Field(min_length=1, max_length=MOST_CHARACTERS)
    audience: Audience = "customers"


class UrlDocument(Body):
    kind: Literal["url"]
    title: Title
    address: str = Field(
        min_length=1, max_length=2000, pattern=r"^https://", examples=["https://example.com/regulamento"]
    )
    audience: Audience = "customers"


class PdfDocument(Body):
    kind: Literal["pdf"]
    title: Title
    upload_id: DocumentId = Field(description="Of an upload whose file is there by now")
    audience: Audience = "customers"


class NewUpload(Body):
    size: int = Field(ge=1, le=MOST_BYTES, description="Bytes of the PDF", examples=[182_340])


class Found(BaseModel):
    """What the agent would find for a question, the best first; and how sure it would be."""

    confidence: Confidence
    hits: list[Hit]


NewDocument = Annotated[TextDocument | UrlDocument | PdfDocument, Field(discriminator="kind")]


@router.get("/entries")
def list_entries(
    begun: Request_,
    page: Paged,
    search: Annotated[Words, Query(description="Words of question, answer or tags: one page, the best first")] = "",
    category: Annotated[Category | None, Query(description="Of this category")] = None,
    tag: Annotated[Words | None, Query(description="With this tag")] = None,
    audience: Annotated[Audience | None, Query(description="For customers, or for the team alone")] = None,
    is_active: Annotated[bool | None, Query(description="False: only those put away")] = None,
) -> List[Entry]:
    """Questions with their answers, the newest first; with words those that hold them, the best first and on one page."""
    (after,) = (None if search else keys_of(page, UUID)) or (None,)
    found = entries.entries(
        begun.tx,
        words=search,
        category=category,
        tag=tag,
        audience=audience,
        is_active=is_active,
        after=EntryId(after) if after else None,
        most=page.limit + (0 if search else 1),
    )
    return List.page(rows_of(found, page, lambda row: (row.id,)))


@router.post("/entries", status_code=status.HTTP_201_CREATED)
def create_entry(body: NewEntry, once: DoneOnce) -> Created[Entry]:
    """Teach an answer. A question that has one already is refused."""
    made = once.answer(Created[Entry], lambda: entries.create(once.begun.tx, Draft(**body.model_dump())))
    _embed(once.begun)
    return made


@router.patch("/entries/{entry_id}")
def change_entry(entry_id: EntryId, body: EntryChange, begun: Request_) -> Answer[Entry]:
    """Change an entry, or put it away."""
    changed = entries.change(begun.tx, entry_id, body.given())
    _embed(begun)
    return Answer[Entry].of(changed)


@router.delete("/entries/{entry_id}", status_code=status.HTTP_204_NO_CONTENT)
def delete_entry(entry_id: EntryId, begun: Request_) -> None:
    """Forget an entry."""
    entries.delete(begun.tx, entry_id)


@router.get("/documents")
def list_documents(begun: Request_, page: Paged) -> List[Document]:
    """Documents, the newest first; one that could not be read says why."""
    (after,) = keys_of(page, UUID) or (None,)
    found = documents.documents(begun.tx, after=DocumentId(after) if after else None, most=page.limit + 1)
    return List.page(rows_of(found, page, lambda row: (row.id,)))


@router.post("/documents", status_code=status.HTTP_201_CREATED)
def add_document(body: NewDocument, once: DoneOnce) -> Created[Document]:
    """Give the agent a text, a page of the web, or an uploaded PDF to read. It is read within a minute."""
    begun = once.begun
    added = once.answer(Created[Document], lambda: documents.document(begun.tx, _added(begun, body)))
    _read(begun, added.data.id)
    return added


@router.delete("/documents/{document_id}", status_code=status.HTTP_204_NO_CONTENT)
def delete_document(document_id: DocumentId, begun: Request_, files: Files) -> None:
    """Forget a document with all that was read of it."""
    key = documents.delete(begun.tx, document_id)
    if key is not None:
        begun.later(lambda: files.drop(key))


@router.post("/documents/{document_id}/reading", status_code=status.HTTP_202_ACCEPTED)
def read_document(document_id: DocumentId, once: DoneOnce) -> Answer[Document]:
    """Have a document read again; what was read before stays until then."""
    begun = once.begun

    def ask() -> Any:
        documents.read_again(begun.tx, document_id)
        return documents.document(begun.tx, document_id)

    asked = once.answer(Answer[Document], ask)
    _read(begun, document_id)
    return asked


@router.post("/uploads", status_code=status.HTTP_201_CREATED)
def begin_document_upload(body: NewUpload, begun: Request_, files: Files, at: Now) -> Created[Upload]:
    """Where to put a PDF, before it is added as a document. Never the same place twice: no Idempotency-Key is taken."""
    upload_id = DocumentId(new_id())
    link = files.link_to_put(
        object_key(begun.asker.organization_id, upload_id), size=body.size, content_type=PDF, now=at
    )
    return Created[Upload].of(Upload.by(upload_id, link))


@router.get("/search")
def search_knowledge(begun: Request_, question: Asked) -> Answer[Found]:
    """What the agent would find for a question by its words, internal entries among them."""
    hits = retrieval.search(begun.tx, question, audiences=entries.BOTH)
    return Answer[Found].of(Found(confidence=retrieval.confidence(hits), hits=hits))


@router.get("/similar")
def list_similar(begun: Request_, question: Asked) -> List[Similar]:
    """What is asked in much the same words already: better changed than taught twice."""
    return List.of(entries.similar(begun.tx, question))


@router.get("/untaught")
def list_untaught(
    begun: Request_, limit: Annotated[int, Query(ge=1, le=100, description="How many at most")] = 50
) -> List[str]:
    """Questions that the team was asked and of which nothing was taught, the latest first."""
    return List.of(entries.untaught(begun.tx, most=limit))


@router.get("/statistics")
def show_knowledge_statistics(begun: Request_) -> Answer[Statistics]:
    """How much is known and used, and how much was asked that nobody has taught."""
    return Answer[Statistics].of(entries.statistics(begun.tx))


def _added(begun: Begun, body: TextDocument | UrlDocument | PdfDocument) -> DocumentId:
    match body:
        case TextDocument():
            return documents.add_text(begun.tx, body.title, body.text, audience=body.audience)
        case UrlDocument():
            return documents.add_url(begun.tx, body.title, body.address, audience=body.audience)
        case PdfDocument():
            key = object_key(begun.asker.organization_id, body.upload_id)
            return documents.add_pdf(begun.tx, body.upload_id, body.title, object_key=key, audience=body.audience)


def _embed(begun: Begun) -> None:
    """Until then its words alone find it."""
    shop = begun.asker.organization_id
    begun.later(lambda: _hint("embed_knowledge", shop, shop))


def _read(begun: Begun, document_id: DocumentId) -> None:
    begun.later(lambda: _hint("read_document", begun.asker.organization_id, document_id))


def _hint(job: str, shop: OrganizationId, subject: UUID) -> None:
    at = datetime.now(UTC).isoformat()
    runtime.hint_automation({"organization_id": str(shop), "job": job, "subject": str(subject), "at": at})
