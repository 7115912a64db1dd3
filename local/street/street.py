"""The street: everything outside our walls that the simulator's routes share."""

from collections import deque
from dataclasses import dataclass, field
from typing import Any

from local.street.accounts import Accounts
from local.street.chats import Chats
from local.street.config import StreetConfig
from local.street.deliveries import REMEMBERED, Deliveries
from local.street.faults import Faults
from local.street.journal import Journal
from local.street.mail import Letterbox
from local.street.media import MediaStore
from local.street.pair_rate import PairRate


@dataclass
class Street:
    config: StreetConfig
    accounts: Accounts
    chats: Chats
    media: MediaStore
    deliveries: Deliveries
    faults: Faults = field(default_factory=Faults)
    pair_rate: PairRate = field(default_factory=PairRate)
    letterbox: Letterbox = field(default_factory=Letterbox)
    # Every request to send, accepted or not, in the order of arrival.
    attempts: deque[dict[str, Any]] = field(default_factory=lambda: deque(maxlen=REMEMBERED))

    @property
    def now(self) -> float:
        return self.config.clock().timestamp()

    def reset(self) -> None:
        self.deliveries.clear()
        self.faults.clear()
        self.pair_rate.reset()
        self.accounts.reset()
        self.attempts.clear()
        self.media.reset()
        self.chats.reset()
        self.letterbox.reset()


def build(config: StreetConfig) -> Street:
    journal = Journal(config.journal)
    return Street(
        config=config,
        accounts=Accounts(config),
        chats=Chats(config, journal),
        media=MediaStore(config, journal),
        deliveries=Deliveries(config),
    )
