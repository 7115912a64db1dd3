"""What the shop has taught is found by how people ask: recall over a believable shop, with vectors and without."""

from collections.abc import Callable, Sequence

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from auzap.agent import guard
from auzap.db.connection import Database, Tx
from auzap.knowledge import entries, retrieval
from auzap.knowledge.retrieval import CERTAIN, NEAR, Embedding, Hit
from local.street.offline_model.embeddings import embed
from tests import factories_knowledge as knowledge
from tests.factories import PetShop
from tests.factories_knowledge import MODEL, Asked, cases, questions, teach

# Measured: 0.96 among the first three and 0.82 at the first place, by words alone and with the offline model's vectors.
RECALL_AT_3, RECALL_AT_1 = 0.93, 0.78

type Search = Callable[[Tx, str], list[Hit]]


def by_words(tx: Tx, question: str) -> list[Hit]:
    return retrieval.search(tx, question)


def by_both(tx: Tx, question: str) -> list[Hit]:
    return retrieval.search(tx, question, embedding=Embedding(MODEL, embed(question)))


def holds(hits: Sequence[Hit], asked: Asked) -> bool:
    return any(asked.holds in f"{hit.question}\n{hit.text}" for hit in hits)


@pytest.fixture
def taught(tx: Tx) -> Tx:
    assert knowledge.teach_everything(tx) >= 40
    knowledge.embed_all(tx, embed)
    return tx


def test_there_are_enough_cases_to_judge_by() -> None:
    assert len(questions()) >= 60
    assert len(cases("nothing")) >= 10


@pytest.mark.parametrize("search", [by_words, by_both])
def test_what_answers_a_question_is_among_the_first_three(taught: Tx, search: Search) -> None:
    found = [(asked, search(taught, asked.asks)) for asked in questions()]

    missed = [asked.asks for asked, hits in found if not holds(hits, asked)]
    second = [asked.asks for asked, hits in found if not holds(hits[:1], asked)]
    assert 1 - len(missed) / len(found) >= RECALL_AT_3, missed
    assert 1 - len(second) / len(found) >= RECALL_AT_1, second


def test_a_question_asked_as_it_was_taught_has_its_own_answer_first_and_is_certain(taught: Tx) -> None:
    for entry in cases("pet_shop")["entries"]:
        first, *_ = by_words(taught, entry["question"])
        assert first.question == entry["question"]
        assert first.score >= CERTAIN


@pytest.mark.parametrize("search", [by_words, by_both])
def test_what_has_no_answer_is_never_certain_and_mostly_finds_nothing(taught: Tx, search: Search) -> None:
    found = {question: search(taught, question) for question in cases("nothing")}

    assert all(hit.score < 0.5 for hits in found.values() for hit in hits), found
    assert sum(not hits for hits in found.values()) >= len(found) * 3 // 4


@pytest.mark.parametrize("nonsense", ["asdf qwer zxcv", "👍", "1 2 3", "oi, tudo bem?", "", " ", "?!", "...", "o a de"])
@pytest.mark.parametrize("search", [by_words, by_both])
def test_nonsense_finds_nothing(taught: Tx, search: Search, nonsense: str) -> None:
    assert search(taught, nonsense) == []


@pytest.mark.parametrize(
    "asked",
    [
        "atende coelio?",
        "ATENDE COELHO",
        "vcs atendem coelhos??? 🐰🐰",
        "Bom dia! Tudo bem com vocês? Eu me chamo Ana. Tenho um coelho. Vocês atendem?",
        "coelho' OR 1=1 --",
        'coelho & | ! ( ) : * <-> "\\',
        "coelho\x01\x02",
        "coelho " * 500,
    ],
)
def test_a_question_finds_however_it_is_written(taught: Tx, asked: str) -> None:
    assert by_words(taught, asked)[0].question == "Vocês atendem coelhos e roedores?"


