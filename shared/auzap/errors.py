"""What can be refused, and what can go wrong."""


class Refusal(Exception):
    """A rule said no. The message is safe to show, and says what to do instead."""


class OrganizationUnavailable(Exception):
    """The organization is unknown, suspended or closing: nothing is done for it."""


class StaleTurn(Exception):
    """Another worker, a person or time has taken the conversation from this turn."""


class ModelUnavailable(Exception):
    """No language model answered within the turn's time."""


class RequestRefused(ModelUnavailable):
    """The models answer, and do not take this request: to ask again would change nothing."""


class CapReached(Exception):
    """The turn, the customer or the shop has used up what may be spent on the model."""


class Retry(Exception):
    """Cannot be done yet; the queue should offer it again."""
