"""Tools for daycare and hotel."""

from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from auzap.agent import pending
from auzap.agent.desk import Desk
from auzap.agent.tools.naming import Handle, PetName, own_pet
from auzap.customers import pets
from auzap.errors import Refusal
from auzap.ids import PetId, RoomTypeId, ServiceId, StayId
from auzap.money import brl
from auzap.stays import admission, places, queries, rooms, staying, upsells, words
from auzap.stays.places import DAY, Offer
from auzap.stays.queries import Degree, Stay
from auzap.stays.rooms import Kind, Room
from auzap.texts import text

Requests = Annotated[str, StringConstraints(max_length=500)]
Reason = Annotated[str, StringConstraints(max_length=200)]
Level = Literal["low", "medium", "high", "unknown"]
Places = Annotated[list[Handle], Field(min_length=1, max_length=7)]

ASK_FOR_THE_CARD = (
    "Say that the team must check this before the stay is approved, and ask for a photo of the vaccination card here: "
    "a person looks at it. What the customer says of vaccines proves nothing."
)
BY_TUTOR = {"pt-BR": "a pedido do tutor", "en": "as the tutor wishes"}


def list_rooms(desk: Desk, kind: Kind) -> str:
    """List the rooms of the hotel or of daycare, with prices and hours. Call it when the customer asks what there is.

    Args:
        kind: hotel where the pet sleeps there, daycare where it goes home each day.
    """
    lines = [_room_line(desk, room) for room in rooms.rooms(desk.tx, kind)]
    return "\n".join(lines) or f"The shop has no {kind}. Say so kindly."


def find_stay(desk: Desk, kind: Kind, pet: PetName, from_day: date, until_day: date) -> str:
    """Find places in the hotel or in daycare for one pet, with the price. Call it before proposing a stay.

    Args:
        kind: hotel where the pet sleeps there, daycare where it goes home each day.
        pet: The pet's name.
        from_day: The first day, as YYYY-MM-DD.
        until_day: hotel: the day on which the pet goes home. daycare: the day after its last day there.
    """
    known = own_pet(desk, pet)
    # A day of daycare begins and ends on the same date, as people say it.
    until = from_day + DAY if kind == "daycare" and until_day == from_day else until_day
    if queries.is_pet_away(desk.tx, known.id, from_day, until):
        raise staying.PetStaysAlready(known.name)
    found = places.offers(desk.tx, desk.shop, kind, known, from_day, until, now=desk.now)
    if found:
        return _offers(desk, known, found)
    when = words.period(desk.shop, kind, from_day, until)
    later = places.next_offers(desk.tx, desk.shop, kind, known, from_day, until, now=desk.now)
    if not later:
        return f"There is no place {when}, and none of that length within {places.SEARCHED_DAYS} days after it. Say so."
    return f"There is no place {when}. The nearest free period of the same length:\n{_offers(desk, known, later)}"


def propose_stay(desk: Desk, stay_offers: Places, requests: Requests) -> str:
    """Prepare a stay, or several at once, and ask for a yes. They are reserved only after the customer's yes.

    Args:
        stay_offers: The handle of the place, as find_stay gave it in this turn; of single days of daycare each one's.
        requests: What the customer wishes for the stay, in their words; empty if nothing.
    """
    offers = [desk.taken(each, "t", source="find_stay") for each in dict.fromkeys(stay_offers)]
    summary = _in_all(desk, [each["summary"] for each in offers], sum(each["total_cents"] for each in offers))
    pending.propose(desk, kind="reserve_stay", arguments={"stays": offers, "requests": requests}, summary=summary)
    return f"Ask: {summary}. Confirm?"


def list_stays(desk: Desk) -> str:
    """List the customer's coming and running stays, with what is missing for approval. Call it before speaking of one."""
    found = queries.of_contact(desk.tx, desk.contact_id)
    return "\n".join(_stay_line(desk, stay) for stay in found) or "This customer has no coming or running stays."


