"""An authenticator app on somebody's telephone."""

import base64
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

from auzap.identity import second_factor
from tests.api.people import PASSWORD, Person
from tests.postgres import Clock


@dataclass(frozen=True, slots=True)
class Authenticator:
    secret: bytes
    clock: Clock

    def code(self, *, periods: int = 0) -> str:
        """Of now, or of so many periods from now."""
        step = int(self.clock.now().timestamp()) // second_factor.PERIOD
        return second_factor.code_of(self.secret, step + periods)

    def wrong_code(self) -> str:
        """One that is of no period near."""
        good = {self.code(periods=near) for near in range(-3, 4)}
        return next(code for code in map("{:06d}".format, range(1_000)) if code not in good)


def scan(person: Person, clock: Clock) -> Authenticator:
    """What the offer shows, scanned. Nothing is turned on yet."""
    answer = person.ask("POST", "/v1/auth/second-factor", {"password": PASSWORD})
    assert answer.status_code == 200, answer.text
    shown = parse_qs(urlsplit(answer.json()["data"]["uri"]).query)["secret"][0]
    return Authenticator(base64.b32decode(shown + "=" * (-len(shown) % 8)), clock)


def turn_on(person: Person, clock: Clock) -> tuple[Authenticator, list[str]]:
    """The app, and the recovery codes."""
    app = scan(person, clock)
    answer = person.ask("POST", "/v1/auth/second-factor/confirmation", {"code": app.code()})
    assert answer.status_code == 200, answer.text
    return app, answer.json()["data"]["recovery_codes"]
