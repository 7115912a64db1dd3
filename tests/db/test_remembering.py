"""Long talks: the latest messages as they are, what came before them in a few sentences, and never a request too long."""

import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, cast

import psycopg
import pytest

from auzap.agent import prompt
from auzap.agent.client_agent import CLIENT_AGENT
from auzap.agent.facts import facts_of
from auzap.agent.model import Completion, Model
from auzap.agent.remembering import LONGEST_LINE, LONGEST_MEMORY, MOST_FOLDED, extract, fold
from auzap.agent.turn import BLOCK, RAW
from auzap.db.connection import Database
from auzap.errors import ModelUnavailable
from auzap.ids import ConversationId
from tests import factories
from tests.db.committed import read, write
from tests.db.scripted_model import USAGE, ScriptedModel, answer
from tests.db.turning import SECOND, answered, claimed
from tests.factories import PetShop, say
from tests.postgres import Clock

MEMORY = "Ana tem o Thor, um golden. Quer banho aos sábados de manhã; achou caro da última vez."


def words(text: str, *, refused: bool = False) -> Completion:
    return Completion(text=text, calls=[], usage=USAGE, refused=refused)


def away(_: Any) -> Completion:
    raise ModelUnavailable


def talked(database: Database, shop: PetShop, count: int, *, apart: timedelta = timedelta(minutes=1)) -> None:
    """So many messages, by turns of customer and agent, all answered; the last of them a minute ago."""
    write(
        database,
        shop,
        """
        INSERT INTO messages (conversation_id, sender, kind, text, provider_at)
        SELECT c.id, CASE n %% 2 WHEN 1 THEN 'customer' ELSE 'agent' END, 'text', 'dito ' || n,
          app.now() - interval '1 minute' - (%s - n) * %s
        FROM conversations c, generate_series(1, %s) n
        """,
        count,
        apart,
        count,
    )
    write(database, shop, "UPDATE messages SET awaits_answer = false WHERE text = 'Oi!'")
    write(database, shop, "UPDATE messages SET provider_at = app.now() - interval '30 days' WHERE text = 'Oi!'")


def folded(database: Database, shop: PetShop, conversation_id: ConversationId, model: ScriptedModel) -> str:
    return fold(database, cast(Model, model), shop.organization_id, conversation_id, seconds=20)


def memory(database: Database, shop: PetShop) -> str | None:
    return read(database, shop, "SELECT memory FROM conversations WHERE merged_into IS NULL")[0][0]


def spoken(messages: Sequence[dict[str, Any]]) -> list[str]:
    return [message["content"] for message in messages if message["role"] != "system"]


def hear(database: Database, shop: PetShop, wa_id: str, clock: Clock, text: str = "E agora?") -> None:
    say(database, shop, text, wa_id=wa_id, at=clock.now())
    clock.move(3 * SECOND)


def test_a_long_talk_asks_to_be_folded_and_a_short_one_does_not(
    database: Database, shop: PetShop, conversation_id: ConversationId, wa_id: str, model: ScriptedModel, clock: Clock
) -> None:
    short = answered(claimed(database, shop, conversation_id), model.says(answer("Oi!")))
    talked(database, shop, RAW + BLOCK - 2)
    hear(database, shop, wa_id, clock)
    long = answered(claimed(database, shop, conversation_id), model.says(answer("Pois não?")))

    assert (short.is_long, long.is_long) == (False, True)


def test_the_older_part_is_folded_in_whole_blocks_and_the_latest_stays_as_it_is(
    database: Database, shop: PetShop, conversation_id: ConversationId, wa_id: str, model: ScriptedModel, clock: Clock
) -> None:
    talked(database, shop, 18)

    assert folded(database, shop, conversation_id, model.says(words(f" {MEMORY}\n"))) == "folded"

    rules, told = model.asked[0]
    assert "português" in rules["content"]
    lines = told["content"].splitlines()
    # With the first "Oi!" nineteen, of which ten stay, and of the nine one block is whole.
    assert lines == [
        "Mensagens novas:",
        "Cliente: Oi!",
        *(f"{'Cliente' if n % 2 else 'Assistente'}: dito {n}" for n in range(1, 6)),
    ]
    hear(database, shop, wa_id, clock)
    answered(claimed(database, shop, conversation_id), model.says(answer("Pois não?")))
    said = spoken(model.asked[-1])
    assert said[0] == f"[what was said before in this conversation, summed up]\n{MEMORY}"
    assert said[1:] == [*(f"dito {n}" for n in range(6, 19)), "E agora?"]


