"""A stay from its reservation to the door: the database refuses what does not fit, and nothing is approved on trust."""

from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Literal

from psycopg.errors import ExclusionViolation

from auzap.customers.pets import Pet
from auzap.db.connection import Tx
from auzap.errors import Refusal
from auzap.ids import ContactId, ConversationId, PetId, StayId
from auzap.notifications.notices import notify, notify_of_act
from auzap.organizations.shop import Shop
from auzap.stays import admission, places, queries, telling, words
from auzap.stays.admission import Proof
from auzap.stays.places import DAY, NoRoomFor, PeriodOver
from auzap.stays.queries import Degree, State, Stay
from auzap.stays.rooms import Kind, Room, room_with
from auzap.texts import text

type Way = Literal["cameras", "reports", "tracking"]

# Who has assessed a stay whose proofs the health record holds.
BY_RECORD = "health_record"
DAYS_CHANGED = "days_changed"
PROOF_LACKING = "proof_lacking"


@dataclass(frozen=True, slots=True)
class Meal:
    at: str
    food: str
    amount: str


@dataclass(frozen=True, slots=True)
class Arrival:
    """What is agreed at the door."""

    room: str
    meals: tuple[Meal, ...]
    emergency_contact: str
    routine: str = ""
    belongings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Departure:
    condition: str
    items_returned: tuple[str, ...] = ()
    notes: str = ""


@dataclass(frozen=True, slots=True)
class Assessment:
    """What somebody of the shop has seen. Vaccines and deworming in order or not; None where they did not look."""

    vaccines_ok: bool | None
    deworming_ok: bool | None
    exams: str = ""
    restrictions: str = ""
    socialisation: Degree | None = None
    anxiety: Degree | None = None
    energy: Degree | None = None


@dataclass(frozen=True, slots=True)
class Approved:
    """A stay that a person or the record has approved, and the conversation in whose outbox the tutor is told so."""

    stay: Stay
    conversation_id: ConversationId | None


class UnknownStay(Refusal):
    def __init__(self) -> None:
        super().__init__("There is no such stay of this customer. Call list_stays.")


class StayFull(Refusal):
    def __init__(self, shop: Shop, day: date) -> None:
        super().__init__(
            f"The last place of {shop.weekday(day)} {day:%d/%m} is taken. Call find_stay and offer other days."
        )
        self.day = day
        self.details = {"day": str(day)}


class PetStaysAlready(Refusal):
    def __init__(self, pet_name: str) -> None:
        super().__init__(f"{pet_name} has a stay on those days already. Call list_stays.")


class StayMoved(Refusal):
    """It is no longer, or not yet, where this could be done with it."""

    def __init__(self, state: State) -> None:
        super().__init__(f"That cannot be done: the stay is {state.replace('_', ' ')}. Look at it again.")
        self.state = state


class NotProved(Refusal):
    def __init__(self, lacking: list[str]) -> None:
        super().__init__(
            f"Not approved: {' and '.join(lacking)} must be proved first. Look at the proof and assess the stay."
        )
        self.lacking = lacking
        self.details = {"lacking": [point.removeprefix("the ") for point in lacking]}


class TooLateToCancel(Refusal):
    def __init__(self) -> None:
        super().__init__(
            "It is too late to cancel this stay here. Call hand_over, so that a person of the shop sees to it."
        )


class NotItsDay(Refusal):
    def __init__(self, stay: Stay) -> None:
        super().__init__(
            f"This stay is from {stay.from_day:%d/%m} to {stay.until_day:%d/%m}. Change its days first, so that it has a place."
        )


class Incomplete(Refusal):
    def __init__(self, what: str) -> None:
        super().__init__(f"Say {what} first.")


def reserve(
    tx: Tx,
    shop: Shop,
    *,
    contact_id: ContactId,
    pet: Pet,
    room: Room,
    from_day: date,
    until_day: date,
    now: datetime,
    source: str,
    requests: str = "",
) -> Stay:
    """A place on each of these days, from now on; approved at once only if the health record proves what it must."""
    places.check_period(shop, room.kind, from_day, until_day, now=now)
    if not places.is_in_time(shop, room, from_day, now):
        raise PeriodOver
    if not room.is_active or pet.species not in room.species:
        raise NoRoomFor(pet.species)
    known = _proof(tx, pet.id, room, from_day, until_day)
    with tx.savepoint():
        stay_id = queries.insert(
            tx,
            contact_id=contact_id,
            pet_id=pet.id,
            room_type_id=room.id,
            from_day=from_day,
            until_day=until_day,
            price=places.priced(room, pet.name, pet.size, from_day, until_day),
            source=source,
            requests=requests,
            vaccines_ok=known.vaccines,
            deworming_ok=known.deworming,
        )
        if stay_id is None:
            raise PetStaysAlready(pet.name)
        _place(tx, shop, stay_id)
        if known.is_whole:
            _approve_by_record(tx, stay_id, known)
            noted = _noted(stay_id, contact_id, from_day, until_day)
            notify_of_act(tx, "stay_made", once=f"stay_made:{stay_id}", detail=noted)
        else:
            notify(tx, "stay_assessment", once=f"stay_assessment:{stay_id}", detail={"stay": str(stay_id)})
    return _found(tx, stay_id)


