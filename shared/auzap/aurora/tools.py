"""Tools of Aurora: what the owner may ask of the shop, and a call for help. All others only read; none shows a telephone."""

import re
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Annotated, Literal

from pydantic import StringConstraints

from auzap import metrics
from auzap.agent.desk import Desk
from auzap.aurora import queries
from auzap.bookings.queries import on_day
from auzap.escalations import asking
from auzap.money import brl
from auzap.texts import hand_over_reason

Period = Literal["today", "week", "month"]
Problem = Annotated[str, StringConstraints(min_length=10, max_length=600)]

MOST_LISTED = 15
# Of a busy day: the total is of all.
MOST_LINES = 50
# What an agent or a provider wrote may hold a telephone: eight digits or more, however they are set.
TELEPHONE = re.compile(r"\+?\(?\d[\d .()-]{6,}\d")


def list_appointments(desk: Desk, day: date) -> str:
    """List the shop's appointments of one day, with their total.

    Args:
        day: The day in the shop's calendar, as YYYY-MM-DD.
    """
    found = on_day(desk.tx, _start(desk, day), _start(desk, day + timedelta(days=1)))
    if not found:
        return f"No appointments on {desk.shop.weekday(day)} {day:%d/%m}."
    lines = [
        f"- {desk.shop.local(b.starts_at):%H:%M} | {b.pet_name} | {b.service_name} | {brl(b.price_cents)} | {b.status}"
        for b in found[:MOST_LINES]
    ]
    lines += [f"- and {len(found) - MOST_LINES} more, later on that day"] if len(found) > MOST_LINES else []
    total = sum(b.price_cents for b in found)
    return "\n".join([f"{desk.shop.weekday(day)} {day:%d/%m}: {len(found)} appointments, total {brl(total)}", *lines])


def shop_numbers(desk: Desk, period: Period) -> str:
    """Sum up a period: appointments by status, revenue, new leads, messages and hand-offs. "no data": nothing is known of it.

    Args:
        period: today, week (from Monday to Sunday) or month (from its first day to its last).
    """
    first, last = _days(desk.shop.today(desk.now), period)
    start, end = _start(desk, first), _start(desk, last + timedelta(days=1))
    by_status = {found.status: found for found in queries.bookings_by_status(desk.tx, start, end)}
    counts = queries.counts(desk.tx, start, end)
    revenue = [
        f"revenue | {label} | {brl(by_status[status].cents)}"
        for status, label in (("completed", "earned"), ("confirmed", "still expected"))
        if status in by_status
    ]
    return "\n".join(
        [
            f"{period} | {desk.shop.weekday(first)} {first:%d/%m} | {desk.shop.weekday(last)} {last:%d/%m}",
            *(f"appointments | {found.count} | {brl(found.cents)} | {found.status}" for found in by_status.values()),
            *([] if by_status else ["appointments | no data"]),
            *(revenue or ["revenue | no data"]),
            f"new leads | {counts.leads or 'no data'}",
            f"messages | {_messages(counts)}",
            f"hand-offs to a person | {counts.hand_offs or 'no data'}",
        ]
    )


def list_waiting(desk: Desk) -> str:
    """List the customers who wait for a person, and the questions that wait for the owner's answer."""
    waiting = queries.waiting(desk.tx, most=MOST_LISTED)
    questions = queries.open_questions(desk.tx, most=MOST_LISTED)
    return "\n".join(
        [
            f"{_how_many(waiting)} waiting for a person" if waiting else "Nobody waits for a person.",
            *(
                f"- {_name(found.name)} | since {_moment(desk, found.since)} | {_reason(desk, found.reason)}"
                for found in waiting
            ),
            *(
                [f"{_how_many(questions)} questions for the owner to answer, each by quoting its message"]
                if questions
                else []
            ),
            *(
                f"- {_name(found.name)} | since {_moment(desk, found.since)} | asked: {_without_telephones(found.question)}"
                for found in questions
            ),
        ]
    )


def list_leads(desk: Desk) -> str:
    """List the hottest leads: the customers who are closest to buying, by score."""
    found = queries.hot_leads(desk.tx, most=MOST_LISTED)
    lines = [
        f"- {_name(lead.name)} | score {lead.score} | {lead.stage} | last wrote {_moment(desk, lead.last_contact_at)}"
        for lead in found
    ]
    return "\n".join([f"{_how_many(found)} hot leads", *lines]) if found else "There are no hot leads now."


def list_channel_health(desk: Desk) -> str:
    """Tell how the shop's WhatsApp numbers are: connection, quality, limit, and until when the access is good."""
    lines = [f"- {' | '.join(_number_columns(desk, found))}" for found in queries.numbers(desk.tx)]
    return "\n".join(lines) or "No number is connected."


def call_for_help(desk: Desk, problem: Problem, urgency: Literal["normal", "high"]) -> str:
    """Report a problem with AuZap itself to the people who make it, when the owner asks you to. They read it; nobody answers here.

    Args:
        problem: What does not work, in one or two sentences in the owner's language.
        urgency: high if the shop cannot serve its customers because of it.
    """
    reference = asking.ask_the_house(desk.tx, desk.conversation_id, problem=problem, urgency=urgency)
    metrics.count("TechnicalHelp", urgency=urgency)
    return (
        f"Reported to AuZap's team, reference {asking.reference(reference)}. Now say so; promise no time for an answer."
    )


def _number_columns(desk: Desk, number: queries.Number) -> list[str]:
    health = number.health
    told = {
        "quality": health.get("quality_rating"),
        "limit": health.get("whatsapp_business_manager_messaging_limit"),
        "webhook": health.get("subscription"),
        "access": "expired" if health.get("token") == "expired" else None,
        "access until": _moment(desk, number.token_expires_at) if number.token_expires_at else None,
        "checked": _moment(desk, number.checked_at) if number.checked_at else None,
    }
    reason = [_without_telephones(number.reason)] if number.reason else []
    return [
        _without_telephones(number.display_name),
        number.status,
        *reason,
        *(f"{k} {v}" for k, v in told.items() if v),
    ]


def _days(today: date, period: Period) -> tuple[date, date]:
    match period:
        case "today":
            return today, today
        case "week":
            monday = today - timedelta(days=today.weekday())
            return monday, monday + timedelta(days=6)
        case "month":
            return today.replace(day=1), (today.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)


def _messages(counts: queries.Counts) -> str:
    return f"{counts.received} received | {counts.sent} sent" if counts.received or counts.sent else "no data"


def _how_many(listed: Sequence[queries.Waiting | queries.Question | queries.HotLead]) -> str:
    total = listed[0].total
    return f"{len(listed)} of {total}" if len(listed) < total else str(total)


def _start(desk: Desk, day: date) -> datetime:
    return datetime.combine(day, time(), desk.shop.zone)


def _moment(desk: Desk, moment: datetime | None) -> str:
    return f"{desk.shop.local(moment):%d/%m %H:%M}" if moment else "an unknown time"


def _name(name: str | None) -> str:
    return _without_telephones(name or "") or "a customer without a name"


def _reason(desk: Desk, reason: str | None) -> str:
    if not reason:
        return "no reason given"
    return _without_telephones(hand_over_reason(reason, desk.shop.locale))


def _without_telephones(text: str) -> str:
    return TELEPHONE.sub("…", " ".join(text.split()))
