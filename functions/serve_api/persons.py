"""Who of the team asks, where what they ask for has somebody's name on it."""

from auzap.ids import UserId
from functions.serve_api.dependencies import Begun
from functions.serve_api.problems import Problem


def person(begun: Begun) -> UserId:
    """A program cannot hold a conversation."""
    if begun.asker.user_id is None:
        raise Problem(403, "people_only")
    return begun.asker.user_id


def named(begun: Begun) -> str:
    """As the events of a lead name who did it."""
    return f"agent:{begun.asker.user_id}" if begun.asker.user_id else "system"


def who(begun: Begun) -> str:
    asker = begun.asker
    return f"key:{asker.key_id}" if asker.key_id else f"user:{asker.user_id}"
