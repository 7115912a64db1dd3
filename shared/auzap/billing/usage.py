"""What a shop has used of its plan: tokens and their cost, messages, leads, numbers and people."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from auzap.db.connection import Tx
from auzap.insights import figures

MONTHS = 12


@dataclass(frozen=True, slots=True)
class Plan:
    """None: as many as they want."""

    code: str
    name: str
    price_cents: int
    messages_a_month: int | None
    leads_a_month: int | None
    numbers: int | None
    people: int | None


@dataclass(frozen=True, slots=True)
class Day:
    """Messages and leads by the shop's own day; tokens and cost by the day of UTC, as the model's maker counts them."""

    day: date
    received: int
    sent: int
    leads: int
    tokens: int
    # Millionths of a US dollar.
    cost_micros: int


@dataclass(frozen=True, slots=True)
class Month:
    month: str
    messages: int
    leads: int
    tokens: int
    cost_micros: int


@dataclass(frozen=True, slots=True)
class Usage:
    plan: Plan
    # The shop's own number of leads a month, where it has one.
    lead_allowance: int | None
    numbers: int
    people: int
    this_month: Month
    days: list[Day]
    # The latest year, where there is something of it. Messages are known of days that were counted.
    months: list[Month]


@dataclass(frozen=True, slots=True)
class _Stands:
    plan: dict[str, Any]
    lead_allowance: int | None
    numbers: int
    people: int
    model: dict[str, dict[str, int]]
    months: list[dict[str, Any]]


def usage(tx: Tx, *, since: date, until: date, zone: ZoneInfo, now: datetime) -> Usage:
    today = now.astimezone(zone).date()
    month_begins = today.replace(day=1)
    counted = figures.by_day(tx, min(since, month_begins), max(until, today))
    stands = _stands(tx, since, until, month_begins)
    by_day: defaultdict[date, defaultdict[str, int]] = defaultdict(lambda: defaultdict(int))
    for figure in counted:
        by_day[figure.day][figure.metric] += figure.amount or 0
    months = {month["month"]: Month(**month) for month in stands.months}
    known = months.get(f"{today:%Y-%m}", Month(f"{today:%Y-%m}", 0, 0, 0, 0))
    # Of the month that runs, its last day is not counted yet.
    messages = sum(_said(found) for day, found in by_day.items() if month_begins <= day <= today)
    this_month = Month(known.month, messages, known.leads, known.tokens, known.cost_micros)
    return Usage(
        plan=Plan(**{name: stands.plan[name] for name in Plan.__slots__}),
        lead_allowance=stands.lead_allowance,
        numbers=stands.numbers,
        people=stands.people,
        this_month=this_month,
        days=[
            _day(day, by_day[day], stands.model)
            for day in (since + timedelta(days=passed) for passed in range((until - since).days + 1))
        ],
        months=[months[month] if month != this_month.month else this_month for month in sorted(months)],
    )


def _day(day: date, found: defaultdict[str, int], model: dict[str, dict[str, int]]) -> Day:
    spent = model.get(day.isoformat(), {})
    return Day(
        day=day,
        received=found["received"],
        sent=_sent(found),
        leads=found["leads"],
        tokens=spent.get("model_tokens", 0),
        cost_micros=spent.get("model_cost_micros", 0),
    )


def _sent(found: defaultdict[str, int]) -> int:
    return found["by_agent"] + found["by_staff"] + found["by_system"]


def _said(found: defaultdict[str, int]) -> int:
    return found["received"] + _sent(found)


def _stands(tx: Tx, since: date, until: date, month_begins: date) -> _Stands:
    found = tx.rows(
        _Stands,
        """
        WITH told AS MATERIALIZED (
          SELECT to_char(u.day, 'YYYY-MM') AS month, 0 AS messages, u.amount * (u.metric = 'leads')::int AS leads,
            u.amount * (u.metric = 'model_tokens')::int AS tokens, u.amount * (u.metric = 'model_cost_micros')::int AS cost_micros
          FROM usage_counters u
          WHERE u.day >= %(year)s AND u.metric IN ('leads', 'model_tokens', 'model_cost_micros')
          UNION ALL
          SELECT to_char(f.day, 'YYYY-MM'), f.amount, 0, 0, 0 FROM daily_figures f
          WHERE f.day >= %(year)s AND f.metric IN ('received', 'by_agent', 'by_staff', 'by_system')
        )
        SELECT app.my_plan() AS plan, s.lead_allowance,
          (SELECT count(*)::int FROM channel_accounts a WHERE a.status <> 'disconnected') AS numbers,
          (SELECT count(*)::int FROM memberships m WHERE m.is_active) AS people, (
            SELECT coalesce(jsonb_object_agg(spent.day, spent.amounts), '{}') FROM (
              SELECT u.day, jsonb_object_agg(u.metric, u.amount) AS amounts FROM usage_counters u
              WHERE u.day >= %(since)s AND u.day <= %(until)s AND u.metric IN ('model_tokens', 'model_cost_micros')
              GROUP BY 1) spent) AS model, (
            SELECT coalesce(jsonb_agg(to_jsonb(summed)), '[]') FROM (
              SELECT t.month, sum(t.messages) AS messages, sum(t.leads) AS leads, sum(t.tokens) AS tokens,
                sum(t.cost_micros) AS cost_micros
              FROM told t GROUP BY 1) summed) AS months
        FROM organization_settings s
        """,
        {"since": since, "until": until, "year": _months_before(month_begins, MONTHS - 1)},
    )
    return next(found)


def _months_before(month: date, number: int) -> date:
    passed = month.year * 12 + month.month - 1 - number
    return date(passed // 12, passed % 12 + 1, 1)
