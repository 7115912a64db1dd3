"""Scenarios as data: who writes to the demonstration shop, what they want and say, and what must hold afterwards."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Literal

from local.demonstration.shop import ZONE

DIRECTORY = Path(__file__).parent / "scenarios"
# A Tuesday, six days before the long weekend of Independence Day.
USUAL_TIME = "2026-09-01 09:30"
OWNER = "owner"

type Proposal = Literal["yes", "no", "ignore"]


class UnusableScenario(Exception):
    """The file says something that the runner does not know."""


@dataclass(frozen=True)
class Step:
    """One thing that happens: somebody writes, presses, sends; or time passes, or the shop changes."""

    by: str = ""
    # Several are written in one go, as a burst.
    say: tuple[str, ...] = ()
    # The button or the row of the last message whose title matches; said as words where there is none.
    press: str = ""
    # A kind of message beside text, with its fields.
    send: Mapping[str, Any] = field(default_factory=dict[str, Any])
    # The last message on the phone that matches is quoted.
    quoting: str = ""
    # Left unanswered until the next step of somebody: two customers write at the same moment.
    at_once: bool = False
    wait: timedelta = timedelta(0)
    sql: str = ""


@dataclass(frozen=True)
class Reacts:
    """What the scripted customer does with a reply before going on with the script."""

    # To each proposal in turn; the last one to all that follow.
    proposals: tuple[Proposal, ...] = ("yes",)
    # Of offered buttons or rows the first that matches, by the first pattern that does.
    choose: tuple[str, ...] = ()
    # Of offered hours the first.
    takes_a_time: bool = False
    # To a reply that matches, these words.
    when: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Then:
    """What must hold. A kind of row that is not named must not have changed where it binds the shop."""

    # Patterns, one for each new or changed row, by kind (tests/evals/stored.py).
    rows: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    # Each matches one of the replies at least, or none of them.
    says: tuple[str, ...] = ()
    never: tuple[str, ...] = ()
    # Where the customer's conversation ends.
    holder: tuple[str, ...] = ("ai",)
    # The most messages that answer one of the customer's.
    most_replies: int = 1
    language: str = "pt"
    # How often the gate or the tools may have refused something.
    most_refused: int = 0


@dataclass(frozen=True)
class Scenario:
    name: str
    about: str
    script: tuple[Step, ...]
    then: Then
    reacts: Reacts = field(default_factory=Reacts)
    # One of the demonstration's people, or somebody new.
    who: str = "Marina Costa"
    now: datetime = datetime(1, 1, 1, tzinfo=ZONE)
    # The demonstration's appointments to come are not there, and nobody waits for one.
    has_empty_agenda: bool = True
    # Pet, service and local hour of appointments; from when until when a resource, a person or (unnamed) the shop is not free.
    booked: tuple[tuple[str, str, str], ...] = ()
    blocked: tuple[tuple[str, ...], ...] = ()
    # Whatever else is to be other than in the demonstration, as statements.
    setup: tuple[str, ...] = ()
    # For a customer played by a model; without a goal the script is always followed.
    goal: str = ""
    persona: str = "Educada, objetiva, escreve pouco."
    is_smoke: bool = False
    # Beyond the offline model, which knows simple Portuguese.
    is_for_live_models: bool = False

    @property
    def can_be_improvised(self) -> bool:
        """Only where nobody else and nothing else plays a part."""
        return bool(self.goal) and not any(step.by or step.wait or step.sql or step.at_once for step in self.script)


def load(directory: Path = DIRECTORY) -> dict[str, Scenario]:
    found: dict[str, Scenario] = {}
    for path in sorted(directory.glob("*.toml")):
        for told in tomllib.loads(path.read_text())["scenario"]:
            scenario = read(told)
            if scenario.name in found:
                raise UnusableScenario(f"{path.name}: there are two scenarios called {scenario.name}")
            found[scenario.name] = scenario
    return found


def read(told: Mapping[str, Any]) -> Scenario:
    known = _known(Scenario, told, told.get("name", "a scenario without a name"))
    where = known["name"]
    return Scenario(
        **known
        | {
            "script": tuple(_step(step, where) for step in told["script"]),
            "then": _then(told.get("then", {}), where),
            "reacts": _reacts(told.get("reacts", {}), where),
            "now": datetime.fromisoformat(told.get("now", USUAL_TIME)).replace(tzinfo=ZONE),
            "setup": tuple(told.get("setup", ())),
            "booked": tuple((pet, service, at) for pet, service, at in told.get("booked", ())),
            "blocked": tuple(tuple(each) for each in told.get("blocked", ())),
        }
    )


def _step(told: str | Mapping[str, Any], where: str) -> Step:
    if isinstance(told, str):
        return Step(say=(told,))
    known = _known(Step, told, where)
    said = told.get("say", ())
    known["say"] = (said,) if isinstance(said, str) else tuple(said)
    if "wait" in told:
        number, unit = told["wait"].split()
        known["wait"] = timedelta(**{unit if unit.endswith("s") else f"{unit}s": int(number)})
    return Step(**known)


def _reacts(told: Mapping[str, Any], where: str) -> Reacts:
    known = _known(Reacts, told, where)
    for name in known.keys() & {"proposals", "choose"}:
        known[name] = tuple(known[name])
    known["when"] = tuple((pattern, words) for pattern, words in known.get("when", ()))
    return Reacts(**known)


def _then(told: Mapping[str, Any], where: str) -> Then:
    known = _known(Then, told, where)
    if isinstance(known.get("holder"), str):
        known["holder"] = [known["holder"]]
    for name in known.keys() & {"says", "never", "holder"}:
        known[name] = tuple(known[name])
    known["rows"] = {kind: tuple(patterns) for kind, patterns in known.get("rows", {}).items()}
    return Then(**known)


def _known(kind: type, told: Mapping[str, Any], where: str) -> dict[str, Any]:
    if unknown := told.keys() - {each.name for each in fields(kind)}:
        raise UnusableScenario(f"{where}: nobody knows {', '.join(sorted(unknown))}")
    return dict(told)