def propose_stay_cancellation(desk: Desk, stay: Handle, reason: Reason) -> str:
    """Prepare the cancellation of a stay and ask for a yes. It is cancelled only after the customer's yes.

    Args:
        stay: The handle of the stay, as list_stays gave it in this turn.
        reason: Why, in the customer's words; empty if not told.
    """
    known = _own_stay(desk, stay)
    staying.expect(known, "awaiting_assessment", "approved")
    if not staying.may_cancel(desk.tx, desk.shop, known, now=desk.now):
        raise staying.TooLateToCancel
    summary = text("stay_cancellation", desk.shop.locale).format(
        pet=known.pet_name, stay=words.described(desk.shop, known)
    )
    arguments = {"stay_id": str(known.id), "reason": reason.strip() or BY_TUTOR[desk.shop.locale]}
    pending.propose(desk, kind="cancel_stay", arguments=arguments, summary=summary)
    return f"Ask: {summary}. Confirm?"


def suggest_extras(desk: Desk, stay: Handle) -> str:
    """What else the shop offers for a stay, with prices. Offer one or two of them, once, and only after the stay is reserved.

    Args:
        stay: The handle of the stay, as list_stays gave it in this turn.
    """
    known = _own_stay(desk, stay)
    lines = [
        f"{desk.progress.give('e', _extra(known, each))} | {each.name} | {brl(each.price_cents)} | {each.priority} | {each.why}"
        for each in upsells.suggest(desk.tx, known)
    ]
    return "\n".join(lines) or "The shop offers nothing more for this stay. Offer nothing."


def propose_extra(desk: Desk, stay: Handle, extra: Handle) -> str:
    """Prepare an extra for a stay and ask for a yes. It is added only after the customer's yes.

    Args:
        stay: The handle of the stay, as list_stays gave it in this turn.
        extra: The handle of the extra, as suggest_extras gave it for this stay in this turn.
    """
    known, wanted = _own_stay(desk, stay), desk.taken(extra, "e", source="suggest_extras")
    if wanted["stay_id"] != str(known.id):
        raise Refusal("That extra was suggested for another stay. Call suggest_extras for this one.")
    offered = text("stay_extra", desk.shop.locale).format(extra=wanted["name"], pet=known.pet_name)
    summary = f"{offered}, {brl(wanted['price_cents'])}"
    pending.propose(desk, kind="add_extra", arguments=wanted, summary=summary)
    return f"Ask: {summary}. Confirm?"


def tell_stay_facts(
    desk: Desk, stay: Handle, socialisation: Level, anxiety: Level, energy: Level, restrictions: Requests
) -> str:
    """Write down for the team how the pet behaves and what it must not eat, as the customer tells it. It approves nothing.

    Args:
        stay: The handle of the stay, as list_stays gave it in this turn.
        socialisation: How well it is with other animals; unknown if not told.
        anxiety: How anxious it is away from home; unknown if not told.
        energy: How much energy it has; unknown if not told.
        restrictions: What it must not eat or do, in the customer's words; empty if nothing.
    """
    known = staying.of_tutor(desk.tx, _own_stay(desk, stay).id, desk.contact_id)
    kept = staying.tell_behaviour(
        desk.tx,
        known.id,
        socialisation=_degree(socialisation),
        anxiety=_degree(anxiety),
        energy=_degree(energy),
        restrictions=restrictions.strip(),
    )
    desk.progress.acts_done.append("updated")
    lacking = _lacking(desk, kept)
    return f"Noted for the team about {kept.pet_name}." + (
        f" Still missing: {lacking}. {ASK_FOR_THE_CARD}" if lacking else ""
    )


