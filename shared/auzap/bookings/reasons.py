"""Why something cannot be booked: a fact for the code, and a sentence that says what to do instead."""

from dataclasses import dataclass
from enum import StrEnum

from auzap.errors import Refusal


class Kind(StrEnum):
    # Whatever the day.
    STAFF_ONLY = "staff_only"
    SPECIES = "species"
    NO_PLACE = "no_place"
    AGE_UNKNOWN = "age_unknown"
    SIZE_UNKNOWN = "size_unknown"
    COAT_UNKNOWN = "coat_unknown"
    # Of the day.
    PAST = "past"
    TOO_FAR = "too_far"
    NOT_OFFERED = "not_offered"
    AGE = "age"
    CLOSED = "closed"
    TOO_LONG = "too_long"
    NO_VET = "no_vet"
    NOBODY = "nobody"
    ALREADY = "already"
    # Of the hour.
    OUT_OF_HOURS = "out_of_hours"
    TOO_SOON = "too_soon"
    PREREQUISITE = "prerequisite"
    OWN_BOOKING = "own_booking"
    FULL = "full"


# Another day or hour changes nothing of these.
LASTING = frozenset(
    {Kind.STAFF_ONLY, Kind.SPECIES, Kind.NO_PLACE, Kind.AGE_UNKNOWN, Kind.SIZE_UNKNOWN, Kind.COAT_UNKNOWN}
)


@dataclass(frozen=True, slots=True)
class Reason:
    kind: Kind
    told: str


class Unbookable(Refusal):
    """A rule of the shop, or of its calendar, said no to an appointment."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.told)
        self.reason = reason

    @property
    def code(self) -> str:
        """Each reason is told in words of its own."""
        return f"unbookable_{self.reason.kind}"

    @property
    def may_be_at_another_time(self) -> bool:
        return self.reason.kind not in LASTING
