"""What a customer wishes by now: the errand, its day and hour, and everything said of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, time

from local.street.offline_model import spans
from local.street.offline_model.acts import Act
from local.street.offline_model.dates import Period
from local.street.offline_model.lexicon import Intent
from local.street.offline_model.understanding import Heard

type Offer = tuple[date, time]


@dataclass(frozen=True)
class Wishes:
    goal: Intent | None = None
    # Oldest first. Services and known pets are looked up in them once a tool has named them.
    heard: tuple[Heard, ...] = ()
    week: date | None = None
    day: date | None = None
    period: Period | None = None
    hour: time | None = None
    # Of who moves an appointment: its day, where that is known.
    moved_from: date | None = None
    # What was answered to questions for the customer's own words.
    told: tuple[tuple[Act, str], ...] = ()

    def latest[T](self, fact: Callable[[Heard], T | None]) -> T | None:
        return next((told for heard in reversed(self.heard) if (told := fact(heard)) is not None), None)

    @property
    def span(self) -> tuple[date, date | None] | None:
        """The first and the last day of a stay, though they were told one after the other."""
        first: date | None = None
        last: date | None = None
        for heard in self.heard:
            if not heard.span:
                length = spans.length_in(heard.plain)
                last = first + length if first and length else last
                continue
            begins, ends = heard.span
            if first and not last and ends is None and begins > first:
                last = begins
            else:
                first, last = begins, ends
        return (first, last) if first else None

    @property
    def refusals(self) -> int:
        return sum(Intent.REFUSES in heard.intents for heard in self.heard)


def agreeing_hour(hour: time | None, period: Period | None) -> time | None:
    return hour if hour and (period is None or period.holds(hour)) else None


def agreeing_period(period: Period | None, hour: time | None) -> Period | None:
    return period if period and (hour is None or period.holds(hour)) else None


def choice(heard: Heard, day: date | None, offers: Sequence[Offer]) -> Offer | None:
    """The one of the shop's offers that the customer points at."""
    if heard.hour is None and heard.ordinal is not None:
        return offers[heard.ordinal] if -len(offers) <= heard.ordinal < len(offers) else None
    accepts = Intent.YES in heard.intents and not heard.tells_something
    if accepts and len(offers) == 1:
        return offers[0]
    hours = {heard.hour, *hours_of_number(heard.number)}
    pointed = [offer for offer in offers if offer[1] in hours and day in (None, offer[0])]
    if len(pointed) == 1:
        return pointed[0]
    # "2" is the second one where it is nobody's hour.
    if heard.number and not pointed and heard.number <= len(offers):
        return offers[heard.number - 1]
    return None


def hours_of_number(number: int | None) -> list[time]:
    return [time(hour) for hour in (number, number + 12) if hour < 24] if number else []
