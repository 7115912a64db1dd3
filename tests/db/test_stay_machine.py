"""A hotel in everybody's hands: whatever happens in whatever order, each stay stands where the rules say, in its own places."""

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any, LiteralString
from zoneinfo import ZoneInfo

import psycopg
import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from auzap.db.connection import Database, Tx
from auzap.errors import Refusal
from auzap.ids import OrganizationId, StayId
from auzap.organizations.shop import Shop
from auzap.stays import staying
from auzap.stays.places import PeriodOver
from auzap.stays.staying import (
    Assessment,
    Departure,
    NotItsDay,
    NotProved,
    PetStaysAlready,
    StayFull,
    StayMoved,
)
from tests import factories
from tests.db.machines import live_through
from tests.factories_stays import ARRIVAL, DAY, guest, make_room, prove, stay_for

ZONE = ZoneInfo("America/Sao_Paulo")
FIRST = date(2027, 3, 8)
CAPACITY = 2
PETS = ("Rex", "Mel", "Bob")
NAMES = st.sampled_from(PETS)
# Counted from the last one made, of which most is still to come.
WHICH = st.integers(0, 5)
LAST = 0
AHEAD = st.integers(-1, 6)
LENGTH = st.integers(1, 4)
SEEN = st.sampled_from([True, True, False, None])


@dataclass
class World:
    database: Database
    organization_id: OrganizationId
    shop: Shop


@dataclass
class Known:
    """What should be true of a stay."""

    id: StayId
    pet: str
    from_day: date
    until_day: date
    state: str = "awaiting_assessment"
    vaccines: bool | None = None
    deworming: bool | None = None
    by: str | None = None
    path: list[tuple[str | None, str]] = field(default_factory=lambda: [(None, "awaiting_assessment")])

    @property
    def days(self) -> set[date]:
        return {self.from_day + n * DAY for n in range((self.until_day - self.from_day).days)}

    def move(self, to: str) -> None:
        self.path.append((self.state, to))
        self.state = to

    def believe(self, proof: bool | None) -> None:
        """What the record says: all of it approves, and anything less does not."""
        if proof and self.state == "awaiting_assessment":
            self.move("approved")
        elif not proof and self.state == "approved":
            self.move("awaiting_assessment")
        self.vaccines = self.deworming = proof
        self.by = "health_record" if proof else None