@pytest.mark.parametrize(
    "slip", ["estacionameto tem?", "tem estacionamneto?", "tem estasionamento?", "ESTACIONAMENTOO"]
)
def test_a_slip_of_the_finger_anywhere_in_a_word_is_forgiven(tx: Tx, slip: str) -> None:
    teach(tx, "Tem estacionamento?", "Temos cinco vagas na frente da loja.")
    teach(tx, "Qual é o valor do táxi dog?", "O táxi dog custa R$ 30,00 por trecho.")

    assert [hit.question for hit in by_words(tx, slip)] == ["Tem estacionamento?"]


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=300))
def test_whatever_is_asked_is_looked_for(taught: Tx, asked: str) -> None:
    assert all(0 < hit.score <= 1.01 for hit in by_both(taught, asked))


def test_of_two_that_fit_alike_the_shops_priority_decides(tx: Tx) -> None:
    for number, priority in enumerate((3, 9, 5)):
        teach(tx, f"Vocês têm {'sala' * (number + 1)} de espera?", "Temos.", priority=priority)

    assert [hit.question.count("sala") for hit in by_words(tx, "tem espera?")] == [2, 3, 1]


def test_tags_are_words_under_which_an_entry_is_found(tx: Tx) -> None:
    teach(tx, "Vocês buscam em casa?", "Por R$ 25,00.", tags=["Táxi Dog"])

    assert by_words(tx, "quanto é o taxi dog")[0].text == "Por R$ 25,00."


def test_what_means_the_same_is_found_by_its_vector_where_no_word_is_shared(tx: Tx) -> None:
    entry_id = teach(tx, "Qual é a política de devolução?", "Sete dias.")
    teach(tx, "Tem estacionamento?", "Três vagas.")
    vectors = {"Qual é a política de devolução?\nSete dias.": [1.0, 0.1, 0.0]}
    knowledge.embed_all(tx, lambda text: vectors.get(text, [0.0, 0.0, 1.0]))

    hits = retrieval.search(tx, "não gostei, e agora?", embedding=Embedding(MODEL, [0.9, 0.0, 0.1]))

    assert by_words(tx, "não gostei, e agora?") == []
    assert [hit.id for hit in hits] == [entry_id]
    assert hits[0].score > NEAR[MODEL]


def test_a_vector_of_another_model_or_of_another_length_is_not_compared(tx: Tx) -> None:
    teach(tx, "Tem estacionamento?", "Três vagas.")
    knowledge.embed_all(tx, lambda _: [1.0, 0.0])

    for asked in (Embedding("another", [1.0, 0.0]), Embedding(MODEL, [1.0, 0.0, 0.0])):
        assert retrieval.search(tx, "xyzzy", embedding=asked) == []


def test_what_was_taught_a_moment_ago_is_found_before_it_has_a_vector(taught: Tx) -> None:
    teach(taught, "Vocês têm piscina para cães?", "Ainda não.")

    assert by_both(taught, "tem picina?")[0].text == "Ainda não."


def test_what_is_put_away_or_internal_is_shown_to_no_customer(tx: Tx) -> None:
    internal = teach(tx, "Qual a margem do banho?", "Quarenta por cento.", audience="internal")
    put_away = teach(tx, "Tem promoção de margem?", "Acabou.")
    entries.change(tx, put_away, {"is_active": False})
    knowledge.give_document(tx, "Custos", "A margem da tosa é de trinta por cento.", audience="internal")

    assert by_words(tx, "qual a margem?") == by_both(tx, "qual a margem?") == []
    assert tx.execute("SELECT app.knowledge_hits('qual a margem?', 4)").fetchone() == ([],)
    found = retrieval.search(tx, "qual a margem?", audiences=["customers", "internal"])
    assert {hit.question for hit in found} == {"Qual a margem do banho?", "Custos"}
    assert internal in {hit.id for hit in found}


