"""Knowledge from end to end: taught by an answer, read from a file, embedded by a job, and told to the next customer."""

import json
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from auzap.ids import DocumentId, new_id
from auzap.knowledge import documents
from auzap.media import reading
from local.street.chats import Chat
from tests.functions.house import MEDIA_BUCKET, House
from tests.functions.outside.model import answer, call
from tests.functions.test_escalation import make_owner, shown, work
from tests.functions.test_run_automation import minute, run
from tests.functions.test_run_schedule import ring
from tests.unit.pdf_files import locked, pdf

QUESTION = "Vocês atendem coelhos?"
ASKING = [
    call("search_knowledge", question=QUESTION),
    call("ask_the_team", question=QUESTION),
    answer("Vou perguntar à equipe, que te responde por aqui."),
]


@pytest.fixture
def embedding(house: House) -> House:
    """A house whose endpoint makes vectors too."""
    house.environment["AUZAP_MODEL_EMBEDDINGS_NAME"] = "offline"
    return house


def asks(house: House, person: Chat, *script: Any) -> None:
    house.outside.model.script = script
    house.hear(person, QUESTION)
    work(house)


def test_a_question_is_answered_taught_embedded_and_known_to_the_next_customer(embedding: House) -> None:
    house = embedding
    helena, ana, bia = make_owner(house), house.person("Ana Souza"), house.person("Bia Lima")
    asks(house, ana, *ASKING)
    asked, _ = shown(house, helena)[-1]
    house.hear(helena, "Sim, às terças!", quoted_id=asked)
    work(house)

    teach = f"teach:{house.one('SELECT id FROM escalations')}"
    house.hear(helena, kind="button_reply", reply_id=teach, title="Ensinar")
    work(house)
    assert shown(house, helena)[-1][1].startswith("Aprendi!")
    (hint,) = [json.loads(record["body"]) for record in house.traffic.take("automations")]
    assert hint["job"] == "embed_knowledge"
    assert run(house, hint["job"], UUID(hint["subject"]), hint["at"]) == "embedded"
    assert house.rows("SELECT question, answer, embedding_model FROM knowledge_entries") == [
        (QUESTION, "Sim, às terças!", "offline")
    ]

    asks(house, bia, call("search_knowledge", question=QUESTION), answer("Sim, atendemos coelhos às terças!"))
    assert [text for _, text in shown(house, bia)] == ["Sim, atendemos coelhos às terças!"]
    assert "Sim, às terças!" in house.outside.model.asked[-1].results[0]
    assert ("POST", "/model/v1/embeddings") in house.outside.requests


def give_pdf(house: House, content: bytes) -> DocumentId:
    document_id = DocumentId(new_id())
    key = reading.object_key(house.organization_id, document_id)
    house.installation.clients["s3"].put_object(Bucket=MEDIA_BUCKET, Key=key, Body=content)
    with house.database.transaction(house.organization_id, "test") as tx:
        return documents.add_pdf(tx, document_id, "Regulamento", object_key=key)


def test_a_pdf_is_read_from_the_bucket_and_its_pieces_are_embedded(embedding: House) -> None:
    house = embedding
    document_id = give_pdf(house, pdf("Regulamento do hotel\nA saída é até as 12h."))

    assert run(house, "read_document", document_id, minute(house)) == "ready"
    (hint,) = [json.loads(record["body"]) for record in house.traffic.take("automations")]
    assert run(house, hint["job"], UUID(hint["subject"]), hint["at"]) == "embedded"

    assert house.rows("SELECT text, embedding_model FROM knowledge_chunks") == [
        ("Regulamento do hotel\nA saída é até as 12h.", "offline")
    ]
    assert run(house, "read_document", document_id, minute(house)) == "skipped"


@pytest.mark.parametrize(
    ("content", "problem"),
    [(locked(pdf("Oi"), "secret"), "encrypted"), (b"%PDF-1.7 garbage", "unreadable"), (b"garbage", "unreadable")],
)
def test_a_file_that_cannot_be_read_says_why(house: House, content: bytes, problem: str) -> None:
    document_id = give_pdf(house, content)

    assert run(house, "read_document", document_id, minute(house)) == "failed"

    assert house.rows("SELECT state, problem, chunk_count FROM knowledge_documents") == [("failed", problem, 0)]
    assert house.traffic.take("automations") == []


def test_a_file_that_is_not_in_the_bucket_is_waited_for(house: House) -> None:
    with house.database.transaction(house.organization_id, "test") as tx:
        document_id = documents.add_pdf(tx, DocumentId(new_id()), "Regulamento", object_key="knowledge/nowhere")

    assert run(house, "read_document", document_id, minute(house)) == "postponed"


def test_at_night_all_that_has_no_vector_gets_one_once(embedding: House) -> None:
    house = embedding
    house.change("INSERT INTO knowledge_entries (question, answer) VALUES ('Tem vaga?', 'Três.')")

    outcomes = [run(house, "embed_knowledge", house.organization_id, minute(house)) for _ in range(2)]

    assert outcomes == ["embedded", "done"]
    assert house.one("SELECT embedding_model FROM knowledge_entries") == "offline"


def test_without_a_model_for_it_the_night_makes_no_vectors(house: House) -> None:
    house.change("INSERT INTO knowledge_entries (question, answer) VALUES ('Tem vaga?', 'Três.')")

    assert run(house, "embed_knowledge", house.organization_id, minute(house)) == "claimed"

    assert house.one("SELECT embedding_model FROM knowledge_entries") is None
    assert ("POST", "/model/v1/embeddings") not in house.outside.requests


def test_the_clock_finds_what_nobody_answered_and_what_nobody_has_read(lonely_house: House) -> None:
    house = lonely_house
    helena, ana = make_owner(house), house.person("Ana Souza")
    asks(house, ana, *ASKING)
    house.traffic.take("automations")
    document_id = give_pdf(house, pdf("A saída é até as 12h."))
    house.clock.move(timedelta(hours=2, minutes=1))

    rung = {each["job"]: UUID(each["subject"]) for each in ring(house, "returns", minute(house))}

    assert rung["read_document"] == document_id
    assert run(house, "escalation", rung["escalation"], minute(house)) == "reminded"
    assert run(house, "escalation", rung["escalation"], minute(house)) == "skipped"
    work(house)
    assert "ainda espera uma resposta" in shown(house, helena)[-1][1]


def test_the_clock_tells_of_a_conversation_that_grew_too_long(lonely_house: House) -> None:
    house = lonely_house
    helena, ana = make_owner(house), house.person("Ana Souza")
    house.hear(ana, "Oi")
    house.traffic.take("turns")
    house.change(
        "UPDATE conversations SET state = 'waiting_human', handoff_reason = 'turns', handoff_at = app.now()"
        " WHERE contact_id = (SELECT id FROM contacts WHERE profile_name = 'Ana Souza')"
    )

    ((job, subject),) = [(each["job"], UUID(each["subject"])) for each in ring(house, "returns", minute(house))]

    assert [run(house, job, subject, minute(house)) for _ in range(2)] == ["told", "skipped"]
    work(house)
    assert "Parei de responder na conversa com Ana Souza" in shown(house, helena)[-1][1]
    assert ring(house, "returns", minute(house)) == []
