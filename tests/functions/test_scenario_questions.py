"""Questions, emergencies and people, whole conversations long."""

from tests.functions.house import Installation
from tests.functions.outside.model import call
from tests.functions.talking import answer, talking

ANA, CARLA, OWNER = "Ana Souza", "Carla Mendes", "owner"
QUESTION = "Vocês fazem festa de aniversário para cachorro?"
LESSON = "Sim, fazemos festa para até dez cães, aos domingos à tarde."


def test_what_nobody_taught_is_asked_answered_learned_and_told_to_the_next_customer(installation: Installation) -> None:
    with talking(installation) as talk:
        talk.says(OWNER, "Oi, Aurora!", answer("Oi, Helena!"))
        wait = "Não sei, e perguntei para a equipe, que te responde por aqui."
        said = talk.says(
            ANA,
            QUESTION,
            call("search_knowledge", question=QUESTION),
            call("ask_the_team", question=QUESTION),
            answer(wait),
        )
        assert said == wait
        asked = talk.shown(OWNER)[-1]
        assert QUESTION in asked.text
        assert "11900000001" not in asked.text

        talk.house.outside.model.script = [answer("De nada!")]
        talk.write(OWNER, {"text": LESSON, "quoted_id": asked.id})
        talk.work()
        assert LESSON in talk.shown(ANA)[-1].text
        assert talk.new("knowledge") == [], "nothing is learned before the owner says so"

        talk.presses(OWNER, "ensinar", answer("De nada!"))
        (learned,) = talk.new("knowledge")
        assert learned.endswith("| escalation")
        assert LESSON in learned

        said = talk.says(
            CARLA, QUESTION, call("search_knowledge", question=QUESTION), answer("Fazemos, para até dez cães! 🎉")
        )
        assert said == "Fazemos, para até dez cães! 🎉"
        assert LESSON in talk.results()[-1]
        (escalation,) = talk.new("escalations")
        assert QUESTION in escalation
        assert talk.house.one("SELECT count(*) FROM escalations WHERE state = 'pending'") == 0


def test_a_question_is_not_the_teams_before_what_was_taught_was_looked_through(installation: Installation) -> None:
    with talking(installation) as talk:
        talk.says(ANA, "Zzz?", call("ask_the_team", question="Zzz?"), answer("Como posso ajudar?"))

        assert talk.new("escalations") == []
        assert "search_knowledge" in talk.results()[-1]


def test_an_emergency_goes_to_a_person_and_a_vet_at_once(installation: Installation) -> None:
    with talking(installation) as talk:
        said = talk.says(
            CARLA,
            "O Bob está estranho desde ontem, não quer levantar nem comer",
            call(
                "report_health_alert", pet="Bob", kind="urgent_health", severity="critical",
                description="Não levanta nem come desde ontem",
            ),
            answer("Leve o Bob agora a um veterinário!", intent="emergency", urgency="critical"),
        )  # fmt: skip

        assert "veterinári" in said
        assert "Hospital Veterinário Santa Cruz" in said
        assert talk.house.rows(
            "SELECT state FROM conversations WHERE handoff_at > app.now() - interval '1 minute'"
        ) == [("waiting_human",)]
        assert "Bob | urgent_health | critical | open" in talk.new("alerts")
        assert talk.house.rows("SELECT intent, urgency FROM turns") == [("emergency", "critical")]
        assert talk.house.one("SELECT count(*) FROM staff_tasks") >= 1
        assert talk.house.one("SELECT count(*) FROM notifications") >= 1


def test_a_model_that_makes_light_of_an_emergency_does_not_have_the_last_word(installation: Installation) -> None:
    with talking(installation) as talk:
        said = talk.says(
            CARLA,
            "Socorro, o Bob está convulsionando",
            answer("Oi! Quer marcar um banho?", intent="greeting", urgency="low"),
        )

        assert "veterinári" in said
        assert talk.house.one("SELECT count(*) FROM conversations WHERE state = 'waiting_human'") == 1


def test_a_wish_for_no_more_news_is_on_record(installation: Installation) -> None:
    with talking(installation) as talk:
        talk.says(
            ANA,
            "Não quero mais promoções",
            call("set_marketing_consent", is_given=False),
            answer("Tudo bem, não mando mais."),
        )

        assert talk.new("consents") == ["marketing | false | said"]
