"""Appointments, whole conversations long: from the first message to the row in the agenda and the words on the phone."""

from datetime import timedelta

from tests.functions.house import Installation
from tests.functions.outside.model import Line, call
from tests.functions.talking import Talk, answer, given, talking

ANA, BRUNO, ELISA, FERNANDO, NEW = "Ana Souza", "Bruno Lima", "Elisa Rocha", "Fernando Dias", "Marina Costa"
SHALL_I = "Posso confirmar?"
DONE = "Prontinho! Até lá. 🐾"


def bath(pet: str, day: str, hour: str, *, service: str = "Banho", period: str = "any") -> list[Line]:
    """Look, propose, ask."""
    return [
        call("find_free_slots", service=service, addons=[], pets=[pet], day=day, period=period),
        given(f"\\| {hour} \\|", lambda slot: call("propose_booking", slot=slot, pets=[pet], notes="")),
        answer(SHALL_I, intent="booking"),
    ]


def registered(name: str, *, breed: str, size: str, coat: str) -> Line:
    return call(
        "register_pet", name=name, species="dog", breed=breed, size=size, coat=coat, age_months=None, temperament=""
    )


def test_a_first_contact_ends_with_two_pets_of_one_family_booked(installation: Installation) -> None:
    with talking(installation) as talk:
        asked = talk.says(
            NEW, "Oi! Quero banho para os meus dois cachorros", answer("Oi! Como eles se chamam e de que porte são?")
        )
        assert "Como eles se chamam" in asked

        pets = ["Luna", "Max"]
        question = talk.says(
            NEW,
            "Luna, Shih-tzu pequena de pelo longo, e Max, Labrador grande de pelo curto. Sexta à tarde.",
            registered("Luna", breed="Shih-tzu", size="small", coat="long"),
            registered("Max", breed="Labrador", size="large", coat="short"),
            call("find_free_slots", service="Banho", addons=[], pets=pets, day="2026-09-04", period="afternoon"),
            given("Luna", lambda slot: call("propose_booking", slot=slot, pets=pets, notes="")),
            answer(SHALL_I, intent="booking"),
        )
        assert question == SHALL_I
        assert talk.new("bookings") == [], "nothing is booked before the yes"

        assert talk.presses(NEW, "sim", answer(DONE, intent="booking")) == DONE

        luna, max_ = talk.new("bookings")
        assert luna.startswith("Marina Costa: Luna | Banho | 2026-09-04 1")
        assert luna.endswith("| 60 min | 6500 | confirmed | agent")
        assert max_.startswith("Marina Costa: Max | Banho | 2026-09-04 1")
        assert max_.endswith("| 90 min | 12000 | confirmed | agent")
        assert talk.new("pets") == ["Luna | dog | Shih-tzu | small | long", "Max | dog | Labrador | large | short"]


def test_an_appointment_is_moved_in_one_go(installation: Installation) -> None:
    with talking(installation, booked=(("Thor", "Banho", "2026-09-03 10:00"),)) as talk:
        talk.says(
            ANA,
            "Preciso mudar o banho do Thor para sexta à tarde",
            call("list_bookings"),
            call("find_free_slots", service="Banho", addons=[], pets=["Thor"], day="2026-09-04", period="afternoon"),
            given("\\| 14:00 \\|", lambda slot: call("propose_reschedule", booking="b1", slot=slot)),
            answer(SHALL_I, intent="reschedule"),
        )
        assert talk.new("bookings") == []

        talk.presses(ANA, "sim", answer("Mudei, prontinho!", intent="reschedule"))

        assert talk.new("bookings") == [
            "Ana Souza: Thor | Banho | 2026-09-04 14:00 | 90 min | 12000 | confirmed | staff"
        ]
        moves = talk.house.rows(
            "SELECT to_status, to_starts_at <> from_starts_at FROM booking_moves ORDER BY id DESC LIMIT 1"
        )
        assert moves == [("confirmed", True)]


