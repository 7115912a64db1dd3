"""Vectors of what a shop has taught: of all that has none, with no transaction open, and of what it says by now."""

import time
from typing import Any, cast

import pytest

from auzap.agent.embedding import BATCH, embed_missing
from auzap.agent.model import Model
from auzap.db.connection import Database
from auzap.knowledge import entries
from tests import factories_knowledge as knowledge
from tests.db.committed import read, write
from tests.db.scripted_model import ScriptedModel
from tests.factories import PetShop

KNOWN = "SELECT embedding_model, embedding::text FROM knowledge_entries ORDER BY id"


@pytest.fixture(autouse=True)
def _taught(database: Database, shop: PetShop) -> None:
    with database.transaction(shop.organization_id, "test") as tx:
        knowledge.teach(tx, "Tem estacionamento?", "Três vagas.")
        knowledge.give_document(tx, "Regras", "Só com hora marcada.")


@pytest.fixture
def embedder(model: ScriptedModel) -> ScriptedModel:
    model.embedder = lambda text: [float(len(text)), 1.0]
    return model


def embedded(database: Database, shop: PetShop, model: ScriptedModel, *, seconds: float = 20) -> str:
    return embed_missing(database, cast(Model, model), shop.organization_id, seconds=seconds)


def counters(database: Database, shop: PetShop) -> dict[str, int]:
    return dict(
        cast(Any, read(database, shop, "SELECT metric, amount FROM usage_counters WHERE metric LIKE 'model_%%'"))
    )


def test_entries_and_pieces_are_embedded_once_and_paid_for(
    database: Database, shop: PetShop, embedder: ScriptedModel
) -> None:
    assert [embedded(database, shop, embedder) for _ in range(2)] == ["embedded", "embedded"]

    assert embedder.embedded == ["Tem estacionamento?\nTrês vagas.", "Só com hora marcada."]
    assert read(database, shop, KNOWN) == [("offline", "[31,1]")]
    assert read(database, shop, "SELECT embedding_model FROM knowledge_chunks") == [("offline",)]
    assert counters(database, shop) == {"model_tokens": 2, "model_cost_micros": 1}


def test_what_changes_while_its_vector_is_made_waits_for_its_own(
    database: Database, shop: PetShop, model: ScriptedModel
) -> None:
    def meanwhile(text: str) -> list[float]:
        write(database, shop, "UPDATE knowledge_entries SET answer = 'Cinco vagas.' WHERE answer = 'Três vagas.'")
        return [float(len(text)), 1.0]

    model.embedder = meanwhile
    embedded(database, shop, model)

    assert model.embedded.count("Tem estacionamento?\nTrês vagas.") == 1
    assert model.embedded[-1] == "Tem estacionamento?\nCinco vagas."
    assert read(database, shop, KNOWN) == [("offline", "[32,1]")]


def test_of_another_model_all_are_made_anew(database: Database, shop: PetShop, embedder: ScriptedModel) -> None:
    embedded(database, shop, embedder)
    embedder.embeddings = "newer"

    embedded(database, shop, embedder)

    assert len(embedder.embedded) == 4
    assert read(database, shop, KNOWN) == [("newer", "[31,1]")]


def test_many_are_made_in_batches(database: Database, shop: PetShop, embedder: ScriptedModel) -> None:
    write(
        database,
        shop,
        "INSERT INTO knowledge_entries (question, answer) SELECT 'Pergunta ' || n, 'Sim.' FROM generate_series(1, %s) n",
        2 * BATCH,
    )

    assert embedded(database, shop, embedder) == "embedded"

    assert len(embedder.embedded) == len(set(embedder.embedded)) == 2 * BATCH + 2


def test_put_away_entries_are_not_paid_for(database: Database, shop: PetShop, embedder: ScriptedModel) -> None:
    with database.transaction(shop.organization_id, "test") as tx:
        (entry,) = entries.entries(tx)
        entries.change(tx, entry.id, {"is_active": False})

    embedded(database, shop, embedder)

    assert embedder.embedded == ["Só com hora marcada."]


def test_an_endpoint_that_is_away_leaves_everything_for_the_next_time(
    database: Database, shop: PetShop, model: ScriptedModel
) -> None:
    model.embedder = "away"

    assert embedded(database, shop, model) == "unavailable"

    assert read(database, shop, KNOWN) == [(None, None)]
    assert counters(database, shop) == {}


def test_without_a_model_and_without_time_nothing_is_made(
    database: Database, shop: PetShop, model: ScriptedModel
) -> None:
    assert embedded(database, shop, model) == "no_model"
    model.embedder = lambda text: [1.0]
    assert embedded(database, shop, model, seconds=1) == "out_of_time"

    assert model.embedded == []


@pytest.mark.parametrize("cap", ["daily_token_cap = 0", "daily_cost_cap_micros = 0"])
def test_where_the_days_money_is_spent_nothing_is_made(
    database: Database, shop: PetShop, embedder: ScriptedModel, cap: str
) -> None:
    write(database, shop, f"UPDATE organization_settings SET {cap}")

    embedded(database, shop, embedder)

    assert embedder.embedded == []


def test_another_shops_texts_are_not_touched(
    database: Database, shop: PetShop, other_shop: PetShop, embedder: ScriptedModel
) -> None:
    started = time.monotonic()
    assert embedded(database, other_shop, embedder) == "embedded"

    assert embedder.embedded == []
    assert read(database, shop, KNOWN) == [(None, None)]
    assert time.monotonic() - started < 5
