"""What requests may hold: nothing that a route does not name."""

from datetime import UTC, date, datetime, time
from typing import Annotated, Any, ClassVar, Self

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from auzap.text import clean, clean_json


def _without_zone(hour: time) -> time:
    if hour.tzinfo is not None:
        raise PydanticCustomError("time_type", "An hour of the shop has no zone")
    return hour


Email = Annotated[
    str, StringConstraints(to_lower=True, max_length=254, pattern=r"^[^@\s<>\"(),:;\\\[\]]+@[^@\s.]+(\.[^@\s.]+)+$")
]
# Not stripped and not judged here: a password may be any text.
Password = Annotated[str, StringConstraints(min_length=1, max_length=1_000, strip_whitespace=False)]
# Six figures, or a recovery code, as people type them.
Code = Annotated[str, StringConstraints(min_length=6, max_length=60, pattern=r"^[0-9A-Za-z \-]+$")]
# What came with the link of a mail.
Secret = Annotated[str, StringConstraints(min_length=20, max_length=100, pattern=r"^[0-9A-Za-z_\-]+$")]
# What is searched for, in an address.
Words = Annotated[str, StringConstraints(max_length=200, strip_whitespace=True), AfterValidator(clean)]
# Of the times in which shops work: a date beyond them is a slip of the hand.
Day = Annotated[date, Field(ge=date(1970, 1, 1), le=date(2100, 1, 1), examples=["2027-03-15"])]
Moment = Annotated[
    AwareDatetime,
    Field(
        ge=datetime(1970, 1, 1, tzinfo=UTC),
        le=datetime(2100, 1, 1, tzinfo=UTC),
        examples=["2027-03-15T14:00:00-03:00"],
    ),
]
# By the clock on the shop's wall.
Hour = Annotated[time, AfterValidator(_without_zone), Field(examples=["08:00"])]
Cents = Annotated[int, Field(ge=0, le=100_000_000, examples=[7000])]


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    @model_validator(mode="before")
    @classmethod
    def _without_what_is_never_kept(cls, given: Any) -> Any:
        return clean_json(given)


class Change(Body):
    """What a PATCH gives. Null empties a field that may be empty, and leaves any other as it is."""

    MAY_BE_EMPTY: ClassVar[frozenset[str]] = frozenset()

    def given(self) -> dict[str, Any]:
        told = self.model_dump(exclude_unset=True)
        return {name: value for name, value in told.items() if value is not None or name in self.MAY_BE_EMPTY}

    @model_validator(mode="after")
    def _changes_something(self) -> Self:
        if not self.given():
            raise PydanticCustomError("nothing_to_change", "Name at least one field to change")
        return self
