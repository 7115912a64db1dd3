"""Documents: added, claimed by one reader at a time, read into pieces all at once, and kept apart by shop."""

import time
from datetime import timedelta
from typing import Any

import pytest

from auzap.aws.client import AwsClient
from auzap.db.connection import Database, Tx
from auzap.ids import DocumentId, new_id
from auzap.knowledge import documents, retrieval
from auzap.knowledge.documents import LEASE, MOST_ATTEMPTS, UnfitDocument, UnknownDocument, Unreadable
from auzap.media import reading
from auzap.media.addresses import Target, public_target
from auzap.media.bucket import Bucket
from tests.db.committed import read, write
from tests.factories import PetShop
from tests.postgres import Clock
from tests.unit.pdf_files import pdf
from tests.unit.scripted_server import Answer, ScriptedServer, scripted

RULES = "# Hotel\n\nA saída é até as 12h.\n\n# Creche\n\nDas 7h30 às 18h30."


@pytest.fixture
def bucket() -> Bucket:
    """Nobody listens there: whatever needs it is out of reach."""
    return Bucket(AwsClient("s3", region="sa-east-1", endpoint="http://127.0.0.1:9"), "files")


@pytest.fixture(autouse=True)
def _credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")


PAGE = Answer(
    body="<h1>Hotel</h1><p>A saída é até as 12h.</p>".encode(), headers={"Content-Type": "text/html; charset=utf-8"}
)


def add(database: Database, shop: PetShop, **document: Any) -> DocumentId:
    with database.transaction(shop.organization_id, "test") as tx:
        if "address" in document:
            return documents.add_url(tx, "Página", document["address"])
        if "object_key" in document:
            return documents.add_pdf(tx, DocumentId(new_id()), "Arquivo", **document)
        return documents.add_text(tx, "Regulamento", document.get("body", RULES))


def at(server: ScriptedServer) -> Target:
    return Target("http", "loja.example", int(server.url.rsplit(":", 1)[1]), "127.0.0.1", "/regras")


def state(database: Database, shop: PetShop) -> tuple[Any, ...]:
    (row,) = read(database, shop, "SELECT state, problem, chunk_count, version FROM knowledge_documents")
    return row


def pieces(database: Database, shop: PetShop) -> list[str]:
    return [row[0] for row in read(database, shop, "SELECT text FROM knowledge_chunks ORDER BY document_id, position")]


def test_a_text_is_read_into_pieces_that_customers_questions_find(
    database: Database, shop: PetShop, bucket: Bucket
) -> None:
    document_id = add(database, shop)
    assert state(database, shop) == ("waiting", None, 0, 0)

    assert reading.read(database, bucket, shop.organization_id, document_id) == "ready"

    assert state(database, shop) == ("ready", None, 1, 1)
    with database.transaction(shop.organization_id, "test") as tx:
        (hit,) = retrieval.search(tx, "qual o horário de saída?")
        (listed,) = documents.documents(tx)
    assert (hit.kind, hit.question) == ("chunk", "Regulamento")
    assert (listed.id, listed.state, listed.chunk_count, listed.read_at is not None) == (document_id, "ready", 1, True)


def test_a_page_is_fetched_as_anybody_may_have_it(database: Database, shop: PetShop, bucket: Bucket) -> None:
    document_id = add(database, shop, address="https://loja.example/regras")

    with scripted(PAGE) as server:
        outcome = reading.read(database, bucket, shop.organization_id, document_id, find=lambda _: at(server))

    (request,) = server.requests
    assert (outcome, pieces(database, shop)) == ("ready", ["Hotel\nA saída é até as 12h."])
    assert "Authorization" not in request.headers


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        (Answer(302, b"", headers={"Location": "http://169.254.169.254/"}), "redirected"),
        (Answer(body=b"x" * (documents.MOST_BYTES + 1), headers={"Content-Type": "text/plain"}), "too_large"),
        (Answer(body=b"GIF89a", headers={"Content-Type": "image/gif"}), "not_a_document"),
        (Answer(body=b"<script>1</script>", headers={"Content-Type": "text/html"}), "empty"),
        (Answer(body=b"%PDF-1.4 broken", headers={"Content-Type": "application/pdf"}), "unreadable"),
    ],
)
def test_a_page_that_cannot_be_read_fails_at_once_and_says_why(
    database: Database, shop: PetShop, bucket: Bucket, answer: Answer, problem: str
) -> None:
    document_id = add(database, shop, address="https://loja.example/regras")

    with scripted(answer) as server:
        assert reading.read(database, bucket, shop.organization_id, document_id, find=lambda _: at(server)) == "failed"

    assert state(database, shop)[:2] == ("failed", problem)
    assert pieces(database, shop) == []