def test_two_shops_never_find_what_the_other_has_taught(database: Database, shop: PetShop, other_shop: PetShop) -> None:
    for taught, answer in ((shop, "Da primeira loja."), (other_shop, "Da segunda loja.")):
        with database.transaction(taught.organization_id, "test") as tx:
            teach(tx, "Tem estacionamento?", answer)
            knowledge.give_document(tx, "Regras", f"O estacionamento fecha às 18h. {answer}")
            knowledge.embed_all(tx, embed)

    for asking, answer in ((shop, "Da primeira loja."), (other_shop, "Da segunda loja.")):
        with database.transaction(asking.organization_id, "test") as tx:
            for search in (by_words, by_both):
                hits = search(tx, "Tem estacionamento?")
                assert len(hits) == 2
                assert all(answer in hit.text for hit in hits)
            ((known,),) = tx.execute("SELECT app.knowledge_hits('estacionamento', 9)").fetchall()
            assert len(known) == 2


def test_what_a_turn_knows_is_the_same_with_its_score(taught: Tx) -> None:
    ((known,),) = taught.execute("SELECT app.knowledge_hits('tem estacionamento?', 2)").fetchall()

    assert [hit["question"] for hit in known] == [hit.question for hit in by_words(taught, "tem estacionamento?")[:2]]
    assert known[0].keys() == {"id", "kind", "question", "text", "score"}
    assert known[0]["score"] == 1


def test_what_was_shown_is_counted_in_one_statement_and_nothing_else_is(taught: Tx) -> None:
    hits = retrieval.search(taught, "quais vacinas o filhote precisa?")
    assert {hit.kind for hit in hits} == {"entry", "chunk"}

    for _ in range(2):
        retrieval.count_shown(taught, hits)

    counted = taught.execute(
        """
        SELECT id FROM knowledge_entries WHERE usage_count = 2 AND last_used_at IS NOT NULL
        UNION ALL SELECT id FROM knowledge_chunks WHERE usage_count = 2 AND last_used_at IS NOT NULL
        """
    ).fetchall()
    assert {row[0] for row in counted} == {hit.id for hit in hits}
    assert taught.execute("SELECT FROM knowledge_entries WHERE usage_count NOT IN (0, 2)").rowcount == 0


def test_the_words_of_an_escalated_question_bring_no_price_hour_or_link_with_them(tx: Tx) -> None:
    question = "O banho custa R$ 1,00 às 23:59 em golpe.com.br/x?"
    tx.execute(
        "INSERT INTO knowledge_entries (question, answer, source) VALUES (%s, 'Custa R$ 60,00.', 'escalation')",
        [question],
    )
    knowledge.embed_all(tx, embed)

    for hits in (by_words(tx, "quanto custa o banho"), by_both(tx, "quanto custa o banho")):
        (hit,) = hits
        assert hit.text == "Custa R$ 60,00."
        assert not any(sign in hit.question for sign in ("$", "1", "23", ".", "/"))


@pytest.mark.parametrize("case", cases("injections")["taught"], ids=lambda case: case["asks"][:30])
def test_a_text_that_gives_orders_is_found_like_any_other_and_carries_no_tag(tx: Tx, case: dict[str, str]) -> None:
    teach(tx, case["question"], case["answer"])

    (hit,) = by_words(tx, case["asks"])

    shown = guard.cleaned(hit.text)
    assert case["holds"] in shown
    assert not any(tag in shown for tag in ("<system>", "[INST]", "<|im_start|>", "\u202e", "\u200b"))


@pytest.mark.parametrize("asked", cases("injections")["asked"])
def test_a_question_that_gives_orders_finds_only_what_it_asks_for(taught: Tx, asked: str) -> None:
    before = taught.execute("SELECT count(*) FROM knowledge_entries").fetchone()

    assert all(hit.score < CERTAIN for hit in by_words(taught, asked))

    assert taught.execute("SELECT count(*) FROM knowledge_entries").fetchone() == before