def reserve_stay(desk: Desk, arguments: dict[str, Any]) -> str:
    """Run reservations that the customer said yes to: all of them or none."""
    stays = [_reserve(desk, each, arguments["requests"]) for each in arguments["stays"]]
    waiting = [stay for stay in stays if stay.state != "approved"]
    desk.progress.acts_done += ["reserved"] if waiting else ["reserved", "approved"]
    total = sum(stay.total_cents for stay in stays)
    told = f"Reserved: {_in_all(desk, [_summary(desk, stay) for stay in stays], total)}."
    if not waiting:
        return f"{told} It is approved: the vaccines are proved."
    return f"{told} It is not approved yet: {_waits(desk, waiting[0])}. {ASK_FOR_THE_CARD}"


def cancel_stay(desk: Desk, arguments: dict[str, Any]) -> str:
    """Run a cancellation that the customer said yes to."""
    stay = staying.cancel_as_tutor(
        desk.tx,
        desk.shop,
        StayId(UUID(arguments["stay_id"])),
        contact_id=desk.contact_id,
        reason=arguments["reason"],
        now=desk.now,
    )
    desk.progress.acts_done.append("cancelled")
    return f"Cancelled: {stay.pet_name}, {words.described(desk.shop, stay)}."


def add_extra(desk: Desk, arguments: dict[str, Any]) -> str:
    """Add an extra that the customer said yes to."""
    stay = staying.of_tutor(desk.tx, StayId(UUID(arguments["stay_id"])), desk.contact_id)
    extra = upsells.add(desk.tx, stay.id, ServiceId(UUID(arguments["service_id"])))
    if extra.price_cents != arguments["price_cents"]:
        raise pending.PriceChanged("suggest_extras")
    desk.progress.acts_done.append("added")
    added = text("stay_extra", desk.shop.locale).format(extra=extra.name, pet=stay.pet_name)
    return f"Added: {added}, {brl(extra.price_cents)}."


ACTS: dict[str, pending.Act] = {"reserve_stay": reserve_stay, "cancel_stay": cancel_stay, "add_extra": add_extra}


def _reserve(desk: Desk, arguments: dict[str, Any], requests: str) -> Stay:
    room = rooms.room_with(desk.tx, RoomTypeId(UUID(arguments["room_type_id"])))
    pet_id = PetId(UUID(arguments["pet_id"]))
    pet = next((known for known in pets.pets_of(desk.tx, desk.contact_id) if known.id == pet_id), None)
    if room is None or pet is None:
        raise Refusal("The pet or the room is no longer there. Call list_pets and list_rooms.")
    from_day, until_day = date.fromisoformat(arguments["from_day"]), date.fromisoformat(arguments["until_day"])
    if places.priced(room, pet.name, pet.size, from_day, until_day).total_cents != arguments["total_cents"]:
        raise pending.PriceChanged("find_stay")
    return staying.reserve(
        desk.tx,
        desk.shop,
        contact_id=desk.contact_id,
        pet=pet,
        room=room,
        from_day=from_day,
        until_day=until_day,
        now=desk.now,
        source="agent",
        requests=requests,
    )


def _in_all(desk: Desk, summaries: list[str], total_cents: int) -> str:
    """Each, and of several the total, so that nobody need add it up."""
    if len(summaries) == 1:
        return summaries[0]
    return "; ".join([*summaries, text("booking_total", desk.shop.locale).format(price=brl(total_cents))])


def _room_line(desk: Desk, room: Room) -> str:
    parts = [
        desk.progress.give("m", {"room_type_id": str(room.id)}),
        words.place(desk.shop, room.kind, room.name),
        ", ".join(room.species),
        _rates(room),
        f"{room.opens:%H:%M}-{room.closes:%H:%M}",
        *([room.description] if room.description else []),
        *([", ".join(room.features)] if room.features else []),
        *([f"asks for proof of: {', '.join(room.vaccines)}, deworming"] if room.vaccines else []),
    ]
    return " | ".join(parts)