def test_an_appointment_is_cancelled_in_time_and_its_place_is_free(installation: Installation) -> None:
    with talking(installation, booked=(("Thor", "Banho", "2026-09-03 10:00"),)) as talk:
        talk.says(
            ANA,
            "Cancela o banho do Thor, por favor",
            call("list_bookings"),
            call("propose_cancellation", booking="b1", reason="viagem"),
            answer("Posso cancelar?", intent="cancellation"),
        )
        said = talk.presses(ANA, "sim", answer("Cancelei o banho do Thor.", intent="cancellation"))

        assert said == "Cancelei o banho do Thor."
        (line,) = talk.new("bookings")
        assert "2026-09-03 10:00" in line
        assert "cancelled" in line
        assert talk.house.one("SELECT count(*) FROM booking_places WHERE starts_at > app.now()") == 0


def test_half_an_hour_before_a_customer_cancels_nothing_alone(installation: Installation) -> None:
    with talking(installation, booked=(("Thor", "Banho", "2026-09-01 10:00"),)) as talk:
        talk.says(
            ANA,
            "Cancela o banho de hoje",
            call("list_bookings"),
            call("propose_cancellation", booking="b1", reason=""),
            answer("Está muito em cima da hora; a equipe pode ver isso com você."),
        )

        assert talk.house.rows("SELECT FROM pending_actions") == []
        assert talk.new("bookings") == []


def test_a_full_day_ends_on_the_waitlist_and_the_freed_place_is_taken(installation: Installation) -> None:
    with talking(
        installation,
        booked=(("Mel", "Banho", "2026-09-05 10:00"),),
        blocked=(
            ("2026-09-05 09:00", "2026-09-05 14:00", "Banheira 2"),
            ("2026-09-05 09:00", "2026-09-05 10:00", "Banheira 1"),
            ("2026-09-05 11:00", "2026-09-05 14:00", "Banheira 1"),
        ),
    ) as talk:
        saturday = call(
            "find_free_slots", service="Banho", addons=[], pets=["Pipoca"], day="2026-09-05", period="morning"
        )
        talk.says(
            ELISA,
            "Tem banho para a Pipoca no sábado de manhã?",
            saturday,
            answer("Sábado está cheio. Outro dia serve?"),
        )
        assert "s1 | sábado 05/09" not in talk.results()[-1]

        talk.says(
            ELISA,
            "Não, só sábado. Me põe na lista de espera",
            saturday,
            call(
                "join_waitlist", service="Banho", addons=[], pet="Pipoca", from_day="2026-09-05", until_day="2026-09-05",
                period="morning",
            ),
            answer("Você está na lista de espera de sábado de manhã."),
        )  # fmt: skip
        assert talk.new("waitlist") == ["Elisa Rocha: Pipoca | Banho | 2026-09-05..2026-09-05 | morning | waiting"]

        talk.says(
            BRUNO,
            "Cancela o banho da Mel",
            call("list_bookings"),
            call("propose_cancellation", booking="b1", reason=""),
            answer("Posso cancelar?"),
        )
        talk.presses(BRUNO, "sim", answer("Cancelei o banho da Mel."))
        talk.tick(timedelta(minutes=5))
        assert "10:00" in talk.shown(ELISA)[-1].text

        talk.presses(ELISA, "sim", answer(DONE))

        assert [line for line in talk.new("bookings") if "Pipoca" in line] == [
            "Elisa Rocha: Pipoca | Banho | 2026-09-05 10:00 | 60 min | 6500 | confirmed | waitlist"
        ]
        assert talk.new("waitlist") == ["Elisa Rocha: Pipoca | Banho | 2026-09-05..2026-09-05 | morning | booked"]


def test_tomorrow_morning_at_half_past_eleven_at_night_is_the_shops_tomorrow(installation: Installation) -> None:
    with talking(installation, now="2026-09-02 23:30") as talk:
        talk.says(ANA, "Tem banho amanhã de manhã?", *bath("Thor", "2026-09-03", "09:00", period="morning"))
        context = talk.house.outside.model.asked[0].text
        assert "quarta-feira 2026-09-02 23:3" in context

        talk.presses(ANA, "sim", answer(DONE))

        (line,) = talk.new("bookings")
        assert "2026-09-03 09:00" in line


