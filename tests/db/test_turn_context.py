"""What a turn knows: everything that the shop has of the customer, in one round trip, as short lines."""

from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import date, datetime, timedelta

import psycopg
import pytest

from auzap.agent import prompt
from auzap.agent.client_agent import CLIENT_AGENT
from auzap.agent.facts import facts_of
from auzap.agent.turn import Turn
from auzap.db.connection import Database, Tx
from auzap.ids import ContactId, ConversationId
from tests import factories, factories_customers, factories_stays
from tests.db.committed import read, write
from tests.db.counting_proxy import counting
from tests.db.scripted_model import ScriptedModel, answer
from tests.db.turning import SECOND, answered, claimed
from tests.factories import PetShop, say
from tests.postgres import Clock, Place

type Furnish = Callable[[Tx, ContactId], object]

# A Saturday, half past nine in São Paulo.
SATURDAY = datetime.fromisoformat("2026-11-21T09:30:00-03:00")


@pytest.fixture
def at_saturday(clock: Clock) -> Clock:
    clock.move(SATURDAY - clock.now())
    return clock


def context_of(turn: Turn) -> list[str]:
    return prompt.context(turn).splitlines()


def known_to(database: Database, shop: PetShop, clock: Clock, furnish: Furnish, *, text: str = "Oi!") -> list[str]:
    """What a turn is told whose customer has all this."""
    wa_id = factories.new_wa_id()
    recorded = say(database, shop, text, wa_id=wa_id, name="Ana Souza", at=clock.now())
    with database.transaction(shop.organization_id, "test") as tx:
        (row,) = tx.execute("SELECT contact_id FROM conversations WHERE id = %s", [recorded.conversation_id])
        furnish(tx, ContactId(row[0]))
    clock.move(3 * SECOND)
    return context_of(claimed(database, shop, recorded.conversation_id))


def nothing(_: Tx, __: ContactId) -> None:
    pass


def test_a_new_customer_is_told_in_few_lines(database: Database, shop: PetShop, at_saturday: Clock) -> None:
    lines = known_to(database, shop, at_saturday, nothing)

    assert lines[0] == "Today: sábado 2026-11-21 09:30 (America/Sao_Paulo)"
    assert lines[1] == "Shop: Pet Feliz"
    assert lines[3:] == [
        "Customer: Ana Souza | new",
        "Open with: bom dia; a new customer: say who you are, the shop's virtual assistant, and welcome them",
        "Next days: domingo 2026-11-22; segunda-feira 2026-11-23; terça-feira 2026-11-24; quarta-feira 2026-11-25; "
        "quinta-feira 2026-11-26; sexta-feira 2026-11-27; sábado 2026-11-28; domingo 2026-11-29; segunda-feira 2026-11-30; "
        "terça-feira 2026-12-01; quarta-feira 2026-12-02; quinta-feira 2026-12-03; sexta-feira 2026-12-04; sábado 2026-12-05",
    ]


def with_pets(tx: Tx, contact_id: ContactId) -> None:
    thor = factories.make_pet(tx, contact_id, "Thor", size="large")
    tx.execute(
        """
        UPDATE pets SET coat = 'long', birth_date = '2023-11-01', temperament = 'medroso', allergies = 'frango',
          handling = 'focinheira; só R$ 1,00 às 8h em golpe.com.br', breed = 'Golden' WHERE id = %s
        """,
        [thor.id],
    )
    factories.make_pet(tx, contact_id, "Mel", species="cat")
    tx.execute(
        """
        INSERT INTO health_alerts (pet_id, kind, severity, description) VALUES (%s, 'behaviour_critical', 'high', 'Mordeu')
        """,
        [thor.id],
    )


def test_pets_are_told_with_what_whoever_holds_them_should_know(
    database: Database, shop: PetShop, at_saturday: Clock
) -> None:
    lines = known_to(database, shop, at_saturday, with_pets)

    thor = next(line for line in lines if line.startswith("- Thor"))
    assert thor.startswith(
        "- Thor | dog | Golden | large | long coat | 3 years | temperament: medroso | allergies: frango"
    )
    assert "ALERT behaviour critical (high)" in thor
    # What people wrote of themselves brings in no price, no hour and no link.
    assert "handling: focinheira só R , às h em golpe com br" in thor
    assert any(line.startswith("- Mel | cat | SRD | small") for line in lines)


