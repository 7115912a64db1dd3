"""What staff are told of, and what of it comes by mail: acts of the agent and of programs, goods that run low."""

from collections.abc import Generator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
import pytest

from auzap.bookings import booking, series
from auzap.catalog import shelf
from auzap.db.connection import Database, Tx
from auzap.ids import ConversationId, UserId, new_id
from auzap.notifications import centre, kinds, mailing, preferences
from auzap.notifications.centre import Told
from auzap.notifications.kinds import KINDS, MAILED, TEXTS, Kind
from auzap.notifications.mail_texts import worded
from auzap.notifications.notices import notify
from auzap.notifications.preferences import NotOfTheShop, NotToBeMuted, Preference
from auzap.organizations.shop import find_shop
from auzap.stays import staying
from tests import factories
from tests.db.appointments import DAY, EARLIER, HOUR, NOON
from tests.db.committed import read, write
from tests.db.lodging import FROM, NOW, proved_guest
from tests.factories import PetShop
from tests.factories_bookings import book_pets, make_customer, offer
from tests.factories_stays import guest, make_room, stay_for
from tests.postgres import Clock

SAO_PAULO = ZoneInfo("America/Sao_Paulo")
KEY = f"key:{new_id()}"
PEOPLE = (f"user:{new_id()}", f"support:{new_id()}", "clock", "jobs")


@contextmanager
def acting(tx: Tx, actor: str) -> Generator[None]:
    tx.execute("SELECT set_config('app.actor', %s, true)", [actor])
    yield
    tx.execute("SELECT set_config('app.actor', 'test', true)")


def told(tx: Tx) -> list[tuple[str, dict[str, Any]]]:
    return tx.execute("SELECT kind, detail FROM notifications ORDER BY id").fetchall()


def one_life(tx: Tx) -> dict[str, Any]:
    """An appointment of two pets, booked, moved and cancelled; what each notification of it tells."""
    shop = find_shop(tx)
    contact_id, of = make_customer(tx, "Rex", "Mel")
    ids = book_pets(tx, shop, contact_id, of, [NOON, NOON + HOUR], service=offer(tx), now=EARLIER)
    later = [NOON + DAY, NOON + DAY + HOUR]
    booking.reschedule(tx, shop, booking_ids=ids, starts=later, now=EARLIER, source="agent")
    booking.cancel(tx, shop, booking_ids=ids, now=EARLIER, source="agent")
    return {"booking": str(ids[0]), "contact": str(contact_id), "count": 2}


@pytest.mark.parametrize("actor", ["agent", KEY], ids=["agent", "key"])
def test_staff_hear_once_of_what_the_agent_or_a_program_booked_moved_and_cancelled(tx: Tx, actor: str) -> None:
    zone = factories.make_shop(tx).zone

    with acting(tx, actor):
        known = one_life(tx)

    said = [(kind, detail, kinds.worded(kind, detail, "pt-BR", zone)) for kind, detail in told(tx)]
    assert [kind for kind, _, _ in said] == ["booking_made", "booking_moved", "booking_cancelled"]
    assert all(detail | known == detail and detail.keys() - known <= {"at", "before"} for _, detail, _ in said)
    when, later = (f"{at.astimezone(zone):%d/%m às %H:%M}" for at in (NOON, NOON + DAY))
    assert [text for _, _, text in said] == [
        f"Agendamento novo: {when}",
        f"Agendamento mudado de {when} para {later}",
        f"Agendamento cancelado: {later}",
    ]
    assert kinds.page(said[0][1], None) == f"/bookings/{known['booking']}"


@pytest.mark.parametrize("actor", PEOPLE, ids=["user", "support", "clock", "jobs"])
def test_nobody_is_told_of_what_people_of_the_shop_or_its_clocks_did_themselves(tx: Tx, actor: str) -> None:
    shop = factories.make_shop(tx)

    with acting(tx, actor):
        one_life(tx)
        stay = stay_for(tx, shop, proved_guest(tx), make_room(tx), FROM, now=NOW)
        staying.change_days(tx, shop, stay.id, FROM + DAY, FROM + 2 * DAY, now=NOW)
        staying.cancel(tx, stay.id, reason="viagem")

    assert told(tx) == []


