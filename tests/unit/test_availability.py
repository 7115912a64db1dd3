"""Free times against a slow and plain account of them, quarter of an hour by quarter of an hour."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise, permutations
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auzap.bookings import placing
from auzap.bookings.availability import Slot, search
from auzap.bookings.calendar import Calendar, Lane, OwnBooking, Person, Taken
from auzap.bookings.intervals import Interval, less
from auzap.bookings.reasons import Kind
from auzap.bookings.wanted import Wanted, wanted
from auzap.catalog.services import Price, Service
from auzap.customers.pets import Pet
from auzap.ids import BookingId, PetId, ServiceId, new_id
from auzap.organizations.shop import Opening, Shop
from tests.unit.known_shop import known_shop

QUARTER = timedelta(minutes=15)
HOUR = timedelta(hours=1)
NEEDED = ServiceId(new_id())
# Zone and day, with clocks that are put forward or back at midnight, and some that are not.
DAYS = [
    ("America/Sao_Paulo", date(2027, 3, 10)),
    ("America/Sao_Paulo", date(2018, 11, 4)),
    ("America/Sao_Paulo", date(2018, 2, 17)),
    ("America/Noronha", date(2018, 11, 4)),
    ("America/Manaus", date(2018, 11, 4)),
    ("America/Santiago", date(2022, 9, 11)),
    ("America/Asuncion", date(2023, 10, 1)),
    ("UTC", date(2027, 2, 28)),
]


def make_service(name: str = "Banho", **known: Any) -> Service:
    usual: dict[str, Any] = {
        "description": "",
        "category": "grooming",
        "duration": HOUR,
        "price_cents": 6000,
        "prices": (),
        "species": None,
        "youngest_months": None,
        "oldest_months": None,
        "needs_vet": False,
        "is_bookable_by_agent": True,
        "is_addon": False,
        "prerequisite_id": None,
        "prerequisite": None,
        "prerequisite_within": None,
        "deposit_percent": 0,
        "buffer_before": timedelta(0),
        "buffer_after": timedelta(0),
        "active_from": None,
        "active_until": None,
        "resource_kind": None,
        "addon_ids": (),
        "names_staff": False,
    }
    return Service(id=ServiceId(new_id()), name=name, **usual | known)


def make_pet(name: str = "Rex", size: str | None = "small", **known: Any) -> Pet:
    return Pet(PetId(new_id()), name, "dog", "SRD", size, **known)


def make_calendar(shop: Shop, **known: Any) -> Calendar:
    usual: dict[str, Any] = {"resources": {}, "people": [], "blocked": {}, "taken": {}, "own": [], "earlier": {}}
    return Calendar(shop, **usual | known)


@dataclass(frozen=True)
class Case:
    """A day, what is asked for it, and when."""

    calendar: Calendar
    asked: list[Wanted]
    day: date
    now: datetime


def quarters(moment: datetime, until: datetime) -> Iterator[datetime]:
    while moment < until:
        yield moment
        moment += QUARTER


def covers(interval: Interval, moment: datetime) -> bool:
    return interval.starts_at <= moment < interval.ends_at


@dataclass
class Account:
    """The plain one: whether each quarter of an hour is free, asked anew for everything."""

    case: Case
    open: set[datetime] = field(default_factory=set[datetime])
    grid: list[datetime] = field(default_factory=list[datetime])

    def __post_init__(self) -> None:
        shop, day = self.case.calendar.shop, self.case.day
        begin = datetime.combine(day, time(), UTC) - timedelta(days=1)
        hours = [(special.opens, special.closes) for special in shop.special_days if special.day == day]
        if not hours:
            hours = [(each.opens, each.closes) for each in shop.openings if each.weekday == day.weekday()]
        for moment in quarters(begin, begin + timedelta(days=3)):
            local = shop.local(moment)
            # The second time that an hour is lived is after closing.
            is_of_day = local.date() == day and local.fold == 0
            if is_of_day and any(a and b and a <= local.time() < b for a, b in hours):
                self.open.add(moment)
        begins = sorted(moment for moment in self.open if moment - QUARTER not in self.open)
        for begin in begins:
            start = begin
            while start in self.open:
                self.grid.append(start)
                start += shop.slot_grid
                if any(each not in self.open for each in quarters(begin, start)):
                    break

    def slots(self) -> list[tuple[datetime, ...]]:
        at_once = [(start,) * len(self.case.asked) for start in self.grid if self._together(start)]
        if at_once or len(self.case.asked) == 1:
            return at_once
        return [chain for start in self.grid if (chain := self._in_turn(start))]

    def _together(self, start: datetime) -> bool:
        asked = self.case.asked
        if not all(self._may_begin(each, start) for each in asked):
            return False
        lanes = list(self.case.calendar.lanes_for(asked[0].service))
        people = list(self.case.calendar.people)
        personal = [each for each in asked if each.is_personal]
        return any(
            all(self._is_free(lane, each, start, {}) for lane, each in zip(choice, asked, strict=True))
            for choice in permutations(lanes, len(asked))
        ) and any(
            all(self._serves(person, each, start, {}) for person, each in zip(choice, personal, strict=True))
            for choice in permutations(people, len(personal))
        )

    def _in_turn(self, start: datetime) -> tuple[datetime, ...] | None:
        held: dict[Lane, list[Interval]] = {}
        starts: list[datetime] = []
        for number, each in enumerate(self.case.asked):
            free = starts[-1] + self.case.asked[number - 1].duration if number else start
            found = None
            for moment in [moment for moment in self.grid if moment >= free] if number else [start]:
                found = self._lanes(each, moment, held)
                if found:
                    for lane in found:
                        held.setdefault(lane, []).append(each.occupied(moment))
                    starts.append(moment)
                    break
            if not found:
                return None
        return tuple(starts)

    def _lanes(self, each: Wanted, start: datetime, held: dict[Lane, list[Interval]]) -> list[Lane] | None:
        if not self._may_begin(each, start):
            return None
        lanes = [x for x in self.case.calendar.lanes_for(each.service) if self._is_free(x, each, start, held)]
        people = [x.lane for x in self.case.calendar.people if self._serves(x, each, start, held)]
        if not lanes or (each.is_personal and not people):
            return None
        return [lanes[0], *(people[:1] if each.is_personal else [])]

    def _may_begin(self, each: Wanted, start: datetime) -> bool:
        calendar, now = self.case.calendar, self.case.now
        needed = each.service.prerequisite_id
        ends = calendar.earlier.get((each.pet.id, needed), []) if each.pet and needed else []
        within = each.service.prerequisite_within or timedelta(days=10_000)
        return (
            start - now >= calendar.shop.minimum_notice
            and start >= now
            and (not needed or any(timedelta(0) <= start - end <= within for end in ends))
            and all(
                moment in self.open
                and not any(covers(block, moment) for block in calendar.blocked.get(None, []))
                and not any(covers(own.time, moment) for own in calendar.own if each.pet and own.pet_id == each.pet.id)
                for moment in quarters(start, start + each.duration)
            )
        )

    def _is_free(self, lane: Lane, each: Wanted, start: datetime, held: dict[Lane, list[Interval]]) -> bool:
        calendar, service = self.case.calendar, each.service
        blocks = (
            calendar.blocked.get(lane.resource_id or lane.staff_id, []) if lane.resource_id or lane.staff_id else []
        )
        taken = [*(known.time for known in calendar.taken.get(lane, [])), *blocks, *held.get(lane, [])]
        whole = quarters(start - service.buffer_before, start + each.duration + service.buffer_after)
        return not any(covers(interval, moment) for moment in whole for interval in taken)

    def _serves(self, person: Person, each: Wanted, start: datetime, held: dict[Lane, list[Interval]]) -> bool:
        if (each.service.needs_vet and not person.is_vet) or (
            each.service.names_staff and each.service.id not in person.does
        ):
            return False
        local = [self.case.calendar.shop.local(moment) for moment in quarters(start, start + each.duration)]
        is_there = not person.hours or any(
            all(shift.weekday == at.weekday() and shift.opens <= at.time() < shift.closes for at in local)
            for shift in person.hours
        )
        return is_there and self._is_free(person.lane, each, start, held)


HOURS = st.one_of(
    st.just([32, 48, 52, 72]),
    st.just([32, 52, 52, 76]),
    st.lists(st.integers(4, 92), min_size=2, max_size=4).map(sorted),
    # From midnight on, which some of the days do not have.
    st.lists(st.integers(4, 92), min_size=1, max_size=1).map(lambda closes: [0, *closes]),
)


def pairs(quarters_of_day: Sequence[int]) -> list[tuple[time, time]]:
    at = [time(each // 4, 15 * (each % 4)) for each in quarters_of_day]
    return list(zip(at[::2], at[1::2], strict=False))


@st.composite
def cases(draw: st.DrawFn) -> Case:
    zone, day = draw(st.sampled_from(DAYS))
    weekday = day.weekday()
    openings = [{"weekday": weekday, "opens": f"{a}", "closes": f"{b}"} for a, b in pairs(draw(HOURS))]
    special = draw(st.sampled_from(["none"] * 7 + ["hours", "hours", "closed"]))
    specials = [] if special == "none" else pairs(draw(HOURS)) if special == "hours" else [(None, None)]
    shop = known_shop(
        time_zone=zone,
        slot_grid=draw(st.sampled_from([900, 1800, 3600])),
        minimum_notice=draw(st.sampled_from([0, 7200])),
        parallel_bookings=draw(st.integers(1, 3)),
        openings=openings,
        special_days=[
            {"day": f"{day}", "label": "Feriado", "opens": a and f"{a}", "closes": b and f"{b}"} for a, b in specials
        ],
    )
    begin = datetime.combine(day, time(), shop.zone).astimezone(UTC)

    def interval() -> Interval:
        start = begin + draw(st.integers(-4, 96)) * QUARTER
        return Interval(start, start + draw(st.integers(1, 12)) * QUARTER)

    def some(most: int) -> list[Interval]:
        return [interval() for _ in range(draw(st.integers(0, most)))]

    resources = [
        Lane(n, UUID(int=1 + r)) for r in range(draw(st.integers(1, 2))) for n in range(1, 1 + draw(st.integers(1, 3)))
    ]
    service = make_service(
        duration=draw(st.integers(1, 8)) * QUARTER,
        prices=(Price("large", "any", 9000, draw(st.integers(1, 12)) * QUARTER),),
        buffer_before=draw(st.sampled_from([0, 0, 1, 2])) * QUARTER,
        buffer_after=draw(st.sampled_from([0, 0, 1, 3])) * QUARTER,
        resource_kind=draw(st.sampled_from([None, "tub"])),
        needs_vet=draw(st.sampled_from([False] * 5 + [True])),
        names_staff=draw(st.booleans()),
        prerequisite_id=draw(st.sampled_from([*[None] * 9, NEEDED])),
        prerequisite_within=draw(st.sampled_from([None, timedelta(days=30), 6 * HOUR])),
    )
    people = [
        Person(
            Lane(staff_id=UUID(int=100 + number)),
            draw(st.booleans()),
            frozenset({service.id} if draw(st.sampled_from([True, True, False])) else ()),
            tuple(Opening(weekday, *shift) for shift in pairs(draw(HOURS))) if draw(st.booleans()) else (),
        )
        for number in range(draw(st.integers(0, 4)))
    ]
    of = [make_pet(f"Rex {n}", draw(st.sampled_from(["small", "large"]))) for n in range(draw(st.integers(1, 3)))]
    lanes = [*resources, *(Lane(n) for n in range(1, shop.parallel_bookings + 1)), *(each.lane for each in people)]
    owners: list[UUID | None] = [
        None,
        *(lane.resource_id or lane.staff_id for lane in lanes if lane.resource_id or lane.staff_id),
    ]
    calendar = make_calendar(
        shop,
        resources={"tub": resources},
        people=people,
        blocked={owner: some(1) for owner in owners},
        taken={lane: [Taken(each, BookingId(new_id())) for each in some(3)] for lane in lanes},
        own=[OwnBooking(BookingId(new_id()), pet.id, ServiceId(new_id()), each) for pet in of for each in some(1)],
        earlier={
            (pet.id, NEEDED): [begin + draw(st.integers(-200, 60)) * QUARTER] for pet in of if draw(st.booleans())
        },
    )
    now = begin + draw(st.sampled_from([-400, -400, -400, -8, 40, 60])) * QUARTER
    return Case(calendar, [wanted(service, pet) for pet in of], day, now)


@settings(max_examples=400, deadline=None)
@given(cases())
def test_free_slots_are_those_of_a_plain_account(case: Case) -> None:
    found, reasons = search(case.calendar, case.asked, case.day, case.now)

    assert [slot.starts for slot in found] == Account(case).slots()
    assert bool(found) != bool(reasons)


@settings(max_examples=200, deadline=None)
@given(cases())
def test_what_is_found_is_placed_without_two_on_one_lane(case: Case) -> None:
    for slot in search(case.calendar, case.asked, case.day, case.now)[0]:
        placed = placing.at(case.calendar, case.asked, slot.starts)
        assert placed is not None
        for lane, times in placing.occupied_by(placed).items():
            ordered = sorted(times, key=lambda each: each.starts_at)
            assert not any(one.overlaps(other) for one, other in pairwise(ordered))
            assert all(case.calendar.is_free(lane, each) for each in times)


MONDAY = date(2027, 3, 8)
EIGHT = datetime(2027, 3, 8, 11, tzinfo=UTC)
EARLIER = EIGHT - timedelta(days=3)


def test_who_has_a_choice_makes_way_for_who_has_none() -> None:
    """Of two places one is free for an hour only; the small pet is asked for first, and would take the long one."""
    calendar = make_calendar(
        known_shop(parallel_bookings=2, slot_grid=7200, openings=[{"weekday": 0, "opens": "08:00", "closes": "10:00"}]),
        taken={Lane(2): [Taken(Interval(EIGHT + HOUR, EIGHT + 2 * HOUR), BookingId(new_id()))]},
    )
    bath = make_service(prices=(Price("large", "any", 9000, 2 * HOUR),))
    asked = [wanted(bath, make_pet("Mel")), wanted(bath, make_pet("Thor", "large"))]

    assert search(calendar, asked, MONDAY, EARLIER)[0] == [Slot((EIGHT, EIGHT))]
    placed = placing.at(calendar, asked, [EIGHT, EIGHT])
    assert placed
    assert [each.lane for each in placed] == [Lane(2), Lane(1)]


def test_where_there_is_one_place_several_pets_come_one_after_the_other() -> None:
    calendar = make_calendar(known_shop(parallel_bookings=1))
    bath = make_service(prices=(Price("large", "any", 9000, 2 * HOUR),), buffer_after=QUARTER)
    asked = [wanted(bath, make_pet("Thor", "large")), wanted(bath, make_pet("Mel"))]

    slots, _ = search(calendar, asked, MONDAY, EARLIER)

    assert slots[0] == Slot((EIGHT, EIGHT + 2 * HOUR + 2 * QUARTER))
    assert not slots[0].is_together


def test_an_appointment_may_go_over_the_hour_at_which_two_openings_touch() -> None:
    hours = [
        {"weekday": 0, "opens": "08:00", "closes": "12:00"},
        {"weekday": 0, "opens": "12:00", "closes": "16:00"},
        {"weekday": 0, "opens": "15:00", "closes": "18:00"},
    ]
    whole_day = [wanted(make_service(duration=10 * HOUR), make_pet())]

    assert search(make_calendar(known_shop(openings=hours)), whole_day, MONDAY, EARLIER)[0] == [Slot((EIGHT,))]


def at(hour: float) -> datetime:
    return EIGHT + (hour - 8) * HOUR


VET = Person(Lane(staff_id=UUID(int=7)), True, frozenset())
ELSEWHERE = Person(Lane(staff_id=UUID(int=8)), False, frozenset())
WHOLE_DAY = Interval(at(0), at(24))
FULL_DAY = [Taken(WHOLE_DAY, BookingId(new_id()))]
REX = make_pet(birth_date=date(2027, 1, 1))
CHRISTMAS = {"day": f"{MONDAY}", "label": "Natal", "opens": None, "closes": None}


@dataclass(frozen=True)
class Nothing:
    """What is asked of a calendar that has no time for it, and what is told."""

    kind: Kind
    told: str
    service: Service = field(default_factory=make_service)
    rules: dict[str, Any] = field(default_factory=dict[str, Any])
    holds: dict[str, Any] = field(default_factory=dict[str, Any])
    now: datetime = EARLIER


NEEDS_VET = make_service(needs_vet=True)
VACCINE = make_service(
    "Vacina", prerequisite_id=NEEDED, prerequisite="Consulta", prerequisite_within=timedelta(days=30)
)
NOTHING = {
    "a holiday": Nothing(Kind.CLOSED, "segunda-feira 08/03 (Natal)", rules={"special_days": [CHRISTMAS]}),
    "a blocked day": Nothing(Kind.CLOSED, "The shop is closed", holds={"blocked": {None: [WHOLE_DAY]}}),
    "a full day": Nothing(
        Kind.FULL, "Nothing is free for Banho on segunda-feira", holds={"taken": {Lane(1): FULL_DAY, Lane(2): FULL_DAY}}
    ),
    "its own appointment": Nothing(
        Kind.OWN_BOOKING,
        "Rex has another appointment",
        holds={"own": [OwnBooking(BookingId(new_id()), REX.id, ServiceId(new_id()), WHOLE_DAY)]},
    ),
    "too late in the day": Nothing(Kind.TOO_SOON, "at least 2 hours of notice", now=at(16.5)),
    "after closing": Nothing(Kind.TOO_SOON, "at least 2 hours of notice", now=at(19)),
    "longer than the day": Nothing(Kind.TOO_LONG, "takes longer than", make_service(duration=11 * HOUR)),
    "no vet": Nothing(Kind.NO_VET, "No vet is there on segunda-feira 08/03", NEEDS_VET, holds={"people": [ELSEWHERE]}),
    "a vet who is away": Nothing(
        Kind.NO_VET, "No vet", NEEDS_VET, holds={"people": [VET], "blocked": {VET.lane.staff_id: [WHOLE_DAY]}}
    ),
    "a vet without time": Nothing(
        Kind.FULL, "Nothing is free", NEEDS_VET, holds={"people": [VET], "taken": {VET.lane: FULL_DAY}}
    ),
    "nobody who does it": Nothing(
        Kind.NOBODY, "Nobody who does Banho", make_service(names_staff=True), holds={"people": [VET]}
    ),
    "something else first": Nothing(Kind.PREREQUISITE, "Vacina needs Consulta first, at most 30 days before.", VACCINE),
    "too young": Nothing(
        Kind.AGE, "Rex is too young for Banho, which is from 6 months on", make_service(youngest_months=6)
    ),
    "too old": Nothing(Kind.AGE, "Rex is too old for Banho, which is up to 1 months", make_service(oldest_months=1)),
    "another time of the year": Nothing(
        Kind.NOT_OFFERED, "it is offered from 01/12/2027", make_service(active_from=date(2027, 12, 1))
    ),
}


@pytest.mark.parametrize("why", NOTHING)
def test_where_there_is_nothing_the_reason_is_told_once(why: str) -> None:
    case = NOTHING[why]
    calendar = make_calendar(known_shop(**case.rules), **case.holds)

    found, reasons = search(calendar, [wanted(case.service, REX)], MONDAY, case.now)

    assert found == []
    assert [reason.kind for reason in reasons] == [case.kind]
    assert case.told in reasons[0].told


def test_several_that_do_not_fit_in_a_day_find_it_full() -> None:
    asked = [wanted(make_service(duration=8 * HOUR), make_pet(name)) for name in ("Rex", "Mel")]

    found, reasons = search(make_calendar(known_shop(parallel_bookings=1)), asked, MONDAY, EARLIER)

    assert (found, [reason.kind for reason in reasons]) == ([], [Kind.FULL])


@pytest.mark.parametrize(("days", "is_enough"), [(30, True), (31, False)])
def test_what_is_needed_first_counts_for_as_long_as_the_shop_says(days: int, is_enough: bool) -> None:
    service = make_service(prerequisite_id=NEEDED, prerequisite="Consulta", prerequisite_within=timedelta(days=30))
    shop = known_shop(openings=[{"weekday": 0, "opens": "08:00", "closes": "09:00"}])
    calendar = make_calendar(shop, earlier={(REX.id, NEEDED): [EIGHT - timedelta(days=days)]})

    assert bool(search(calendar, [wanted(service, REX)], MONDAY, EARLIER)[0]) is is_enough


def test_what_is_left_of_hours_is_in_order_and_without_the_holes() -> None:
    whole = [Interval(at(13), at(18)), Interval(at(8), at(12))]

    left = less(whole, [Interval(at(9), at(10)), Interval(at(11), at(14)), Interval(at(18), at(19))])

    assert left == [Interval(at(8), at(9)), Interval(at(10), at(11)), Interval(at(14), at(18))]
