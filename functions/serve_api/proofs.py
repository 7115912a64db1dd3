"""What waits for the proof of a vaccine is looked at again when there is one."""

from auzap.ids import PetId
from auzap.organizations.shop import known_shop
from auzap.stays import staying
from functions.serve_api import hints
from functions.serve_api.dependencies import Begun


def look_again(begun: Begun, pet_id: PetId) -> None:
    """A stay that waited for this proof is approved by it, and its tutor hears of that."""
    approved = staying.look_again(begun.tx, known_shop(begun.tx), pet_id)
    hints.something_to_send(begun, (each.conversation_id for each in approved))