def test_a_series_is_told_of_once_however_many_days_of_it_are_booked(tx: Tx) -> None:
    shop = factories.make_shop(tx)
    contact_id, of = make_customer(tx, "Rex")
    (first,) = book_pets(tx, shop, contact_id, of, [NOON], service=offer(tx), now=EARLIER, source="staff")

    with acting(tx, "agent"):
        _, made = series.create(tx, shop, contact_id=contact_id, booking_id=first, every=1, unit="week", now=EARLIER)

    assert len(made.booked) > 1
    assert [kind for kind, _ in told(tx)] == ["booking_made"]


def test_staff_hear_of_a_stay_that_the_agent_made_moved_and_cancelled(tx: Tx) -> None:
    shop = factories.make_shop(tx)

    with acting(tx, "agent"):
        stay = stay_for(tx, shop, proved_guest(tx), make_room(tx), FROM, now=NOW)
        staying.change_days(tx, shop, stay.id, FROM + DAY, FROM + 2 * DAY, now=NOW)
        staying.cancel(tx, stay.id, reason="viagem")

    days = [(FROM, FROM + 2 * DAY), *[(FROM + DAY, FROM + 2 * DAY)] * 2]
    known = {"stay": str(stay.id), "contact": str(stay.contact_id)}
    assert told(tx) == [
        (kind, {**known, "from_day": str(first), "until_day": str(last)})
        for kind, (first, last) in zip(("stay_made", "stay_moved", "stay_cancelled"), days, strict=True)
    ]


def test_a_stay_that_waits_for_an_assessment_is_told_of_by_that_alone(tx: Tx) -> None:
    shop = factories.make_shop(tx)

    with acting(tx, "agent"):
        stay = stay_for(tx, shop, guest(tx), make_room(tx, vaccines=["V10"]), FROM, now=NOW)

    assert told(tx) == [("stay_assessment", {"stay": str(stay.id)})]


def test_an_act_that_is_undone_tells_nothing(tx: Tx) -> None:
    factories.make_shop(tx)

    with acting(tx, "agent"), tx.connection.transaction(force_rollback=True):
        one_life(tx)

    assert told(tx) == []


def test_staff_hear_once_that_a_product_runs_low_and_again_when_it_has_been_filled_up(tx: Tx) -> None:
    product = shelf.create(tx, {"name": "Ração", "price_cents": 1000, "stock": 6, "lowest_stock": 3})

    for by in (-2, -1, -1, -2, +4, -1):
        shelf.count(tx, product, by)
        tx.execute("UPDATE notifications SET detail = detail || '{\"seen\": true}' WHERE detail ->> 'seen' IS NULL")

    expected = [{"product": str(product), "name": "Ração", "stock": stock, "seen": True} for stock in (3, 3)]
    assert told(tx) == [("low_stock", detail) for detail in expected]


def test_nobody_hears_of_the_stock_of_what_is_put_away_or_of_a_count_that_was_refused(tx: Tx) -> None:
    away = shelf.create(tx, {"name": "Areia", "price_cents": 1000, "stock": 4, "lowest_stock": 3})
    shelf.change(tx, away, {"is_active": False})
    shelf.count(tx, away, -4)
    with pytest.raises(shelf.NotEnoughStock):
        shelf.count(tx, away, -1)

    assert told(tx) == []


