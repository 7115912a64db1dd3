"""Why a file is not here: it may not be, it is no longer there, or not yet."""


class Refused(Exception):
    """A rule of ours says no, and would say it again; `reason` is a word for the panel."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Lost(Exception):
    """It cannot be had any more, and `reason` says why."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class OutOfReach(Exception):
    """Not now. It counts as an attempt unless the trouble is the house's or the account's, not the file's."""

    def __init__(self, reason: str, *, counts: bool = True) -> None:
        super().__init__(reason)
        self.reason = reason
        self.counts = counts