def test_what_is_folded_next_is_joined_to_what_was(
    database: Database, shop: PetShop, conversation_id: ConversationId, model: ScriptedModel
) -> None:
    talked(database, shop, 16)
    folded(database, shop, conversation_id, model.says(words("Ana tem o Thor.")))
    write(
        database,
        shop,
        """
        INSERT INTO messages (conversation_id, sender, kind, text, provider_at)
        SELECT c.id, 'customer', 'text', 'depois ' || n, app.now() + n * interval '1 second'
        FROM conversations c, generate_series(1, 6) n
        """,
    )

    assert folded(database, shop, conversation_id, model.says(words(MEMORY))) == "folded"

    told = model.asked[-1][1]["content"]
    assert told.startswith("Memória anterior:\nAna tem o Thor.\n\nMensagens novas:\nAssistente: dito 6\n")
    assert memory(database, shop) == MEMORY


def test_there_is_nothing_to_fold_twice_or_in_a_short_talk(
    database: Database, shop: PetShop, conversation_id: ConversationId, model: ScriptedModel
) -> None:
    assert folded(database, shop, conversation_id, model) == "skipped"
    talked(database, shop, 16)
    folded(database, shop, conversation_id, model.says(words(MEMORY)))

    assert folded(database, shop, conversation_id, model) == "skipped"
    assert len(model.asked) == 1


@pytest.mark.parametrize(
    "line", [away, words(" "), words("Não posso.", refused=True)], ids=["away", "nothing", "refused"]
)
def test_without_a_model_who_said_what_is_kept(
    database: Database, shop: PetShop, conversation_id: ConversationId, model: ScriptedModel, line: Any
) -> None:
    talked(database, shop, 16)

    assert folded(database, shop, conversation_id, model.says(line)) == "extracted"

    assert memory(database, shop) == "\n".join(
        ["Cliente: Oi!", *(f"{'Cliente' if n % 2 else 'Assistente'}: dito {n}" for n in range(1, 6))]
    )


def test_a_shop_that_has_used_up_its_day_folds_without_the_model(
    database: Database, shop: PetShop, conversation_id: ConversationId, model: ScriptedModel
) -> None:
    write(database, shop, "UPDATE organization_settings SET daily_token_cap = 0")
    talked(database, shop, 16)

    assert folded(database, shop, conversation_id, model) == "extracted"


def test_what_it_costs_is_on_the_shops_meter(
    database: Database, shop: PetShop, conversation_id: ConversationId, model: ScriptedModel
) -> None:
    talked(database, shop, 16)

    folded(database, shop, conversation_id, model.says(words(MEMORY)))

    assert read(database, shop, "SELECT amount FROM usage_counters WHERE metric = 'model_tokens'") == [(110,)]


def test_what_another_worker_has_folded_meanwhile_stands(
    database: Database, shop: PetShop, conversation_id: ConversationId, model: ScriptedModel
) -> None:
    def meanwhile(_: Any) -> Completion:
        write(database, shop, "UPDATE conversations SET memory = 'Do outro.', memory_until = app.now()")
        return words(MEMORY)

    talked(database, shop, 16)

    assert folded(database, shop, conversation_id, model.says(meanwhile)) == "dropped"
    assert memory(database, shop) == "Do outro."


def test_a_moment_is_not_folded_in_part(
    database: Database, shop: PetShop, conversation_id: ConversationId, model: ScriptedModel
) -> None:
    talked(database, shop, 18)
    moment = read(database, shop, "SELECT provider_at FROM messages WHERE text = 'dito 5'")[0][0]
    write(database, shop, "UPDATE messages SET provider_at = %s WHERE text IN ('dito 4', 'dito 6')", moment)

    folded(database, shop, conversation_id, model.says(words(MEMORY)))

    lines = model.asked[0][1]["content"].splitlines()
    assert lines[1:] == ["Cliente: Oi!", "Cliente: dito 1", "Assistente: dito 2", "Cliente: dito 3"]


def test_a_memory_is_no_fact(
    database: Database, shop: PetShop, conversation_id: ConversationId, wa_id: str, model: ScriptedModel, clock: Clock
) -> None:
    talked(database, shop, 16)
    folded(database, shop, conversation_id, model.says(words("O banho custa R$ 1,00 e está agendado.")))
    hear(database, shop, wa_id, clock)

    facts = facts_of(claimed(database, shop, conversation_id), CLIENT_AGENT)

    assert "R$ 1,00" not in "\n".join(facts.shown)


