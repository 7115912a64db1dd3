"""What a database says that is away: nothing is wrong with the work, and it can wait."""

import psycopg

# It cannot be reached, does not know us, undid us for somebody else, has no room, shuts down or starts, has trouble with its
# disc, or takes no writes.
AWAY = ("08", "28", "40", "53", "57P", "58", "25006")


def is_away(failed: Exception) -> bool:
    """A database that was not reached at all says nothing."""
    if not isinstance(failed, psycopg.Error):
        return False
    if failed.sqlstate is None:
        return isinstance(failed, psycopg.OperationalError)
    return failed.sqlstate.startswith(AWAY)
