"""What the shop teaches: entries, documents with their files, what is found, and in numbers."""

from typing import Any
from uuid import uuid4

import httpx
import psycopg
import pytest

from auzap import runtime
from auzap.db.connection import Database
from auzap.ids import DocumentId
from auzap.media import reading
from auzap.media.bucket import Bucket
from tests import factories
from tests.api.people import People, Person
from tests.api.shops import become, changed, fields, made, organization_of, pages, refused
from tests.api.surroundings import Surroundings
from tests.unit.pdf_files import pdf

PARKING = {"question": "Tem estacionamento?", "answer": "Três vagas na frente.", "tags": ["Carro"]}
RULES = {"kind": "text", "title": "Regulamento", "text": "# Hotel\n\nA saída é até as 12h."}


@pytest.fixture
def helena(people: People) -> Person:
    return people.owner()


@pytest.fixture
def bucket(around: Surroundings, monkeypatch: pytest.MonkeyPatch) -> Bucket:
    made = around.make_bucket()
    monkeypatch.setenv("AUZAP_MEDIA_BUCKET", made.name)
    runtime.settings.cache_clear()
    return made


def teach(person: Person, question: str = "Tem estacionamento?", **more: Any) -> Any:
    return made(person.ask("POST", "/v1/knowledge/entries", PARKING | {"question": question} | more))


def test_an_entry_is_taught_changed_put_away_and_forgotten(helena: Person, around: Surroundings) -> None:
    entry = teach(helena)
    path = f"/v1/knowledge/entries/{entry['id']}"
    assert (entry["tags"], entry["source"], entry["priority"]) == (["carro"], "manual", 5)

    after = changed(helena.ask("PATCH", path, {"answer": "Cinco vagas.", "is_active": False}))

    assert helena.get("/v1/knowledge/entries") == [after]
    assert (after["answer"], after["is_active"], after["question"]) == ("Cinco vagas.", False, PARKING["question"])
    assert helena.ask("DELETE", path).status_code == 204
    assert refused(helena.ask("DELETE", path)) == (404, "unknown_entry")
    shop = str(organization_of(helena))
    jobs = [(hint["job"], hint["subject"]) for hint in around.hints("automations")]
    assert jobs == [("embed_knowledge", shop), ("embed_knowledge", shop)]


def test_a_question_has_one_answer_and_both_have_a_length(helena: Person) -> None:
    entry = teach(helena)
    other = teach(helena, "Tem wi-fi?")["id"]

    assert refused(helena.ask("POST", "/v1/knowledge/entries", PARKING)) == (409, "asked_already")
    asked = {"question": entry["question"].upper()}
    assert refused(helena.ask("PATCH", f"/v1/knowledge/entries/{other}", asked)) == (409, "asked_already")
    assert refused(helena.ask("PATCH", f"/v1/knowledge/entries/{other}", {"answer": "\u00a0\u2003"}))[0] == 422
    assert fields(helena.ask("POST", "/v1/knowledge/entries", {"question": "Oi", "answer": ""})) == [
        "question",
        "answer",
    ]


def test_entries_come_by_pages_by_filter_and_by_words(helena: Person) -> None:
    ids = [
        teach(helena, f"Pergunta {number}?", category="prices" if number % 2 else "hours")["id"] for number in range(5)
    ]
    inside = teach(helena, "Onde fica a chave?", audience="internal", tags=["chave"])["id"]

    shown = pages(helena, "/v1/knowledge/entries", limit=4)

    assert [[row["id"] for row in page] for page in shown] == [[inside, *reversed(ids[2:])], [ids[1], ids[0]]]

    def found(query: str) -> list[str]:
        return [row["id"] for row in helena.get(f"/v1/knowledge/entries?{query}")]

    assert found("category=prices") == [ids[3], ids[1]]
    assert found("audience=internal") == found("tag=chave") == found("search=chaves") == [inside]
    assert len(found("search=pergunta&limit=2")) == 2
    assert found("is_active=false") == []


def test_a_text_is_given_to_read_read_and_read_again(
    helena: Person, database: Database, around: Surroundings, bucket: Bucket
) -> None:
    document = made(helena.ask("POST", "/v1/knowledge/documents", RULES))
    assert (document["state"], document["kind"], document["chunk_count"]) == ("waiting", "text", 0)
    assert [(hint["job"], hint["subject"]) for hint in around.hints("automations")] == [
        ("read_document", document["id"])
    ]

    reading.read(database, bucket, organization_of(helena), document["id"])
    assert [(row["state"], row["chunk_count"]) for row in helena.get("/v1/knowledge/documents")] == [("ready", 1)]

    again = helena.ask("POST", f"/v1/knowledge/documents/{document['id']}/reading")
    assert (again.status_code, again.json()["data"]["state"]) == (202, "waiting")
    assert helena.ask("DELETE", f"/v1/knowledge/documents/{document['id']}").status_code == 204
    assert helena.get("/v1/knowledge/documents") == []


def test_a_pdf_is_put_into_the_bucket_by_a_link_added_read_and_dropped(
    helena: Person, database: Database, bucket: Bucket
) -> None:
    file = pdf("A saida e ate as 12h.")
    upload = made(helena.ask("POST", "/v1/knowledge/uploads", {"size": len(file)}))
    assert httpx.put(upload["url"], content=file, headers=upload["headers"]).status_code == 200

    given = {"kind": "pdf", "title": "Regras", "upload_id": upload["id"]}
    document = made(helena.ask("POST", "/v1/knowledge/documents", given))

    assert document["id"] == upload["id"]
    assert reading.read(database, bucket, organization_of(helena), DocumentId(document["id"])) == "ready"
    assert refused(helena.ask("POST", "/v1/knowledge/documents", given)) == (409, "document_known")
    assert helena.ask("DELETE", f"/v1/knowledge/documents/{document['id']}").status_code == 204
    assert httpx.get(upload["url"].partition("?")[0]).status_code in {403, 404}