def test_a_message_that_is_taken_back_is_taken_out_of_the_memory(
    database: Database, shop: PetShop, wa_id: str, model: ScriptedModel, clock: Clock
) -> None:
    wamid = factories.new_wamid()
    recorded = say(database, shop, "Meu CPF é segredo", wa_id=wa_id, wamid=wamid, at=clock.now())
    write(database, shop, "UPDATE messages SET awaits_answer = false")
    clock.move(timedelta(hours=1))
    talked(database, shop, 18)
    folded(database, shop, recorded.conversation_id, model.says(words("Disse o CPF.")))
    assert memory(database, shop) == "Disse o CPF."

    say(database, shop, wa_id=wa_id, kind="revoke", content={"original_message_id": wamid}, at=clock.now())

    assert memory(database, shop) is None
    folded(database, shop, recorded.conversation_id, model.says(words(MEMORY)))
    assert "segredo" not in model.asked[-1][1]["content"]


def test_taking_back_what_is_not_folded_leaves_the_memory(
    database: Database, shop: PetShop, conversation_id: ConversationId, wa_id: str, model: ScriptedModel, clock: Clock
) -> None:
    talked(database, shop, 16)
    folded(database, shop, conversation_id, model.says(words(MEMORY)))
    wamid = factories.new_wamid()
    say(database, shop, "ops", wa_id=wa_id, wamid=wamid, at=clock.now())

    say(database, shop, wa_id=wa_id, kind="revoke", content={"original_message_id": wamid}, at=clock.now())

    assert memory(database, shop) == MEMORY


def test_a_talk_that_is_joined_with_another_is_folded_anew(
    database: Database, shop: PetShop, conversation_id: ConversationId, wa_id: str, model: ScriptedModel, clock: Clock
) -> None:
    talked(database, shop, 16)
    folded(database, shop, conversation_id, model.says(words(MEMORY)))
    bsuid = factories.new_bsuid()
    say(database, shop, "Oi de novo", bsuid=bsuid, at=clock.now())

    say(database, shop, "Sou eu", wa_id=wa_id, bsuid=bsuid, at=clock.now())

    assert read(database, shop, "SELECT count(*) FROM conversations WHERE merged_into IS NULL") == [(1,)]
    assert memory(database, shop) is None


def test_nobody_folds_the_talk_of_another_shop(
    owner: psycopg.Connection, database: Database, shop: PetShop, conversation_id: ConversationId, model: ScriptedModel
) -> None:
    other = factories.make_pet_shop(owner, database)
    talked(database, shop, 16)

    assert folded(database, other, conversation_id, model) == "skipped"


def test_of_five_thousand_messages_the_request_stays_small_and_the_facts_are_in_it(
    database: Database, shop: PetShop, conversation_id: ConversationId, wa_id: str, model: ScriptedModel, clock: Clock
) -> None:
    talked(database, shop, 5000, apart=timedelta(seconds=20))
    write(database, shop, "UPDATE messages SET text = text || repeat(' x', 2000) WHERE starts_with(text, 'dito')")

    assert folded(database, shop, conversation_id, model.says(words(MEMORY))) == "folded"
    assert len(model.asked[0][1]["content"].splitlines()) <= 1 + MOST_FOLDED
    hear(database, shop, wa_id, clock)
    turn = claimed(database, shop, conversation_id)
    answered(turn, model.says(answer("Pois não?")))

    asked = model.asked[-1]
    assert len(spoken(asked)) <= 1 + RAW + BLOCK + 1
    assert len(json.dumps(asked)) < 40_000
    assert "Shop: Pet Feliz" in prompt.context(turn)
    assert turn.memory == MEMORY


def test_an_extract_forgets_the_oldest_first_and_keeps_whole_lines() -> None:
    said = [{"sender": "customer", "kind": "text", "text": f"{n} " + "palavra " * 60} for n in range(60)]
    said.append({"sender": "customer", "kind": "audio", "text": ""})

    kept = extract("Cliente: há muito tempo", said).splitlines()

    assert kept[-1] == "Cliente: [audio]"
    assert len("\n".join(kept)) <= LONGEST_MEMORY
    assert all(len(line) <= len("Cliente: ") + LONGEST_LINE for line in kept)
    assert "Cliente: há muito tempo" not in kept
    assert extract("Cliente: há muito tempo", said[-1:]) == "Cliente: há muito tempo\nCliente: [audio]"
