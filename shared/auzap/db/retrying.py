"""Work that the database asks to be done again: it chose the transaction as the victim of a deadlock or of a race."""

import random
import time
from collections.abc import Callable

from psycopg import errors

RETRIES = 3
FIRST_PAUSE = 0.02


def retried[Result](work: Callable[[], Result], *, also: tuple[type[errors.Error], ...] = ()) -> Result:
    """`work` is one whole transaction: nothing of a failed one is left, and it is begun anew.

    `also` names what else is a lost race for this work: a row that somebody else made, or removed, a moment before.
    """
    for attempt in range(RETRIES):
        try:
            return work()
        except (errors.DeadlockDetected, errors.SerializationFailure, *also):
            # The other one needs a moment, and two victims must not meet again.
            time.sleep(FIRST_PAUSE * 2**attempt * (0.5 + random.random()))  # noqa: S311 - jitter, not a secret
    return work()
