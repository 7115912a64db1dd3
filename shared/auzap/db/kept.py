"""What a sandbox keeps of a shop from one transaction to the next, by the version of the shop's settings."""

from collections.abc import Callable

from auzap.db.connection import Tx
from auzap.ids import OrganizationId

MOST_KEPT = 200


class Kept[Value]:
    """Read once for each version: what makes it another makes another version.

    It is as it was when the transaction began. None that has changed such things itself may ask: it could yet be undone.
    """

    def __init__(self, read: Callable[[Tx], Value]) -> None:
        self._read = read
        self._kept: dict[tuple[OrganizationId, int], Value] = {}

    def of(self, tx: Tx) -> Value:
        key = (tx.organization_id, tx.settings_version)
        if key not in self._kept:
            if len(self._kept) >= MOST_KEPT:
                self._kept.clear()
            self._kept[key] = self._read(tx)
        return self._kept[key]
