"""Identifiers: one type per kind of row, and UUIDv7 for those we give ourselves."""

import os
import time
from datetime import datetime
from typing import NewType
from uuid import UUID

OrganizationId = NewType("OrganizationId", UUID)
UserId = NewType("UserId", UUID)
SessionId = NewType("SessionId", UUID)
ApiKeyId = NewType("ApiKeyId", UUID)
InvitationId = NewType("InvitationId", UUID)
MailId = NewType("MailId", UUID)
AccountId = NewType("AccountId", UUID)
AuditId = NewType("AuditId", UUID)
ContactId = NewType("ContactId", UUID)
PetId = NewType("PetId", UUID)
HealthEventId = NewType("HealthEventId", UUID)
HealthAlertId = NewType("HealthAlertId", UUID)
ServiceId = NewType("ServiceId", UUID)
BookingId = NewType("BookingId", UUID)
SeriesId = NewType("SeriesId", UUID)
WaitlistEntryId = NewType("WaitlistEntryId", UUID)
ConversationId = NewType("ConversationId", UUID)
MessageId = NewType("MessageId", UUID)
MediaId = NewType("MediaId", UUID)
TurnId = NewType("TurnId", UUID)
OutboxId = NewType("OutboxId", UUID)
PendingActionId = NewType("PendingActionId", UUID)
NoteId = NewType("NoteId", UUID)
DeadLetterId = NewType("DeadLetterId", UUID)
EscalationId = NewType("EscalationId", UUID)
EntryId = NewType("EntryId", UUID)
DocumentId = NewType("DocumentId", UUID)
ImportId = NewType("ImportId", UUID)
IncidentId = NewType("IncidentId", UUID)
JobId = NewType("JobId", UUID)
LeadEventId = NewType("LeadEventId", UUID)
NotificationId = NewType("NotificationId", UUID)
PipelineStageId = NewType("PipelineStageId", UUID)
RoomTypeId = NewType("RoomTypeId", UUID)
StaffTaskId = NewType("StaffTaskId", UUID)
StayId = NewType("StayId", UUID)
TrainingPlanId = NewType("TrainingPlanId", UUID)
TrainingSessionId = NewType("TrainingSessionId", UUID)


def new_id() -> UUID:
    """A UUIDv7 of now, for rows whose id must be known before they are stored."""
    milliseconds = time.time_ns() // 1_000_000
    value = milliseconds << 80 | int.from_bytes(os.urandom(10))
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    return UUID(int=value)


def id_floor(moment: datetime) -> UUID:
    """The smallest UUIDv7 of an instant: ids from then on are not below it."""
    return UUID(int=int(moment.timestamp() * 1000) << 80 | 0x7 << 76 | 0x2 << 62)
