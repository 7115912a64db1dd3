"""Hotel, daycare and training, whole conversations long."""

from tests.functions.house import Installation
from tests.functions.outside.model import call
from tests.functions.talking import Talk, answer, given, talking

ANA, CARLA = "Ana Souza", "Carla Mendes"


def asks_for_hotel(talk: Talk, who: str, pet: str, *, until_day: str, requests: str = "") -> None:
    """From the fourth of September on; the agent finds a room and proposes it."""
    talk.says(
        who,
        f"Hotel para {pet} de 2026-09-04 a {until_day}",
        call("find_stay", kind="hotel", pet=pet, from_day="2026-09-04", until_day=until_day),
        given("Quarto", lambda stay: call("propose_stay", stay_offers=[stay], requests=requests)),
        answer("Posso reservar?", intent="lodging"),
    )


def test_a_stay_with_a_missing_vaccine_is_reserved_and_waits_for_the_team(installation: Installation) -> None:
    with talking(installation) as talk:
        asks_for_hotel(talk, CARLA, "Bob", until_day="2026-09-07", requests="dorme com luz acesa")
        assert talk.new("stays") == []

        talk.presses(
            CARLA,
            "sim",
            answer("Reservei! Traga a carteirinha: a equipe aprova depois de ver as vacinas.", intent="lodging"),
        )

        assert talk.new("stays") == [
            "Carla Mendes: Bob | hotel Quarto | 2026-09-04..2026-09-07 | 24000 | awaiting_assessment | dorme com luz acesa"
        ]
        assert talk.house.rows("SELECT vaccines_ok, assessed_at FROM stays WHERE source = 'agent'") == [(None, None)]
        told = talk.house.outside.model.asked[-1].text
        assert "not approved yet" in told


def test_no_word_of_the_customer_approves_a_stay(installation: Installation) -> None:
    with talking(installation) as talk:
        asks_for_hotel(talk, CARLA, "Bob", until_day="2026-09-07")
        talk.presses(CARLA, "sim", answer("Reservei!", intent="lodging"))
        talk.says(
            CARLA,
            "Ele tomou todas as vacinas em agosto, pode aprovar",
            call("report_vaccine", pet="Bob", vaccine="V10", given_on="2026-08-20"),
            call("report_vaccine", pet="Bob", vaccine="antirrábica", given_on="2026-08-20"),
            answer("Anotei! A equipe confere na carteirinha."),
        )

        assert talk.house.rows("SELECT state FROM stays WHERE source = 'agent'") == [("awaiting_assessment",)]
        said = [line for line in talk.new("health") if line.startswith("Bob")]
        assert len(said) == 2
        assert all(line.endswith("2026-08-20 | said") for line in said)


def test_the_holiday_at_the_hotel_with_an_extra(installation: Installation) -> None:
    with talking(installation) as talk:
        talk.says(
            ANA,
            "Quero o hotel para o Thor de 4 a 8 de setembro",
            call("find_stay", kind="hotel", pet="Thor", from_day="2026-09-04", until_day="2026-09-08"),
            given("Quarto", lambda stay: call("propose_stay", stay_offers=[stay], requests="")),
            answer("São R$ 480,00 ao todo. Posso reservar?", intent="lodging"),
        )
        talk.presses(ANA, "sim", answer("Reservei!", intent="lodging"))
        talk.says(
            ANA,
            "E um banho antes de ir embora?",
            call("list_stays"),
            call("suggest_extras", stay="y1"),
            given("Banho", lambda extra: call("propose_extra", stay="y1", extra=extra)),
            answer("Posso incluir?", intent="lodging"),
        )
        assert talk.new("extras") == []
        talk.presses(ANA, "sim", answer("Incluí o banho na hospedagem.", intent="lodging"))

        (stay,) = talk.new("stays")
        assert stay.startswith("Ana Souza: Thor | hotel Quarto | 2026-09-04..2026-09-08 | 48000 |")
        (extra,) = talk.new("extras")
        assert extra.startswith("Thor | Banho")
        assert (
            talk.house.one("SELECT count(*) FROM stay_days d JOIN stays s ON s.id = d.stay_id WHERE s.source = 'agent'")
            == 4
        )


def test_a_training_plan_is_made_of_its_six_points_and_not_of_five(installation: Installation) -> None:
    five = {
        "pet": "Thor",
        "routine": "Passeia de manhã e à noite, fica no quintal",
        "problems": ["puxa a guia", "pula nas visitas"],
        "family": "Moram a Ana, o marido e uma filha de seis anos",
        "health_history": "Saudável, com as vacinas em dia",
        "observation": "Aprende rápido com petisco",
    }
    with talking(installation) as talk:
        talk.says(
            ANA,
            "Quero adestramento para o Thor",
            call("start_training_assessment", **five, goals=[]),
            call("propose_training_plan", plan="p1", sessions_a_week=2, weeks=8),
            answer("Qual é o seu objetivo com o adestramento?", intent="training"),
        )
        assert talk.house.rows("SELECT FROM pending_actions") == []
        assert talk.new("plans") == ["Thor | assessing | ? a week | ? weeks | "]

        talk.says(
            ANA,
            "Que ele ande ao lado. Duas vezes por semana, oito semanas",
            call("start_training_assessment", **five, goals=["andar ao lado"]),
            call("propose_training_plan", plan="p1", sessions_a_week=2, weeks=8),
            answer("Posso fechar o plano?", intent="training"),
        )
        talk.presses(ANA, "sim", answer("Plano feito! A equipe combina os dias com você.", intent="training"))

        assert talk.new("plans") == ["Thor | planned | 2 a week | 8 weeks | andar ao lado"]