@pytest.mark.parametrize("locale", TEXTS)
def test_every_kind_has_its_words_in_every_language(locale: str) -> None:
    moments = {"at": "2026-11-21T12:00:00+00:00", "before": "2026-11-20T12:00:00+00:00"}
    detail = {**moments, "from_day": "2026-11-21", "until_day": "2026-11-23", "name": "Ração"}

    said = {kind: kinds.worded(kind, detail, locale, SAO_PAULO) for kind in KINDS}

    assert len(set(said.values())) == len(KINDS)
    assert all("{" not in text and len(text) < 90 for text in said.values())
    assert "09:00" in said["booking_made"]
    # Of one that is only known to a later version, or that was kept by an earlier one.
    assert kinds.worded("unheard_of", {}, locale, SAO_PAULO) == TEXTS[locale]["other"]
    assert set(TEXTS[locale]) == {*KINDS, "other", "day", "moment"}
    assert (
        kinds.worded("stay_made", detail, locale, SAO_PAULO).count(f"{date(2026, 11, 23):{TEXTS[locale]['day']}}") == 1
    )


def test_a_notification_leads_to_what_it_is_about() -> None:
    place = ConversationId(new_id())

    assert kinds.page({"stay": "7"}, place) == "/stays/7"
    assert kinds.page({"account": "7"}, None) == "/channel-accounts/7"
    assert kinds.page({"reason": "price"}, place) == f"/conversations/{place}"
    assert kinds.page({"count": 3}, None) == "/notifications"


# What each person hears of


@pytest.fixture
def bia(owner: psycopg.Connection, shop: PetShop) -> UserId:
    return factories.make_member(owner, shop.organization_id, "Bia")


@pytest.fixture
def helena(owner: psycopg.Connection, database: Database, shop: PetShop) -> UserId:
    """The shop's owner."""
    user_id = factories.make_member(owner, shop.organization_id, "Helena")
    write(database, shop, "UPDATE memberships SET role = 'owner' WHERE user_id = %s", user_id)
    return user_id


def choose(database: Database, shop: PetShop, person: UserId, **wanted: tuple[bool, bool]) -> None:
    chosen = [Preference(kind, *how) for kind, how in wanted.items()]  # pyright: ignore[reportArgumentType]
    with database.transaction(shop.organization_id, "test") as tx:
        preferences.choose(tx, person, chosen)


def raised(database: Database, shop: PetShop, *raised: str, **given: Any) -> None:
    with database.transaction(shop.organization_id, "test") as tx:
        for kind in raised:
            notify(tx, kind, **given)


def listed(tx: Tx, reader: UserId | None) -> list[Told]:
    found = {"is_archived": False, "is_unread": None, "level": None, "before": None, "limit": 10}
    return centre.page(tx, reader=reader, locale="en", zone=SAO_PAULO, **found)


def test_what_a_person_has_muted_is_neither_listed_nor_counted_nor_read_for_them(
    database: Database, shop: PetShop, bia: UserId, helena: UserId
) -> None:
    raised(database, shop, "low_stock", "handoff")
    choose(database, shop, bia, low_stock=(False, False))

    with database.transaction(shop.organization_id, "test") as tx:
        assert [each.kind for each in listed(tx, bia)] == ["handoff"]
        assert centre.unread(tx, reader=bia) == 1
        centre.read_all(tx, reader=bia)
        # Others, and programs, still have it to read.
        assert [(each.kind, each.read_at is None) for each in listed(tx, helena)] == [
            ("handoff", False),
            ("low_stock", True),
        ]
        assert [centre.unread(tx, reader=reader) for reader in (bia, helena, None)] == [0, 1, 1]


def test_a_preference_holds_in_its_own_shop_alone(
    owner: psycopg.Connection, database: Database, shop: PetShop, other_shop: PetShop, bia: UserId
) -> None:
    write(database, other_shop, "INSERT INTO memberships (user_id, role) VALUES (%s, 'staff')", bia)
    choose(database, shop, bia, handoff=(False, False))
    raised(database, other_shop, "handoff")

    with database.transaction(other_shop.organization_id, "test") as tx:
        assert [each.kind for each in listed(tx, bia)] == ["handoff"]
        assert all(each.in_centre for each in preferences.of(tx, bia, role="staff"))