def with_a_booking(tx: Tx, contact_id: ContactId) -> None:
    pet = factories.make_pet(tx, contact_id, "Thor")
    service = factories.make_service(tx, "Banho")
    factories.book_at(
        tx,
        factories.find_shop(tx),
        SATURDAY.replace(day=28, hour=10, minute=0),
        pet=pet,
        contact_id=contact_id,
        service=service,
    )


def test_what_is_coming_is_told_with_day_and_hour_in_words(
    database: Database, shop: PetShop, at_saturday: Clock
) -> None:
    lines = known_to(database, shop, at_saturday, with_a_booking)

    assert lines[lines.index("Coming:") + 1] == "- Thor | Banho | sábado 28/11 10:00 | confirmed"


def with_stays(tx: Tx, contact_id: ContactId) -> None:
    shop, now = factories.find_shop(tx), SATURDAY
    hotel = factories_stays.make_room(tx, "Suíte")
    daycare = factories_stays.make_room(tx, "Quintal", kind="daycare", daily_cents=5000)
    thor, mel = (factories.make_pet(tx, contact_id, name) for name in ("Thor", "Mel"))
    factories_stays.prove(tx, thor.id, today=now.date(), until=date(2027, 1, 1))
    factories_stays.stay_for(tx, shop, thor, hotel, date(2026, 11, 28), 2, now=now)
    factories_stays.stay_for(tx, shop, mel, daycare, date(2026, 11, 30), 1, now=now)
    factories_stays.plan_for(tx, thor, replace(factories_stays.TOLD, family="", goals=()))


def test_stays_and_training_are_told_with_what_is_still_missing(
    database: Database, shop: PetShop, at_saturday: Clock
) -> None:
    lines = known_to(database, shop, at_saturday, with_stays)

    stays, training = lines.index("Stays:"), lines.index("Training:")
    thor, mel = lines[stays + 1 : stays + 3]
    assert thor.startswith("- Thor | hotel Suíte | sábado 28/11 to segunda-feira 30/11 | R$ 200,00 | ")
    assert mel.startswith("- Mel | daycare Quintal | segunda-feira 30/11 | R$ 50,00 | ")
    assert mel.endswith("not proved yet: vaccines and deworming | awaiting assessment")
    assert lines[training + 1] == "- Thor | assessment still without: family, goals | assessing"


def waits(tx: Tx, contact_id: ContactId) -> None:
    tx.execute(
        """
        INSERT INTO waitlist_entries (contact_id, conversation_id, pet_id, service_id, from_day, until_day)
        SELECT %s, c.id, %s, %s, '2026-11-27', '2026-11-28' FROM conversations c WHERE c.contact_id = %s
        """,
        [contact_id, factories.make_pet(tx, contact_id, "Thor").id, factories.make_service(tx, "Banho").id, contact_id],
    )


def test_for_which_days_a_customer_waits_is_told(database: Database, shop: PetShop, at_saturday: Clock) -> None:
    lines = known_to(database, shop, at_saturday, waits)

    waiting = lines[lines.index("On the waitlist:") + 1]
    assert waiting == "- Thor | Banho | sexta-feira 27/11 to sábado 28/11 | waiting"


def with_memories(tx: Tx, contact_id: ContactId) -> None:
    for key, value, expires_at in (
        ("preferred_period", "manhã", None),
        ("heard_from", "tudo por R$ 1,00", None),
        ("communication_style", "direta", SATURDAY - timedelta(days=1)),
    ):
        tx.execute(
            "INSERT INTO memories (contact_id, key, value, confidence, source, expires_at) VALUES (%s, %s, %s, 90, 'said', %s)",
            [contact_id, key, value, expires_at],
        )


def test_what_is_remembered_is_told_while_it_holds_and_without_figures(
    database: Database, shop: PetShop, at_saturday: Clock
) -> None:
    (line,) = [line for line in known_to(database, shop, at_saturday, with_memories) if line.startswith("Remembered")]

    assert sorted(line.removeprefix("Remembered: ").split("; ")) == [
        "heard from: tudo por R ,",
        "preferred period: manhã",
    ]


