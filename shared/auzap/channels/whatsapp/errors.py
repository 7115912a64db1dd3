"""What the Cloud API's errors mean: what becomes of the message, whose fault it is, and in what words staff read it."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal


class Fate(StrEnum):
    """What becomes of a message that was refused, and what else follows."""

    RETRY = "retry"
    # The same, for one customer: everybody else's messages go on.
    RETRY_PAIR = "retry_pair"
    # Nothing of this number will pass until a person puts its account in order: the outbox is kept.
    PAUSE_ACCOUNT = "pause_account"
    WINDOW_CLOSED = "window_closed"
    PAUSE_CAMPAIGNS = "pause_campaigns"
    SUPPRESS_MARKETING = "suppress_marketing"
    # Only a telephone number will do, and the message went to an id.
    NEEDS_PHONE = "needs_phone"
    FAILED = "failed"


type Backoff = Literal["none", "doubling", "pair", "long"]
type Fault = Literal["message", "customer", "number", "token", "template", "service"]


@dataclass(frozen=True, slots=True)
class Meaning:
    fate: Fate
    # The key of the words in which staff read it.
    reason: str
    fault: Fault
    backoff: Backoff = "none"
    # A number that is restricted sends no campaigns for a while, even when it may speak again.
    pauses_campaigns: bool = False


def _retried(reason: str, fault: Fault = "service", backoff: Backoff = "doubling") -> Meaning:
    return Meaning(Fate.RETRY, reason, fault, backoff)


def _paused(reason: str, fault: Fault = "number", *, pauses_campaigns: bool = False) -> Meaning:
    return Meaning(Fate.PAUSE_ACCOUNT, reason, fault, pauses_campaigns=pauses_campaigns)


def _failed(reason: str, fault: Fault = "message") -> Meaning:
    return Meaning(Fate.FAILED, reason, fault)


# Our own code for a connection that failed before anything was sent; Graph's 0, which has a status, is a token unknown to it.
NO_CONNECTION = 0
NO_ANSWER = _retried("no_answer")
BAD_TOKEN = _paused("token_invalid", "token")
WINDOW_CLOSED = 131047

MEANINGS: dict[int, Meaning] = {
    # Passes by itself.
    1: _retried("service_down"),
    2: _retried("service_down"),
    4: _retried("too_many_calls", "number"),
    80007: _retried("too_many_calls", "number"),
    130429: _retried("too_many_calls", "number"),
    131000: _retried("service_down"),
    131016: _retried("service_down"),
    131052: _retried("media_not_downloaded"),
    131056: Meaning(Fate.RETRY_PAIR, "too_many_to_customer", "customer", "pair"),
    131057: _retried("number_in_maintenance", "number"),
    133016: _retried("number_registering", "number", "long"),
    # Passes when a person has put the account in order.
    190: BAD_TOKEN,
    3: _paused("permission_missing", "token"),
    10: _paused("permission_missing", "token"),
    **dict.fromkeys(range(200, 300), _paused("permission_missing", "token")),
    131005: _paused("permission_missing", "token"),
    368: _paused("account_restricted", pauses_campaigns=True),
    131031: _paused("account_restricted", pauses_campaigns=True),
    131064: _paused("account_restricted", pauses_campaigns=True),
    131037: _paused("display_name_missing"),
    131042: _paused("payment_missing"),
    131045: _paused("number_not_registered"),
    133010: _paused("number_not_registered"),
    # Never passes as it is.
    WINDOW_CLOSED: Meaning(Fate.WINDOW_CLOSED, "window_closed", "customer"),
    131026: _failed("undeliverable", "customer"),
    131051: _failed("type_unsupported"),
    131053: _failed("media_refused"),
    131008: _failed("parameters_wrong"),
    131009: _failed("parameters_wrong"),
    100: _failed("parameters_wrong"),
    131021: _failed("sent_to_itself"),
    130472: _failed("customer_in_experiment", "customer"),
    130497: _failed("country_restricted", "customer"),
    131062: Meaning(Fate.NEEDS_PHONE, "phone_needed", "customer"),
    131063: _failed("marketing_turned_off", "number"),
    137000: _failed("identity_changed", "customer"),
    # Too much advertising.
    131048: Meaning(Fate.PAUSE_CAMPAIGNS, "spam_limit", "number", pauses_campaigns=True),
    131049: Meaning(Fate.PAUSE_CAMPAIGNS, "too_much_marketing", "customer", pauses_campaigns=True),
    131050: Meaning(Fate.SUPPRESS_MARKETING, "opted_out", "customer"),
    # A template that is not what was sent.
    132000: _failed("template_parameters", "template"),
    132001: _failed("template_missing", "template"),
    132005: _failed("template_too_long", "template"),
    132007: _failed("template_against_policy", "template"),
    132008: _failed("template_parameters", "template"),
    132012: _failed("template_parameters", "template"),
    132015: _failed("template_paused", "template"),
    132016: _failed("template_disabled", "template"),
    132068: _failed("template_flow", "template"),
    132069: _failed("template_flow", "template"),
}

LONGEST_WAIT = 600


def meaning(code: int, status: int = 0) -> Meaning:
    """Of an error in an answer, with its HTTP status, or in a later webhook, which has none."""
    if code == NO_CONNECTION:
        return BAD_TOKEN if 400 <= status < 500 else NO_ANSWER
    if code in MEANINGS:
        return MEANINGS[code]
    return _retried("service_down") if status >= 500 or status == 429 else _failed("unknown_error")


def retry_seconds(backoff: Backoff, attempts: int) -> int:
    """Doubling for what ails the service, and Meta's own 4^x where one customer got too many messages."""
    match backoff:
        case "pair":
            return min(LONGEST_WAIT, 4**attempts)
        case "long":
            return LONGEST_WAIT
        case _:
            return min(LONGEST_WAIT, 2**attempts)
