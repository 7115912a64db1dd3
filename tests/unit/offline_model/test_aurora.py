"""The owner's questions in simple Portuguese, over HTTP: which tool answers them, and what is said of its result."""

import json
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

import pytest
from starlette.testclient import TestClient

from auzap.agent import gate
from auzap.aurora.agent import AURORA

RESULTS = {
    "list_appointments": (
        "{day}: 3 appointments, total R$ 210,00\n"
        "- 09:00 | Thor | Banho | R$ 70,00 | confirmed\n"
        "- 10:00 | Mel | Banho e tosa | R$ 110,00 | confirmed\n"
        "- 11:00 | Bidu | Corte de unhas | R$ 30,00 | confirmed"
    ),
    "shop_numbers": (
        "week | segunda-feira 23/11 | domingo 29/11\n"
        "appointments | 2 | R$ 140,00 | cancelled\n"
        "appointments | 9 | R$ 630,00 | confirmed\n"
        "revenue | earned | R$ 1.250,00\n"
        "revenue | still expected | R$ 630,00\n"
        "new leads | no data\n"
        "messages | 40 received | 38 sent\n"
        "hand-offs to a person | 3"
    ),
    "list_waiting": (
        "1 waiting for a person\n"
        "- Ana Souza | since 27/11 08:40 | quer desconto\n"
        "1 questions for the owner to answer, each by quoting its message\n"
        "- Caio | since 27/11 08:50 | asked: Vocês atendem coelhos?"
    ),
    "list_leads": "2 hot leads\n- Bia | score 90 | hot | last wrote 27/11 08:00\n- Ana | score 65 | hot | last wrote 26/11 18:00",
    "list_channel_health": (
        "- Pet Feliz | degraded | sending limited, quality red | quality RED | limit TIER_2K | checked 27/11 09:10"
    ),
    "list_services": "- Banho | 60 min | R$ 70,00",
}
EMPTY = {
    "list_appointments": "No appointments on sexta-feira 27/11.",
    "list_waiting": "Nobody waits for a person.",
    "list_leads": "There are no hot leads now.",
    "list_channel_health": "No number is connected.",
    "list_services": "The shop has not listed its services yet. Hand over to a person.",
}
CONTEXT = "Today: sexta-feira 2026-11-27 09:12 (America/Sao_Paulo)\nShop: Pet Feliz"


@dataclass
class Owner:
    """The owner's phone: `ask` runs one whole turn with these results of Aurora's tools."""

    client: TestClient
    results: dict[str, str] = field(default_factory=lambda: dict(RESULTS))
    used: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def ask(self, text: str) -> str:
        rules = AURORA.rules.format(agent_name="Luna", shop_name="Pet Feliz")
        messages: list[dict[str, Any]] = [
            {"role": "system", "content": rules},
            {"role": "system", "content": CONTEXT},
            {"role": "user", "content": text},
        ]
        self.used = []
        while True:
            said = self._next(messages)
            (call,) = said["tool_calls"]
            name, arguments = call["function"]["name"], call["function"]["arguments"]
            parsed = AURORA.tools[name].parse(arguments)
            if name == "answer":
                return self._sent(parsed["text"], messages)
            self.used.append((name, json.loads(arguments)))
            assert len(self.used) <= 7
            result = self.results[name].replace("{day}", f"{parsed['day']:%d/%m}" if "day" in parsed else "")
            messages += [said, {"role": "tool", "tool_call_id": call["id"], "content": result}]

    def _next(self, messages: list[dict[str, Any]]) -> dict[str, Any]:
        tools = [deepcopy(known.schema) for known in AURORA.tools.values()]
        request = {"model": "offline", "messages": messages, "tools": tools, "tool_choice": "auto"}
        response = self.client.post("/model/v1/chat/completions", json=request)
        assert response.status_code == 200, response.text
        return response.json()["choices"][0]["message"]

    def _sent(self, text: str, messages: list[dict[str, Any]]) -> str:
        """Through the gate, as every reply."""
        known = [message["content"] or "" for message in messages[1:]]
        shown = [message["content"] or "" for message in messages[1:] if message["role"] in {"system", "tool"}]
        assert gate.problems(text, gate.Facts(said=known, shown=shown, acts_done=[])) == [], text
        return text


@pytest.fixture
def owner(client: TestClient) -> Owner:
    return Owner(client)