class Hotel(RuleBasedStateMachine):
    world: World

    def __init__(self) -> None:
        super().__init__()
        self.today = FIRST
        self.known: list[Known] = []
        self.proved: dict[str, date] = {}
        with self.open() as tx:
            tx.execute("UPDATE room_types SET is_active = false")
            self.room = make_room(tx, capacity=CAPACITY)
            self.pets = {name: guest(tx, name) for name in PETS}

    # What tutors and staff do

    @rule(pet=NAMES, ahead=AHEAD, length=LENGTH)
    def a_stay_is_reserved(self, pet: str, ahead: int, length: int) -> None:
        start = self.today + ahead * DAY
        days = {start + n * DAY for n in range(length)}
        refused = self.refusal(days, pet)

        def reserve(tx: Tx) -> StayId:
            return stay_for(tx, self.world.shop, self.pets[pet], self.room, start, length, now=self.now).id

        stay_id = self.act(reserve, refused)
        if refused is None:
            stay = Known(stay_id, pet, start, start + length * DAY)
            stay.believe(self.proof(pet, stay.until_day))
            self.known.append(stay)

    @rule(pet=NAMES, ahead=st.integers(1, 8))
    def somebody_verifies_the_card(self, pet: str, ahead: int) -> None:
        until = self.today + ahead * DAY
        self.act(lambda tx: prove(tx, self.pets[pet].id, today=self.today, until=until), None)
        self.proved[pet] = until

    @rule(pet=NAMES)
    def the_record_is_looked_at_again(self, pet: str) -> None:
        waiting = [stay for stay in self.known if stay.pet == pet and stay.state == "awaiting_assessment"]
        proved = [stay for stay in waiting if self.proof(pet, stay.until_day)]
        approved = self.act(lambda tx: staying.look_again(tx, self.world.shop, self.pets[pet].id), None)
        assert {each.stay.id for each in approved} == {stay.id for stay in proved}
        for stay in proved:
            stay.believe(True)

    @precondition(lambda self: self.known)
    @rule(which=WHICH, vaccines=SEEN, deworming=SEEN)
    def somebody_assesses(self, which: int, vaccines: bool | None, deworming: bool | None) -> None:
        stay = self.stay(which)
        refused = None if stay.state in {"awaiting_assessment", "approved"} else StayMoved
        self.act(lambda tx: staying.assess(tx, stay.id, Assessment(vaccines, deworming)), refused)
        if refused is None:
            if stay.state == "approved" and not (vaccines and deworming):
                stay.move("awaiting_assessment")
            stay.vaccines, stay.deworming, stay.by = vaccines, deworming, "test"

    @precondition(lambda self: self.known)
    @rule(which=WHICH)
    def somebody_approves(self, which: int) -> None:
        stay = self.stay(which)
        is_seen = stay.by is not None and stay.vaccines and stay.deworming
        refused = StayMoved if stay.state != "awaiting_assessment" else None if is_seen else NotProved
        self.act(lambda tx: staying.approve(tx, self.world.shop, stay.id), refused)
        if refused is None:
            stay.move("approved")

    @precondition(lambda self: self.known)
    @rule(which=WHICH)
    def somebody_cancels(self, which: int) -> None:
        stay = self.stay(which)
        refused = None if stay.state in {"awaiting_assessment", "approved"} else StayMoved
        self.act(lambda tx: staying.cancel(tx, stay.id, reason="desistiu"), refused)
        if refused is None:
            stay.move("cancelled")

    @precondition(lambda self: self.known)
    @rule(which=WHICH, ahead=AHEAD, length=LENGTH)
    def its_days_are_changed(self, which: int, ahead: int, length: int) -> None:
        stay = self.stay(which)
        start = stay.from_day if stay.state == "staying" else self.today + ahead * DAY
        end = start + length * DAY
        days = {start + n * DAY for n in range(length)}
        refused = self.refusal_of_change(stay, days, end)
        self.act(lambda tx: staying.change_days(tx, self.world.shop, stay.id, start, end, now=self.now), refused)
        if refused is not None:
            return
        before, stay.from_day, stay.until_day = (stay.from_day, stay.until_day), start, end
        if before != (start, end):
            stay.path.append((stay.state, stay.state))
        by_person = stay.by == "test"
        if stay.state != "staying" and not (by_person and end <= before[1]):
            stay.believe(self.proof(stay.pet, end))

    @precondition(lambda self: self.known)
    @rule(which=WHICH)
    def a_guest_comes_in(self, which: int) -> None:
        stay = self.stay(which)
        is_its_day = stay.from_day <= self.today < stay.until_day
        refused = StayMoved if stay.state != "approved" else None if is_its_day else NotItsDay
        self.act(lambda tx: staying.check_in(tx, self.world.shop, stay.id, ARRIVAL, now=self.now), refused)
        if refused is None:
            stay.move("staying")

    @rule(pet=NAMES, ahead=st.integers(0, 6), length=LENGTH, other=LENGTH)
    def a_person_approves_and_its_days_are_changed(self, pet: str, ahead: int, length: int, other: int) -> None:
        """To fewer days, as many, or more than the person has approved it for."""
        before = len(self.known)
        self.a_stay_is_reserved(pet, ahead, length)
        if len(self.known) > before:
            self.somebody_assesses(LAST, True, True)
            if self.stay(LAST).state == "awaiting_assessment":
                self.somebody_approves(LAST)
            self.its_days_are_changed(LAST, ahead, other)

    @rule(pet=NAMES, length=LENGTH, spare=st.integers(-1, 1), leaves=st.booleans())
    def a_guest_comes_at_once(self, pet: str, length: int, spare: int, leaves: bool) -> None:
        """With a card that is good to the very day, or a day longer or less."""
        before = len(self.known)
        self.somebody_verifies_the_card(pet, max(1, length + spare))
        self.a_stay_is_reserved(pet, 0, length)
        if len(self.known) > before:
            self.a_guest_comes_in(LAST)
            if leaves:
                self.a_guest_goes_home(LAST)

    @precondition(lambda self: self.known)
    @rule(which=WHICH)
    def a_guest_goes_home(self, which: int) -> None:
        stay = self.stay(which)
        refused = None if stay.state == "staying" else StayMoved
        self.act(lambda tx: staying.check_out(tx, self.world.shop, stay.id, Departure("bem"), now=self.now), refused)
        if refused is None:
            stay.until_day = min(stay.until_day, max(stay.from_day + DAY, self.today))
            stay.move("finished")

    @rule(days=st.integers(1, 2))
    def time_passes(self, days: int) -> None:
        self.today += days * DAY

    # What must be so after each of them

    @invariant()
    def every_stay_stands_where_it_should(self) -> None:
        rows = self.read(
            "SELECT id, state, from_day, until_day, vaccines_ok, deworming_ok, assessed_by FROM stays WHERE room_type_id = %s"
        )
        assert {row[0]: row[1:] for row in rows} == {
            stay.id: (stay.state, stay.from_day, stay.until_day, stay.vaccines, stay.deworming, stay.by)
            for stay in self.known
        }

    @invariant()
    def it_came_there_by_its_own_moves(self) -> None:
        rows = self.read(
            """
            SELECT m.stay_id, m.from_state, m.to_state FROM stay_moves m JOIN stays s ON s.id = m.stay_id
            WHERE s.room_type_id = %s ORDER BY m.id
            """
        )
        for stay in self.known:
            assert [(was, to) for stay_id, was, to in rows if stay_id == stay.id] == stay.path

    @invariant()
    def each_day_of_it_has_one_place_and_no_day_too_many(self) -> None:
        rows = self.read("SELECT stay_id, day, number FROM stay_days WHERE room_type_id = %s")
        held = {(stay.id, day) for stay in self.known if stay.state != "cancelled" for day in stay.days}
        assert {(stay_id, day) for stay_id, day, _ in rows} == held
        assert len({(day, number) for _, day, number in rows}) == len(rows) == len(held)
        assert all(1 <= number <= CAPACITY for *_, number in rows)

    # How

    @property
    def now(self) -> datetime:
        return datetime.combine(self.today, time(10), ZONE)

    def open(self) -> Any:
        return self.world.database.transaction(self.world.organization_id, "test")

    def act(self, work: Callable[[Tx], Any], refused: type[Refusal] | None) -> Any:
        """Each in a transaction of its own, so that what the database checks at its end is checked too."""
        with pytest.raises(refused) if refused else nullcontext(), self.open() as tx:
            return work(tx)

    def read(self, query: LiteralString) -> list[tuple[Any, ...]]:
        with self.open() as tx:
            return tx.execute(query, [self.room.id]).fetchall()

    def stay(self, which: int) -> Known:
        return self.known[-1 - which % len(self.known)]

    def proof(self, pet: str, until: date) -> bool | None:
        return None if pet not in self.proved else self.proved[pet] >= until

    def refusal(self, days: set[date], pet: str, *, own: Known | None = None) -> type[Refusal] | None:
        others = [stay for stay in self.known if stay.state != "cancelled" and stay is not own]
        if min(days) < self.today:
            return PeriodOver
        if any(stay.pet == pet and stay.days & days for stay in others):
            return PetStaysAlready
        return StayFull if any(sum(day in stay.days for stay in others) >= CAPACITY for day in days) else None

    def refusal_of_change(self, stay: Known, days: set[date], end: date) -> type[Refusal] | None:
        if stay.state in {"finished", "cancelled"} or (stay.state == "staying" and end <= self.today):
            return StayMoved
        if stay.state != "staying":
            return self.refusal(days, stay.pet, own=stay)
        others = [other for other in self.known if other.state != "cancelled" and other is not stay]
        if any(other.pet == stay.pet and other.days & days for other in others):
            return PetStaysAlready
        new = days - stay.days
        return StayFull if any(sum(day in other.days for other in others) >= CAPACITY for day in new) else None


def test_a_hotel_in_everybodys_hands(owner: psycopg.Connection, database: Database) -> None:
    organization_id = factories.make_organization(owner)
    with database.transaction(organization_id, "test") as tx:
        shop = factories.make_shop(tx)

    live_through(Hotel, World(database, organization_id, shop))
