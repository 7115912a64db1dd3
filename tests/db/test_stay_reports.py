"""What happens in a stay, in the order of its time; and the one message a day that its tutor reads of it."""

from datetime import datetime, timedelta
from typing import Any

import psycopg
import pytest

from auzap.db.connection import Database, Tx
from auzap.errors import Refusal
from auzap.ids import ConversationId, MediaId, OrganizationId, StayId, new_id
from auzap.organizations.shop import Shop, find_shop
from auzap.stays import activities, reports, staying, upsells
from auzap.stays.activities import NotYet, UnfitText, UnknownPhoto
from auzap.stays.queries import Stay
from auzap.stays.reports import NothingToReport, ReportSent
from auzap.stays.staying import Departure, StayMoved, UnknownStay
from auzap.stays.telling import NobodyToTell
from tests import factories
from tests.factories_customers import photo
from tests.factories_stays import ARRIVAL, DAY, guest, make_room, prove, stay_for, tutor
from tests.postgres import Clock

HOUR = timedelta(hours=1)


@pytest.fixture
def shop(tx: Tx) -> Shop:
    return factories.make_shop(tx)


@pytest.fixture
def now(tx: Tx, shop: Shop, clock: Clock) -> datetime:
    """Two in the afternoon, by the shop's clock and the database's."""
    wanted = shop.local(clock.now()).replace(hour=14, minute=0, second=0, microsecond=0)
    clock.move(wanted - clock.now())
    return wanted


def there(tx: Tx, shop: Shop, now: datetime, name: str = "Rex", *, writes: bool = True) -> Stay:
    """A guest who has just come, for three days; `writes`: its tutor has a conversation."""
    pet = guest(tx, name)
    if writes:
        factories.make_conversation(tx, factories.make_account(tx), tutor(tx, pet))
    prove(tx, pet.id, today=shop.today(now), until=shop.today(now) + 30 * DAY)
    stay = stay_for(tx, shop, pet, make_room(tx, f"Suíte {name}"), shop.today(now), 3, now=now)
    return staying.check_in(tx, shop, stay.id, ARRIVAL, now=now)


# The log


def test_what_happened_is_read_in_the_order_of_its_time(tx: Tx, shop: Shop, now: datetime) -> None:
    stay = there(tx, shop, now)
    later = now + 5 * HOUR
    activities.log(tx, stay.id, "recreation", "brincou", at=now + 2 * HOUR, now=later)
    activities.log(tx, stay.id, "feeding", "comeu tudo", at=now + HOUR, now=later)
    factories.make_service(tx)
    upsells.add(tx, stay.id, upsells.suggest(tx, stay)[0].service_id)
    reports.send(tx, shop, stay.id, now=later)

    found = activities.timeline(tx, stay.id)

    assert [(each.what, each.kind, each.text) for each in found if each.what == "activity"] == [
        ("activity", "feeding", "comeu tudo"),
        ("activity", "recreation", "brincou"),
    ]
    assert [each.kind for each in found if each.what == "move"] == ["awaiting_assessment", "approved", "staying"]
    assert [(each.kind, each.text) for each in found if each.what == "extra"] == [("grooming", "Banho")]
    assert [each.kind for each in found if each.what == "report"] == [str(shop.today(now))]
    assert [each.at for each in found] == sorted(each.at for each in found)


@pytest.mark.parametrize(
    ("text", "at", "refused"),
    [("", 0, UnfitText), ("x" * 1001, 0, UnfitText), ("comeu", 2, NotYet), ("comeu", -48, NotYet)],
)
def test_a_line_that_cannot_be_is_refused(
    tx: Tx, shop: Shop, now: datetime, text: str, at: int, refused: type[Refusal]
) -> None:
    stay = there(tx, shop, now)

    with pytest.raises(refused):
        activities.log(tx, stay.id, "feeding", text, at=now + at * HOUR + HOUR, now=now + HOUR)