def _rates(room: Room) -> str:
    sizes = ", ".join(f"{size} {brl(daily)}" for size, (daily, _) in room.rates.items() if daily is not None)
    daily = f"{brl(room.daily_cents)} a day" + (f" ({sizes})" if sizes else "")
    if room.long_from_days is None:
        return daily
    long_sizes = ", ".join(f"{size} {brl(long)}" for size, (_, long) in room.rates.items() if long is not None)
    long_daily = brl(room.long_daily_cents or room.daily_cents) + (f" ({long_sizes})" if long_sizes else "")
    return f"{daily}, from {room.long_from_days} days on {long_daily} a day"


def _offers(desk: Desk, pet: pets.Pet, found: list[Offer]) -> str:
    lines = [_offer_line(desk, pet, offer) for offer in found]
    # Most rooms ask for the same.
    proofs = {tuple(offer.room.vaccines): offer for offer in found}
    lacks = {asked: _offer_lacks(desk, pet, offer) for asked, offer in proofs.items()}
    lacking = [f"{offer.room.name}: {told}" for offer in found if (told := lacks[tuple(offer.room.vaccines)])]
    if not lacking:
        return "\n".join([*lines, "Vaccines and deworming are proved: a stay here is approved at once."])
    return "\n".join([*lines, f"Still missing for approval: {' / '.join(lacking)}. {ASK_FOR_THE_CARD}"])


def _offer_line(desk: Desk, pet: pets.Pet, offer: Offer) -> str:
    room, price = offer.room, offer.price
    what = ", ".join(
        (
            words.place(desk.shop, room.kind, room.name),
            words.period(desk.shop, room.kind, offer.from_day, offer.until_day),
            words.price(desk.shop, price.days, price.daily_cents, price.total_cents),
        )
    )
    handle = desk.progress.give(
        "t",
        {
            "pet_id": str(pet.id),
            "room_type_id": str(room.id),
            "from_day": offer.from_day.isoformat(),
            "until_day": offer.until_day.isoformat(),
            "total_cents": price.total_cents,
            "summary": f"{pet.name}: {what}",
        },
    )
    return f"{handle} | {what}"


def _offer_lacks(desk: Desk, pet: pets.Pet, offer: Offer) -> str | None:
    last = staying.last_day(offer.room.kind, offer.until_day)
    known = admission.proof(desk.tx, pet.id, offer.room.vaccines, first_day=offer.from_day, last_day=last)
    return words.lacking(known.vaccines, known.deworming, desk.shop.locale)


def _stay_line(desk: Desk, stay: Stay) -> str:
    extras = [f"extras {brl(stay.extras_cents)}, in all {brl(stay.total_cents + stay.extras_cents)}"] * bool(
        stay.extras_cents
    )
    waits = [_waits(desk, stay)] if stay.state == "awaiting_assessment" else []
    handle = desk.progress.give("y", {"stay_id": str(stay.id)})
    return " | ".join([handle, _summary(desk, stay), *extras, *waits, stay.state.replace("_", " ")])


def _summary(desk: Desk, stay: Stay) -> str:
    price = words.price(desk.shop, stay.days, stay.daily_cents, stay.total_cents)
    return f"{stay.pet_name}: {words.described(desk.shop, stay)}, {price}"


def _waits(desk: Desk, stay: Stay) -> str:
    lacking = _lacking(desk, stay)
    return text("stay_awaits", desk.shop.locale) + (f": {lacking}" if lacking else "")


def _lacking(desk: Desk, stay: Stay) -> str | None:
    return words.lacking(stay.vaccines_ok, stay.deworming_ok, desk.shop.locale)


def _own_stay(desk: Desk, handle: str) -> Stay:
    stay_id = StayId(UUID(desk.taken(handle, "y", source="list_stays")["stay_id"]))
    known = queries.find(desk.tx, stay_id)
    if known is None or known.contact_id != desk.contact_id:
        raise staying.UnknownStay
    return known


def _extra(stay: Stay, each: upsells.Suggestion) -> dict[str, Any]:
    return {
        "stay_id": str(stay.id),
        "service_id": str(each.service_id),
        "name": each.name,
        "price_cents": each.price_cents,
    }


def _degree(told: Level) -> Degree | None:
    return None if told == "unknown" else told
