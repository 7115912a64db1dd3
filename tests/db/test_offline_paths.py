"""Whole conversations of the offline model with the demonstration shop: what is said, and what is then stored."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from typing import LiteralString

import psycopg
import pytest

from auzap.agent import offering
from auzap.db.connection import Database
from tests.db import demonstration
from tests.db.committed import write
from tests.db.demonstration import Demonstration
from tests.postgres import Clock, Place, cloned, template

BOOKED: LiteralString = """
  SELECT p.name, s.name, to_char(b.starts_at AT TIME ZONE 'America/Sao_Paulo', 'DD/MM HH24:MI'), b.price_cents,
    ARRAY(SELECT x.name FROM booking_addons a JOIN services x ON x.id = a.service_id WHERE a.booking_id = b.id)
  FROM bookings b JOIN pets p ON p.id = b.pet_id JOIN services s ON s.id = b.service_id
  WHERE b.source <> 'demonstration' AND b.status = 'confirmed' ORDER BY b.starts_at, p.name
"""
STAYS: LiteralString = """
  SELECT p.name, t.name, s.from_day::text, s.until_day::text, s.state, s.total_cents
  FROM stays s JOIN pets p ON p.id = s.pet_id JOIN room_types t ON t.id = s.room_type_id
  WHERE s.source = 'agent' ORDER BY s.from_day
"""
# No tub is free on that day.
FULL_MONDAY: LiteralString = """
  INSERT INTO blocked_times (resource_id, starts_at, ends_at)
  SELECT id, '2026-11-30 00:00-03', '2026-12-01 00:00-03' FROM resources WHERE kind = 'tub'