def test_only_of_a_guest_who_is_there_something_is_noted(tx: Tx, shop: Shop, now: datetime) -> None:
    stay = there(tx, shop, now)
    staying.check_out(tx, shop, stay.id, Departure("bem"), now=now)

    with pytest.raises(StayMoved):
        activities.log(tx, stay.id, "feeding", "comeu", at=now, now=now)


def test_a_photo_that_is_not_there_is_refused(tx: Tx, shop: Shop, now: datetime) -> None:
    stay = there(tx, shop, now)

    with pytest.raises(UnknownPhoto):
        activities.log(tx, stay.id, "feeding", "comeu", at=now + HOUR, now=now + HOUR, media_id=MediaId(new_id()))


# The report


def test_the_tutor_reads_the_day_in_one_message(tx: Tx, shop: Shop, now: datetime) -> None:
    stay = there(tx, shop, now)
    evening = now + 4 * HOUR
    ((place,),) = tx.execute("SELECT id FROM conversations").fetchall()
    seen = photo(tx, place, sender="staff")
    activities.log(tx, stay.id, "feeding", "comeu\n tudo", at=now + HOUR, now=evening)
    activities.log(tx, stay.id, "recreation", "correu no pátio", at=now + 2 * HOUR, now=evening, media_id=seen)

    assert reports.send(tx, shop, stay.id, now=evening) == place

    day = shop.today(now)
    report = (
        f"🐾 O dia de Rex, {shop.weekday(day)} {day:%d/%m}\n\n• 15:00 Alimentação: comeu tudo\n"
        "• 16:00 Recreação: correu no pátio (com foto)\n\nSe quiser saber mais, é só responder por aqui."
    )
    assert tx.execute("SELECT conversation_id, kind, author, content FROM outbox").fetchall() == [
        (place, "staff", "person", {"type": "text", "text": report})
    ]
    assert tx.execute("SELECT text, sender FROM messages WHERE kind = 'text'").fetchall() == [(report, "staff")]
    assert tx.execute("SELECT day, text, actor FROM stay_reports").fetchall() == [(day, report, "test")]


def test_a_report_is_sent_once_a_day_and_again_on_the_next(tx: Tx, shop: Shop, now: datetime) -> None:
    stay = there(tx, shop, now)
    for day in range(2):
        evening = now + day * DAY + 4 * HOUR
        activities.log(tx, stay.id, "rest", "dormiu", at=evening, now=evening)
        reports.send(tx, shop, stay.id, now=evening)
        with pytest.raises(ReportSent), tx.savepoint():
            reports.send(tx, shop, stay.id, now=evening)

    assert tx.execute("SELECT count(*) FROM outbox").fetchone() == (2,)


def test_a_day_of_which_nothing_was_noted_has_no_report(tx: Tx, shop: Shop, now: datetime) -> None:
    stay = there(tx, shop, now)
    activities.log(tx, stay.id, "rest", "dormiu", at=now + HOUR, now=now + HOUR)

    with pytest.raises(NothingToReport):
        reports.send(tx, shop, stay.id, now=now + DAY)


def test_a_tutor_who_never_wrote_here_is_called_instead(tx: Tx, shop: Shop, now: datetime) -> None:
    stay = there(tx, shop, now, writes=False)
    activities.log(tx, stay.id, "rest", "dormiu", at=now + HOUR, now=now + HOUR)

    with pytest.raises(NobodyToTell):
        reports.send(tx, shop, stay.id, now=now + HOUR)


def test_a_closed_conversation_is_opened_for_a_report(tx: Tx, shop: Shop, now: datetime) -> None:
    stay = there(tx, shop, now)
    tx.execute(factories.CLOSE)
    activities.log(tx, stay.id, "rest", "dormiu", at=now + HOUR, now=now + HOUR)

    place = reports.send(tx, shop, stay.id, now=now + HOUR)

    assert tx.execute("SELECT id, state FROM conversations").fetchall() == [(place, "ai")]