def test_a_pdf_of_the_web_is_read_too(database: Database, shop: PetShop, bucket: Bucket) -> None:
    document_id = add(database, shop, address="https://loja.example/regras.pdf")

    with scripted(Answer(body=pdf("A saída é até as 12h."), headers={"Content-Type": "application/pdf"})) as server:
        reading.read(database, bucket, shop.organization_id, document_id, find=lambda _: at(server))

    assert pieces(database, shop) == ["A saída é até as 12h."]


@pytest.mark.parametrize(
    "address",
    [
        "http://loja.example/regras",
        "https://127.0.0.1/",
        "https://[::1]/",
        "https://169.254.169.254/latest/meta-data/",
        "https://localhost/",
        "https://user@loja.example/",
        "https://loja.example:8443/",
        "file:///etc/passwd",
        "https://2130706433/",
        "ftp://loja.example/",
        "não é endereço",
    ],
)
def test_an_address_that_is_no_public_page_is_refused(
    database: Database, shop: PetShop, bucket: Bucket, address: str
) -> None:
    document_id = add(database, shop, address=address)

    assert reading.read(database, bucket, shop.organization_id, document_id) == "failed"

    assert state(database, shop)[:2] == ("failed", "unsafe_address")


@pytest.mark.parametrize("resolved", [["10.0.0.7"], ["127.0.0.1"], ["93.184.215.14", "192.168.1.1"], ["fd00::1"]])
def test_a_public_name_that_leads_to_a_machine_of_ours_is_refused(
    database: Database, shop: PetShop, bucket: Bucket, resolved: list[str]
) -> None:
    document_id = add(database, shop, address="https://loja.example/regras")

    def find(url: str) -> Target:
        return public_target(url, resolve=lambda host, port: resolved)

    assert reading.read(database, bucket, shop.organization_id, document_id, find=find) == "failed"
    assert state(database, shop)[:2] == ("failed", "unsafe_address")


def test_what_is_out_of_reach_is_tried_again_by_the_clock_and_given_up_in_the_end(
    database: Database, shop: PetShop, bucket: Bucket, clock: Clock
) -> None:
    document_id = add(database, shop, object_key="knowledge/x")
    outcomes: list[str] = []
    for _ in range(MOST_ATTEMPTS):
        outcomes.append(reading.read(database, bucket, shop.organization_id, document_id))
        clock.move(LEASE)

    assert outcomes == ["postponed"] * (MOST_ATTEMPTS - 1) + ["failed"]
    assert state(database, shop)[:2] == ("failed", "out_of_reach")


def test_a_document_that_kills_its_readers_is_given_up(
    database: Database, shop: PetShop, bucket: Bucket, clock: Clock
) -> None:
    document_id = add(database, shop)
    for _ in range(MOST_ATTEMPTS):
        with database.transaction(shop.organization_id, "test") as tx:
            assert documents.claim(tx, document_id)
        clock.move(LEASE)

    assert reading.read(database, bucket, shop.organization_id, document_id) == "failed"
    assert state(database, shop)[:2] == ("failed", "given_up")


def test_one_reader_at_a_time_has_a_document(database: Database, shop: PetShop, bucket: Bucket, clock: Clock) -> None:
    document_id = add(database, shop)
    with database.transaction(shop.organization_id, "test") as tx:
        assert documents.claim(tx, document_id)

    assert reading.read(database, bucket, shop.organization_id, document_id) == "skipped"
    assert database.lookup("SELECT document_id FROM app.unread_documents(9)") == []
    clock.move(LEASE + timedelta(seconds=1))
    assert (document_id,) in database.lookup("SELECT document_id FROM app.unread_documents(99)")
    assert reading.read(database, bucket, shop.organization_id, document_id) == "ready"


def test_read_again_the_pieces_are_replaced_all_at_once(database: Database, shop: PetShop, bucket: Bucket) -> None:
    document_id = add(database, shop)
    reading.read(database, bucket, shop.organization_id, document_id)
    write(database, shop, "UPDATE knowledge_documents SET body = 'Só com hora marcada.'")

    with database.transaction(shop.organization_id, "test") as tx:
        documents.read_again(tx, document_id)
    assert len(pieces(database, shop)) == 1
    reading.read(database, bucket, shop.organization_id, document_id)

    assert (pieces(database, shop), state(database, shop)) == (["Só com hora marcada."], ("ready", None, 1, 2))