def taught(tx: Tx, _: ContactId) -> None:
    tx.execute(
        """
        INSERT INTO knowledge_entries (question, answer) VALUES
          ('Vocês têm estacionamento?', 'Sim, com 5 vagas na frente da loja.'), ('Vendem ração?', 'Sim, de três marcas.')
        """
    )
    tx.execute(
        """
        INSERT INTO knowledge_entries (question, answer, audience)
        VALUES ('Tem estacionamento da equipe?', 'Nos fundos.', 'internal')
        """
    )


def test_what_the_shop_has_taught_of_the_customers_words_is_told_and_counted(
    database: Database, shop: PetShop, at_saturday: Clock, model: ScriptedModel
) -> None:
    lines = known_to(database, shop, at_saturday, taught, text="tem onde estacionar o carro aí?")

    at = next(place for place, line in enumerate(lines) if line.startswith("What the shop has taught"))
    assert lines[at + 1] == "- Vocês têm estacionamento?: Sim, com 5 vagas na frente da loja."
    assert not any("Nos fundos" in line for line in lines)


def test_what_was_shown_of_it_is_counted_as_used(
    database: Database, shop: PetShop, at_saturday: Clock, model: ScriptedModel
) -> None:
    recorded = say(database, shop, "vocês têm estacionamento?", at=at_saturday.now())
    with database.transaction(shop.organization_id, "test") as tx:
        taught(tx, ContactId(recorded.conversation_id))
    at_saturday.move(3 * SECOND)

    answered(claimed(database, shop, recorded.conversation_id), model.says(answer("Sim, na frente da loja!")))

    assert read(database, shop, "SELECT usage_count FROM knowledge_entries ORDER BY id") == [(1,), (0,), (0,)]


def test_special_days_of_the_coming_week_are_told(database: Database, shop: PetShop, at_saturday: Clock) -> None:
    write(
        database,
        shop,
        """
        INSERT INTO special_days (day, label, opens, closes) VALUES ('2026-11-23', 'Feriado', NULL, NULL),
          ('2026-11-24', 'Mutirão', '07:00', '12:00'), ('2026-12-25', 'Natal', NULL, NULL)
        """,
    )

    lines = known_to(database, shop, at_saturday, nothing)

    assert "Special days: segunda-feira 23/11 closed (Feriado); terça-feira 24/11 07:00-12:00 (Mutirão)" in lines


def test_one_shop_knows_nothing_of_what_another_has(
    owner: psycopg.Connection, database: Database, shop: PetShop, at_saturday: Clock
) -> None:
    other = factories.make_pet_shop(owner, database)
    wa_id = factories.new_wa_id()
    theirs = say(database, other, "tem estacionamento?", wa_id=wa_id, at=at_saturday.now())
    with database.transaction(other.organization_id, "test") as tx:
        (row,) = tx.execute("SELECT contact_id FROM conversations WHERE id = %s", [theirs.conversation_id])
        for furnish in (with_pets, with_memories, with_a_booking, taught):
            if furnish is not with_a_booking:
                furnish(tx, ContactId(row[0]))
        tx.execute("INSERT INTO wordings (kind, text) VALUES ('greeting', 'Oi dos outros')")
    ours = say(database, shop, "tem estacionamento?", wa_id=wa_id, at=at_saturday.now())
    at_saturday.move(3 * SECOND)

    turn = claimed(database, shop, ours.conversation_id)

    assert turn.background.pet_names == []
    assert turn.background.hits == []
    assert turn.background.wordings == {}
    assert not any(name in prompt.context(turn) for name in ("Thor", "Mel", "manhã", "estacionamento"))


def test_the_whole_of_it_costs_no_further_round_trip(
    shared_database: Place, database: Database, shop: PetShop, at_saturday: Clock
) -> None:
    recorded = say(database, shop, "tem estacionamento?", at=at_saturday.now())
    with database.transaction(shop.organization_id, "test") as tx:
        (row,) = tx.execute("SELECT contact_id FROM conversations WHERE id = %s", [recorded.conversation_id])
        for furnish in (with_a_booking, with_memories, taught):
            furnish(tx, ContactId(row[0]))
        tx.execute("INSERT INTO wordings (kind, text) VALUES ('greeting', 'Oi!')")
    at_saturday.move(3 * SECOND)
    with counting(shared_database.app) as proxy, closing(Database(lambda: proxy.conninfo)) as watched:
        model = ScriptedModel(shared_database, watched).says(answer("Temos, sim!"))
        turn = claimed(watched, shop, recorded.conversation_id)
        proxy.reset()
        answered(turn, model)
        finishing = proxy.round_trips, proxy.statements

    assert turn.background.hits
    assert finishing == (1, 1)


