"""Who listens: the table of open sockets, each of one session of one shop, and of the tickets that open them once."""

import json
from dataclasses import dataclass
from typing import Any, Self
from uuid import UUID

from auzap.aws.client import AwsClient, AwsError
from auzap.identity import tokens
from auzap.ids import ConversationId, OrganizationId, SessionId, UserId
from auzap.loose import items, mapping

TICKET_SECONDS = 30
# API Gateway ends a socket after two hours.
LONGEST_SECONDS = 2 * 3600 + 600
# As often as no panel of ours speaks.
MOST_FRAMES_A_MINUTE = 120
BY_ORGANIZATION = "by_organization"
REFUSED = "ConditionalCheckFailedException"


@dataclass(frozen=True, slots=True)
class Holder:
    """Whose socket it is, as the session said that asked for the ticket."""

    organization_id: OrganizationId
    user_id: UserId
    session_id: SessionId
    is_support: bool

    @classmethod
    def read(cls, text: str) -> Self:
        said = json.loads(text)
        return cls(
            OrganizationId(UUID(said["organization_id"])),
            UserId(UUID(said["user_id"])),
            SessionId(UUID(said["session_id"])),
            bool(said["is_support"]),
        )

    def written(self) -> str:
        return json.dumps(
            {
                "organization_id": str(self.organization_id),
                "user_id": str(self.user_id),
                "session_id": str(self.session_id),
                "is_support": self.is_support,
            }
        )


@dataclass(frozen=True, slots=True)
class Connection:
    id: str
    holder: Holder
    connected_at: float
    # API Gateway calls a socket gone while it is being opened: one that has said something is open.
    has_spoken: bool
    # Where its person has said to be, and until when that holds.
    here: ConversationId | None
    here_until: float


class Connections:
    def __init__(self, dynamodb: AwsClient, table: str, *, most_frames: int = MOST_FRAMES_A_MINUTE) -> None:
        self._dynamodb = dynamodb
        self._table = table
        self._most_frames = most_frames

    def keep_ticket(self, ticket: str, holder: Holder, *, now: float) -> None:
        self._put(
            {
                "connection_id": {"S": _of_ticket(ticket)},
                "holder": {"S": holder.written()},
                "expires_at": {"N": str(int(now) + TICKET_SECONDS)},
            }
        )

    def take_ticket(self, ticket: str, *, now: float) -> Holder | None:
        """Whoever is first has it; nobody has it again."""
        try:
            taken = self._dynamodb.call(
                "DeleteItem",
                {
                    "TableName": self._table,
                    "Key": {"connection_id": {"S": _of_ticket(ticket)}},
                    "ConditionExpression": "expires_at > :now",
                    "ExpressionAttributeValues": {":now": {"N": str(int(now))}},
                    "ReturnValues": "ALL_OLD",
                },
            )
        except AwsError as refused:
            if refused.code == REFUSED:
                return None
            raise
        return Holder.read(taken["Attributes"]["holder"]["S"])

    def keep(self, connection_id: str, holder: Holder, *, now: float) -> None:
        self._put(
            {
                "connection_id": {"S": connection_id},
                "organization_id": {"S": str(holder.organization_id)},
                "holder": {"S": holder.written()},
                "connected_at": {"N": repr(now)},
                "expires_at": {"N": str(int(now) + LONGEST_SECONDS)},
                "counted_minute": {"N": "0"},
                "frames": {"N": "0"},
            }
        )

    def forget(self, connection_id: str) -> Connection | None:
        """What it was; nothing, where somebody else has forgotten it before."""
        gone = self._dynamodb.call(
            "DeleteItem",
            {"TableName": self._table, "Key": {"connection_id": {"S": connection_id}}, "ReturnValues": "ALL_OLD"},
        )
        return _connection(gone["Attributes"]) if gone.get("Attributes") else None

    def of_shop(self, organization_id: OrganizationId, *, now: float) -> list[Connection]:
        found: list[Connection] = []
        asked: dict[str, Any] = {
            "TableName": self._table,
            "IndexName": BY_ORGANIZATION,
            "KeyConditionExpression": "organization_id = :shop",
            # DynamoDB clears away when it likes.
            "FilterExpression": "expires_at > :now",
            "ExpressionAttributeValues": {":shop": {"S": str(organization_id)}, ":now": {"N": str(int(now))}},
        }
        while True:
            page = self._dynamodb.call("Query", asked)
            found += [_connection(item) for item in items(page.get("Items"))]
            if not page.get("LastEvaluatedKey"):
                return found
            asked["ExclusiveStartKey"] = page["LastEvaluatedKey"]

    def heard_from(self, connection_id: str, *, now: float) -> Connection | None:
        """Each frame is counted, a minute at a time. Nothing of one that is not known, or says too much."""
        minute = {":minute": {"N": str(int(now) // 60)}, ":one": {"N": "1"}}
        counted = self._change(
            connection_id,
            "SET frames = frames + :one",
            "counted_minute = :minute AND frames < :most",
            {**minute, ":most": {"N": str(self._most_frames)}},
        )
        return counted or self._change(
            connection_id,
            "SET counted_minute = :minute, frames = :one",
            "attribute_exists(connection_id) AND counted_minute <> :minute",
            minute,
        )

    def place(self, connection_id: str, here: ConversationId | None, *, until: float) -> Connection | None:
        return self._change(
            connection_id,
            "SET here = :here, here_until = :until",
            "attribute_exists(connection_id)",
            {":here": {"S": str(here or "")}, ":until": {"N": repr(until)}},
        )

    def _change(
        self, connection_id: str, update: str, condition: str, values: dict[str, dict[str, str]]
    ) -> Connection | None:
        try:
            changed = self._dynamodb.call(
                "UpdateItem",
                {
                    "TableName": self._table,
                    "Key": {"connection_id": {"S": connection_id}},
                    "UpdateExpression": update,
                    "ConditionExpression": condition,
                    "ExpressionAttributeValues": values,
                    "ReturnValues": "ALL_NEW",
                },
            )
        except AwsError as refused:
            if refused.code == REFUSED:
                return None
            raise
        return _connection(changed["Attributes"])

    def _put(self, item: dict[str, dict[str, str]]) -> None:
        self._dynamodb.call("PutItem", {"TableName": self._table, "Item": item})


def _of_ticket(ticket: str) -> str:
    """Only its hash is kept: whoever reads the table opens nothing with it."""
    return f"ticket:{tokens.hashed(ticket).hex()}"


def _connection(item: Any) -> Connection:
    known = mapping(item)
    here = mapping(known.get("here", {})).get("S")
    return Connection(
        str(known["connection_id"]["S"]),
        Holder.read(known["holder"]["S"]),
        float(known["connected_at"]["N"]),
        int(known["counted_minute"]["N"]) > 0,
        ConversationId(UUID(here)) if here else None,
        float(mapping(known.get("here_until", {"N": "0"}))["N"]),
    )
