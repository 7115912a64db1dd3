"""What a person reads who takes a conversation over: short, of this hand-over, and never in anybody's way."""

from datetime import timedelta
from typing import Any, cast

import psycopg
import pytest

from auzap.agent.model import Completion, Model
from auzap.agent.summarizing import LONGEST_MESSAGE, LONGEST_SUMMARY, summarize
from auzap.conversations import holding
from auzap.errors import ModelUnavailable
from tests import factories
from tests.db.committed import write
from tests.db.hands import Hands
from tests.db.scripted_model import USAGE, ScriptedModel
from tests.factories import say
from tests.postgres import Clock

SUMMARY = "Ana quer banho para o Rex no sábado. A assistente não achou horário. Falta a equipe oferecer um encaixe."


def words(text: str, *, refused: bool = False) -> Completion:
    return Completion(text=text, calls=[], usage=USAGE, refused=refused)


def run(hands: Hands, model: ScriptedModel) -> str:
    return summarize(hands.database, cast(Model, model), hands.shop.organization_id, hands.conversation_id, seconds=20)


def test_a_hand_over_is_summarized_with_nothing_open_while_the_model_thinks(
    hands: Hands, model: ScriptedModel, wa_id: str
) -> None:
    say(hands.database, hands.shop, "Quero falar com alguém!", wa_id=wa_id)
    hands.do(holding.hand_over, "asked for a person")

    assert run(hands, model.says(words(f"  {SUMMARY}\n"))) == "summarized"

    assert (hands.of("summary"), hands.of("summary_at IS NOT NULL")) == (SUMMARY, True)
    told, spoken = model.asked[0]
    assert "português" in told["content"]
    assert spoken["content"].splitlines() == [
        "Motivo da passagem: asked for a person",
        "",
        "Cliente: Oi!",
        "Cliente: Quero falar com alguém!",
    ]


def test_it_is_read_as_it_was_said_by_whom_and_without_what_was_taken_back(
    hands: Hands, model: ScriptedModel, wa_id: str, clock: Clock
) -> None:
    hands.do(holding.write_as_staff, hands.bia, "Oi, aqui é a Bia.")
    clock.move(timedelta(seconds=5))
    photo = {"id": "1", "mime_type": "image/jpeg"}
    say(hands.database, hands.shop, wa_id=wa_id, kind="image", content=photo, at=clock.now())
    say(hands.database, hands.shop, "Segredo", wa_id=wa_id, at=clock.now())
    write(hands.database, hands.shop, "UPDATE messages SET revoked_at = app.now() WHERE text = 'Segredo'")

    run(hands, model.says(words(SUMMARY)))

    lines = model.asked[0][1]["content"].splitlines()[2:]
    assert lines == ["Cliente: Oi!", "Equipe: Oi, aqui é a Bia.", "Cliente: [image]"]


def test_the_model_failing_leaves_no_summary_and_is_no_error(hands: Hands, model: ScriptedModel) -> None:
    hands.do(holding.hand_over, "complaint")

    def fails(_: list[dict[str, Any]]) -> Completion:
        raise ModelUnavailable

    assert run(hands, model.says(fails)) == "unavailable"
    assert hands.of("summary") is None


@pytest.mark.parametrize("answer", [words("   "), words("Não posso.", refused=True)], ids=["nothing", "refused"])
def test_no_answer_is_no_summary(hands: Hands, model: ScriptedModel, answer: Completion) -> None:
    hands.do(holding.hand_over, "complaint")

    assert run(hands, model.says(answer)) == "dropped"
    assert hands.of("summary") is None


def test_a_long_answer_is_cut(hands: Hands, model: ScriptedModel) -> None:
    hands.do(holding.hand_over, "complaint")

    run(hands, model.says(words("bla " * 1000)))

    assert len(hands.of("summary")) <= LONGEST_SUMMARY


def test_a_long_message_is_read_as_far_as_a_person_would(hands: Hands, model: ScriptedModel) -> None:
    write(hands.database, hands.shop, "UPDATE messages SET text = repeat('bla ', 2000)")
    hands.do(holding.hand_over, "complaint")

    run(hands, model.says(words(SUMMARY)))

    assert len(model.asked[0][-1]["content"]) < LONGEST_MESSAGE + 200


def test_what_the_agent_has_needs_no_summary(hands: Hands, model: ScriptedModel) -> None:
    assert run(hands, model) == "skipped"
    assert model.asked == []


def test_a_hint_that_comes_twice_asks_once(hands: Hands, model: ScriptedModel) -> None:
    hands.do(holding.hand_over, "complaint")
    model.says(words(SUMMARY))

    assert [run(hands, model) for _ in range(2)] == ["summarized", "skipped"]


def test_the_next_hand_over_is_summarized_anew(hands: Hands, model: ScriptedModel, clock: Clock) -> None:
    model.says(words(SUMMARY), words("Outra coisa."))
    for _ in range(2):
        hands.do(holding.hand_over, "complaint")
        run(hands, model)
        clock.move(timedelta(minutes=1))
        hands.do(holding.give_back)

    assert hands.of("summary") == "Outra coisa."


def test_a_summary_is_not_kept_for_a_conversation_that_has_gone_back(hands: Hands, model: ScriptedModel) -> None:
    hands.do(holding.hand_over, "complaint")

    def meanwhile(_: list[dict[str, Any]]) -> Completion:
        hands.do(holding.give_back)
        return words(SUMMARY)

    assert run(hands, model.says(meanwhile)) == "dropped"
    assert hands.of("summary") is None


def test_somebody_who_took_it_meanwhile_still_reads_it(hands: Hands, model: ScriptedModel) -> None:
    hands.do(holding.hand_over, "complaint")

    def meanwhile(_: list[dict[str, Any]]) -> Completion:
        hands.do(holding.take, hands.bia)
        return words(SUMMARY)

    assert run(hands, model.says(meanwhile)) == "summarized"


@pytest.mark.parametrize("cap", ["daily_token_cap", "daily_cost_cap_micros"])
def test_what_it_cost_is_on_the_shops_meter_and_its_caps_hold(
    hands: Hands, model: ScriptedModel, clock: Clock, cap: str
) -> None:
    hands.do(holding.hand_over, "complaint")
    run(hands, model.says(words(SUMMARY)))
    tokens = USAGE.input_tokens + USAGE.output_tokens
    query = "SELECT metric, amount FROM usage_counters WHERE metric LIKE 'model%%' ORDER BY metric"
    assert hands.many(query) == [("model_cost_micros", USAGE.cost_micros), ("model_tokens", tokens)]

    write(hands.database, hands.shop, f"UPDATE organization_settings SET {cap} = 5")
    hands.do(holding.give_back)
    clock.move(timedelta(seconds=1))
    hands.do(holding.hand_over, "complaint")

    assert run(hands, model) == "skipped"


def test_another_shops_conversation_is_not_read(hands: Hands, model: ScriptedModel, owner: psycopg.Connection) -> None:
    hands.do(holding.hand_over, "complaint")
    other = factories.make_organization(owner)

    assert summarize(hands.database, cast(Model, model), other, hands.conversation_id, seconds=20) == "skipped"
    assert model.asked == []