def test_a_link_is_for_this_file_and_this_shop_alone(helena: Person, people: People, bucket: Bucket) -> None:
    upload = made(helena.ask("POST", "/v1/knowledge/uploads", {"size": 10}))

    assert f"knowledge/{organization_of(helena)}/{upload['id']}?" in upload["url"]
    assert upload["headers"] == {"content-length": "10", "content-type": "application/pdf"}
    assert "X-Amz-SignedHeaders=content-length%3Bcontent-type%3Bhost" in upload["url"]
    assert "X-Amz-Expires=900" in upload["url"]
    assert fields(helena.ask("POST", "/v1/knowledge/uploads", {"size": 5_000_001})) == ["size"]
    # What another shop names by this id would be a file of its own, which is not there.
    otto = people.owner()
    theirs = made(otto.ask("POST", "/v1/knowledge/documents", {"kind": "pdf", "title": "x", "upload_id": upload["id"]}))
    assert theirs["id"] == upload["id"]
    assert helena.get("/v1/knowledge/documents") == []


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"kind": "url", "title": "x", "address": "http://example.com"}, "address"),
        ({"kind": "text", "title": "", "text": "x"}, "title"),
        ({"kind": "pdf", "title": "x", "object_key": "media/other"}, "upload_id"),
        ({"kind": "word", "title": "x"}, "kind"),
    ],
)
def test_a_document_that_is_none_is_named_by_its_field(helena: Person, body: Any, field: str) -> None:
    assert field in fields(helena.ask("POST", "/v1/knowledge/documents", body))


def test_documents_come_by_pages_the_newest_first(helena: Person) -> None:
    ids = [made(helena.ask("POST", "/v1/knowledge/documents", RULES))["id"] for _ in range(3)]

    assert [[row["id"] for row in page] for page in pages(helena, "/v1/knowledge/documents", limit=2)] == [
        [ids[2], ids[1]],
        [ids[0]],
    ]


def test_what_the_agent_would_find_is_shown_with_how_sure_it_would_be(helena: Person) -> None:
    entry = teach(helena)
    teach(helena, "Onde fica a chave do estacionamento?", answer="Na gaveta.", audience="internal")

    found = helena.get("/v1/knowledge/search?question=estacionamento")
    nothing = helena.get("/v1/knowledge/search?question=castram%20gatos")

    assert {hit["text"] for hit in found["hits"]} == {"Três vagas na frente.", "Na gaveta."}
    assert nothing == {"confidence": "none", "hits": []}
    similar = helena.get("/v1/knowledge/similar?question=tem%20vaga%20de%20estacionamento")
    assert entry["id"] in {row["id"] for row in similar}
    assert fields(helena.ask("GET", "/v1/knowledge/search?question=a")) == ["question"]


def test_what_is_known_is_counted_and_what_is_not_is_listed(helena: Person, database: Database) -> None:
    empty = {"active": 0, "used": 0, "never_used": 0, "chunks": 0, "untaught": 0}
    assert helena.get("/v1/knowledge/statistics") == empty
    teach(helena)
    with database.transaction(organization_of(helena), "test") as tx:
        place = factories.make_conversation(tx, factories.make_account(tx), factories.make_contact(tx))
        tx.execute("INSERT INTO escalations (conversation_id, question) VALUES (%s, 'Vocês atendem coelhos?')", [place])

    assert helena.get("/v1/knowledge/statistics") == {**empty, "active": 1, "never_used": 1, "untaught": 1}
    assert helena.get("/v1/knowledge/untaught") == ["Vocês atendem coelhos?"]


def test_knowledge_is_changed_by_managers_and_is_of_one_shop(
    helena: Person, people: People, owner: psycopg.Connection
) -> None:
    entry, otto = teach(helena), people.owner()
    document = made(helena.ask("POST", "/v1/knowledge/documents", RULES))
    become(owner, helena, "staff")
    asked = {
        ("PATCH", f"/v1/knowledge/entries/{entry['id']}"): {"priority": 1},
        ("DELETE", f"/v1/knowledge/entries/{entry['id']}"): None,
        ("POST", f"/v1/knowledge/documents/{document['id']}/reading"): None,
        ("DELETE", f"/v1/knowledge/documents/{document['id']}"): None,
    }
    for (method, path), body in asked.items():
        assert refused(helena.ask(method, path, body)) == (403, "forbidden")
        nobody = path.replace(entry["id"], str(uuid4())).replace(document["id"], str(uuid4()))
        theirs, unknown = otto.ask(method, path, body), otto.ask(method, nobody, body)
        assert theirs.status_code == unknown.status_code == 404
        assert theirs.json() == unknown.json()
    for path, body in (("entries", PARKING), ("documents", RULES), ("uploads", {"size": 1})):
        assert refused(helena.ask("POST", f"/v1/knowledge/{path}", body)) == (403, "forbidden")
    assert otto.get("/v1/knowledge/entries") == otto.get("/v1/knowledge/documents") == []
    assert otto.get("/v1/knowledge/search?question=estacionamento")["hits"] == []
    assert otto.get("/v1/knowledge/similar?question=Tem%20estacionamento%3F") == []
    assert helena.get("/v1/knowledge/entries") == [entry]