def test_a_customer_who_changes_their_mind_gets_only_the_last_thing_they_said_yes_to(
    installation: Installation,
) -> None:
    with talking(installation) as talk:
        talk.says(ANA, "Banho para o Thor na quinta às 9h", *bath("Thor", "2026-09-03", "09:00"))
        first = talk.button(ANA, "sim")
        talk.says(
            ANA,
            "Ah não, melhor banho e tosa na sexta à tarde",
            *bath("Thor", "2026-09-04", "1[2-5]:..", service="Banho e tosa", period="afternoon"),
        )
        # The question that stands above is pressed after all: it was replaced, and books nothing.
        talk.house.outside.model.script = [answer("Esse horário não vale mais. Confirma o de sexta?")]
        talk.write(ANA, first)
        talk.work()
        assert talk.new("bookings") == []

        talk.says(ANA, "Isso mesmo, sexta", answer("Aperte o botão, por favor."))
        assert talk.new("bookings") == []
        talk.says(ANA, "Sim", answer(DONE))

        (line,) = talk.new("bookings")
        assert "Thor | Banho e tosa | 2026-09-04 1" in line
        assert talk.house.rows("SELECT state FROM pending_actions ORDER BY id") == [("replaced",), ("done",)]


def test_a_no_books_nothing(installation: Installation) -> None:
    with talking(installation) as talk:
        talk.says(ANA, "Banho para o Thor na quinta às 9h", *bath("Thor", "2026-09-03", "09:00"))
        said = talk.presses(ANA, "não", answer("Tudo bem, não marquei nada."))

        assert said == "Tudo bem, não marquei nada."
        assert talk.new("bookings") == []
        assert talk.house.rows("SELECT state FROM pending_actions") == [("declined",)]


def test_of_two_customers_who_say_yes_to_the_last_place_one_has_it_and_the_other_is_told(
    installation: Installation,
) -> None:
    with talking(
        installation,
        blocked=(
            ("2026-09-05 09:00", "2026-09-05 14:00", "Banheira 2"),
            ("2026-09-05 10:30", "2026-09-05 14:00", "Banheira 1"),
        ),
        setup=("UPDATE pets SET coat = 'short' WHERE name = 'Amora'",),
    ) as talk:
        for who, pet in ((ANA, "Thor"), (FERNANDO, "Amora")):
            talk.says(who, "Banho no sábado às 9h", *bath(pet, "2026-09-05", "09:00"))
        talk.house.outside.model.script = [answer("Vou te dizer como ficou.")]
        for who in (ANA, FERNANDO):
            talk.write(who, talk.button(who, "sim"))
        talk.work()

        (line,) = talk.new("bookings")
        assert "2026-09-05 09:00" in line
        states = talk.house.rows("SELECT state FROM pending_actions ORDER BY state")
        assert states == [("done",), ("refused",)]
        results = [asked.text.rpartition("[result] ")[2] for asked in talk.house.outside.model.asked[-2:]]
        assert sorted(result.split()[0].rstrip(":") for result in results) == ["Booked", "Not"]
        assert all(len(talk.shown(who)) >= 2 for who in (ANA, FERNANDO))


def test_a_customer_who_tells_nothing_of_themselves_hears_prices_and_is_not_registered(
    installation: Installation,
) -> None:
    with talking(installation) as talk:
        talk.says(NEW, "Não quero passar dados. Quanto custa o banho?", call("list_services", category="grooming"),
                  answer("Sem problema! O banho vai de R$ 50,00 a R$ 150,00, conforme o porte."))  # fmt: skip
        said = talk.says(NEW, "Não vou dizer o nome", answer("Tudo bem! Quando quiser, é só chamar."))

        assert said == "Tudo bem! Quando quiser, é só chamar."
        assert "R$ 50,00" in talk.shown(NEW)[0].text
        assert talk.new("pets") == talk.new("bookings") == talk.new("memories") == []


def test_a_slot_taken_meanwhile_is_offered_again_at_other_hours(installation: Installation) -> None:
    with talking(installation) as talk:
        talk.says(ANA, "Banho para o Thor na quinta às 9h", *bath("Thor", "2026-09-03", "09:00"))
        close(talk)

        talk.presses(ANA, "sim", answer("Esse horário acabou de ser tomado. Quer outro?"))

        assert talk.new("bookings") == []
        assert "Not done" in talk.house.outside.model.asked[-1].text


def close(talk: Talk) -> None:
    """Somebody of the shop closes it for that morning."""
    talk.house.change(
        """
        INSERT INTO blocked_times (starts_at, ends_at)
        VALUES ('2026-09-03 08:00-03', '2026-09-03 12:00-03')
        """
    )
