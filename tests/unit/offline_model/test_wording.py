"""The catalogue: every entry can be said, and is recognised when it is read again."""

import re

import pytest

from auzap.agent import gate
from local.street.offline_model.acts import Act
from local.street.offline_model.wording import CATALOGUE, UNKNOWABLE, acts_in, phrase, say

ENTRIES = [(act, place) for act, variants in CATALOGUE.items() for place in range(len(variants))]
FACT = "Thor, Banho, sábado 28/11 10:00"
# What was done where these are said.
DONE = {
    Act.BOOKED: "booked",
    Act.RESCHEDULED: "rescheduled",
    Act.CANCELLED: "cancelled",
    Act.ATTENDANCE_CONFIRMED: "confirmed",
    Act.WAITLISTED: "waitlisted",
    Act.LEFT_WAITLIST: "unlisted",
    Act.REPEATED: "repeated",
    Act.SERIES_ENDED: "unrepeated",
    Act.RESERVED: "reserved",
    Act.EXTRA_ADDED: "added",
    Act.PLANNED: "planned",
    Act.PET_REGISTERED: "registered",
    Act.PET_UPDATED: "updated",
    Act.VACCINE_NOTED: "updated",
    Act.STAY_FACTS_KEPT: "updated",
    Act.NEWS_OFF: "updated",
    Act.NEWS_ON: "updated",
    Act.NAME_SAVED: "remembered",
    Act.REMEMBERED: "remembered",
}
LISTED = {
    Act.MY_BOOKINGS: "b1 | Thor | Banho | sábado 28/11 10:00 | confirmed",
    Act.MY_STAYS: "y1 | Thor: hotel (Quarto), sábado 28/11 | approved",
}


def facts_of(act: Act) -> dict[str, str]:
    return {name: FACT for variant in CATALOGUE[act] for name in re.findall(r"\{(\w+)\}", variant)}


def test_every_act_has_its_words() -> None:
    assert set(CATALOGUE) == set(Act)


@pytest.mark.parametrize(("act", "variant"), ENTRIES)
def test_what_was_said_is_recognised_as_that_alone(act: Act, variant: int) -> None:
    recognised = acts_in(phrase(act, variant, **facts_of(act)))

    assert recognised == ([] if act in UNKNOWABLE else [act])


def test_the_parts_of_a_reply_are_recognised_in_their_order() -> None:
    reply = say(Act.PRICE, services="• Banho: R$ 70,00") + say(Act.OFFER_BOOKING)

    assert acts_in(reply.text(1)) == [Act.PRICE, Act.OFFER_BOOKING]


def test_words_of_others_are_not_recognised() -> None:
    assert acts_in("Oi, aqui é a Carla. O Thor já está cheiroso!") == []


@pytest.mark.parametrize(("act", "variant"), ENTRIES)
def test_the_words_are_short_and_pass_the_gate_of_the_product(act: Act, variant: int) -> None:
    text = phrase(act, variant, **facts_of(act))
    done = [DONE[act]] if act in DONE else []
    shown = [FACT, *([LISTED[act]] if act in LISTED else [])]

    assert len(text) < 300
    assert gate.problems(text, gate.Facts(said=shown, shown=shown, acts_done=done)) == []
