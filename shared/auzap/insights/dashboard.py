"""The dashboard: how the shop stands at this moment, and what its days have come to."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from enum import IntEnum
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from auzap.db.connection import Tx
from auzap.ids import ConversationId, OrganizationId
from auzap.insights import figures, queries
from auzap.insights.figures import Figure
from auzap.insights.models import Action, Counted, Dashboard, Day, Impact, Month, Night, Now, Number, Service, Totals
from auzap.insights.queries import MOST_LISTED


class Days(IntEnum):
    """Up to today, and with it."""

    DAY = 1
    WEEK = 7
    MONTH = 30
    QUARTER = 90


KEPT = timedelta(seconds=60)
MOST_KEPT = 200
HOURS_A_DAY = 8
SATURDAY = 5
MOST_REASONS = 5
# Figures of a day that are shown as they are.
PLAIN = (
    "received",
    "by_agent",
    "by_staff",
    "by_system",
    "spoken_with",
    "conversations",
    "leads",
    "hand_offs",
    "questions",
    "booked_by_agent",
    "booked_by_others",
    "turns",
    "turns_answered",
)

# Of this sandbox, keyed by what it is about: a changed setting is another key.
_kept: dict[tuple[OrganizationId, int, Days, date], tuple[datetime, Dashboard]] = {}


def dashboard(tx: Tx, *, days: Days, zone: ZoneInfo, now: datetime) -> Dashboard:
    """As it is, or was at most a minute ago."""
    today = now.astimezone(zone).date()
    key = (tx.organization_id, tx.settings_version, days, today)
    known = _kept.get(key)
    if known and now - KEPT < known[0] <= now:
        return known[1]
    if len(_kept) >= MOST_KEPT:
        _kept.clear()
    made = _made(tx, days=days, today=today)
    _kept[key] = (now, made)
    return made


def assume(tx: Tx, *, seconds_per_message: int, hour_value_cents: int) -> None:
    """What the estimate is to be made from."""
    tx.execute(
        "UPDATE organization_settings SET seconds_per_message = %s, hour_value_cents = %s",
        [seconds_per_message, hour_value_cents],
    )


def _made(tx: Tx, *, days: Days, today: date) -> Dashboard:
    since = today - timedelta(days=days - 1)
    counted = figures.by_day(tx, since, today)
    stands = queries.stands(tx, since, today)
    sums = _sums(counted)
    by_day = _by_day(counted, stands.money["by_day"], since, today)
    return Dashboard(
        days=days,
        since=since,
        until=today,
        now=_now(stands.now),
        totals=_totals(sums, counted, stands.money),
        by_day=by_day,
        impact=_impact(sums, stands.settings),
        night=Night(
            sums["received_at_night"], sums["by_agent_at_night"], sums["served_at_night"], sums["booked_at_night"]
        ),
        intents=_named(sums, "intent:"),
        sentiments=_named(sums, "sentiment:"),
        hand_off_reasons=_named(sums, "called_for:")[:MOST_REASONS],
        services=[Service(**service) for service in stands.money["services"]],
        revenue_by_weekday_cents=stands.money["by_weekday"],
        revenue_by_month=[Month(**month) for month in stands.money["by_month"]],
        leads_this_month=stands.settings["leads_this_month"],
        lead_allowance=stands.settings["lead_allowance"],
    )


def _now(told: dict[str, Any]) -> Now:
    waiting = told["waiting_longest_since"]
    return Now(
        conversations=[Counted(**each) for each in told["conversations"]],
        unread=told["unread"],
        waiting_longest_since=datetime.fromisoformat(waiting) if waiting else None,
        open_tasks=told["open_tasks"],
        open_questions=told["open_questions"],
        open_proposals=told["open_proposals"],
        bookings_today=[Counted(**each) for each in told["bookings_today"]],
        revenue_today_by_hour_cents=told["revenue_today_by_hour_cents"],
        numbers=[Number(**each) for each in told["numbers"]],
        mean_score=told["mean_score"],
        last_actions=[_action(each) for each in told["last_actions"]],
    )


def _action(told: dict[str, Any]) -> Action:
    at = datetime.fromisoformat(told["at"])
    return Action(at, told["name"], told["result"], ConversationId(UUID(told["conversation_id"])))


def _sums(counted: Iterable[Figure]) -> defaultdict[str, int]:
    sums = defaultdict[str, int](int)
    for figure in counted:
        sums[figure.metric] += figure.amount or 0
    return sums


def _by_day(counted: Sequence[Figure], money: dict[str, list[int]], since: date, until: date) -> list[Day]:
    known: dict[date, dict[str, int | None]] = defaultdict(dict)
    for figure in counted:
        known[figure.day][figure.metric] = figure.amount
    days = (since + timedelta(days=passed) for passed in range((until - since).days + 1))
    return [_day(day, known[day], money.get(day.isoformat(), [0, 0])) for day in days]


def _day(day: date, known: dict[str, int | None], money: list[int]) -> Day:
    visits, cents = money
    plain = {name: known.get(name) or 0 for name in PLAIN}
    return Day(
        day=day,
        **plain,
        answer_seconds_median=_seconds(known.get("answer_milliseconds_median")),
        answer_seconds_p95=_seconds(known.get("answer_milliseconds_p95")),
        revenue_cents=cents,
        visits=visits,
    )


def _seconds(milliseconds: int | None) -> float | None:
    return None if milliseconds is None else round(milliseconds / 1000, 1)


def _totals(sums: defaultdict[str, int], counted: Iterable[Figure], money: dict[str, Any]) -> Totals:
    visits = sum(day[0] for day in money["by_day"].values())
    cents = sum(day[1] for day in money["by_day"].values())
    weekends = sum(
        figure.amount or 0 for figure in counted if figure.metric == "by_agent" and figure.day.weekday() >= SATURDAY
    )
    said = sums["by_agent"] + sums["by_staff"] + sums["by_system"]
    return Totals(
        received=sums["received"],
        by_agent=sums["by_agent"],
        by_staff=sums["by_staff"],
        by_system=sums["by_system"],
        conversations=sums["conversations"],
        leads=sums["leads"],
        hand_offs=sums["hand_offs"],
        questions=sums["questions"],
        booked_by_agent=sums["booked_by_agent"],
        booked_by_others=sums["booked_by_others"],
        pets=sums["pets"],
        visits=visits,
        revenue_cents=cents,
        mean_ticket_cents=round(cents / visits) if visits else None,
        automation=_share(sums["by_agent"], said),
        resolved=_share(sums["resolved"], sums["spoken_with"]),
        handed_over=_share(sums["called"], sums["spoken_with"]),
        answered=_share(sums["turns_answered"], sums["turns"]),
        at_weekends=_share(weekends, sums["by_agent"]),
        when_closed=_share(sums["by_agent_when_closed"], sums["by_agent"]),
        returning=_share(money["returning"], money["customers"]),
    )


def _share(part: int, whole: int) -> float | None:
    return round(min(part / whole, 1), 3) if whole else None


def _impact(sums: defaultdict[str, int], settings: dict[str, Any]) -> Impact:
    hours = sums["by_agent"] * settings["seconds_per_message"] / 3600
    return Impact(
        seconds_per_message=settings["seconds_per_message"],
        hour_value_cents=settings["hour_value_cents"],
        messages=sums["by_agent"],
        hours=round(hours, 1),
        days=round(hours / HOURS_A_DAY, 1),
        value_cents=round(hours * settings["hour_value_cents"]),
        bookings=sums["booked_by_agent"],
    )


def _named(sums: defaultdict[str, int], prefix: str) -> list[Counted]:
    found = [Counted(name.removeprefix(prefix), count) for name, count in sums.items() if name.startswith(prefix)]
    return sorted(found, key=lambda each: (-each.count, each.name))[:MOST_LISTED]