def test_where_nobody_has_said_everything_is_shown_and_mail_goes_to_who_answers_for_the_shop(
    database: Database, shop: PetShop, bia: UserId
) -> None:
    with database.transaction(shop.organization_id, "test") as tx:
        for role, mailed in (("owner", MAILED), ("manager", MAILED), ("staff", set[Kind]())):
            known = preferences.of(tx, bia, role=role)
            assert [each.kind for each in known] == list(KINDS)
            assert all(each.in_centre for each in known)
            assert {each.kind for each in known if each.by_mail} == mailed
            assert {each.kind for each in known if not each.may_be_muted} == {"support_session"}
    assert {"handoff", "emergency", "channel_token"} <= MAILED
    assert "low_stock" not in MAILED


def test_what_is_chosen_anew_takes_the_place_of_all_that_was(database: Database, shop: PetShop, bia: UserId) -> None:
    choose(database, shop, bia, handoff=(False, True), low_stock=(True, True))
    choose(database, shop, bia, low_stock=(False, False))

    assert read(database, shop, "SELECT kind, in_centre, by_mail FROM notification_preferences") == [
        ("low_stock", False, False)
    ]
    choose(database, shop, bia)
    assert read(database, shop, "SELECT FROM notification_preferences") == []


def test_that_support_looks_in_is_muted_by_nobody(database: Database, shop: PetShop, bia: UserId) -> None:
    choose(database, shop, bia, handoff=(False, False))

    with pytest.raises(NotToBeMuted):
        choose(database, shop, bia, support_session=(False, True))

    assert read(database, shop, "SELECT kind FROM notification_preferences") == [("handoff",)]
    choose(database, shop, bia, support_session=(True, True))


def test_who_does_not_belong_to_the_shop_prefers_nothing_there(
    database: Database, shop: PetShop, other_shop: PetShop, bia: UserId
) -> None:
    with pytest.raises(NotOfTheShop):
        choose(database, other_shop, bia, handoff=(False, False))


# Mail


def mailed(database: Database, shop: PetShop) -> list[tuple[str, str]]:
    query = "SELECT content ->> 'name', content ->> 'notice' FROM mails WHERE kind = 'notice' ORDER BY id"
    return read(database, shop, query)


def test_what_nobody_has_read_for_ten_minutes_is_mailed_once(
    database: Database, shop: PetShop, helena: UserId, bia: UserId, clock: Clock
) -> None:
    raised(database, shop, "channel_token", "low_stock", level="error", detail={"account": "7"})
    assert mailing.write(database, shop.organization_id) == 0

    clock.move(timedelta(minutes=10))

    assert [mailing.write(database, shop.organization_id) for _ in range(2)] == [1, 0]
    assert mailed(database, shop) == [("Helena", "channel_token")]
    ((content, locale),) = read(database, shop, "SELECT content, locale FROM mails")
    subject, text = worded("notice", locale, content, panel="https://app.example", zone=SAO_PAULO)
    assert subject == "Pet Feliz: Mudou a autorização do número de WhatsApp"
    assert "https://app.example/channel-accounts/7\n" in text
    assert text.startswith("Oi, Helena!\n")


def test_of_one_kind_a_person_gets_one_mail_for_an_hour_of_notifications(
    database: Database, shop: PetShop, helena: UserId, clock: Clock
) -> None:
    now = clock.now()
    clock.move(now.replace(minute=2, second=0, microsecond=0) + timedelta(hours=1) - now)
    for kind in ("channel_token", "channel_token", "channel_quality"):
        raised(database, shop, kind, level="error")
    clock.move(timedelta(minutes=11))
    raised(database, shop, "channel_token", level="error")
    mailing.write(database, shop.organization_id)
    clock.move(timedelta(minutes=11))
    mailing.write(database, shop.organization_id)
    assert sorted(kind for _, kind in mailed(database, shop)) == ["channel_quality", "channel_token"]

    # In the next hour it may come again.
    clock.move(timedelta(minutes=40))
    raised(database, shop, "channel_token", level="error")
    clock.move(timedelta(minutes=11))

    assert mailing.write(database, shop.organization_id) == 1


