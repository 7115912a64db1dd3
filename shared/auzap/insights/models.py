"""What the dashboard shows. What is not known is None."""

from dataclasses import dataclass
from datetime import date, datetime

from auzap.ids import ConversationId


@dataclass(frozen=True, slots=True)
class Counted:
    name: str
    count: int


@dataclass(frozen=True, slots=True)
class Number:
    """One of the shop's numbers, and how it is."""

    display_name: str
    status: str
    reason: str | None


@dataclass(frozen=True, slots=True)
class Action:
    """What the agent did last: the tool, and what came of it."""

    at: datetime
    name: str
    result: str
    conversation_id: ConversationId


@dataclass(frozen=True, slots=True)
class Service:
    """What was booked of a service, how much of it by the agent, and how it was in the period before."""

    name: str
    booked: int
    by_agent: int
    booked_before: int


@dataclass(frozen=True, slots=True)
class Now:
    """At this moment, and today so far."""

    conversations: list[Counted]
    unread: int
    waiting_longest_since: datetime | None
    # What only people can see to.
    open_tasks: int
    open_questions: int
    open_proposals: int
    bookings_today: list[Counted]
    # Of appointments of today that are done or to come, by the two hours in which they begin.
    revenue_today_by_hour_cents: list[int]
    numbers: list[Number]
    mean_score: float | None
    last_actions: list[Action]


@dataclass(frozen=True, slots=True)
class Day:
    day: date
    received: int
    by_agent: int
    by_staff: int
    by_system: int
    spoken_with: int
    conversations: int
    leads: int
    hand_offs: int
    questions: int
    booked_by_agent: int
    booked_by_others: int
    turns: int
    turns_answered: int
    # From the first message that is answered until the answer is there.
    answer_seconds_median: float | None
    answer_seconds_p95: float | None
    revenue_cents: int
    visits: int


@dataclass(frozen=True, slots=True)
class Totals:
    """Of the period. A share is between 0 and 1, and None where there is nothing that it could be of."""

    received: int
    by_agent: int
    by_staff: int
    by_system: int
    conversations: int
    leads: int
    hand_offs: int
    questions: int
    booked_by_agent: int
    booked_by_others: int
    pets: int
    visits: int
    revenue_cents: int
    mean_ticket_cents: int | None
    # Of what the shop said, what the agent did.
    automation: float | None
    # Of the talks, each a customer on a day on which they wrote: in how many the agent answered and nobody else was needed,
    # and in how many a person was called.
    resolved: float | None
    handed_over: float | None
    # Of the agent's turns, how many ended in an answer.
    answered: float | None
    # Of the agent's words, those on Saturdays and Sundays, and those while the shop was closed.
    at_weekends: float | None
    when_closed: float | None
    # Of those who were served, who had been before.
    returning: float | None


@dataclass(frozen=True, slots=True)
class Impact:
    """An estimate from what the agent has said, and from what the shop takes a message and an hour to be worth."""

    seconds_per_message: int
    hour_value_cents: int
    messages: int
    hours: float
    days: float
    value_cents: int
    bookings: int


@dataclass(frozen=True, slots=True)
class Night:
    """From ten in the evening to eight in the morning."""

    received: int
    answered: int
    customers_served: int
    bookings: int


@dataclass(frozen=True, slots=True)
class Month:
    month: str
    revenue_cents: int
    visits: int


@dataclass(frozen=True, slots=True)
class Dashboard:
    days: int
    since: date
    until: date
    now: Now
    totals: Totals
    by_day: list[Day]
    impact: Impact
    night: Night
    intents: list[Counted]
    sentiments: list[Counted]
    # Why a person was called, the most frequent first.
    hand_off_reasons: list[Counted]
    services: list[Service]
    revenue_by_weekday_cents: list[int]
    revenue_by_month: list[Month]
    leads_this_month: int
    lead_allowance: int | None
