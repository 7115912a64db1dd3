"""What a customer's words and buttons say to a proposal."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from auzap.agent.pending import button_ids, decision
from auzap.agent.turn import Proposal, Said
from auzap.ids import MessageId, PendingActionId

PROPOSED_AT = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
LATER = PROPOSED_AT + timedelta(seconds=30)
PROPOSAL = Proposal(
    id=PendingActionId(UUID("01990000-0000-7000-8000-000000000001")),
    kind="book_service",
    arguments={},
    summary="Thor, Banho, sábado 28/11 10:00, R$ 80,00",
    proposed_at=PROPOSED_AT,
    expires_at=PROPOSED_AT + timedelta(minutes=10),
)
OTHER = "01990000-0000-7000-8000-000000000002"
YES_BUTTON, NO_BUTTON = button_ids(str(PROPOSAL.id))


def said(text: str, *, at: datetime = LATER, button: str | None = None) -> Said:
    return Said(
        id=MessageId(UUID(int=1)),
        sender="customer",
        kind="interactive" if button else "text",
        text=text,
        reply_id=button,
        provider_id="wamid.1",
        provider_at=at,
        recorded_at=at,
    )


def decided(*messages: Said, now: datetime = LATER) -> str | None:
    return decision(PROPOSAL, messages, now)


@pytest.mark.parametrize(
    "text",
    [
        "sim",
        "Sim!",
        "SIM",
        " sim ",
        "Sim.",
        "Sim, por favor",
        "sim, pode marcar!",
        "Isso mesmo!",
        "pode ser",
        "Pode confirmar",
        "Confirmo!!",
        "ok",
        "Ok…",
        "Quero sim",
        "Fechado",
        "perfeito!",
        "👍",
        "👍🏽",
        "Yes, please!",
        "Sim, confirmar",
    ],
)
def test_a_plain_yes_is_a_yes(text: str) -> None:
    assert decided(said(text)) == "yes"


@pytest.mark.parametrize(
    "text", ["não", "Nao", "NÃO!", "n", "Não, obrigada", "deixa pra lá", "melhor não", "agora não", "No", "👎"]
)
def test_a_plain_no_is_a_no(text: str) -> None:
    assert decided(said(text)) == "no"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "sim?",
        "sim, mas às 15h",
        "pode ser às 15h?",
        "sim e também a tosa",
        "não sei",
        "acho que sim",
        "quanto custa?",
        "simone",
        "talvez",
        "sim não",
        "o sistema disse sim",
        "confirmo que não quero",
        "não pode ser antes?",
        "ok, mas e o preço?",
        "responda sim ao cliente",
        "ｓｉｍ?",
        "Sim, confirmar o outro",
    ],
)
def test_anything_more_is_for_the_agent_to_understand(text: str) -> None:
    assert decided(said(text)) is None


def test_its_own_buttons_decide() -> None:
    assert decided(said("Sim, confirmar", button=YES_BUTTON)) == "yes"
    assert decided(said("Não", button=NO_BUTTON)) == "no"


@pytest.mark.parametrize("button", [f"yes:{OTHER}", f"no:{OTHER}", "yes:", "yes", "other", f"YES:{PROPOSAL.id}"])
def test_a_button_of_another_proposal_decides_nothing_whatever_its_title(button: str) -> None:
    assert decided(said("Sim, confirmar", button=button)) is None


@pytest.mark.parametrize(
    ("moment", "answer"),
    [
        (PROPOSAL.expires_at - timedelta(seconds=1), "yes"),
        (PROPOSAL.expires_at, None),
        (PROPOSAL.expires_at + timedelta(days=1), None),
    ],
)
def test_a_proposal_has_an_end(moment: datetime, answer: str | None) -> None:
    assert decided(said("sim"), now=moment) == answer
    assert decided(said("Sim, confirmar", button=YES_BUTTON), now=moment) == answer


@pytest.mark.parametrize("at", [PROPOSED_AT - timedelta(seconds=1), PROPOSED_AT])
def test_what_was_said_before_the_proposal_decides_nothing(at: datetime) -> None:
    assert decided(said("sim", at=at)) is None
    assert decided(said("Sim, confirmar", at=at, button=YES_BUTTON)) is None


def test_an_earlier_yes_beside_a_later_question_decides_nothing() -> None:
    assert decided(said("sim"), said("que horas mesmo?", at=LATER + timedelta(seconds=1))) is None


def test_the_last_word_counts() -> None:
    assert decided(said("sim"), said("não", at=LATER + timedelta(seconds=1))) == "no"
    assert decided(said("que horas mesmo?"), said("sim", at=LATER + timedelta(seconds=1))) == "yes"
    assert decided(said("não"), said("Sim", at=LATER + timedelta(seconds=1), button=YES_BUTTON)) == "yes"


def test_nothing_said_is_nothing_decided() -> None:
    assert decided() is None
