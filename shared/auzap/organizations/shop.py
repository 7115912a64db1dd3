"""The shop as its agent knows it: name, zone, hours and house rules."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Self
from zoneinfo import ZoneInfo

from auzap.ids import OrganizationId

WEEKDAYS = {
    "pt-BR": ("segunda-feira", "terça-feira", "quarta-feira", "quinta-feira", "sexta-feira", "sábado", "domingo"),
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
}


@dataclass(frozen=True, slots=True)
class Opening:
    weekday: int
    opens: time
    closes: time


@dataclass(frozen=True, slots=True)
class Shop:
    organization_id: OrganizationId
    name: str
    zone: ZoneInfo
    locale: str
    agent_name: str
    about: str
    address: str
    minimum_notice: timedelta
    booking_horizon: timedelta
    slot_grid: timedelta
    parallel_bookings: int
    human_delay: timedelta
    daily_token_cap: int
    openings: tuple[Opening, ...]

    @classmethod
    def from_json(cls, organization_id: OrganizationId, known: dict[str, Any]) -> Self:
        """From the columns of its settings, intervals in seconds, with its opening hours."""
        return cls(
            organization_id=organization_id,
            name=known["shop_name"],
            zone=ZoneInfo(known["time_zone"]),
            locale=known["locale"],
            agent_name=known["agent_name"],
            about=known["about"],
            address=known["address"],
            minimum_notice=timedelta(seconds=known["minimum_notice"]),
            booking_horizon=timedelta(seconds=known["booking_horizon"]),
            slot_grid=timedelta(seconds=known["slot_grid"]),
            parallel_bookings=known["parallel_bookings"],
            human_delay=timedelta(seconds=known["human_delay"]),
            daily_token_cap=known["daily_token_cap"],
            openings=tuple(
                Opening(hours["weekday"], time.fromisoformat(hours["opens"]), time.fromisoformat(hours["closes"]))
                for hours in known["openings"]
            ),
        )

    def local(self, moment: datetime) -> datetime:
        return moment.astimezone(self.zone)

    def today(self, now: datetime) -> date:
        return self.local(now).date()

    def weekday(self, day: date) -> str:
        return WEEKDAYS[self.locale][day.weekday()]

    def spoken_day(self, moment: datetime) -> str:
        """Weekday and date, as the shop's customers read them: sábado 28/11."""
        day = self.local(moment).date()
        return f"{self.weekday(day)} {day:%d/%m}"

    def spoken(self, moment: datetime) -> str:
        return f"{self.spoken_day(moment)} {self.local(moment):%H:%M}"

    def openings_on(self, day: date) -> list[tuple[datetime, datetime]]:
        """The intervals the shop is open on its own day, as instants."""
        return [
            (datetime.combine(day, hours.opens, self.zone), datetime.combine(day, hours.closes, self.zone))
            for hours in self.openings
            if hours.weekday == day.weekday()
        ]
