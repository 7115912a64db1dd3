"""Tools for what a customer tells of themselves."""

from typing import Annotated

from pydantic import StringConstraints

from auzap.agent import guard
from auzap.agent.desk import Desk
from auzap.agent.tools.naming import own_pet
from auzap.customers import consents, memory, profiles
from auzap.customers.wording import is_kept, speaks_for_the_shop
from auzap.errors import Refusal
from auzap.text import folded

PersonName = Annotated[str, StringConstraints(min_length=2, max_length=80)]
Value = Annotated[str, StringConstraints(min_length=1, max_length=160)]
MaybePet = Annotated[str, StringConstraints(max_length=60)]

# What somebody writes who gives no name.
# fmt: off
NO_NAMES = frozenset(
    {"nao", "sim", "eu", "cliente", "tutor", "tutora", "nome", "name", "customer", "ninguem", "anonimo", "oi",
     "ola", "bom dia", "nao sei"}
)
# fmt: on


def save_name(desk: Desk, name: PersonName) -> str:
    """Keep how the customer says that they are called. Only their own name, and only if they said it.

    Args:
        name: The customer's name as they write it.
    """
    wanted = " ".join(name.split())
    if not is_kept(wanted, 80) or speaks_for_the_shop(wanted) or folded(wanted) in NO_NAMES or guard.look(wanted).flags:
        raise Refusal("That is no person's name: letters only. Ask how the customer is called.")
    profiles.introduce(desk.tx, desk.contact_id, wanted)
    desk.progress.acts_done.append("remembered")
    return f"Saved: the customer is called {wanted}."


def remember(desk: Desk, key: memory.Key, value: Value, pet: MaybePet) -> str:
    """Remember a lasting preference or fact that the customer told, for later conversations. Never health: that is the pet's.

    Args:
        key: What kind of fact it is.
        value: The fact in few plain words without figures; a period, a weekday or a style in one word.
        pet: The name of the pet that it is about; empty if it is about the customer.
    """
    if guard.look(value).flags:
        raise Refusal("That is no preference of a customer's. Go on without remembering it.")
    known = own_pet(desk, pet) if pet else None
    kept = memory.remember(
        desk.tx,
        desk.contact_id,
        key=key,
        value=value,
        source="said",
        pet_id=known.id if known else None,
        now=desk.now,
    )
    desk.progress.acts_done.append("remembered")
    return f"Remembered: {key} | {kept.value}" + (f" | {known.name}." if known else ".")


def forget(desk: Desk, key: memory.Key, pet: MaybePet) -> str:
    """Forget what was remembered, where the customer says that it is wrong or wants it gone.

    Args:
        key: What kind of fact it is.
        pet: The name of the pet that it is about; empty if it is about the customer.
    """
    known = own_pet(desk, pet) if pet else None
    if not memory.forget(desk.tx, desk.contact_id, key=key, pet_id=known.id if known else None, now=desk.now):
        return f"Nothing was remembered as {key}."
    return f"Forgotten: {key}."


def set_marketing_consent(desk: Desk, is_given: bool) -> str:
    """Keep whether the customer wants news and offers of the shop. Only when they say so themselves.

    Args:
        is_given: Whether they want them.
    """
    consents.record(desk.tx, desk.contact_id, purpose="marketing", is_given=is_given, source="said", now=desk.now)
    desk.progress.acts_done.append("updated")
    return (
        "Saved: the customer wants news and offers."
        if is_given
        else "Saved: the customer wants no news and no offers. Answers to what they ask still come."
    )
