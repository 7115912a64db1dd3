"""Whether the house itself is well: its database, its queues, and the shops' numbers as a whole."""

from collections.abc import Iterable
from typing import Literal

import psycopg

from auzap.aws import queues
from auzap.aws.client import AwsClient, AwsError
from auzap.db.connection import Database

type Wellness = Literal["ok", "degraded", "down"]

# Of one queue; beyond it customers wait.
MOST_WAITING = 1_000
# Dead letters are kept at once: that so many lie there says that they are not.
MOST_GIVEN_UP = 100
# One shop's lost token is the shop's trouble. When a fifth of all numbers fail, it is ours or the provider's.
FAILING_SHARE = 0.2
# Of fewer numbers no share says anything.
FEWEST_NUMBERS = 10


def database_wellness(database: Database) -> Wellness:
    try:
        database.lookup("SELECT 1")
    except psycopg.Error:
        return "down"
    return "ok"


def queues_wellness(sqs: AwsClient, working: Iterable[str], dead: Iterable[str]) -> Wellness:
    """Down where SQS does not answer; nothing comes in or goes out then."""
    limits = [(url, MOST_WAITING) for url in working] + [(url, MOST_GIVEN_UP) for url in dead]
    try:
        crowded = any(queues.waiting(sqs, url) > most for url, most in limits)
    except AwsError:
        return "down"
    return "degraded" if crowded else "ok"


def channels_wellness(database: Database) -> Wellness:
    """As the regular look at each number found them; a number that its shop has disconnected is none."""
    try:
        ((numbers, failing),) = database.lookup("SELECT numbers, failing FROM app.numbers_of_all()")
    except psycopg.Error:
        return "down"
    is_widespread = numbers >= FEWEST_NUMBERS and failing >= numbers * FAILING_SHARE
    return "degraded" if is_widespread else "ok"