def test_a_long_day_is_cut_to_what_is_read_on_a_phone(tx: Tx, shop: Shop, now: datetime) -> None:
    stay = there(tx, shop, now)
    for minute in range(20):
        at = now + timedelta(minutes=1 + minute)
        activities.log(tx, stay.id, "other", "brincou muito " * 40, at=at, now=now + HOUR)

    reports.send(tx, shop, stay.id, now=now + HOUR)

    ((text,),) = tx.execute("SELECT text FROM stay_reports").fetchall()
    assert len(text) <= 3000
    assert "… e mais 12 registros do dia." in text


# What is still to be sent


def test_those_are_pending_who_are_there_and_were_not_reported_of_today(tx: Tx, shop: Shop, now: datetime) -> None:
    rex, mel, bob, nina = (there(tx, shop, now, name) for name in ("Rex", "Mel", "Bob", "Nina"))
    activities.log(tx, rex.id, "rest", "dormiu", at=now + HOUR, now=now + HOUR)
    activities.log(tx, mel.id, "rest", "dormiu", at=now + HOUR, now=now + HOUR)
    reports.send(tx, shop, mel.id, now=now + HOUR)
    staying.check_out(tx, shop, bob.id, Departure("bem"), now=now)
    staying.follow(tx, nina.id, ["cameras"])
    stay_for(tx, shop, guest(tx, "Zeus"), make_room(tx), shop.today(now), now=now)

    assert [(each.stay_id, each.pet_name, each.tutor, each.notes) for each in reports.pending(tx)] == [
        (rex.id, "Rex", "Ana", 1)
    ]


def test_staff_are_told_once_a_day_who_is_pending_and_nobody_writes_to_a_customer(
    tx: Tx, shop: Shop, now: datetime
) -> None:
    stay = there(tx, shop, now)

    assert [reports.remind(tx) for _ in range(2)] == [1, 1]

    rows = tx.execute("SELECT level, detail FROM notifications WHERE kind = 'stay_reports_pending'").fetchall()
    assert rows == [("warning", {"day": str(shop.today(now)), "stays": [str(stay.id)], "count": 1})]
    assert tx.execute("SELECT FROM outbox").rowcount == 0


def test_where_nobody_is_pending_nobody_is_told(tx: Tx, shop: Shop, now: datetime) -> None:
    assert reports.remind(tx) == 0
    assert tx.execute("SELECT FROM notifications").rowcount == 0


# Two shops


def test_a_shop_reports_of_its_own_guests_only(owner: psycopg.Connection, database: Database, clock: Clock) -> None:
    shops = [factories.make_organization(owner) for _ in range(2)]
    stays: list[tuple[OrganizationId, StayId]] = []
    for organization_id in shops:
        with database.transaction(organization_id, "test") as tx:
            shop = factories.make_shop(tx)
            clock.move(shop.local(clock.now()).replace(hour=14) - clock.now())
            stays.append((organization_id, there(tx, shop, clock.now(), "Rex").id))

    def seen(organization_id: OrganizationId, foreign: StayId) -> list[Any]:
        with database.transaction(organization_id, "test") as tx:
            with pytest.raises(UnknownStay):
                activities.log(tx, foreign, "rest", "dormiu", at=clock.now(), now=clock.now())
            with pytest.raises(UnknownStay):
                reports.send(tx, find_shop(tx), foreign, now=clock.now())
            assert activities.timeline(tx, foreign) == []
            return [each.stay_id for each in reports.pending(tx)]

    (first, one), (second, other) = stays
    assert (seen(first, other), seen(second, one)) == ([one], [other])


def test_where_a_conversation_was_joined_with_another_the_report_follows(tx: Tx, shop: Shop, now: datetime) -> None:
    stay = there(tx, shop, now)
    ((old, contact_id),) = tx.execute("SELECT id, contact_id FROM conversations").fetchall()
    survivor: ConversationId = factories.make_conversation(tx, factories.make_account(tx), contact_id)
    tx.execute("UPDATE conversations SET state = 'closed', merged_into = %s WHERE id = %s", [survivor, old])
    activities.log(tx, stay.id, "rest", "dormiu", at=now + HOUR, now=now + HOUR)

    assert reports.send(tx, shop, stay.id, now=now + HOUR) == survivor
