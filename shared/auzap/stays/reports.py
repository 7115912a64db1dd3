"""What a tutor reads of a day: one message a day, of what was noted on it; and which are still to be sent."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from auzap.db.connection import Tx
from auzap.errors import Refusal
from auzap.ids import ConversationId, StayId
from auzap.notifications.notices import notify
from auzap.organizations.shop import Shop
from auzap.stays import activities, staying, telling, words
from auzap.stays.activities import Activity
from auzap.texts import TextKey, text

# A message is read on a phone: so much of one note, and so many letters of all.
LONGEST_NOTE = 300
LONGEST_REPORT = 2800
HEADINGS: dict[activities.Kind, TextKey] = {
    "feeding": "activity_feeding",
    "recreation": "activity_recreation",
    "rest": "activity_rest",
    "behaviour": "activity_behaviour",
    "health": "activity_health",
    "other": "activity_other",
}


class NothingToReport(Refusal):
    def __init__(self) -> None:
        super().__init__("Nothing was noted of this day yet. Note what the pet did, then send the report.")


class ReportSent(Refusal):
    def __init__(self) -> None:
        super().__init__("The report of this day was sent already.")


@dataclass(frozen=True, slots=True)
class Pending:
    """A pet whose tutor has not read of its day yet."""

    stay_id: StayId
    pet_name: str
    tutor: str | None
    notes: int


def send(tx: Tx, shop: Shop, stay_id: StayId, *, now: datetime) -> ConversationId:
    """To the tutor, through the outbox; the conversation in which it now waits to be sent."""
    place = telling.locked_place(tx, stay_id)
    if place is None:
        staying.expect_known(tx, stay_id)
        raise telling.NobodyToTell
    stay, today = staying.locked(tx, stay_id), shop.today(now)
    staying.expect(stay, "staying", "finished")
    noted = activities.of_day(tx, shop, stay_id, today)
    if not noted:
        raise NothingToReport
    report = composed(shop, stay.pet_name, today, noted)
    outbox_id = telling.tell(tx, place, report, kind="staff", once=f"stay_report:{stay_id}:{today}")
    kept = tx.execute(
        """
        INSERT INTO stay_reports (stay_id, day, text, outbox_id) VALUES (%(stay)s, %(day)s, %(text)s, %(outbox)s)
        ON CONFLICT (organization_id, stay_id, day) DO NOTHING
        """,
        {"stay": stay_id, "day": today, "text": report, "outbox": outbox_id},
    )
    if kept.rowcount == 0:
        raise ReportSent
    return place


def composed(shop: Shop, pet_name: str, day: date, noted: Sequence[Activity]) -> str:
    title = text("report_title", shop.locale).format(pet=pet_name, day=words.day_in_words(shop, day))
    lines, length = list[str](), 0
    for activity in noted:
        line = _line(shop, activity)
        length += len(line) + 1
        if length > LONGEST_REPORT:
            lines.append(text("report_more", shop.locale).format(count=len(noted) - len(lines)))
            break
        lines.append(line)
    return "\n".join([title, "", *lines, "", text("report_end", shop.locale)])


def pending(tx: Tx) -> list[Pending]:
    """Who is there now, is to be reported of, and was not yet today, by the shop's own day."""
    return tx.rows(
        Pending,
        """
        SELECT s.id AS stay_id, p.name AS pet_name, coalesce(c.name, c.profile_name) AS tutor, (
            SELECT count(*)::int FROM stay_activities a
            WHERE a.stay_id = s.id AND (a.at AT TIME ZONE shop.time_zone)::date = shop.today) AS notes
        FROM (SELECT time_zone, (app.now() AT TIME ZONE time_zone)::date AS today FROM organization_settings) shop
        CROSS JOIN stays s JOIN pets p ON p.id = s.pet_id JOIN contacts c ON c.id = s.contact_id
        WHERE s.state = 'staying' AND 'reports' = ANY (s.monitoring)
          AND NOT EXISTS (SELECT FROM stay_reports r WHERE r.stay_id = s.id AND r.day = shop.today)
        ORDER BY p.name, s.id
        """,
    ).fetchall()


def remind(tx: Tx) -> int:
    """Tell the staff whose tutors still wait, once a day; how many."""
    waiting = pending(tx)
    if waiting:
        row = tx.execute("SELECT (app.now() AT TIME ZONE time_zone)::date FROM organization_settings").fetchone()
        day = row[0] if row else None
        detail = {"day": str(day), "stays": [str(each.stay_id) for each in waiting], "count": len(waiting)}
        notify(tx, "stay_reports_pending", level="warning", once=f"stay_reports_pending:{day}", detail=detail)
    return len(waiting)


def _line(shop: Shop, activity: Activity) -> str:
    note = " ".join(activity.text.split())
    shown = note if len(note) <= LONGEST_NOTE else f"{note[:LONGEST_NOTE].rstrip()}…"
    photo = f" ({text('report_photo', shop.locale)})" if activity.media_id else ""
    return f"• {shop.local(activity.at):%H:%M} {text(HEADINGS[activity.kind], shop.locale)}: {shown}{photo}"