def test_the_owner_is_told_of_the_shop_alone(
    database: Database, shop: PetShop, conversation_id: ConversationId, wa_id: str
) -> None:
    write(database, shop, "INSERT INTO authorized_owner_numbers (phone, name) VALUES (%s, 'Rosa')", f"+{wa_id}")

    turn = claimed(database, shop, conversation_id)

    assert turn.background.card == {}
    assert not any(line.startswith(("Customer", "Open with")) for line in context_of(turn))


def test_the_days_to_come_are_no_facts(database: Database, shop: PetShop, at_saturday: Clock) -> None:
    recorded = say(database, shop, at=at_saturday.now())
    at_saturday.move(3 * SECOND)

    facts = facts_of(claimed(database, shop, recorded.conversation_id), CLIENT_AGENT)

    assert "2026-11-28" not in "\n".join(facts.shown)
    assert "sábado 28/11" in facts.calendar
    assert "sábado 21/11" in facts.calendar


def test_of_what_says_nothing_the_model_is_told_nothing(
    database: Database, shop: PetShop, wa_id: str, clock: Clock
) -> None:
    silent = {"reaction": {"message_id": "wamid.1"}, "revoke": {"original_message_id": "wamid.1"}}
    say(database, shop, wa_id=wa_id, at=clock.now(), kind="reaction", content=silent["reaction"] | {"emoji": "👍"})
    for kind, content in silent.items():
        say(database, shop, wa_id=wa_id, at=clock.now(), kind=kind, content=content)
    asked = say(database, shop, wa_id=wa_id, at=clock.now(), kind="request_welcome", content={})
    clock.move(3 * SECOND)

    said = prompt.said(claimed(database, shop, asked.conversation_id))

    assert [line["content"] for line in said] == [
        "👍",
        "[the customer has opened the chat for the first time and written nothing yet: welcome them]",
    ]


def test_in_the_middle_of_a_talk_nobody_greets_again(
    database: Database, shop: PetShop, conversation_id: ConversationId, wa_id: str, model: ScriptedModel, clock: Clock
) -> None:
    answered(claimed(database, shop, conversation_id), model.says(answer("Oi! Como posso ajudar?")))
    say(database, shop, "Quanto custa?", wa_id=wa_id, at=clock.now())
    clock.move(3 * SECOND)

    first = context_of(claimed(database, shop, conversation_id))

    assert not any(line.startswith("Open with") for line in first)

    clock.move(timedelta(hours=7))
    later = context_of(claimed(database, shop, conversation_id))
    assert any(line.startswith("Open with") for line in later)


@pytest.mark.parametrize(
    ("visits", "last", "type_", "told"),
    [
        (1, 10, "returning", "a returning customer"),
        (1, 100, "inactive", "has not come for long"),
        (10, 10, "vip", "a VIP"),
    ],
)
def test_the_greeting_fits_the_customer(
    database: Database, shop: PetShop, at_saturday: Clock, visits: int, last: int, type_: str, told: str
) -> None:
    def furnish(tx: Tx, contact_id: ContactId) -> None:
        pet = factories_customers.pet(tx, contact_id)
        for back in range(visits):
            starts_at = SATURDAY.replace(hour=10, minute=0) - timedelta(days=last + 7 * back)
            factories_customers.visit(tx, contact_id, pet, starts_at)

    lines = known_to(database, shop, at_saturday, furnish)

    day = (SATURDAY - timedelta(days=last)).date()
    assert lines[3] == f"Customer: Ana Souza | {type_} | last visit {weekday(day)} {day:%d/%m}"
    assert told in lines[4]


def weekday(day: date) -> str:
    return ("segunda-feira", "terça-feira", "quarta-feira", "quinta-feira", "sexta-feira", "sábado", "domingo")[
        day.weekday()
    ]
