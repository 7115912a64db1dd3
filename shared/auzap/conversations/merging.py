"""Two contacts that turn out to be one person become one, with all that they have."""

from typing import Literal, LiteralString

from auzap.conversations import merging_pets
from auzap.conversations import merging_queries as queries
from auzap.db.connection import Tx
from auzap.ids import ContactId, ConversationId

type Reason = Literal["same_person", "number_changed", "by_staff"]

# In this order: a lead, a pet, a memory and a conversation are there once before they are carried over.
CARRIED: tuple[LiteralString, ...] = (
    "UPDATE contact_identities SET contact_id = %(kept)s WHERE contact_id = %(merged)s",
    "UPDATE pets SET contact_id = %(kept)s WHERE contact_id = %(merged)s",
    "UPDATE bookings SET contact_id = %(kept)s WHERE contact_id = %(merged)s",
    "UPDATE pending_actions SET contact_id = %(kept)s WHERE contact_id = %(merged)s",
    "UPDATE leads SET contact_id = %(kept)s WHERE contact_id = %(merged)s",
    "UPDATE lead_events SET contact_id = %(kept)s WHERE contact_id = %(merged)s",
    "UPDATE conversations SET contact_id = %(kept)s WHERE contact_id = %(merged)s",
    "UPDATE booking_series SET contact_id = %(kept)s WHERE contact_id = %(merged)s",
    "UPDATE waitlist_entries SET contact_id = %(kept)s WHERE contact_id = %(merged)s",
    "UPDATE stays SET contact_id = %(kept)s WHERE contact_id = %(merged)s",
    "UPDATE training_plans SET contact_id = %(kept)s WHERE contact_id = %(merged)s",
    "UPDATE consents SET contact_id = %(kept)s WHERE contact_id = %(merged)s",
    "UPDATE memories SET contact_id = %(kept)s WHERE contact_id = %(merged)s",
    "UPDATE import_rows SET contact_id = %(kept)s WHERE contact_id = %(merged)s",
)


def merge(tx: Tx, kept: ContactId, merged: ContactId, reason: Reason) -> bool:
    """All that `merged` has is `kept`'s, and `merged` is gone; False where one of them is gone already.

    In a transaction of its own statements, not in a batch: what is found decides.
    """
    queries.lock_conversations(tx, kept, merged)
    if not queries.lock_contacts(tx, kept, merged):
        return False
    queries.stop_turns(tx, kept, merged)
    for survivor, joined in queries.open_twice(tx, kept, merged):
        queries.join(tx, survivor, joined)
    both = {"kept": kept, "merged": merged}
    merging_pets.unite(tx, kept, merged)
    queries.unite_memories(tx, kept, merged)
    queries.unite_leads(tx, kept, merged)
    for statement in CARRIED:
        tx.execute(statement, both)
    if queries.unite_contacts(tx, kept, merged):
        # Of two contacts seldom one is kept from the agent; recording need not pay for it.
        from auzap.conversations.leaving import leave_to_people

        leave_to_people(tx, kept)
    tx.execute(
        "INSERT INTO contact_merges (kept_id, merged_id, reason) VALUES (%(kept)s, %(merged)s, %(reason)s)",
        both | {"reason": reason},
    )
    return True


def awaiting_answer(tx: Tx, kept: ContactId) -> list[ConversationId]:
    """Where the agent is to answer now what was asked of either."""
    rows = tx.execute(
        "SELECT id FROM conversations WHERE contact_id = %s AND state = 'ai' AND answer_at IS NOT NULL ORDER BY id",
        [kept],
    )
    return [ConversationId(row[0]) for row in rows]
