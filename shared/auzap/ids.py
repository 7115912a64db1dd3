"""Identifiers: one type per kind of row, and UUIDv7 for those we give ourselves."""

import os
import time
from typing import NewType
from uuid import UUID

OrganizationId = NewType("OrganizationId", UUID)
AccountId = NewType("AccountId", UUID)
ContactId = NewType("ContactId", UUID)
PetId = NewType("PetId", UUID)
ServiceId = NewType("ServiceId", UUID)
BookingId = NewType("BookingId", UUID)
ConversationId = NewType("ConversationId", UUID)
MessageId = NewType("MessageId", UUID)
TurnId = NewType("TurnId", UUID)
OutboxId = NewType("OutboxId", UUID)
PendingActionId = NewType("PendingActionId", UUID)


def new_id() -> UUID:
    """A UUIDv7 of now, for rows whose id must be known before they are stored."""
    milliseconds = time.time_ns() // 1_000_000
    value = milliseconds << 80 | int.from_bytes(os.urandom(10))
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    return UUID(int=value)