@pytest.mark.parametrize(
    ("text", "tool", "arguments"),
    [
        ("quantos banhos hoje?", "list_appointments", {"day": "2026-11-27"}),
        ("como está a agenda de amanhã?", "list_appointments", {"day": "2026-11-28"}),
        ("agenda de amanhã", "list_appointments", {"day": "2026-11-28"}),
        ("o que tem marcado segunda?", "list_appointments", {"day": "2026-11-30"}),
        ("como foi a semana?", "shop_numbers", {"period": "week"}),
        ("quanto faturei esse mês?", "shop_numbers", {"period": "month"}),
        ("me dá um resumo de hoje", "shop_numbers", {"period": "today"}),
        ("quantos banhos na semana?", "shop_numbers", {"period": "week"}),
        ("quem está esperando?", "list_waiting", {}),
        ("tem alguém na fila?", "list_waiting", {}),
        ("quais são os leads quentes?", "list_leads", {}),
        ("meus números estão bem?", "list_channel_health", {}),
        ("o whatsapp tá conectado?", "list_channel_health", {}),
        ("quais serviços a gente tem?", "list_services", {"category": "any"}),
    ],
)
def test_a_question_is_answered_from_its_tool(owner: Owner, text: str, tool: str, arguments: dict[str, Any]) -> None:
    owner.ask(text)

    assert owner.used == [(tool, arguments)]


def test_appointments_are_counted_by_the_service_asked_for(owner: Owner) -> None:
    reply = owner.ask("quantos banhos hoje?")

    assert "27/11, no total 2:" in reply
    assert "• 10:00, Mel, Banho e tosa (R$ 110,00)" in reply
    assert "Corte de unhas" not in reply
    assert "no total 3:" in owner.ask("o que tem na agenda hoje?")


def test_the_numbers_of_a_period_are_told_as_they_are_and_no_data_is_no_zero(owner: Owner) -> None:
    assert owner.ask("como foi a semana?").splitlines() == [
        "Os números da semana (segunda-feira 23/11 a domingo 29/11):",
        "• Agendamentos, cancelado: 2 (R$ 140,00)",
        "• Agendamentos, confirmado: 9 (R$ 630,00)",
        "• Faturado: R$ 1.250,00",
        "• Ainda a receber: R$ 630,00",
        "• Leads novos: sem dados",
        "• Mensagens: 40 recebidas, 38 enviadas",
        "• Passadas para uma pessoa: 3",
    ]


def test_who_waits_is_told_with_reason_and_question(owner: Owner) -> None:
    assert owner.ask("quem está esperando?").splitlines()[1:] == [
        "• Ana Souza, desde 27/11 08:40: quer desconto",
        "• Caio, desde 27/11 08:50, com uma pergunta para você: Vocês atendem coelhos?",
    ]


def test_leads_and_health_are_told_in_portuguese(owner: Owner) -> None:
    assert "• Bia (pontuação 90)" in owner.ask("algum lead quente?")
    assert "• Pet Feliz: com limitações, envio limitado, qualidade vermelha, qualidade RED" in owner.ask(
        "meus números estão bem?"
    )


def test_a_number_that_hears_nothing_is_told_as_such(owner: Owner) -> None:
    owner.results["list_channel_health"] = (
        "- Pet Feliz | failing | status BANNED | webhook missing | access expired | checked 27/11 09:10\n"
        "- Filial | connected | quality GREEN | webhook subscribed | access until 30/11 09:00"
    )

    assert owner.ask("o whatsapp está conectado?").splitlines()[1:] == [
        "• Pet Feliz: com problema, situação BANNED, sem receber mensagens, acesso vencido, verificado em 27/11 09:10",
        "• Filial: conectado, qualidade GREEN, recebendo mensagens, acesso até 30/11 09:00",
    ]


@pytest.mark.parametrize("sent", ["[the customer sent a photo, which you cannot see]", ""])
def test_what_she_cannot_read_she_asks_for_in_writing(owner: Owner, sent: str) -> None:
    assert "escrever em texto" in owner.ask(sent)
    assert owner.used == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("quantos banhos hoje?", "Nada disso na agenda de 27/11."),
        ("quem está esperando?", "Ninguém espera"),
        ("leads quentes?", "Não há leads quentes"),
        ("meus números estão bem?", "Nenhum número"),
        ("quais os serviços?", "não tem serviços"),
    ],
)
def test_what_is_not_there_is_said_to_be_not_there(owner: Owner, text: str, said: str) -> None:
    owner.results = dict(EMPTY)

    assert said in owner.ask(text)


def test_a_greeting_tells_what_she_can_do(owner: Owner) -> None:
    assert "Bom dia! Aqui é a Aurora." in owner.ask("oi Aurora")
    assert owner.used == []


def test_what_she_cannot_do_she_says(owner: Owner) -> None:
    assert "ainda não consigo" in owner.ask("manda uma promoção para todo mundo")
    assert owner.used == []