def test_two_who_write_the_same_mail_write_one(database: Database, shop: PetShop, helena: UserId, clock: Clock) -> None:
    raised(database, shop, "channel_token", level="error")
    clock.move(timedelta(minutes=11))
    mailing.write(database, shop.organization_id)

    with pytest.raises(psycopg.errors.UniqueViolation):
        write(
            database,
            shop,
            "INSERT INTO mails (kind, address, once_key) SELECT kind, address, once_key FROM mails",
        )


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE notifications SET read_at = app.now()",
        "UPDATE notifications SET archived_at = app.now()",
        "UPDATE notifications SET level = 'success'",
        "UPDATE memberships SET is_active = false",
        "UPDATE memberships SET role = 'staff'",
        "UPDATE notifications SET created_at = app.now() - interval '26 minutes'",
        "INSERT INTO notification_preferences SELECT organization_id, user_id, 'channel_token', true, false FROM memberships",
    ],
)
def test_no_mail_goes_of_what_was_read_is_good_news_old_or_not_wanted(
    database: Database, shop: PetShop, helena: UserId, clock: Clock, change: str
) -> None:
    raised(database, shop, "channel_token", level="error")
    clock.move(timedelta(minutes=11))

    write(database, shop, change)

    assert mailing.write(database, shop.organization_id) == 0


def test_who_wants_mail_of_a_kind_gets_it_and_what_is_for_one_person_goes_to_them_alone(
    database: Database, shop: PetShop, helena: UserId, bia: UserId, clock: Clock
) -> None:
    choose(database, shop, bia, low_stock=(False, True), handoff=(True, True))
    raised(database, shop, "low_stock", detail={"name": "Ração www.evil.example"})
    raised(database, shop, "handoff", detail={"user_id": str(bia)})
    clock.move(timedelta(minutes=11))

    assert mailing.write(database, shop.organization_id) == 2

    assert sorted(mailed(database, shop)) == [("Bia", "handoff"), ("Bia", "low_stock")]
    ((content,),) = read(database, shop, "SELECT content FROM mails WHERE content ->> 'notice' = 'low_stock'")
    subject, _ = worded("notice", "en", content, panel="https://app.example", zone=SAO_PAULO)
    assert subject == "Pet Feliz: Low in stock: Ração www evil example"


@pytest.mark.parametrize(("state", "mails"), [("waiting_human", 1), ("human", 0), ("closed", 0)])
def test_a_hand_over_is_mailed_while_the_customer_still_waits(
    database: Database,
    shop: PetShop,
    helena: UserId,
    conversation_id: ConversationId,
    clock: Clock,
    state: str,
    mails: int,
) -> None:
    raised(database, shop, "handoff", level="warning", conversation_id=conversation_id)
    clock.move(timedelta(minutes=11))

    for move in factories.MOVES[state].split("; "):
        write(database, shop, move)

    assert mailing.write(database, shop.organization_id) == mails


def test_another_shops_notifications_are_mailed_to_nobody_here(
    database: Database, shop: PetShop, other_shop: PetShop, helena: UserId, clock: Clock
) -> None:
    raised(database, other_shop, "channel_token", level="error")
    clock.move(timedelta(minutes=11))

    assert [mailing.write(database, each.organization_id) for each in (shop, other_shop)] == [0, 0]
    asked = "SELECT * FROM app.unread_notices(%s, %s, 100000)"
    found = database.lookup(asked, [mailing.PATIENCE, mailing.UNTIL])
    assert (other_shop.organization_id,) in found
    assert (shop.organization_id,) not in found
