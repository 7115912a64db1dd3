"""Questions and answers of a shop: written, changed, put away, found by staff, and looked at in numbers."""

from dataclasses import asdict, replace

import pytest

from auzap.db.connection import Database, Tx
from auzap.ids import EntryId, new_id
from auzap.knowledge import entries, retrieval
from auzap.knowledge.entries import AskedAlready, Draft, UnfitEntry, UnknownEntry
from tests import factories, factories_knowledge
from tests.factories import PetShop
from tests.factories_knowledge import teach

PARKING = Draft(
    "Tem estacionamento?", "Três vagas na frente.", category="general", tags=(" Carro ", "carro", ""), priority=7
)


def test_an_entry_is_kept_as_it_was_written_but_for_its_spaces(tx: Tx) -> None:
    made = entries.create(tx, replace(PARKING, question="  Tem estacionamento? ", answer="Três\x00 vagas na frente. "))

    assert (made.question, made.answer) == ("Tem estacionamento?", "Três� vagas na frente.")
    assert (made.tags, made.priority, made.source, made.usage_count, made.is_active) == (
        ["carro"],
        7,
        "manual",
        0,
        True,
    )
    assert entries.entries(tx) == [made]


@pytest.mark.parametrize("question", ["Tem estacionamento?", "TEM ESTACIONAMENTO?", " tem estacionamento? "])
def test_a_question_has_one_answer(tx: Tx, question: str) -> None:
    entries.create(tx, PARKING)

    with pytest.raises(AskedAlready):
        entries.create(tx, replace(PARKING, question=question))

    assert len(entries.entries(tx)) == 1


def test_customers_and_the_team_may_have_different_answers_to_one_question(tx: Tx) -> None:
    entries.create(tx, PARKING)
    entries.create(tx, replace(PARKING, audience="internal", answer="A vaga 3 é da Helena."))

    assert [hit.text for hit in retrieval.search(tx, "estacionamento")] == ["Três vagas na frente."]


@pytest.mark.parametrize(
    "unfit",
    [
        replace(PARKING, question="Oi"),
        replace(PARKING, question="x" * 601),
        replace(PARKING, answer="   "),
        replace(PARKING, answer="x" * 4_001),
        replace(PARKING, priority=0),
        replace(PARKING, priority=11),
        replace(PARKING, priority=99_999),
        replace(PARKING, tags=[str(number) for number in range(21)]),
    ],
)
def test_what_does_not_fit_is_refused_and_the_rest_of_the_transaction_lives(tx: Tx, unfit: Draft) -> None:
    with pytest.raises(UnfitEntry):
        entries.create(tx, unfit)

    known = teach(tx, "Tem wi-fi?", "Temos.")
    with pytest.raises(UnfitEntry):
        entries.change(tx, known, asdict(unfit))


def test_an_answer_that_changes_loses_its_vector_and_one_that_does_not_keeps_it(tx: Tx) -> None:
    entry_id = entries.create(tx, PARKING).id
    factories_knowledge.embed_all(tx, lambda _: [1.0])

    entries.change(tx, entry_id, {"priority": 1, "tags": ["vaga"]})
    kept = tx.execute("SELECT embedding_model FROM knowledge_entries").fetchone()
    changed = entries.change(tx, entry_id, {"answer": "Cinco vagas."})

    assert kept == ("offline",)
    assert tx.execute("SELECT embedding_model, embedding FROM knowledge_entries").fetchone() == (None, None)
    assert retrieval.search(tx, "estacionamento")[0].text == changed.answer == "Cinco vagas."


def test_what_is_put_away_may_be_asked_anew_and_is_brought_back_only_in_its_place(tx: Tx) -> None:
    first = entries.create(tx, PARKING).id
    assert not entries.change(tx, first, {"is_active": False}).is_active
    entries.create(tx, replace(PARKING, answer="Não temos mais."))

    with pytest.raises(AskedAlready):
        entries.change(tx, first, {"is_active": True})

    assert [hit.text for hit in retrieval.search(tx, "estacionamento")] == ["Não temos mais."]


def test_what_is_deleted_is_gone(tx: Tx) -> None:
    entries.delete(tx, entries.create(tx, PARKING).id)

    assert entries.entries(tx) == []


