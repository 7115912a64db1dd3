"""Single messages: what they ask for, and the facts they carry."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.street.offline_model.lexicon import Intent
from local.street.offline_model.text import alike, plain
from local.street.offline_model.understanding import hear, pointed_at

FRIDAY = date(2026, 11, 27)
SERVICES = ["Banho", "Banho e tosa", "Tosa higiênica", "Corte de unhas", "Consulta veterinária"]


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("Olá!", Intent.GREETING),
        ("qto custa?", Intent.PRICES),
        ("o que vocês fazem?", Intent.SERVICES),
        ("vcs abrem domingo?", Intent.HOURS),
        ("qual o endereço?", Intent.LOCATION),
        ("tem vaga hoje?", Intent.FREE_TIMES),
        ("quero agendar", Intent.BOOK),
        ("preciso dar um banho nele", Intent.BOOK),
        ("desmarca por favor", Intent.CANCEL),
        ("não vou poder ir", Intent.CANCEL),
        ("dá pra remarcar?", Intent.RESCHEDULE),
        ("quais meus agendamentos?", Intent.LIST_BOOKINGS),
        ("meus pets", Intent.LIST_PETS),
        ("adotei um gato", Intent.REGISTER_PET),
        ("quero falar com o gerente", Intent.PERSON),
        ("não gostei da tosa", Intent.COMPLAINT),
        ("ele parou de respirar", Intent.EMERGENCY),
        ("vlw", Intent.THANKS),
        ("até mais", Intent.BYE),
        ("pode ser", Intent.YES),
        ("não", Intent.NO),
    ],
)
def test_intents(text: str, intent: Intent) -> None:
    assert intent in hear(text, FRIDAY).intents


@pytest.mark.parametrize(
    "text", ["meu cachorro é lindo", "vou tomar um café", "estou respirando aliviada", "remarcado"]
)
def test_other_talk_is_no_emergency_no_complaint_and_no_booking(text: str) -> None:
    assert not hear(text, FRIDAY).intents & {Intent.EMERGENCY, Intent.COMPLAINT, Intent.PERSON, Intent.BOOK}


@pytest.mark.parametrize(
    ("text", "species", "breed", "size"),
    [
        ("um labrador grande", "dog", "Labrador", "large"),
        ("minha gata persa", "cat", "Persa", None),
        ("calopsita", "bird", "Calopsita", None),
        ("um coelhinho pequeno", "rabbit", None, "small"),
        ("vira-lata de 8 kg", "dog", "SRD", "small"),
        ("pesa 24kg", None, None, "medium"),
        ("uns 38 quilos", None, None, "large"),
        ("60 kg", None, None, "giant"),
        ("porte GG", None, None, "giant"),
        ("tamanho médio", None, None, "medium"),
        ("porquinho da índia", "other", None, None),
    ],
)
def test_pets_as_people_describe_them(text: str, species: str | None, breed: str | None, size: str | None) -> None:
    heard = hear(text, FRIDAY)

    assert (heard.species, heard.breed, heard.size) == (species, breed, size)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("marcar banho pro thor", "Thor"),
        ("ela se chama Mel", "Mel"),
        ("o nome dele é rex", "Rex"),
        ("minha cachorrinha Luna, shih tzu", "Luna"),
        ("banho da Luísa", "Luísa"),
        ("banho da vizinha", None),
        ("pra sábado", None),
        ("pro dia 12", None),
        ("pra mim", None),
        ("para fazer tosa", None),
        ("banho no final da tarde", None),
        ("na verdade, à tarde", None),
        ("dá pra estacionar aí?", None),
        ("aqui é a Marina", None),
        ("Qual o valor, gato persa?", None),
    ],
)
def test_names_as_people_give_them(text: str, name: str | None) -> None:
    assert hear(text, FRIDAY).name == name


@pytest.mark.parametrize(
    "text", ["me chama qdo abrir vaga sabado", "me avisa se abrir um horário", "se abrir uma vaga me avise"]
)
def test_a_place_that_becomes_free_is_no_question_for_opening_hours(text: str) -> None:
    assert Intent.HOURS not in hear(text, FRIDAY).intents


@pytest.mark.parametrize(
    ("text", "pets"),
    [
        (
            "A Luna é uma Shih-tzu pequena de pelo longo e o Max é um Labrador grande de pelo curto",
            [("Luna", "Shih Tzu", "small", "long"), ("Max", "Labrador", "large", "short")],
        ),
        (
            "minha cachorrinha Luna, pequena, e meu gato Tom, siamês",
            [("Luna", None, "small", None), ("Tom", "Siamês", None, None)],
        ),
        (
            "luna é uma poodle de 5kg e o Rex é um beagle médio",
            [("Luna", "Poodle", "small", None), ("Rex", "Beagle", "medium", None)],
        ),
        (
            "a Luna e o Max são labradores grandes",
            [("Luna", "Labrador", "large", None), ("Max", "Labrador", "large", None)],
        ),
        ("quero banho pra Luna e pro Max", [("Luna", None, None, None), ("Max", None, None, None)]),
        ("aqui é a Ana, quero banho pro Thor", []),
        ("quero banho pro Thor na Patas", []),
    ],
)
def test_of_several_pets_each_is_what_is_said_of_it(
    text: str, pets: list[tuple[str, str | None, str | None, str | None]]
) -> None:
    assert [(pet.name, pet.breed, pet.size, pet.coat) for pet in hear(text, FRIDAY).each] == pets


@pytest.mark.parametrize(
    ("text", "pointed"),
    [
        ("banho", ["Banho"]),
        ("bamho", ["Banho"]),
        ("BANHO E TOSA", ["Banho e tosa"]),
        ("quero tosar ele", ["Banho e tosa", "Tosa higiênica"]),
        ("tosa higienica", ["Tosa higiênica"]),
        ("cortar a unha", ["Corte de unhas"]),
        ("levar no veterinário", ["Consulta veterinária"]),
        ("bom dia", []),
        ("", []),
    ],
)
def test_services_are_found_however_they_are_written(text: str, pointed: list[str]) -> None:
    assert pointed_at(SERVICES, plain(text)) == pointed


@given(st.text(alphabet="abcdefghij", min_size=5, max_size=10), st.data())
def test_one_slip_is_forgiven_in_a_long_word(word: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(1, len(word) - 1))

    assert alike(word[:at] + word[at + 1 :], word)
    assert alike(word[:at] + "z" + word[at:], word)
    assert alike(word[:at] + "z" + word[at + 1 :], word)
    assert alike(word[:at] + word[at : at + 2][::-1] + word[at + 2 :], word)


@pytest.mark.parametrize(
    ("word", "target"), [("tosa", "rosa"), ("toda", "tosa"), ("sabonete", "sabado"), ("", "banho")]
)
def test_other_words_are_not_slips(word: str, target: str) -> None:
    assert not alike(word, target)


@given(st.text(max_size=3_000))
def test_any_text_is_heard_without_an_error(text: str) -> None:
    assert hear(text, FRIDAY, asked_for="new pet").text == text[:2_000]
