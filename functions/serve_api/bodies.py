"""What requests may hold: nothing that a route does not name."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints

Email = Annotated[
    str, StringConstraints(to_lower=True, max_length=254, pattern=r"^[^@\s<>\"(),:;\\\[\]]+@[^@\s.]+(\.[^@\s.]+)+$")
]
# Not stripped and not judged here: a password may be any text.
Password = Annotated[str, StringConstraints(min_length=1, max_length=1_000, strip_whitespace=False)]


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)