def test_what_is_not_there_is_said_so(tx: Tx) -> None:
    nobody = EntryId(new_id())

    with pytest.raises(UnknownEntry):
        entries.change(tx, nobody, {"is_active": False})
    with pytest.raises(UnknownEntry):
        entries.delete(tx, nobody)


@pytest.mark.parametrize(
    "words", ["", "estacionamento", "ESTACIONAMENTOS", "estacio", "vagas", '"três vagas"', "vaga -gato"]
)
def test_staff_find_an_entry_by_its_words_or_by_part_of_its_question(tx: Tx, words: str) -> None:
    made = entries.create(tx, PARKING)

    assert entries.entries(tx, words=words) == [made]


@pytest.mark.parametrize("words", ["gato", "vagas -frente", "'); DROP TABLE", "& | !", "\\", "%"])
def test_staff_find_nothing_where_there_is_nothing_and_odd_words_break_nothing(tx: Tx, words: str) -> None:
    entries.create(tx, PARKING)

    assert entries.entries(tx, words=words) == []


def test_staff_see_put_away_entries_by_category_and_tag_a_page_at_a_time(tx: Tx) -> None:
    for number in range(entries.PAGE + 2):
        teach(tx, f"Pergunta {number}?", "Sim.", category="prices" if number % 2 else "hours", tags=[f"t{number % 3}"])
    ((newest,),) = tx.execute("SELECT id FROM knowledge_entries ORDER BY id DESC LIMIT 1").fetchall()
    entries.change(tx, newest, {"is_active": False})

    first = entries.entries(tx)
    rest = entries.entries(tx, after=first[-1].id)

    assert (len(first), len(rest)) == (entries.PAGE, 2)
    assert first[0].id == newest
    assert {entry.id for entry in first}.isdisjoint(entry.id for entry in rest)
    assert {entry.category for entry in entries.entries(tx, category="prices")} == {"prices"}
    assert all("t1" in entry.tags for entry in entries.entries(tx, tag="t1"))


def test_a_similar_question_is_suggested_before_it_is_taught_twice(tx: Tx) -> None:
    known = entries.create(tx, PARKING)
    teach(tx, "Qual o horário?", "Das 8h às 18h.")

    assert [found.id for found in entries.similar(tx, "tem vaga de estacionamento na loja?")] == [known.id]
    assert entries.similar(tx, "Vocês castram?") == []


def test_numbers_tell_what_is_used_and_what_was_asked_and_never_taught(tx: Tx) -> None:
    assert entries.statistics(tx) == entries.Statistics(active=0, used=0, never_used=0, chunks=0, untaught=0)
    teach(tx, "Tem estacionamento?", "Três vagas.")
    teach(tx, "Tem wi-fi?", "Temos.")
    factories_knowledge.give_document(tx, "Regras", "Só com hora marcada.")
    retrieval.count_shown(tx, retrieval.search(tx, "estacionamento"))
    place = factories.make_conversation(tx, factories.make_account(tx), factories.make_contact(tx))
    for question, is_learned in (("Vocês atendem coelhos?", False), ("E cobras?", True)):
        tx.execute(
            "INSERT INTO escalations (conversation_id, question, is_learned) VALUES (%s, %s, %s)",
            [place, question, is_learned],
        )

    assert entries.statistics(tx) == entries.Statistics(active=2, used=1, never_used=1, chunks=1, untaught=1)
    assert entries.untaught(tx) == ["Vocês atendem coelhos?"]


def test_one_shops_entries_are_not_anothers(database: Database, shop: PetShop, other_shop: PetShop) -> None:
    with database.transaction(shop.organization_id, "test") as tx:
        entry_id = entries.create(tx, PARKING).id

    with database.transaction(other_shop.organization_id, "test") as tx:
        assert entries.entries(tx) == entries.similar(tx, PARKING.question) == entries.untaught(tx) == []
        assert entries.statistics(tx).active == 0
        with pytest.raises(UnknownEntry):
            entries.change(tx, entry_id, asdict(PARKING))
        with pytest.raises(UnknownEntry):
            entries.delete(tx, entry_id)
        assert entries.create(tx, PARKING).question == PARKING.question
