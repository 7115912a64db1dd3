"""Counters that all sandboxes share."""

import time
from collections.abc import Mapping

from auzap.aws.client import AwsClient, AwsError
from auzap.metrics import count

# Whoever waits for a table that is away waits with every request.
TIMEOUT_SECONDS = 0.5
LEFT_ALONE_SECONDS = 10


class Counters:
    """Of one table of DynamoDB. While it is away nothing is counted, and for some seconds it is not asked."""

    def __init__(self, dynamodb: AwsClient, table: str) -> None:
        self._dynamodb = dynamodb
        self._table = table
        self._away_until = 0.0

    def add(self, key: str, amounts: Mapping[str, int], *, expires_at: int) -> dict[str, int]:
        """How far each of these counts of one row has come; what cannot be counted stands at its amount."""
        if time.monotonic() < self._away_until:
            return dict(amounts)
        places = {f"#n{place}": name for place, name in enumerate(amounts)}
        asked = {
            "TableName": self._table,
            "Key": {"key": {"S": key}},
            "UpdateExpression": f"ADD {', '.join(f'{place} :{place[1:]}' for place in places)} SET #until = :until",
            "ExpressionAttributeNames": {**places, "#until": "expires_at"},
            "ExpressionAttributeValues": {
                **{f":{place[1:]}": {"N": str(amounts[name])} for place, name in places.items()},
                ":until": {"N": str(expires_at)},
            },
            "ReturnValues": "UPDATED_NEW",
        }
        try:
            told = self._dynamodb.call("UpdateItem", asked)["Attributes"]
        except AwsError:
            self._away_until = time.monotonic() + LEFT_ALONE_SECONDS
            count("NotCounted")
            return dict(amounts)
        return {name: int(told[name]["N"]) for name in amounts}