"""


@pytest.fixture(scope="module")
def filled() -> Iterator[Place]:
    with cloned(template(clock=True)) as place:
        demonstration.fill(place)
        yield place


@pytest.fixture
def demo(filled: Place) -> Iterator[Demonstration]:
    with (
        cloned(filled.name) as place,
        psycopg.connect(place.owner, autocommit=True) as owner,
        closing(Database(lambda: place.app)) as database,
    ):
        yield demonstration.opened(database, place, Clock(owner))


def test_a_new_customer_registers_a_dog_books_a_bath_with_nail_trimming_for_saturday_and_moves_it(
    demo: Demonstration,
) -> None:
    phone = demo.phone("Gabi")
    assert "Me diz a raça" in phone.say("Oi! Quero cadastrar a minha cachorra, ela se chama Lola")
    assert "Lola já está" in phone.say("vira-lata, porte médio, pelo curto, 3 anos")
    assert demo.rows("SELECT name, species, breed, size, coat FROM pets WHERE name = 'Lola'") == [
        ("Lola", "dog", "SRD", "medium", "short")
    ]

    phone.say("quero marcar banho com corte de unhas no sábado de manhã")
    assert phone.choices[0] == "sáb 28/11 às 09:00"
    assert "Lola, Banho + Corte de unhas, sábado 28/11 09:00, R$ 95,00" in phone.press("sáb 28/11 às 09:00")
    assert demo.rows(BOOKED) == []
    assert "marcado" in phone.press("Sim, confirmar")
    assert demo.rows(BOOKED) == [("Lola", "Banho", "28/11 09:00", 9500, ["Corte de unhas"])]

    phone.say("preciso mudar para segunda de manhã")
    assert "de sábado 28/11 09:00 para segunda-feira 30/11 10:00" in phone.press("seg 30/11 às 10:00")
    assert "agora segunda-feira 30/11 10:00" in phone.press("Sim, confirmar")
    assert demo.rows(BOOKED) == [("Lola", "Banho", "30/11 10:00", 9500, ["Corte de unhas"])]


def test_two_pets_are_booked_together_and_cancelled_together(demo: Demonstration) -> None:
    phone = demo.phone("Bruno")
    phone.say("quero marcar banho pra Mel e pra Nina segunda às 10h")
    phone.press("Sim, confirmar")
    assert demo.rows(BOOKED) == [("Mel", "Banho", "30/11 10:00", 6500, []), ("Nina", "Banho", "30/11 10:00", 5000, [])]

    assert "Mel, Banho" in phone.say("o que eu tenho marcado?")
    phone.say("quero cancelar os dois")
    phone.press("Sim, confirmar")
    assert demo.rows(BOOKED) == []


def test_a_full_day_leads_to_the_waitlist_and_the_freed_place_is_taken_by_a_button(demo: Demonstration) -> None:
    write(demo.database, demo.shop, FULL_MONDAY)
    phone = demo.phone("Ana")
    offer = phone.say("quero banho pro Thor na segunda")
    assert "esse dia já está sem vagas" in offer or "Nesse dia não tenho" in offer
    assert "espera: Thor, Banho, segunda-feira 30/11" in phone.press("Lista de espera")
    assert demo.rows("SELECT period FROM waitlist_entries w JOIN pets p ON p.id = w.pet_id WHERE p.name = 'Thor'") == [
        ("any",)
    ]

    write(demo.database, demo.shop, "DELETE FROM blocked_times")
    write(demo.database, demo.shop, "UPDATE waitlist_entries SET look_at = app.now()")
    demo.at(demo.clock.now().replace(hour=14))
    offering.offer_freed(demo.database, demo.shop.organization_id)
    # It is on its way by now: what has not left cannot be answered.
    write(
        demo.database, demo.shop, "UPDATE outbox SET state = 'sending', claimed_at = app.now() WHERE state = 'queued'"
    )
    ((question,),) = demo.rows(
        "SELECT content FROM outbox WHERE content ->> 'text' LIKE %s", "%Abriu um horário para Thor%"
    )
    phone.shown = question
    assert "Abriu um horário para Thor: Banho" in question["text"]
    assert "Thor, Banho, segunda-feira 30/11" in phone.press("Sim, confirmar")
    assert [row[:2] for row in demo.rows(BOOKED)] == [("Thor", "Banho")]


def test_tomorrow_morning_said_late_in_the_evening_is_the_shops_next_day(demo: Demonstration) -> None:
    # 23:30 of a Sunday in São Paulo is Monday in the database's clock.
    demo.at(datetime(2026, 11, 30, 2, 30, tzinfo=UTC))
    phone = demo.phone("Ana")

    phone.say("quero marcar banho pro Thor amanhã de manhã")

    assert phone.choices[0].startswith("seg 30/11")


def test_a_bath_every_second_week_is_booked_and_repeated(demo: Demonstration) -> None:
    phone = demo.phone("Ana")
    phone.say("quero banho pro Thor a cada 2 semanas, na quinta às 10h")
    question = phone.press("Sim, confirmar")
    assert "a cada 2 semanas, às 10:00, a partir de quinta-feira 03/12" in question
    phone.press("Sim, confirmar")

    assert demo.rows("SELECT every, unit, state FROM booking_series") == [(2, "week", "active")]
    assert [row[2] for row in demo.rows(BOOKED)][:3] == ["03/12 10:00", "17/12 10:00", "31/12 10:00"]

    phone.say("quero parar de repetir o banho fixo")
    phone.press("Sim, confirmar")
    assert demo.rows("SELECT state FROM booking_series") == [("ended",)]


def test_the_hotel_is_reserved_for_the_holiday_and_what_is_missing_is_said(demo: Demonstration) -> None:
    phone = demo.phone("Carla")
    assert "Quarto: R$ 80,00 por dia (pequeno R$ 60,00" in phone.say("quanto custa o hotel?")
    phone.say("quero reservar o hotel pro Bob para o feriado")
    assert phone.choices == ["Quarto", "Suíte"]
    question = phone.press("Quarto")
    assert "de quinta-feira 24/12 a segunda-feira 28/12, 4 diárias" in question
    assert "falta comprovar vacinas" in question

    assert "carteirinha" in phone.press("Sim, confirmar")
    assert demo.rows(STAYS) == [("Bob", "Quarto", "2026-12-24", "2026-12-28", "awaiting_assessment", 32000)]

    phone.say("ele se dá bem com outros cães, mas fica ansioso e tem muita energia")
    facts = "SELECT socialisation, anxiety, energy FROM stays WHERE source = 'agent'"
    assert demo.rows(facts) == [("high", "high", "high")]
    phone.press("Passeio extra")
    phone.press("Sim, confirmar")
    extras = "SELECT s.name, x.price_cents FROM stay_extras x JOIN services s ON s.id = x.service_id"
    assert demo.rows(extras) == [("Passeio extra", 3000)]

    phone.say("quero cancelar a reserva do hotel")
    phone.press(
        next(title for title in phone.choices if "hotel" in title) if len(phone.choices) > 2 else "Sim, confirmar"
    )
    assert [row[4] for row in demo.rows(STAYS)] == ["cancelled"]


def test_a_stay_with_proved_vaccines_is_approved_at_once(demo: Demonstration) -> None:
    phone = demo.phone("Ana")
    phone.say("quero deixar o Thor no hotel de 10/12 a 13/12")
    phone.press("Suíte")
    assert "carteirinha" not in phone.press("Sim, confirmar")

    assert demo.rows(STAYS) == [("Thor", "Suíte", "2026-12-10", "2026-12-13", "approved", 54000)]


def test_a_question_after_reserving_tells_nothing_of_the_pet_and_what_is_told_later_is_kept(
    demo: Demonstration,
) -> None:
    phone = demo.phone("Ana")
    phone.say("quero deixar o Thor no hotel de 10/12 a 13/12")
    phone.press("Suíte")
    phone.press("Sim, confirmar")

    assert "para a equipe" in phone.say("qual a senha do wifi daí?")
    facts = "SELECT socialisation, anxiety, energy FROM stays WHERE source = 'agent'"
    assert demo.rows(facts) == [(None, None, None)]

    assert "vai cuidar" in phone.say("ele se dá bem com outros cães e é tranquilo")
    assert demo.rows(facts) == [("high", "low", None)]


def test_a_day_of_daycare_is_asked_about_and_reserved(demo: Demonstration) -> None:
    phone = demo.phone("Ana")
    assert "Creche: R$ 50,00 por dia" in phone.say("vocês têm creche?")
    phone.say("quero creche pro Thor na quarta")
    phone.press("Sim, confirmar")

    assert demo.rows(STAYS) == [("Thor", "Creche", "2026-12-02", "2026-12-03", "approved", 7000)]


def test_a_training_assessment_goes_over_several_messages_into_a_plan(demo: Demonstration) -> None:
    phone = demo.phone("Ana")
    phone.say("quero adestrar o Thor")
    for answer in (
        "ele passeia duas vezes por dia e fica sozinho à tarde",
        "pula nas visitas, puxa a guia",
        "moro com meu marido e dois filhos",
        "nunca teve doença, só vacinas",
        "late para outros cães e tem medo de fogos",
    ):
        phone.say(answer)
    assert "Quantas sessões" in phone.say("andar sem puxar, sentar")
    assert "2 sessões por semana durante 8 semanas" in phone.say("2 vezes por semana por 8 semanas")
    phone.press("Sim, confirmar")

    assert demo.rows(
        "SELECT state, problems, sessions_a_week, weeks, family FROM training_plans WHERE source = 'agent'"
    ) == [("planned", ["pula nas visitas", "puxa a guia"], 2, 8, "moro com meu marido e dois filhos")]


def test_what_the_shop_has_is_told_with_its_price_and_what_it_has_not_is_said(demo: Demonstration) -> None:
    phone = demo.phone("Ana")

    assert "Ração Premium Filhotes 3 kg (Boa Tigela): R$ 79,90" in phone.say("tem ração para filhote?")
    assert "em falta" in phone.say("e ração para cães idosos?")
    assert "Não encontrei" in phone.say("vocês vendem aquário?")


def test_prices_are_told_by_size_and_coat(demo: Demonstration) -> None:
    phone = demo.phone("Gabi")

    all_sizes = phone.say("quanto custa o banho?")
    assert "pequeno R$ 50,00, médio R$ 70,00" in all_sizes
    assert "pelo longo: pequeno R$ 65,00" in all_sizes
    assert "R$ 135,00 (porte grande pelo longo)" in phone.say("e de um cachorro grande de pelo longo?")


def test_what_was_taught_is_answered_and_what_was_not_goes_to_the_owner(demo: Demonstration) -> None:
    phone = demo.phone("Ana")
    assert "cartões de débito e crédito" in phone.say("vocês aceitam cartão de crédito?")
    assert "V8 ou V10" in phone.say("quais vacinas são exigidas no hotel?")
    assert "feriados nacionais a loja fecha" in phone.say("vocês abrem no natal?")
    assert "segunda a sexta 08:00-18:00; sábado 09:00-14:00" in phone.say("que horas vocês abrem?")

    assert "para a equipe, e a resposta" in phone.say("vocês fazem festa de aniversário para cachorro?")
    assert demo.rows("SELECT question, state FROM escalations") == [
        ("vocês fazem festa de aniversário para cachorro?", "pending")
    ]
    # The owner has never written: a template goes first, and the question waits behind it.
    assert demo.rows("SELECT count(*) FROM outbox WHERE content ->> 'text' LIKE %s", "%festa de aniversário%") == [(1,)]


def test_what_is_known_of_a_pet_is_told_and_what_the_tutor_tells_is_kept(demo: Demonstration) -> None:
    phone = demo.phone("Ana")
    record = phone.say("o que você sabe do Thor?")
    assert "Thor (cachorro, Labrador, grande, pelo curto" in record
    assert "vacina V10: 29/08/2026 (conferida)" in record

    phone.say("o Thor é alérgico a frango")
    phone.say("o Thor tomou a vacina de giárdia ontem")
    phone.say("anota que eu prefiro sempre à tarde")
    assert demo.rows("SELECT allergies FROM pets WHERE name = 'Thor'") == [("frango",)]
    assert demo.rows(
        "SELECT name, done_on::text, is_verified FROM health_events ORDER BY recorded_at DESC LIMIT 1"
    ) == [("Giárdia", "2026-11-26", False)]
    assert ("afternoon",) in demo.rows("SELECT value FROM memories WHERE key = 'preferred_period'")


def test_a_vaccine_that_needs_a_consultation_leads_to_one(demo: Demonstration) -> None:
    phone = demo.phone("Ana")
    assert "precisa antes de Consulta veterinária" in phone.say("quero marcar uma vacina pro Thor segunda de manhã")
    phone.say("sim")
    phone.press("seg 30/11 às 09:00")
    phone.press("Sim, confirmar")

    assert demo.rows(BOOKED) == [("Thor", "Consulta veterinária", "30/11 09:00", 15000, [])]


def test_a_customer_who_changes_their_mind_gets_what_they_said_last(demo: Demonstration) -> None:
    phone = demo.phone("Ana")
    phone.say("quero banho pro Thor na terça às 10h")
    phone.say("na verdade quero tosa higiênica")
    phone.say("melhor na quarta à tarde")
    phone.say("14h")
    phone.press("Sim, confirmar")
    assert demo.rows(BOOKED) == [("Thor", "Tosa higiênica", "02/12 14:00", 7000, [])]

    phone.say("deixa, quero cancelar")
    phone.press("Sim, confirmar")
    assert demo.rows(BOOKED) == []


@pytest.mark.parametrize(
    ("text", "state"),
    [
        ("socorro, o Thor está tendo uma convulsão", "waiting_human"),
        ("quero falar com uma pessoa", "waiting_human"),
        ("o atendimento foi péssimo, quero reclamar", "waiting_human"),
        ("quero castrar o Thor", "waiting_human"),
    ],
)
def test_what_needs_a_person_gets_one(demo: Demonstration, text: str, state: str) -> None:
    reply = demo.phone("Ana").say(text)

    assert "equipe" in reply
    ((found,),) = demo.rows("SELECT state FROM conversations ORDER BY last_message_at DESC LIMIT 1")
    assert found == state


def test_who_refuses_to_tell_goes_on_and_is_handed_over_the_second_time(demo: Demonstration) -> None:
    phone = demo.phone("Gabi")
    phone.say("quero marcar banho amanhã às 10h")
    phone.say("Fred, cachorro")
    assert "Sem problema" in phone.say("não quero informar essas coisas")
    assert demo.rows("SELECT name, size FROM pets WHERE name = 'Fred'") == [("Fred", None)]
    phone.say("prefiro não dizer")

    assert phone.used == ["hand_over"]


def test_who_says_they_come_is_noted(demo: Demonstration) -> None:
    phone = demo.phone("Ana")
    phone.say("quero banho pro Thor amanhã às 10h")
    phone.press("Sim, confirmar")

    assert "Presença anotada: Thor, Banho, sábado 28/11 10:00" in phone.say("confirmo presença")
    assert demo.rows("SELECT count(*) FROM bookings WHERE attendance_confirmed_at IS NOT NULL") == [(1,)]


def test_who_waits_no_longer_leaves_the_waitlist(demo: Demonstration) -> None:
    phone = demo.phone("Bruno")

    assert "tirei vocês da lista" in phone.say("quero sair da lista de espera")
    assert demo.rows("SELECT state FROM waitlist_entries") == [("cancelled",)]
    assert "não estão em nenhuma" in phone.say("quero sair da lista de espera")


def test_a_name_and_the_wish_for_news_are_kept(demo: Demonstration) -> None:
    phone = demo.phone("Gabi")
    assert "Gabriela" in phone.say("oi, meu nome é Gabriela")
    phone.say("quero receber novidades da loja")

    assert demo.rows("SELECT name FROM contacts WHERE name = 'Gabriela'") == [("Gabriela",)]
    given = "SELECT is_given FROM consents WHERE purpose = 'marketing' ORDER BY id DESC LIMIT 1"
    assert demo.rows(given) == [(True,)]


def test_an_unknown_customer_asks_for_hotel_and_is_asked_for_the_pet_first(demo: Demonstration) -> None:
    phone = demo.phone("Gabi")
    assert "Ainda não conheço o seu pet" in phone.say("quero reservar o hotel de 10/12 a 13/12")
    phone.say("Lola, cachorra vira-lata, porte médio, pelo curto, 3 anos")
    assert phone.choices == ["Quarto", "Suíte"]
