"""What the Cloud API's errors mean: every code of its documentation, with its consequence, its cause and words for staff."""

import pytest

from auzap import texts
from auzap.channels.whatsapp.errors import MEANINGS, Backoff, Fate, Fault, meaning, retry_seconds

# Code and HTTP status, what it is, and what is to be done.
TABLE: list[tuple[int, int, str, Fate, Backoff, Fault]] = [
    (0, 0, "no answer before it was sent", Fate.RETRY, "doubling", "service"),
    (1, 500, "unknown error", Fate.RETRY, "doubling", "service"),
    (2, 503, "service temporarily unavailable", Fate.RETRY, "doubling", "service"),
    (4, 400, "application rate limit", Fate.RETRY, "doubling", "number"),
    (80007, 400, "business account rate limit", Fate.RETRY, "doubling", "number"),
    (130429, 400, "throughput reached", Fate.RETRY, "doubling", "number"),
    (131000, 500, "something went wrong", Fate.RETRY, "doubling", "service"),
    (131016, 500, "service overloaded", Fate.RETRY, "doubling", "service"),
    (131052, 400, "media download", Fate.RETRY, "doubling", "service"),
    (131056, 400, "pair rate limit", Fate.RETRY_PAIR, "pair", "customer"),
    (131057, 400, "account in maintenance", Fate.RETRY, "doubling", "number"),
    (133016, 400, "registration throttled", Fate.RETRY, "long", "number"),
    (999_999, 500, "an unknown code with a server error", Fate.RETRY, "doubling", "service"),
    (999_999, 502, "an unknown code with a gateway error", Fate.RETRY, "doubling", "service"),
    (999_999, 429, "an unknown code with too many requests", Fate.RETRY, "doubling", "service"),
    (0, 401, "token not known", Fate.PAUSE_ACCOUNT, "none", "token"),
    (190, 401, "token expired", Fate.PAUSE_ACCOUNT, "none", "token"),
    (190, 500, "token expired, as a server error", Fate.PAUSE_ACCOUNT, "none", "token"),
    (3, 400, "no capability", Fate.PAUSE_ACCOUNT, "none", "token"),
    (10, 403, "no permission", Fate.PAUSE_ACCOUNT, "none", "token"),
    (200, 403, "permission missing, first of its range", Fate.PAUSE_ACCOUNT, "none", "token"),
    (299, 403, "permission missing, last of its range", Fate.PAUSE_ACCOUNT, "none", "token"),
    (131005, 403, "access denied", Fate.PAUSE_ACCOUNT, "none", "token"),
    (368, 403, "blocked for policy", Fate.PAUSE_ACCOUNT, "none", "number"),
    (131031, 403, "account locked", Fate.PAUSE_ACCOUNT, "none", "number"),
    (131064, 403, "account restricted", Fate.PAUSE_ACCOUNT, "none", "number"),
    (131037, 400, "display name not approved", Fate.PAUSE_ACCOUNT, "none", "number"),
    (131042, 400, "payment problem", Fate.PAUSE_ACCOUNT, "none", "number"),
    (131045, 500, "number not registered", Fate.PAUSE_ACCOUNT, "none", "number"),
    (133010, 400, "number not on the platform", Fate.PAUSE_ACCOUNT, "none", "number"),
    (131047, 400, "more than 24 hours since the customer wrote", Fate.WINDOW_CLOSED, "none", "customer"),
    (100, 400, "invalid parameter", Fate.FAILED, "none", "message"),
    (130472, 400, "experiment", Fate.FAILED, "none", "customer"),
    (130497, 403, "country restricted", Fate.FAILED, "none", "customer"),
    (131008, 400, "parameter missing", Fate.FAILED, "none", "message"),
    (131009, 400, "parameter not valid", Fate.FAILED, "none", "message"),
    (131021, 400, "sender is recipient", Fate.FAILED, "none", "message"),
    (131026, 400, "undeliverable", Fate.FAILED, "none", "customer"),
    (131051, 400, "unsupported type", Fate.FAILED, "none", "message"),
    (131053, 400, "media upload", Fate.FAILED, "none", "message"),
    (131062, 400, "no business-scoped id for this", Fate.NEEDS_PHONE, "none", "customer"),
    (131063, 400, "marketing disabled", Fate.FAILED, "none", "number"),
    (137000, 400, "identity key", Fate.FAILED, "none", "customer"),
    (131048, 400, "spam limit", Fate.PAUSE_CAMPAIGNS, "none", "number"),
    (131049, 400, "kept back for the ecosystem", Fate.PAUSE_CAMPAIGNS, "none", "customer"),
    (131050, 400, "customer opted out", Fate.SUPPRESS_MARKETING, "none", "customer"),
    (132000, 400, "template parameters", Fate.FAILED, "none", "template"),
    (132001, 404, "template missing", Fate.FAILED, "none", "template"),
    (132005, 400, "template too long", Fate.FAILED, "none", "template"),
    (132007, 400, "template against the policy", Fate.FAILED, "none", "template"),
    (132008, 400, "template parameter format", Fate.FAILED, "none", "template"),
    (132012, 400, "template parameter format", Fate.FAILED, "none", "template"),
    (132015, 400, "template paused", Fate.FAILED, "none", "template"),
    (132016, 400, "template disabled", Fate.FAILED, "none", "template"),
    (132068, 400, "flow blocked", Fate.FAILED, "none", "template"),
    (132069, 400, "flow throttled", Fate.FAILED, "none", "template"),
    (999_999, 400, "an unknown code", Fate.FAILED, "none", "message"),
    (999_999, 0, "an unknown code told later", Fate.FAILED, "none", "message"),
]


@pytest.mark.parametrize(
    ("code", "status", "fate", "backoff", "fault"),
    [pytest.param(*row[:2], *row[3:], id=f"{row[0]} {row[1]}: {row[2]}") for row in TABLE],
)
def test_what_becomes_of_a_refused_message_is_the_error_tables_to_say(
    code: int, status: int, fate: Fate, backoff: Backoff, fault: Fault
) -> None:
    found = meaning(code, status)

    assert (found.fate, found.backoff, found.fault) == (fate, backoff, fault)


def test_the_table_above_names_every_code() -> None:
    named = {code for code, *_ in TABLE}

    assert {code for code in MEANINGS if not 200 <= code < 300} - named == set()


def test_what_is_told_later_means_what_it_means_at_once() -> None:
    for code in MEANINGS:
        assert meaning(code) == meaning(code, 400)


def test_whoever_restricts_the_number_stops_its_campaigns() -> None:
    assert {code for code, found in MEANINGS.items() if found.pauses_campaigns} == {368, 131031, 131064, 131048, 131049}


@pytest.mark.parametrize("locale", texts.SEND_REASONS)
def test_every_reason_has_words_for_staff_and_every_words_a_reason(locale: str) -> None:
    reasons = {found.reason for found in MEANINGS.values()} | {"no_answer", "unknown_error", "unsettled"}

    assert texts.SEND_REASONS[locale].keys() == reasons


@pytest.mark.parametrize(
    ("backoff", "attempts", "seconds"),
    [
        ("pair", 1, 4),
        ("pair", 2, 16),
        ("pair", 4, 256),
        ("pair", 5, 600),
        ("doubling", 1, 2),
        ("doubling", 5, 32),
        ("doubling", 10, 600),
        ("doubling", 64, 600),
        ("long", 1, 600),
    ],
)
def test_the_pause_grows_with_each_attempt_and_has_an_end(backoff: Backoff, attempts: int, seconds: int) -> None:
    assert retry_seconds(backoff, attempts) == seconds
