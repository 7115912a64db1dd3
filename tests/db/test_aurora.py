"""What Aurora shows the owner: computed from the shop's own rows, without a telephone, and "no data" where there is none."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import psycopg
import pytest

from auzap.agent.desk import Desk
from auzap.agent.turn import Progress
from auzap.aurora import tools
from auzap.db.connection import Database, Tx
from auzap.ids import ContactId, TurnId, new_id
from auzap.organizations.shop import find_shop
from tests import factories
from tests.factories import Account

ZONE = ZoneInfo("America/Sao_Paulo")
# A Wednesday.
NOW = datetime(2027, 3, 10, 12, tzinfo=ZONE)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
OWNER = "+5511988887777"


def make_desk(tx: Tx, *, now: datetime = NOW) -> tuple[Desk, Account]:
    shop, account = factories.make_shop(tx), factories.make_account(tx)
    contact_id = factories.make_contact(tx, "Helena", phone=OWNER)
    tx.execute("INSERT INTO authorized_owner_numbers (phone, name, is_primary) VALUES (%s, 'Helena', true)", [OWNER])
    conversation_id = factories.make_conversation(tx, account, contact_id)
    return Desk(tx, shop, contact_id, conversation_id, TurnId(new_id()), now, Progress()), account


@pytest.fixture
def theirs(owner: psycopg.Connection, database: Database) -> None:
    """Another shop with a share in everything, committed, so that it is there to be seen."""
    with database.transaction(factories.make_organization(owner), "test") as tx:
        desk, account = make_desk(tx)
        factories.book_at(tx, desk.shop, NOW + HOUR)
        customer = wait(tx, account, "Beatriz", "quer falar com alguém")
        tx.execute("INSERT INTO leads (contact_id, stage, score) VALUES (%s, 'hot', 90)", [customer])
        tx.execute(
            """
            INSERT INTO messages (conversation_id, sender, kind, provider_at)
            SELECT id, 'customer', 'text', app.now() FROM conversations
            """
        )
        tx.execute(
            "INSERT INTO escalations (conversation_id, question) SELECT id, 'Tem vaga no hotel?' FROM conversations"
        )


@pytest.fixture
def desk(theirs: None, tx: Tx) -> Desk:
    return make_desk(tx)[0]


def account_of(tx: Tx) -> Account:
    row = tx.execute("SELECT id, external_id FROM channel_accounts").fetchone()
    assert row
    return Account(*row)


def wait(tx: Tx, account: Account, name: str, reason: str) -> ContactId:
    contact_id = factories.make_contact(tx, name)
    conversation_id = factories.make_conversation(tx, account, contact_id)
    tx.execute(
        "UPDATE conversations SET state = 'waiting_human', handoff_at = app.now(), handoff_reason = %s WHERE id = %s",
        [reason, conversation_id],
    )
    return contact_id


def test_a_shop_without_rows_has_no_data_and_no_zeros(desk: Desk) -> None:
    assert tools.shop_numbers(desk, "today").splitlines() == [
        "today | quarta-feira 10/03 | quarta-feira 10/03",
        "appointments | no data",
        "revenue | no data",
        "new leads | no data",
        "messages | no data",
        "hand-offs to a person | no data",
    ]
    assert tools.list_waiting(desk) == "Nobody waits for a person."
    assert tools.list_leads(desk) == "There are no hot leads now."
    assert tools.list_appointments(desk, NOW.date()) == "No appointments on quarta-feira 10/03."


def test_a_busy_day_is_counted_whole_though_not_all_of_it_is_listed(desk: Desk) -> None:
    desk.tx.execute("UPDATE organization_settings SET parallel_bookings = 18")
    shop, service = find_shop(desk.tx), factories.make_service(desk.tx)
    for number in range(52):
        factories.book_at(desk.tx, shop, NOW + number // 18 * HOUR, service=service)

    first, *lines = tools.list_appointments(desk, NOW.date()).splitlines()

    assert first == "quarta-feira 10/03: 52 appointments, total R$ 3.120,00"
    assert (len(lines), lines[-1]) == (51, "- and 2 more, later on that day")


def test_the_numbers_of_a_period_count_its_appointments_and_what_they_bring(desk: Desk) -> None:
    tx = desk.tx
    for starts_at in (NOW + HOUR, NOW + 2 * HOUR, NOW - 2 * DAY, NOW - 3 * DAY, NOW + 20 * DAY, NOW + 30 * DAY):
        factories.book_at(tx, desk.shop, starts_at)
    tx.execute("UPDATE bookings SET status = 'completed', price_cents = 10000 WHERE starts_at < %s", [NOW])
    tx.execute(
        "UPDATE bookings SET status = 'cancelled', cancelled_at = app.now() WHERE starts_at = %s", [NOW + 2 * HOUR]
    )

    def told(period: tools.Period) -> list[str]:
        return tools.shop_numbers(desk, period).splitlines()[:6]

    assert told("today")[1:4] == [
        "appointments | 1 | R$ 60,00 | cancelled",
        "appointments | 1 | R$ 60,00 | confirmed",
        "revenue | still expected | R$ 60,00",
    ]
    assert told("week") == [
        "week | segunda-feira 08/03 | domingo 14/03",
        "appointments | 1 | R$ 60,00 | cancelled",
        "appointments | 1 | R$ 100,00 | completed",
        "appointments | 1 | R$ 60,00 | confirmed",
        "revenue | earned | R$ 100,00",
        "revenue | still expected | R$ 60,00",
    ]
    assert told("month")[2:6] == [
        "appointments | 2 | R$ 200,00 | completed",
        "appointments | 2 | R$ 120,00 | confirmed",
        "revenue | earned | R$ 200,00",
        "revenue | still expected | R$ 120,00",
    ]


def test_messages_leads_and_hand_offs_are_counted_without_the_owners_own(theirs: None, tx: Tx) -> None:
    row = tx.execute("SELECT app.now()").fetchone()
    assert row
    desk, account = make_desk(tx, now=row[0])
    customer = wait(tx, account, "Ana", "reclamação")
    tx.execute("INSERT INTO leads (contact_id) VALUES (%s)", [customer])
    tx.execute(factories.HAND_OVER)
    for sender in ("customer", "customer", "agent", "system"):
        tx.execute(
            "INSERT INTO messages (conversation_id, sender, kind, provider_at) SELECT id, %s, 'text', app.now() FROM conversations",
            [sender],
        )

    assert tools.shop_numbers(desk, "today").splitlines()[-3:] == [
        "new leads | 1",
        "messages | 2 received | 2 sent",
        "hand-offs to a person | 1",
    ]


@pytest.mark.parametrize("now", [datetime(2027, 2, 28, 12, tzinfo=ZONE), datetime(2028, 2, 29, 12, tzinfo=ZONE)])
def test_a_month_ends_with_its_last_day(theirs: None, tx: Tx, now: datetime) -> None:
    desk, _ = make_desk(tx, now=now)

    assert f"{now:%d/%m}" in tools.shop_numbers(desk, "month").splitlines()[0]


def test_who_waits_is_told_by_name_with_the_reason_and_the_open_questions(desk: Desk) -> None:
    tx, account = desk.tx, account_of(desk.tx)
    wait(tx, account, "Ana Souza", "quer desconto, ligar para (11) 98765-4321")
    wait(tx, account, "", "arrived_late")
    tx.execute(
        """
        INSERT INTO escalations (conversation_id, question)
        SELECT id, 'Vocês atendem coelhos?' FROM conversations WHERE handoff_reason = 'arrived_late'
        """
    )

    lines = tools.list_waiting(desk).splitlines()

    assert lines[0] == "2 waiting for a person"
    assert lines[1].startswith("- Ana Souza | since ")
    assert lines[1].endswith("quer desconto, ligar para …")
    assert lines[2].startswith("- a customer without a name | since ")
    assert lines[2].endswith("| a mensagem chegou com atraso")
    assert lines[3] == "1 questions for the owner to answer, each by quoting its message"
    assert lines[4].endswith("asked: Vocês atendem coelhos?")


def test_a_list_that_is_cut_says_how_many_there_are(desk: Desk) -> None:
    tx, account = desk.tx, account_of(desk.tx)
    for number in range(17):
        customer = wait(tx, account, f"Ana {number}", "quer falar com alguém")
        tx.execute("INSERT INTO leads (contact_id, stage, score) VALUES (%s, 'hot', 90)", [customer])
    tx.execute(
        """
        INSERT INTO escalations (conversation_id, question)
        SELECT id, 'Vocês atendem coelhos?' FROM conversations WHERE state = 'waiting_human'
        """
    )

    lines = tools.list_waiting(desk).splitlines()

    assert lines[0] == "15 of 17 waiting for a person"
    assert lines[16] == "15 of 17 questions for the owner to answer, each by quoting its message"
    assert len(lines) == 32
    assert tools.list_leads(desk).splitlines()[0] == "15 of 17 hot leads"


def test_the_owner_does_not_wait_in_the_owners_own_list(desk: Desk) -> None:
    desk.tx.execute(factories.HAND_OVER)

    assert tools.list_waiting(desk) == "Nobody waits for a person."


def test_the_hottest_leads_come_first_and_lost_ones_never(desk: Desk) -> None:
    for name, stage, score in (("Ana", "hot", 65), ("Bia", "hot", 90), ("Caio", "lost", 99), ("Davi", "new", 5)):
        contact_id = factories.make_contact(desk.tx, name)
        desk.tx.execute("INSERT INTO leads (contact_id, stage, score) VALUES (%s, %s, %s)", [contact_id, stage, score])

    lines = tools.list_leads(desk).splitlines()

    assert lines[0] == "2 hot leads"
    assert [line.split(" | ")[:3] for line in lines[1:]] == [["- Bia", "score 90", "hot"], ["- Ana", "score 65", "hot"]]


def test_the_health_of_the_numbers_is_told_as_the_last_check_left_it(desk: Desk) -> None:
    desk.tx.execute(
        """
        UPDATE channel_accounts SET status = 'degraded', status_reason = 'sending limited, quality red', checked_at = %s,
          health = '{"quality_rating": "RED", "whatsapp_business_manager_messaging_limit": "TIER_2K", "subscription": "subscribed",
            "token": "expired"}'
        """,
        [NOW],
    )

    assert tools.list_channel_health(desk) == (
        "- Pet Feliz | degraded | sending limited, quality red | quality RED | limit TIER_2K | webhook subscribed | "
        "access expired | checked 10/03 12:00"
    )


def test_a_problem_with_the_product_is_kept_for_its_makers_and_is_no_question_to_the_owner(desk: Desk) -> None:
    told = tools.call_for_help(desk, "Os clientes escrevem e ninguém responde.", "high")

    ((escalation_id, kind, urgency, question),) = desk.tx.execute("SELECT id, kind, urgency, question FROM escalations")
    assert (kind, urgency, question) == ("technical", "high", "Os clientes escrevem e ninguém responde.")
    assert escalation_id.hex[-8:] in told
    assert tools.list_waiting(desk) == "Nobody waits for a person."
