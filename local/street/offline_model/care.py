"""What comes before any errand: an animal in danger, somebody who is unhappy, a wish for a person."""

from local.street.offline_model import pet_talk
from local.street.offline_model.acts import Act
from local.street.offline_model.desk import Pause
from local.street.offline_model.lexicon import Intent
from local.street.offline_model.pet_lines import Pet
from local.street.offline_model.talk import Talk
from local.street.offline_model.wording import Reply, say

LONGEST_DESCRIPTION = 200


def emergency(talk: Talk) -> Reply:
    """The team hears of it by an alert of the pet's, or, where the pet is not clear, by the hand-over alone."""
    if not talk.desk.has("hand_over"):
        return say(Act.EMERGENCY)
    if talk.desk.has("report_health_alert", "list_pets") and (pet := pet_in_danger(talk)):
        talk.desk.use(
            "report_health_alert",
            pet=pet.name,
            kind="urgent_health",
            severity="critical",
            description=described(talk),
        )
        return say(Act.EMERGENCY) + say(Act.TEAM_TOLD)
    return talk.hand_over("emergency: the customer describes one", say(Act.EMERGENCY) + say(Act.TEAM_TOLD))


def pet_in_danger(talk: Talk) -> Pet | None:
    try:
        return pet_talk.known_pet(talk)
    except Pause as pause:
        if isinstance(pause.step, Reply):
            return None
        raise


def described(talk: Talk) -> str:
    said = next((heard for heard in talk.memory.now if Intent.EMERGENCY in heard.intents), talk.memory.now[-1])
    return " ".join(said.text.split())[:LONGEST_DESCRIPTION]


def unwell(talk: Talk) -> Reply:
    """No diagnosis: a vet looks at it, and an appointment may be made."""
    name = "o seu pet"
    if talk.desk.has("list_pets") and (pet := pet_talk.known_pet(talk)):
        name = pet.name
    return say(Act.HEALTH_CARE, name=name) + say(Act.OFFER_CONSULTATION)


def foreigner(talk: Talk) -> Reply:
    """Who writes English is left to somebody who reads it."""
    return talk.hand_over("the customer writes English", say(Act.ENGLISH))


def complaint(talk: Talk) -> Reply:
    return talk.hand_over("reclamação: o cliente está insatisfeito", say(Act.APOLOGY))


def person(talk: Talk) -> Reply:
    return talk.hand_over("the customer asks for a person", say(Act.HANDED_OVER))