def look_again(tx: Tx, shop: Shop, pet_id: PetId) -> list[Approved]:
    """Approve the pet's stays that waited for a proof which the health record holds by now. Their tutors hear of it."""
    approved: list[Approved] = []
    for waiting in queries.awaiting(tx, pet_id):
        place = telling.locked_place(tx, waiting.id)
        if _proves(tx, locked(tx, waiting.id)):
            approved.append(_approved(tx, shop, waiting.id, place))
    return approved


def assess(tx: Tx, stay_id: StayId, given: Assessment) -> Stay:
    """By somebody of the shop who has seen the proofs and the pet. An approval that no longer stands is taken back."""
    stay = locked(tx, stay_id)
    expect(stay, "awaiting_assessment", "approved")
    if stay.state == "approved" and not (given.vaccines_ok and given.deworming_ok):
        queries.move(tx, stay_id, "awaiting_assessment", at=("approved",), reason=PROOF_LACKING)
    queries.keep_assessment(tx, stay_id, asdict(given))
    return _found(tx, stay_id)


def approve(tx: Tx, shop: Shop, stay_id: StayId) -> Approved:
    """By somebody of the shop, once somebody has assessed it. The tutor hears of it."""
    place = telling.locked_place(tx, stay_id)
    stay = locked(tx, stay_id)
    expect(stay, "awaiting_assessment")
    seen = (
        {"vaccines": stay.vaccines_ok, "deworming": stay.deworming_ok} if stay.assessed_by else {"the assessment": None}
    )
    if lacking := [point for point, is_ok in seen.items() if not is_ok]:
        raise NotProved(lacking)
    queries.move(tx, stay_id, "approved", at=("awaiting_assessment",))
    return _approved(tx, shop, stay_id, place)


def tell_behaviour(
    tx: Tx,
    stay_id: StayId,
    *,
    socialisation: Degree | None,
    anxiety: Degree | None,
    energy: Degree | None,
    restrictions: str,
) -> Stay:
    """As the tutor tells it: nothing of it proves a vaccine."""
    stay = locked(tx, stay_id)
    expect(stay, "awaiting_assessment", "approved", "staying")
    queries.keep_behaviour(tx, stay_id, socialisation, anxiety, energy, restrictions)
    return _found(tx, stay_id)


def follow(tx: Tx, stay_id: StayId, ways: list[Way]) -> None:
    """How the tutor may follow the stay."""
    stay = locked(tx, stay_id)
    expect(stay, "awaiting_assessment", "approved", "staying")
    queries.keep_monitoring(tx, stay_id, [*dict.fromkeys(ways)])


def cancel(tx: Tx, stay_id: StayId, *, reason: str) -> Stay:
    """Before the pet has come. Its places are free for others at once."""
    if not reason.strip():
        raise Incomplete("why it is cancelled")
    stay = locked(tx, stay_id)
    expect(stay, "awaiting_assessment", "approved")
    queries.move(tx, stay_id, "cancelled", at=("awaiting_assessment", "approved"), reason=reason.strip()[:300])
    noted = _noted(stay_id, stay.contact_id, stay.from_day, stay.until_day)
    notify_of_act(tx, "stay_cancelled", once=f"stay_cancelled:{stay_id}", detail=noted)
    return _found(tx, stay_id)


def cancel_as_tutor(tx: Tx, shop: Shop, stay_id: StayId, *, contact_id: ContactId, reason: str, now: datetime) -> Stay:
    """The tutor's own, as long before it as the shop wants to know it."""
    stay = of_tutor(tx, stay_id, contact_id)
    if not may_cancel(tx, shop, stay, now=now):
        raise TooLateToCancel
    return cancel(tx, stay_id, reason=reason)


def may_cancel(tx: Tx, shop: Shop, stay: Stay, *, now: datetime) -> bool:
    opens = shop.instant(stay.from_day, _room(tx, stay).opens)
    return now < opens - shop.cancellation_notice


def change_days(
    tx: Tx, shop: Shop, stay_id: StayId, from_day: date, until_day: date, *, now: datetime, reason: str | None = None
) -> Stay:
    """In one step: either every new day has a place, or the old ones stay. Who is there already may only leave another day."""
    stay = locked(tx, stay_id)
    expect(stay, "awaiting_assessment", "approved", "staying")
    room = _room(tx, stay)
    if stay.state == "staying":
        if from_day != stay.from_day or until_day <= shop.today(now):
            raise StayMoved(stay.state)
    else:
        places.check_period(shop, room.kind, from_day, until_day, now=now)
    with tx.savepoint():
        price = places.priced(room, stay.pet_name, stay.size, from_day, until_day)
        try:
            queries.change_days(tx, stay_id, from_day, until_day, price, reason)
        except ExclusionViolation as taken:
            raise PetStaysAlready(stay.pet_name) from taken
        _place(tx, shop, stay_id)
        _judge_again(tx, stay, room, from_day, until_day)
    notify_of_act(tx, "stay_moved", detail=_noted(stay_id, stay.contact_id, from_day, until_day))
    return _found(tx, stay_id)


