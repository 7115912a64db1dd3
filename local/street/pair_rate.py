"""Meta's limit for one pair of business and customer: a message each 6 seconds, bursts of 45 on credit."""

from dataclasses import dataclass

SECONDS_PER_MESSAGE = 6.0
BURST = 45


@dataclass
class Credit:
    messages: float
    at: float


class PairRate:
    def __init__(self) -> None:
        self._credits: dict[str, Credit] = {}

    def allows(self, pair: str, now: float) -> bool:
        """Whether one more message may go now; if so, it is counted."""
        credit = self._credits.setdefault(pair, Credit(BURST, now))
        earned = max(0.0, now - credit.at) / SECONDS_PER_MESSAGE
        credit.messages = min(BURST, credit.messages + earned)
        credit.at = now
        if credit.messages < 1:
            return False
        credit.messages -= 1
        return True

    def reset(self) -> None:
        self._credits.clear()
