"""The reply gate: lies are stopped, and what a good assistant says passes."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auzap.agent import gate
from auzap.agent.gate import LONGEST_REPLY, Facts
from auzap.agent.rules.replies import RULES

CONTEXT = """\
Today: sábado 2026-11-21 09:15 (America/Sao_Paulo)
Shop: Patinhas & Cia
Address: Rua das Acácias, 120
Hours: segunda-feira 08:00-18:00; sábado 08:00-14:00
Customer: Célia"""
SERVICES = """\
- Banho | 60 min | R$ 60,00 (pequeno R$ 60,00, médio R$ 80,00, gigante R$ 1.100,50)
- Tosa | 90 min | R$ 95,00"""
SLOTS = """\
s1 | sábado 28/11 | 10:00 | Banho
s2 | sábado 28/11 | 14:30 | Banho"""
CUSTOMER = "Quero banho pro Thor dia 5/12 às 15h. Só pago R$ 40,00. Pode ser 16:45?"

FACTS = Facts(
    said=[CONTEXT, CUSTOMER, SERVICES, SLOTS],
    shown=[CONTEXT, SERVICES, SLOTS],
    acts_done=[],
    tools=["list_services", "find_free_slots", "propose_booking", "hand_over", "answer"],
)


def problems(reply: str, facts: Facts) -> list[str]:
    return [problem.told for problem in gate.problems(reply, facts)]


def with_done(*acts: str) -> Facts:
    return replace(FACTS, acts_done=acts)


LIES = {
    "price": [
        "O banho custa R$ 70,00.",
        "O banho custa R$ 60,50.",
        "O banho sai por R$70.",
        "o banho sai por r$ 70",
        "Para o gigante são R$ 1.100,00.",
        "Para o gigante são R$ 6.000,00.",
        "Banho R$ 60,00 e tosa R$ 95,00: o total é R$ 155,00.",
        # Somebody said it; no catalogue did.
        "Combinado, R$ 40,00 pelo banho!",
        "O banho custa R$ 60.50.",
        "O banho sai por 70 reais.",
        "Fica 60,50 no porte pequeno.",
        "São setenta reais.",
    ],
    "time": [
        "Tenho às 11:00.",
        "Tenho 11h30 livre.",
        "Tenho as 11h.",
        "Tenho às 11 horas.",
        "Temos 13:00 e 14:30.",
        "Atendemos das 7h às 18h.",
        "Ficamos abertos até as 20h.",
        "Que tal 11h?",
        "Que tal 11 da manhã?",
        "Tenho às 4 da tarde.",
        "Tenho ao meio-dia.",
        "Temos horário entre 9 e 12 horas.",
        "We are free at 5 pm.",
    ],
    "date": [
        "Dia 29/11 tem vaga às 10:00.",
        "Que tal domingo, 29/11?",
        "Só em 01/12 às 10:00.",
        "Que tal 5/1?",
        "Dia 29 tem vaga.",
        "Dia 29 de novembro tem vaga.",
        "Só no dia 3 de dezembro.",
    ],
    "nothing was booked": [
        "Está agendado!",
        "Seu banho está agendado para sábado 28/11 às 10:00.",
        "Agendamento confirmado!",
        "Tudo certo, agendei para você.",
        "O Thor já está marcado.",
        "Pronto, marquei o banho para as 10:00.",
        "Seu horário foi confirmado.",
        "Ficou marcado para sábado 28/11.",
        "Banho marcado!",
        "Horário reservado e banho confirmado.",
        "Prontinho, agendado!",
        "Marcado!",
        "Thor agendado para sábado 28/11 10:00.",
        "Confirmado! Até sábado 28/11 às 10:00.",
        "Não se preocupe, seu banho está agendado!",
        "Pode ficar tranquilo que está agendado.",
        "Está agendado, tudo bem?",
        "Booked!",
        "I booked it for you.",
        "Your bath is booked for 28/11 at 10:00.",
    ],
    "nothing was reserved": [
        "Reservei o horário das 10:00.",
        "Reservado para você!",
        "Sua reserva está garantida.",
        "Fiz a reserva da suíte.",
        "Reservamos a suíte para o Thor.",
        "I've reserved the suite.",
    ],
    "nothing was planned": ["Montei o plano de adestramento.", "O plano do Thor está ativo."],
    "nothing was added": ["Incluí o banho na estadia.", "Hidratação adicionada à reserva."],
    "nothing was updated": ["Atualizei o cadastro do Thor.", "Anotei a vacina dele."],
    "nothing was remembered": ["Salvei o seu nome.", "Guardei a sua preferência."],
    "nothing was requested": ["Enviei o pedido para a equipe."],
    "nothing was rescheduled": [
        "Remarquei para 14:30.",
        "Mudei o seu horário para 14:30.",
        "Seu banho foi reagendado.",
    ],
    "nothing was cancelled": [
        "Seu banho foi cancelado.",
        "Cancelei o seu horário.",
        "O agendamento já está cancelado.",
        "Cancelado!",
        "Já desmarquei o banho.",
        "I cancelled it.",
        "It has been cancelled.",
    ],
    "nothing was paid": [
        "Pagamento confirmado!",
        "Recebi o seu pix, obrigada!",
        "Pagamento já recebido.",
        "Já está pago!",
        "Pix recebido.",
        "Sinal confirmado.",
        "Payment received, thanks!",
    ],
    "links": [
        "Veja em https://exemplo.com.br/agenda",
        "Acesse www.patinhas.com",
        "Nosso site é patinhas.com.br",
        "Me chama em wa.me/551155550001",
        "Clica em bit.ly/banho",
    ],
    "the reply speaks of the system": [
        "Vou usar list_services para ver.",
        "Chamei find_free_slots e não achei nada.",
        "propose_booking deu erro.",
        "Meu system prompt não permite.",
        "Está no prompt do sistema.",
        "As minhas instruções dizem que não.",
        "[result] Booked: Thor",
    ],
    "dosage": [
        "Dê 5 ml de dipirona.",
        "Pode dar 1 comprimido por dia.",
        "São 10 mg por quilo.",
        "Pingue 20 gotas na água.",
        "Uns 2,5 mg resolvem.",
        "Pode dar meio comprimido.",
        "Dê dipirona e observe.",
    ],
    "nothing was registered": ["Cadastrei o Thor!", "Já registrei a Mel."],
    "nothing was waitlisted": [
        "Coloquei o Thor na lista de espera.",
        "Pronto, incluí vocês na nossa fila de espera!",
        "O Thor já está na lista de espera.",
        "Vocês entraram na fila de espera.",
        "I've put Thor on the waiting list.",
        "Thor is on our waitlist now.",
    ],
    "nothing was unlisted": [
        "Tirei o Thor da lista de espera.",
        "O Thor saiu da fila de espera.",
        "Thor was removed from the waitlist.",
    ],
    "nothing was repeated": [
        "Programei o banho do Thor para toda semana.",
        "Deixei o banho dele fixo.",
        "Seu horário fixo está ativado!",
        "I set up a recurring appointment.",
    ],
    "nothing was unrepeated": [
        "Encerrei a recorrência.",
        "O horário fixo foi encerrado.",
        "Your recurring appointment has ended.",
    ],
    "weekday not of that date": ["Temos domingo 28/11 às 10:00.", "Pode ser sexta-feira, 28/11?"],
    "percentage not in the facts": ["Faço com 10% de desconto.", "Hoje tudo com 50 % off."],
    "a number that nobody gave": ["O telefone da Ana é 11 95555-0002.", "O CPF é 123.456.789-00."],
    "claims to be a person": ["Sou uma pessoa real, sim!", "Não sou um robô.", "I'm human."],
    "no diagnosis": ["Parece otite.", "Deve ser uma dermatite, trate em casa."],
    "an e-mail address that nobody gave": ["Escreve para contato@patinhas.com.br"],
    "the reply must have words": ["", "  \n ", "🐾", "?!", "x" * (LONGEST_REPLY + 1)],
}

GOOD = [
    "Oi! Tudo bem? Como posso ajudar? 🐾",
    "Olá, Célia! Eu sou a assistente virtual da Patinhas & Cia.",
    "O banho custa R$ 60,00 para o porte pequeno e R$ 80,00 para o médio.",
    "O banho sai por R$ 80 para o porte médio.",
    "Para o gigante fica R$ 1.100,50.",
    "Para o gigante fica R$1100,50.",
    "Temos sábado 28/11 às 10:00 e às 14:30. Qual prefere?",
    "Temos sábado (28/11) às 10h e às 14h30.",
    "Posso agendar o banho do Thor para sábado 28/11 às 10:00?",
    "Thor, Banho, sábado 28/11 10:00, R$ 80,00. Confirma?",
    "Quer que eu confirme o agendamento?",
    "Quer confirmar o horário das 10:00?",
    "Para confirmar, responda sim.",
    "Não tenho vaga às 15h, mas tenho às 14:30.",
    "Infelizmente às 16:45 não temos vaga.",
    "Dia 5/12 ainda não tenho a agenda. Quer outro dia?",
    "Abrimos das 8h às 18h de segunda-feira e das 8h às 14h no sábado.",
    "Estamos na Rua das Acácias, 120.",
    "O banho leva 60 minutos e a tosa, 90.",
    "Qual é o porte do Thor: pequeno, médio, grande ou gigante?",
    "Qual a raça dele? Se não souber, tudo bem.",
    "Pode me dizer o peso? Até 10 kg é porte pequeno.",
    "Vou chamar alguém da equipe para continuar com você por aqui. 🐾",
    "Isso parece uma emergência: leve o Thor a um veterinário agora. Já chamei a equipe.",
    "Não posso indicar remédio nem dose; quem pode dizer é o veterinário.",
    "Se precisar cancelar, é só me avisar.",
    "O pagamento é feito na loja: Pix, dinheiro ou cartão.",
    "Sinto muito, não consigo dar desconto. O banho do porte médio é R$ 80,00.",
    "De nada! Até sábado!",
    "Ainda não está agendado: preciso do seu sim.",
    "O horário ainda não foi confirmado. Confirma para mim?",
    "Seu banho não foi cancelado.",
    "Você já tem um banho agendado?",
    "Não há nada marcado para o Thor.",
    "Assim que for confirmado, eu aviso.",
    "Atendemos com hora marcada.",
    "Temos as 2 opções: com e sem tosa.",
    "Sábado está cheio. Quer entrar na lista de espera?",
    "Ainda não coloquei o Thor na lista de espera; quer que eu coloque?",
    "Não tem problema, você continua na lista de espera? Posso tirar, se preferir.",
    "O Thor vem toda semana?",
    "Posso deixar o banho fixo a cada 2 semanas?",
    "Abrimos às 8 da manhã.",
    "Hoje é dia 21 de novembro.",
    "Hi! We have a bath on 28/11 at 10:00 for R$ 80,00. Shall I book it?",
]


@pytest.mark.parametrize(
    ("problem", "reply"), [(problem, reply) for problem, replies in LIES.items() for reply in replies]
)
def test_a_lie_is_stopped_for_what_it_is(problem: str, reply: str) -> None:
    found = problems(reply, FACTS)

    assert any(problem in why for why in found), found


@pytest.mark.parametrize("reply", GOOD)
def test_a_good_reply_passes(reply: str) -> None:
    assert problems(reply, FACTS) == []


@pytest.mark.parametrize(
    ("act", "reply"),
    [
        ("booked", "Pronto! O banho do Thor está agendado para sábado 28/11 às 10:00. 🐾"),
        ("booked", "Agendei o banho para 28/11 às 14:30."),
        ("cancelled", "Pronto, o banho foi cancelado."),
        ("paid", "Recebi o seu pagamento, obrigada!"),
        ("rescheduled", "Remarquei o banho: está agendado para 28/11 às 14:30."),
        ("rescheduled", "Mudei o horário do Thor para as 14:30."),
        ("confirmed", "Presença confirmada para sábado 28/11 às 10:00!"),
        ("reserved", "Reservei a suíte; falta a equipe conferir as vacinas."),
        ("approved", "Reserva confirmada!"),
        ("booked", "Reservei o horário das 10:00."),
        ("requested", "Enviei o pedido para a equipe; o horário fica reservado."),
        ("planned", "Montei o plano de adestramento do Thor."),
        ("added", "Incluí o banho na estadia."),
        ("updated", "Atualizei a ficha do Thor."),
        ("updated", "Registrei a vacina do Thor."),
        ("remembered", "Salvei a sua preferência."),
        ("waitlisted", "Pronto, o Thor entrou na lista de espera. Se abrir vaga, te aviso por aqui!"),
        ("unlisted", "Tirei o Thor da lista de espera."),
        ("repeated", "Deixei o banho do Thor programado a cada 2 semanas."),
        ("unrepeated", "Encerrei o horário fixo do Thor."),
    ],
)
def test_what_was_done_in_this_turn_may_be_told(act: str, reply: str) -> None:
    assert problems(reply, with_done(act)) == []
    assert problems(reply, FACTS) != []
    others = {"cancelled", "paid", "refunded"} - {act}
    assert problems(reply, with_done(*others)) != []


@pytest.mark.parametrize(
    ("reply", "further"),
    [
        ("Seu telefone é o 11 95555-0001, certo?", {"contact": ["+5511955550001"]}),
        ("Oi, Claude! Como posso ajudar?", {"shown": [*FACTS.shown, "Customer: Claude"]}),
        ("Às terças temos desconto no banho.", {"shown": [*FACTS.shown, "About: desconto no banho às terças"]}),
        ("O banho é cortesia no aniversário.", {"shown": [*FACTS.shown, "About: banho cortesia no aniversário"]}),
        ("Temos a Bíblia do Pet e outros livros.", {"business": "Livraria e pet shop: bíblias, livros, banho"}),
        ("Que pena que ele está com otite. O veterinário já viu?", {"said": [*FACTS.said, "meu cão tem otite"]}),
        ("O shampoo de 500 ml custa R$ 30,00.", {"shown": [*FACTS.shown, "Shampoo 500 ml | R$ 30,00"]}),
        ("Nosso Instagram é @pet_feliz.", {"shown": [*FACTS.shown, "About: @pet_feliz"]}),
        ("Um momento, a equipe já fala com você.", {"people_go_on": True}),
        ("Seu e-mail é celia@exemplo.com?", {"said": [*FACTS.said, "celia@exemplo.com"]}),
        ("We are open today. Would you like to book a bath?", {"asked": ["Hi, can you wash my dog today?"]}),
        ("Oi! Como posso ajudar?", {"asked": ["Hi!"]}),
    ],
)
def test_what_the_shop_or_the_customer_brings_in_may_be_said(reply: str, further: dict[str, Any]) -> None:
    assert gate.problems(reply, FACTS) != [] or "asked" in further
    assert gate.problems(reply, replace(FACTS, **further)) == []


@pytest.mark.parametrize(
    ("reply", "asked"),
    [
        ("Temos vaga para você, qual horário prefere?", "Hi, how much is a bath for my dog?"),
        ("We have what you need, which day would you like?", "Oi, quanto fica o banho do meu cachorro?"),
    ],
)
def test_an_answer_in_another_language_is_stopped(reply: str, asked: str) -> None:
    (problem,) = gate.problems(reply, replace(FACTS, asked=[asked]))

    assert problem.rule == "language"


def test_the_card_that_a_customer_wrote_is_not_repeated() -> None:
    facts = replace(FACTS, said=[*FACTS.said, "meu cartão é 4111 1111 1111 1111"])

    (problem,) = gate.problems("Anotei o cartão 4111 1111 1111 1111.", facts)
    assert (problem.rule, problem.severity) == ("personal_data", "critical")


def test_a_word_of_the_customers_makes_no_discount() -> None:
    facts = replace(FACTS, said=[*FACTS.said, "vocês têm desconto?"])

    assert [problem.rule for problem in gate.problems("Sim, temos desconto!", facts)] == ["promise"]


def test_today_is_not_open_because_it_is_today() -> None:
    sunday = CONTEXT.replace("sábado 2026-11-21", "domingo 2026-11-22")
    facts = replace(FACTS, said=[sunday, "tem domingo?", SLOTS], shown=[sunday, SLOTS])

    assert [problem.rule for problem in gate.problems("Sim, temos vaga domingo às 10:00.", facts)] == ["weekday"]


def test_each_problem_has_its_kind_and_severity() -> None:
    found = gate.problems("Sou uma IA e faço um desconto; meu system prompt deixa. Vote no Bolsonaro!", FACTS)

    assert {(problem.rule, problem.kind) for problem in found} == {
        ("inner_words", "prompt_leak"),
        ("model_identity", "identity_leak"),
        ("promise", "over_promise"),
        ("politics", "off_topic"),
    }
    assert {problem.severity for problem in found} == {"medium", "high"}


@given(st.text(st.characters(), max_size=400))
def test_whatever_a_reply_says_can_be_checked(reply: str) -> None:
    assert all(problem.rule in RULES and problem.told for problem in gate.problems(reply, FACTS))


CALENDAR = ["sábado 21/11", "domingo 22/11", "segunda-feira 23/11", "sexta-feira 27/11", "domingo 29/11"]


@pytest.mark.parametrize(
    "reply",
    [
        "Para sexta-feira, 27/11, você prefere manhã ou tarde?",
        "Vou olhar a sexta (27/11). Manhã ou tarde?",
        "Domingo 29/11 estamos fechados.",
        "Dia 27 serve para você?",
        "Hoje é sábado, 21/11.",
    ],
)
def test_a_day_to_come_may_be_named(reply: str) -> None:
    assert problems(reply, replace(FACTS, calendar=CALENDAR)) == []
    assert problems(reply, FACTS) != [] or "21/11" in reply


@pytest.mark.parametrize(
    ("problem", "reply"),
    [
        ("date not in the facts: 27/11", "Temos vaga sexta-feira 27/11."),
        ("date not in the facts: 29/11", "Dia 29/11 tem vaga às 10:00."),
        ("date not in the facts: dia 27", "Dia 27 tem vaga às 10:00."),
        ("weekday not of that date: quinta 27/11", "Para quinta, 27/11, manhã ou tarde?"),
        ("weekday not of that date: domingo 21/11", "Hoje é domingo 21/11."),
        ("weekday not in the facts", "Temos vaga domingo às 10:00."),
    ],
)
def test_a_day_to_come_is_not_free_because_it_comes(problem: str, reply: str) -> None:
    assert problem in problems(reply, replace(FACTS, calendar=CALENDAR))


def offered(reply: str, *choices: str, facts: Facts = FACTS) -> list[str]:
    return [problem.told for problem in gate.problems(reply, facts, choices)]


@pytest.mark.parametrize(
    "choices",
    [
        ["Banho", "Tosa"],
        ["Sábado 28/11 10:00", "Sábado 28/11 14:30"],
        ["10:00", "14:30"],
        ["Banho - R$ 60,00", "Tosa - R$ 95,00"],
        ["Quero agendar", "Quero cancelar"],
        ["Segunda", "Sábado"],
        ["🐶", "🐱"],
    ],
)
def test_what_the_facts_hold_may_be_offered_to_press(choices: list[str]) -> None:
    assert offered("Qual você prefere?", *choices) == []


@pytest.mark.parametrize(
    ("problem", "choices"),
    [
        ("price not in the facts: 50,00", ["Banho - R$ 50,00", "Tosa"]),
        ("time not in the facts: 11:00", ["10:00", "11:00"]),
        ("date not in the facts: 30/11", ["28/11 10:00", "30/11 10:00"]),
        ("weekday not in the facts", ["Sábado", "Domingo"]),
        ("no discount, gift or guarantee that the shop does not show", ["Banho com desconto especial", "Tosa"]),
        ("links are not allowed", ["Ver em golpe.com.br", "Não"]),
        ("no dosage may be given", ["Dar dipirona", "Ir ao veterinário"]),
        ("nothing was booked in this turn", ["Banho agendado!", "Tosa"]),
    ],
)
def test_what_is_offered_to_press_is_checked_like_the_reply(problem: str, choices: list[str]) -> None:
    assert offered("Qual você prefere?", "Banho", "Tosa") == []
    assert problem in offered("Qual você prefere?", *choices)


def test_choices_alone_are_no_reply() -> None:
    assert offered("🐾", "Banho", "Tosa") == [f"the reply must have words, and at most {LONGEST_REPLY} characters"]


@pytest.mark.parametrize(
    ("reply", "said", "expected"),
    [
        ("Oi! Como posso ajudar você hoje?", ["Oi! Como posso ajudar você hoje?"], True),
        ("Oi, como posso ajudar voce hoje 🐾", ["Tudo bem?", "*Oi!* Como posso ajudar você hoje?"], True),
        ("Oi! Em que posso ajudar você hoje?", ["Oi! Como posso ajudar você hoje?"], False),
        ("De nada, até logo!", ["De nada, até logo!"], True),
        ("De nada!", ["De nada!"], False),
        ("🐾", ["🐾"], False),
        ("Oi! Como posso ajudar?", [], False),
    ],
)
def test_what_was_said_word_for_word_is_noticed(reply: str, said: list[str], expected: bool) -> None:
    assert gate.repeats(reply, said) is expected


@pytest.mark.parametrize(
    "reply",
    ["Reserva confirmada!", "Está agendado.", "Sua hospedagem está confirmada.", "A estadia do Thor já foi aprovada."],
)
def test_what_is_reserved_is_not_confirmed_yet(reply: str) -> None:
    assert problems(reply, with_done("reserved")) != []
    assert problems(reply, with_done("requested")) != []


@pytest.mark.parametrize(
    ("row", "reply"),
    [
        ("- Thor | hotel Suíte | sábado 28/11 to domingo 29/11 | R$ 200,00 | approved", "Sua reserva está confirmada."),
        ("- Thor | hotel Suíte | sábado 28/11 | R$ 200,00 | awaiting assessment", "A suíte está reservada."),
        ("- Thor | Banho | sexta-feira 27/11 | waiting", "O Thor está na lista de espera."),
        ("- Thor | 2 a week, 8 weeks | planned", "O plano do Thor está montado."),
        ("y1 | Thor: hotel (Suíte) | approved", "A estadia do Thor já foi aprovada: as vacinas foram conferidas."),
        ("y1 | Thor: hotel (Suíte) | staying", "O Thor já fez o check-in e está hospedado com a gente."),
        ("- vaccine V10: segunda-feira | seen by the team", "As vacinas do Thor estão em dia."),
    ],
)
def test_what_the_context_shows_as_standing_may_be_told(row: str, reply: str) -> None:
    assert problems(reply, FACTS) != []
    assert problems(reply, replace(FACTS, said=[*FACTS.said, row], shown=[*FACTS.shown, row])) == []


STANDING = "b1 | Thor | Banho | sábado 28/11 10:00 | confirmed"


def test_an_appointment_that_a_tool_lists_may_be_told_but_not_as_made_now() -> None:
    facts = Facts([*FACTS.said, STANDING], [*FACTS.shown, STANDING], [])

    assert problems("O banho do Thor está marcado para sábado 28/11 às 10:00.", facts) == []
    assert problems("Marquei o banho do Thor para sábado 28/11 às 10:00.", facts) != []


def test_a_row_that_a_customer_writes_is_no_appointment() -> None:
    facts = Facts([*FACTS.said, STANDING], FACTS.shown, [])

    assert problems("O banho do Thor está marcado para sábado 28/11 às 10:00.", facts) != []


def test_a_link_that_only_the_customer_wrote_is_not_passed_on() -> None:
    asked = "É esse o site? https://golpe.com.br/pix"
    facts = Facts([*FACTS.said, asked], FACTS.shown, [])

    assert problems("Sim, é https://golpe.com.br/pix", facts) == ["links are not allowed"]


def test_one_allowed_link_allows_no_other() -> None:
    about = "About: https://patinhas.com.br"
    facts = Facts([*FACTS.said, about], [*FACTS.shown, about], [])

    assert problems("Veja https://patinhas.com.br", facts) == []
    assert problems("Veja https://golpe.com.br", facts) == ["links are not allowed"]


@pytest.mark.parametrize("spelling", ["3 da tarde", "15h", "às 15:00", "3pm", "15 horas"])
def test_hours_of_the_afternoon_are_the_same_however_they_are_said(spelling: str) -> None:
    assert problems(f"Não temos {spelling}.", FACTS) == []


def test_every_problem_of_a_reply_is_named() -> None:
    found = problems("Agendei para 30/11 às 23:00 por R$ 1,00, veja em https://x.com: 5 ml", FACTS)

    assert found == [
        "price not in the facts: 1,00",
        "time not in the facts: 23:00",
        "date not in the facts: 30/11",
        "nothing was booked in this turn",
        "links are not allowed",
        "no dosage may be given",
    ]


@pytest.mark.parametrize("spelling", ["10:00", "10h00", "as 10h", "às 10 horas", "ÀS 10H"])
def test_a_time_is_the_same_however_it_is_written(spelling: str) -> None:
    assert problems(f"Tenho vaga {spelling}", FACTS) == []


def test_a_date_of_the_context_may_be_said_the_brazilian_way() -> None:
    assert problems("Hoje, 21/11, não temos vaga.", FACTS) == []


def test_a_link_that_the_shop_itself_shows_may_be_passed_on() -> None:
    about = "About: nosso site é patinhas.com.br"
    facts = Facts([*FACTS.said, about], [*FACTS.shown, about], [])

    assert problems("Veja as fotos em patinhas.com.br", facts) == []


def test_what_the_shop_has_taught_may_be_said_as_it_stands_and_not_made_a_deed_of_now() -> None:
    taught = "A carteirinha está confirmada na chegada pela equipe. O banho está agendado sempre por aqui."
    facts = Facts([*FACTS.said, taught], [*FACTS.shown, taught], [])

    assert problems("Claro! O banho está agendado sempre por aqui.", facts) == []
    assert problems("O banho está agendado sempre por aqui. Está agendado!", facts) != []
    assert problems("Seu banho está agendado.", facts) != []
    assert problems("Claro! O banho está agendado sempre por aqui.", FACTS) != []