def test_a_reading_that_fails_leaves_what_was_read_before(database: Database, shop: PetShop, bucket: Bucket) -> None:
    document_id = add(database, shop, address="https://loja.example/regras")
    with scripted(Answer(body=b"Das 8h.", headers={"Content-Type": "text/plain"})) as server:
        reading.read(database, bucket, shop.organization_id, document_id, find=lambda _: at(server))
    with database.transaction(shop.organization_id, "test") as tx:
        documents.read_again(tx, document_id)
    with scripted(Answer(body=b"?", headers={"Content-Type": "image/png"})) as server:
        reading.read(database, bucket, shop.organization_id, document_id, find=lambda _: at(server))

    assert state(database, shop)[:2] == ("failed", "not_a_document")
    assert pieces(database, shop) == ["Das 8h."]


def test_a_late_reader_changes_nothing(tx: Tx) -> None:
    document_id = documents.add_text(tx, "Regulamento", RULES)
    assert documents.keep(tx, document_id, 0, RULES) == 1
    documents.read_again(tx, document_id)

    assert documents.keep(tx, document_id, 0, "Velho.") == 0
    documents.fail(tx, document_id, 0, "unreadable")

    assert [document.state for document in documents.documents(tx)] == ["waiting"]
    assert tx.execute("SELECT text FROM knowledge_chunks").fetchone() == (
        "Hotel\nA saída é até as 12h.\nCreche\nDas 7h30 às 18h30.",
    )


def test_a_text_without_words_or_without_end_is_not_kept(tx: Tx) -> None:
    document_id = documents.add_text(tx, "Regulamento", "x")

    for text, problem in (("# Só título", "empty"), ("Um. \n\n# T\n\n" * 40 + "palavra " * 100_000, "too_large")):
        with pytest.raises(Unreadable) as raised:
            documents.keep(tx, document_id, 0, text)
        assert raised.value.problem == problem


@pytest.mark.parametrize(
    ("title", "body"), [("", "Oi."), (" ", "Oi."), ("x" * 201, "Oi."), ("Regras", ""), ("Regras", "x" * 400_001)]
)
def test_a_document_that_does_not_fit_is_refused(tx: Tx, title: str, body: str) -> None:
    with pytest.raises(UnfitDocument):
        documents.add_text(tx, title, body)

    assert documents.documents(tx) == []


def test_a_deleted_document_takes_its_pieces_with_it_and_names_its_file(tx: Tx) -> None:
    document_id = documents.add_pdf(tx, DocumentId(new_id()), "Arquivo", object_key="knowledge/x")
    documents.keep(tx, document_id, 0, RULES)

    assert documents.delete(tx, document_id) == "knowledge/x"

    assert tx.execute("SELECT FROM knowledge_chunks").rowcount == 0
    for gone in (documents.delete, documents.read_again):
        with pytest.raises(UnknownDocument):
            gone(tx, document_id)


def test_documents_are_listed_a_page_at_a_time(tx: Tx) -> None:
    made = [documents.add_text(tx, f"Regras {number}", "Oi.") for number in range(documents.PAGE + 1)]

    first = documents.documents(tx)
    rest = documents.documents(tx, after=first[-1].id)

    assert [document.id for document in (*first, *rest)] == sorted(made, reverse=True)


def test_one_shops_documents_are_not_anothers(
    database: Database, shop: PetShop, other_shop: PetShop, bucket: Bucket
) -> None:
    document_id = add(database, shop)

    assert reading.read(database, bucket, other_shop.organization_id, document_id) == "skipped"
    with database.transaction(other_shop.organization_id, "test") as tx:
        assert documents.documents(tx) == []
        with pytest.raises(UnknownDocument):
            documents.delete(tx, document_id)
    assert state(database, shop)[0] == "waiting"


def test_no_transaction_is_open_while_a_page_is_fetched(database: Database, shop: PetShop, bucket: Bucket) -> None:
    document_id = add(database, shop, address="https://loja.example/regras")
    seen: list[bool] = []

    def find(url: str) -> Target:
        seen.append(database.in_transaction)
        return Target("http", "loja.example", 9, "127.0.0.1", "/")

    started = time.monotonic()
    assert reading.read(database, bucket, shop.organization_id, document_id, find=find) == "postponed"

    assert seen == [False]
    assert time.monotonic() - started < 10