def check_in(tx: Tx, shop: Shop, stay_id: StayId, arrival: Arrival, *, now: datetime) -> Stay:
    stay = locked(tx, stay_id)
    expect(stay, "approved")
    if not stay.from_day <= shop.today(now) < stay.until_day:
        raise NotItsDay(stay)
    given = {
        "its room": arrival.room,
        "what it eats and when": arrival.meals,
        "whom to call": arrival.emergency_contact,
    }
    if lacking := [what for what, value in given.items() if not value]:
        raise Incomplete(" and ".join(lacking))
    agreed = asdict(arrival)
    queries.arrive(tx, stay_id, agreed, agreed.pop("emergency_contact"))
    return _found(tx, stay_id)


def check_out(tx: Tx, shop: Shop, stay_id: StayId, departure: Departure, *, now: datetime) -> Stay:
    """Whoever leaves early leaves the days after it to others."""
    stay = locked(tx, stay_id)
    expect(stay, "staying")
    if not departure.condition:
        raise Incomplete("in what condition it goes home")
    today = shop.today(now)
    queries.leave(tx, stay_id, asdict(departure), today if stay.kind == "hotel" else today + DAY)
    queries.place(tx, stay_id)
    return _found(tx, stay_id)


def of_tutor(tx: Tx, stay_id: StayId, contact_id: ContactId) -> Stay:
    """The stay under its lock, if it is this tutor's."""
    stay = locked(tx, stay_id)
    if stay.contact_id != contact_id:
        raise UnknownStay
    return stay


def locked(tx: Tx, stay_id: StayId) -> Stay:
    if not queries.lock(tx, stay_id):
        raise UnknownStay
    return _found(tx, stay_id)


def expect_known(tx: Tx, stay_id: StayId) -> None:
    _found(tx, stay_id)


def expect(stay: Stay, *states: State) -> None:
    if stay.state not in states:
        raise StayMoved(stay.state)


def last_day(kind: Kind, until_day: date) -> date:
    """Until when its vaccines must hold: a guest of the hotel is there also on the day it goes home."""
    return until_day if kind == "hotel" else until_day - DAY


def _found(tx: Tx, stay_id: StayId) -> Stay:
    found = queries.find(tx, stay_id)
    if found is None:
        raise UnknownStay
    return found


def _noted(stay_id: StayId, contact_id: ContactId, from_day: date, until_day: date) -> dict[str, str]:
    days = {"from_day": from_day.isoformat(), "until_day": until_day.isoformat()}
    return {"stay": str(stay_id), "contact": str(contact_id)} | days


def _room(tx: Tx, stay: Stay) -> Room:
    room = room_with(tx, stay.room_type_id)
    if room is None:
        raise LookupError("a stay in no room of this shop")
    return room


def _approved(tx: Tx, shop: Shop, stay_id: StayId, place: ConversationId | None) -> Approved:
    stay = _found(tx, stay_id)
    if place:
        told = text("stay_approved", shop.locale).format(pet=stay.pet_name, stay=words.described(shop, stay))
        once = f"stay_approved:{stay_id}:{stay.from_day}:{stay.until_day}"
        telling.tell(tx, place, told, kind="staff", once=once)
    return Approved(stay, place)


def _proves(tx: Tx, stay: Stay) -> bool:
    """Whether the record proves by now what a stay has waited for, which is then approved."""
    known = _proof(tx, stay.pet_id, _room(tx, stay), stay.from_day, stay.until_day)
    if stay.state == "awaiting_assessment" and known.is_whole:
        _approve_by_record(tx, stay.id, known)
        return True
    return False


def _place(tx: Tx, shop: Shop, stay_id: StayId) -> None:
    if full := queries.place(tx, stay_id):
        raise StayFull(shop, full)


def _proof(tx: Tx, pet_id: PetId, room: Room, from_day: date, until_day: date) -> Proof:
    return admission.proof(tx, pet_id, room.vaccines, first_day=from_day, last_day=last_day(room.kind, until_day))


def _approve_by_record(tx: Tx, stay_id: StayId, known: Proof) -> None:
    queries.keep_proof(tx, stay_id, known.vaccines, known.deworming, by=BY_RECORD)
    queries.move(tx, stay_id, "approved", at=("awaiting_assessment",))


def _judge_again(tx: Tx, was: Stay, room: Room, from_day: date, until_day: date) -> None:
    """What a person has assessed holds for days that were assessed; what the record proves, for as long as it proves it."""
    if was.state == "staying":
        return
    known = _proof(tx, was.pet_id, room, from_day, until_day)
    by_person = was.assessed_by not in {None, BY_RECORD}
    if by_person and until_day <= was.until_day:
        return
    if known.is_whole:
        _approve_by_record(tx, was.id, known)
        return
    queries.move(tx, was.id, "awaiting_assessment", at=("approved",), reason=DAYS_CHANGED)
    queries.keep_proof(tx, was.id, known.vaccines, known.deworming, by=None)
