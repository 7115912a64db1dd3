"""The inbox: what is searched is one shop's, files leave by links, typing is shown, days that are over are counted."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest

from auzap.conversations import inbox, typing, writing
from auzap.conversations.inbox import Wanted
from auzap.db.connection import Database, Tx
from auzap.ids import ConversationId, MediaId
from auzap.insights import figures
from tests import factories
from tests.db.committed import read, write
from tests.db.posting import Post
from tests.factories import PetShop, new_wa_id, say
from tests.postgres import Place


def found(database: Database, shop: PetShop, search: str) -> list[ConversationId]:
    with database.transaction(shop.organization_id, "test") as tx:
        return [entry.id for entry in inbox.page(tx, Wanted(search=search), after=None, limit=10)]


def test_a_search_without_a_tenant_finds_nothing(database: Database, shop: PetShop, shared_database: Place) -> None:
    say(database, shop, "Quanto custa o banho?", name="Ana")
    with psycopg.connect(shared_database.app, autocommit=True) as bare:
        messages = bare.execute("SELECT * FROM app.search_messages('{banho}', 10)").fetchall()
        contacts = bare.execute("SELECT * FROM app.search_contacts('{ana}', '5511', 10)").fetchall()

    assert messages == contacts == []


def test_a_search_is_of_one_shop_however_it_is_written(database: Database, shop: PetShop, other_shop: PetShop) -> None:
    theirs = say(database, other_shop, "Quanto custa o banho?", name="Ana", wa_id="5511987654321").conversation_id
    # As the words of the other shop stand in the index.
    mark = str(other_shop.organization_id)[-12:]

    for search in ("banho", "ana", "98765", f"{mark}:banho", mark):
        assert found(database, shop, search) == []
    assert found(database, other_shop, "banho") == [theirs]


def test_a_search_gets_words_from_the_outside_only_as_words(tx: Tx) -> None:
    for words in (["'"], ["a' | 'b"], ["a:*"], ["a & b"], ["\\"], [""], []):
        assert tx.execute("SELECT * FROM app.search_messages(%s, 10)", [words]).fetchall() == []


def test_the_latest_who_spoke_of_it_are_found_first(database: Database, shop: PetShop) -> None:
    said = [say(database, shop, "Quero um banho", wa_id=new_wa_id()).conversation_id for _ in range(4)]

    with database.transaction(shop.organization_id, "test") as tx:
        latest = tx.execute("SELECT * FROM app.search_messages('{ban}', 2)").fetchall()

    assert {row[0] for row in latest} == set(said[-2:])


def test_the_words_of_a_message_that_was_taken_back_find_nothing(database: Database, shop: PetShop) -> None:
    wa_id, wamid = new_wa_id(), factories.new_wamid()
    say(database, shop, "Meu segredo", wa_id=wa_id, wamid=wamid)
    assert len(found(database, shop, "segredo")) == 1

    say(database, shop, wa_id=wa_id, kind="revoke", content={"original_message_id": wamid})

    assert found(database, shop, "segredo") == []


@pytest.mark.parametrize("number", ["+5511987654321", "+551187654321"])
def test_the_owner_is_known_with_and_without_the_ninth_digit(tx: Tx, number: str) -> None:
    helena, ana = (
        factories.make_contact(tx, "Helena", phone="+5511987654321"),
        factories.make_contact(tx, phone="+5521987654321"),
    )
    tx.execute("INSERT INTO authorized_owner_numbers (phone, name) VALUES (%s, 'Helena')", [number])

    assert tx.execute("SELECT app.owner_contacts()").fetchone() == ([helena],)
    tx.execute("UPDATE authorized_owner_numbers SET is_active = false")
    assert tx.execute("SELECT app.owner_contacts()").fetchone() == ([],)
    assert ana


def test_a_file_leaves_by_a_link_that_is_made_when_it_goes(post: Post) -> None:
    ana = post.hear(new_wa_id(), kind="image", content={"id": "111", "mime_type": "image/jpeg"})
    ((media_id,),) = post.rows("SELECT id FROM media")
    post.change("UPDATE media SET state = 'stored', content_type = 'image/jpeg', object_key = 'media/rex'")
    with post.database.transaction(post.shop.organization_id, "panel") as tx:
        writing.send_file(tx, ana, None, MediaId(media_id), caption="Olha ele!")

    assert post.send(ana).outcome == "sent"

    (sent,) = post.outside.asked
    assert sent["image"] == {"link": "https://files.example/media/rex", "caption": "Olha ele!"}


def test_typing_is_shown_below_what_the_customer_wrote_last(post: Post) -> None:
    wa_id, wamid = new_wa_id(), factories.new_wamid()
    ana = post.hear(wa_id)
    post.hear(wa_id, wamid=wamid)
    with post.database.transaction(post.shop.organization_id, "panel") as tx:
        line = typing.line(tx, ana)
    assert line

    typing.show(post.outside.graph(), post.outside.kms(), post.shop.organization_id, line)

    (shown,) = post.outside.asked
    assert (shown["status"], shown["message_id"], shown["typing_indicator"]) == ("read", wamid, {"type": "text"})


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE channel_accounts SET status = 'disconnected'",
        "UPDATE channel_accounts SET credentials = NULL",
        "UPDATE conversations SET last_inbound_at = app.now() - interval '25 hours'",
    ],
)
def test_typing_is_not_shown_where_it_cannot_be(post: Post, statement: Any) -> None:
    ana = post.customer()
    post.change(statement)

    with post.database.transaction(post.shop.organization_id, "panel") as tx:
        assert typing.line(tx, ana) is None


def test_days_that_are_over_are_counted_once_and_added_up(database: Database, shop: PetShop) -> None:
    say(database, shop, wa_id=new_wa_id())
    say(database, shop, wa_id=new_wa_id())
    with database.transaction(shop.organization_id, "clock") as tx:
        today = date.fromisoformat(_today(tx))
        live = figures.by_day(tx, today, today)
        tx.execute(
            """
            INSERT INTO daily_figures (day, metric, amount)
            SELECT %(day)s, f.metric, f.amount FROM app.day_figures(%(day)s) f WHERE f.amount <> 0
            """,
            {"day": today},
        )
        kept = figures.by_day(tx, today, today)

    assert live == kept
    assert {figure.metric: figure.amount for figure in kept} == {
        "counted": 1,
        "conversations": 2,
        "received": 2,
        "spoken_with": 2,
    } | {figure.metric: figure.amount for figure in kept if figure.metric.endswith("at_night")}


def test_what_was_counted_is_not_counted_again(database: Database, shop: PetShop) -> None:
    say(database, shop)
    with database.transaction(shop.organization_id, "clock") as tx:
        today = date.fromisoformat(_today(tx))
        tx.execute("INSERT INTO daily_figures (day, metric, amount) VALUES (%s, 'counted', 1)", [today])

        assert [figure.metric for figure in figures.by_day(tx, today, today)] == ["counted"]


def test_of_days_before_the_shop_there_is_nothing_to_count(database: Database, shop: PetShop) -> None:
    with database.transaction(shop.organization_id, "clock") as tx:
        today = date.fromisoformat(_today(tx))
        assert figures.by_day(tx, today - timedelta(days=30), today) == []
        assert figures.count_days(tx) == 0


def test_a_shop_counts_its_own_days(database: Database, shop: PetShop, other_shop: PetShop) -> None:
    say(database, other_shop)
    say(database, shop)
    write(database, other_shop, "INSERT INTO daily_figures (day, metric, amount) VALUES ('2026-01-01', 'received', 9)")

    with database.transaction(shop.organization_id, "clock") as tx:
        today = date.fromisoformat(_today(tx))
        received = [f.amount for f in figures.by_day(tx, date(2026, 1, 1), today) if f.metric == "received"]

    assert received == [1]
    assert read(database, shop, "SELECT 1 FROM daily_figures") == []


def _today(tx: Tx) -> str:
    row = tx.execute("SELECT (app.now() AT TIME ZONE time_zone)::date::text FROM organization_settings").fetchone()
    assert row
    return row[0]


def test_the_list_is_read_by_its_index(tx: Tx, shared_database: Place) -> None:
    """Row security would keep words from their index; the functions that search filter the tenant themselves."""
    with psycopg.connect(shared_database.admin) as administrator:
        administrator.execute("SET enable_seqscan = off")
        plan = "\n".join(
            row[0]
            for row in administrator.execute(
                """
                EXPLAIN SELECT m.conversation_id FROM messages m
                WHERE m.organization_id = %s AND m.text <> '' AND app.words_of(m.organization_id, m.text) @@ '''x'''::tsquery
                """,
                [UUID(int=0)],
            )
        )
    assert "words_of" in plan
    assert "Seq Scan" not in plan
