"""Tools for what a customer tells of a pet's health."""

from datetime import date
from typing import Annotated, Literal

from pydantic import StringConstraints

from auzap.agent.desk import Desk
from auzap.agent.tools.naming import PetName, own_pet
from auzap.agent.tools.pets import spoken_day
from auzap.customers import health
from auzap.escalations import asking
from auzap.escalations.queries import Urgency

VaccineName = Annotated[str, StringConstraints(min_length=2, max_length=60)]
Description = Annotated[str, StringConstraints(min_length=3, max_length=300)]

URGENCIES: dict[health.Severity, Urgency] = {"low": "low", "medium": "normal", "high": "high", "critical": "critical"}


def report_vaccine(desk: Desk, pet: PetName, vaccine: VaccineName, given_on: date) -> str:
    """Write down a vaccine that the customer says the pet has had. It is not verified until the team has seen the proof.

    Args:
        pet: The pet's name.
        vaccine: Which vaccine, as the customer calls it: V10, antirrábica, gripe.
        given_on: The day on which it was given, as YYYY-MM-DD; ask if the customer did not say it.
    """
    known = own_pet(desk, pet)
    event = health.note(
        desk.tx,
        known.id,
        kind="vaccine",
        name=health.vaccine_name(vaccine),
        done_on=given_on,
        today=desk.shop.today(desk.now),
    )
    desk.progress.acts_done.append("updated")
    due = f" Due again {spoken_day(desk, event.due_on)}." if event.due_on else ""
    proof = (
        "the team has seen the proof" if event.is_verified else "not verified: the team must see the vaccination card"
    )
    return f"Noted: {known.name} | {event.name} | {spoken_day(desk, event.done_on)} | {proof}.{due}"


def report_health_alert(
    desk: Desk,
    pet: PetName,
    kind: Literal[
        "vaccine_overdue",
        "deworming_overdue",
        "exam_overdue",
        "medication_urgent",
        "behaviour_critical",
        "urgent_health",
    ],
    severity: health.Severity,
    description: Description,
) -> str:
    """Tell the team that a pet's health or behaviour needs a person: it raises an alert and hands the conversation over.

    Args:
        pet: The pet's name.
        kind: What it is about; urgent_health for signs of illness, pain, poisoning or an accident.
        severity: critical if the pet's life may be in danger.
        description: What the customer saw, in one sentence in the shop's language, for the staff.
    """
    known = own_pet(desk, pet)
    health.raise_alert(
        desk.tx,
        known.id,
        kind=kind,
        severity=severity,
        description=description,
        today=desk.shop.today(desk.now),
        conversation_id=desk.conversation_id,
    )
    told = f"{known.name}: {description}"
    is_emergency = kind == "urgent_health" or severity == "critical"
    place = asking.alert(
        desk.tx,
        desk.conversation_id,
        kind="health_alert",
        detail=told,
        locale=desk.shop.locale,
        pet_id=known.id,
        urgency="critical" if is_emergency else URGENCIES[severity],
    )
    if place is not None:
        desk.progress.wakes.append(str(place))
    desk.progress.handoff_reason = told[:200]
    if is_emergency:
        desk.progress.is_emergency = True
        return (
            f"The team was alerted about {known.name}, and a person takes over. Now answer with urgency critical: "
            "tell the customer to take the pet to a vet at once. No diagnosis, no medicine, no dose."
        )
    return f"The team was alerted about {known.name}, and a person takes over. Now answer: say that the team will see to it."
