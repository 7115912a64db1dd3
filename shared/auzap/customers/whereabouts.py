"""Where a customer is reached: in which of their conversations, by now."""

from collections.abc import Callable
from typing import LiteralString

from auzap.db.connection import Tx
from auzap.db.locks import lock_conversation
from auzap.ids import ConversationId

# Of `whose.contact_id`: the conversation that they wrote in last, on a number that is connected; else NULL.
LAST_WRITTEN: LiteralString = """
  SELECT (
    SELECT c.id FROM conversations c JOIN channel_accounts a ON a.id = c.channel_account_id
    WHERE c.contact_id = whose.contact_id AND c.merged_into IS NULL AND a.status <> 'disconnected'
    ORDER BY c.state <> 'closed' DESC, c.last_inbound_at DESC NULLS LAST, c.id DESC LIMIT 1)
"""
# Of the conversation `c`: the open one of its customer on that number; else itself, or the one that it went into.
GOES_ON_IN: LiteralString = """
  SELECT coalesce((
    SELECT o.id FROM conversations o
    WHERE o.contact_id = c.contact_id AND o.channel_account_id = c.channel_account_id AND o.state <> 'closed'),
    c.merged_into, c.id)
"""


def locked[Place: ConversationId | None](tx: Tx, find: Callable[[], Place]) -> Place:
    """What is found, under its lock. Whoever had the lock may have joined it with another: then it is there."""
    place = find()
    while place is not None:
        lock_conversation(tx, place)
        moved = find()
        if moved == place:
            break
        place = moved
    return place
