"""The goals at full size: each a run of its own, with what it must come to and what it measured."""

import re
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from tests.chaos import booking_race, invariants, world
from tests.chaos.crowd import Mix
from tests.chaos.outside.graph import Shares
from tests.chaos.outside.model import FAULTS, Fault
from tests.chaos.sim.sandboxes import Outcome, Zygote
from tests.chaos.sim.server import Server, make_durable, refuse_writes, storm, take_writes
from tests.chaos.sim.zygote import PROJECT
from tests.chaos.world import Plan, World
from tests.postgres import Place, cloned, template

QUIET = Shares()
# Of what happens to a message: long work has points of its own.
SOURCES_OF_POINTS = [
    path
    for path in (*(PROJECT / "functions").rglob("*.py"), *(PROJECT / "shared").rglob("*.py"))
    if not path.is_relative_to(PROJECT / "shared/auzap/jobs")
]
POINTS = sorted(
    {name for path in SOURCES_OF_POINTS for name in re.findall(r'failpoints\.reach\("(\w+)"\)', path.read_text())}
)
MIX = Mix(messages=20_000, conversations=500, tenants=50, span=330)
KILLED_SECONDS, CAUGHT_SECONDS = 40.0, 15.0
TURNS_A_SECOND = 100
BACKLOG_SECONDS = 120
# Failovers of a run, and how long each takes.
FAILOVERS, FAILOVER_SECONDS = 8, 1.5
SLOWER_WITH_POISON = 1.1


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a run came to: its numbers, and what is wrong, by the invariant or the goal that it breaks."""

    goal: str
    numbers: dict[str, Any]
    wrong: dict[str, list[str]] = field(default_factory=dict)

    @property
    def is_met(self) -> bool:
        return not self.wrong


@dataclass(frozen=True, slots=True)
class Stage:
    """Where runs take place: what forks the sandboxes, where their logs go, how large a run is to be."""

    zygote: Zygote
    directory: Path
    seed: int
    server: Server
    # A share of the full size, for a try.
    size: float = 1.0

    def scaled(self, mix: Mix) -> Mix:
        messages = max(60, int(mix.messages * self.size))
        return replace(
            mix,
            messages=messages,
            conversations=max(20, int(mix.conversations * self.size)),
            tenants=max(4, int(mix.tenants * self.size)),
            span=max(20.0, mix.span * self.size),
        )

    def run(
        self, plan: Plan, *, prepare: Callable[[World], None] = lambda _: None
    ) -> tuple[World, dict[str, list[str]]]:
        """A house from its opening to its rest, and what does not hold in it."""
        with cloned(template(clock=True)) as place:
            return self.run_in(place, plan, prepare=prepare)

    def run_in(
        self, place: Place, plan: Plan, *, prepare: Callable[[World], None] = lambda _: None
    ) -> tuple[World, dict[str, list[str]]]:
        with world.opened(replace(plan, mix=self.scaled(plan.mix)), self.zygote, place, self.directory) as house:
            prepare(house)
            house.run(most_seconds=2400)
            house.measured = measured(house)
            return house, invariants.broken(house)


def chaos(stage: Stage) -> list[Verdict]:
    """G1: 20,000 messages, one kill each half second, faulty providers."""
    house, wrong = stage.run(Plan(MIX, seed=stage.seed))
    return [Verdict("G1", house.measured, wrong)]


def failpoints(stage: Stage) -> list[Verdict]:
    """G3: each named point, a hundred deaths."""
    deaths = max(5, int(100 * stage.size))
    return [_at(stage, point, deaths) for point in POINTS]


def _at(stage: Stage, point: str, deaths: int) -> Verdict:
    # Few come by where an act is done: all of those die.
    is_rare = point in {"after_tool", "after_confirmation"}
    booking, share = (0.6, 1.0) if is_rare else (0.4, 0.3)
    mix = Mix(messages=deaths * 8, conversations=deaths, tenants=10, span=60, booking=booking, media=0.1)
    plan = Plan(mix, seed=stage.seed, kill_every=None)

    def prepare(house: World) -> None:
        world.set_rules(house, "parallel_bookings = 20")
        house.sandboxes.failpoint = lambda _: (
            point if house.sandboxes.deaths < deaths and house.chance.random() < share else ""
        )

    house, wrong = replace(stage, size=1.0).run(plan, prepare=prepare)
    if house.sandboxes.deaths < deaths:
        wrong["G3"] = [f"only {house.sandboxes.deaths} came by {point}"]
    return Verdict(f"G3 {point}", house.measured, wrong)


def queue_down(stage: Stage) -> list[Verdict]:
    """G7, first half: SQS takes nothing for 60 seconds; what was acknowledged is there."""

    def prepare(house: World) -> None:
        begin, house.away = house.clock.now(), 60

        def fall() -> None:
            house.aws.faults.down_until["*"] = house.clock.now() + house.away

        house.clock.at(begin + 5, fall)

    mix = Mix(messages=2_000, conversations=200, tenants=20, span=60)
    house, wrong = stage.run(Plan(mix, seed=stage.seed, kill_every=None), prepare=prepare)
    if not house.crowd.refused:
        wrong["G7"] = ["no webhook was refused: the queue was not down"]
    return [Verdict("G7 queue down 60 s", {**house.measured, "refused": house.crowd.refused}, wrong)]


def database_away(stage: Stage) -> list[Verdict]:
    """G7, second half: no database for ten virtual minutes; every webhook is acknowledged, and all of it dealt with later."""

    def prepare(house: World) -> None:
        begin, house.away = house.clock.now() + 10, 600
        house.clock.at(begin, stage.server.crash)
        house.clock.at(begin + house.away, stage.server.recover)

    mix = Mix(messages=2_000, conversations=200, tenants=20, span=660, duplicated=0)
    plan = Plan(mix, seed=stage.seed, kill_every=None, entry_failed=0, most_at_once=100_000)
    house, wrong = _durable(stage, plan, prepare)
    if house.crowd.refused:
        wrong["G7"] = [f"{house.crowd.refused} webhooks were refused"]
    return [Verdict("G7 database down 600 s", {**house.measured, "refused": house.crowd.refused}, wrong)]


def database_crashes(stage: Stage) -> list[Verdict]:
    """G4: ten crashes and fifty storms of cut connections in 5,000 messages."""
    mix = Mix(messages=5_000, conversations=500, tenants=20, span=130)
    plan = Plan(mix, seed=stage.seed, kill_every=None)
    span = stage.scaled(mix).span
    firsts: list[float] = []
    storms: list[float] = []

    def prepare(house: World) -> None:
        begin, note = house.clock.now(), house.sources.on_end
        for number in range(10):
            house.clock.at(begin + span * (number + 0.5) / 10, lambda: _crash(stage.server))
        for number in range(50):
            house.clock.at(begin + span * (number + 0.25) / 50, lambda: _storm(stage.server, house, storms))

        def ended(name: str, batch: Any, outcome: Any) -> None:
            note(name, batch, outcome)
            if name == "inbound" and len(firsts) < len(stage.server.back_at) and _all_done(outcome):
                firsts.append(time.time() - stage.server.back_at[len(firsts)])

        house.sources.on_end = ended

    stage.server.back_at.clear()
    house, wrong = _durable(stage, plan, prepare)
    if not firsts or max(firsts) > 5:
        wrong["G4"] = [f"first successes after {[round(each, 1) for each in firsts]} s"]
    told = {
        **house.measured,
        "crashes": len(stage.server.back_at),
        "storms": len(storms),
        "slowest_first_s": round(max(firsts, default=0.0), 1),
    }
    return [Verdict("G4", told, wrong)]


def _durable(stage: Stage, plan: Plan, prepare: Callable[[World], None]) -> tuple[World, dict[str, list[str]]]:
    with cloned(template(clock=True)) as place:
        make_durable(place)
        return stage.run_in(place, plan, prepare=prepare)


def _crash(server: Server) -> None:
    if not server.is_recovering:
        server.crash()
        server.recover()


def _storm(server: Server, house: World, storms: list[float]) -> None:
    if not server.is_recovering:
        storm(house.place)
        storms.append(house.clock.now())


def _all_done(outcome: Outcome) -> bool:
    return bool(outcome.answer) and not outcome.answer["batchItemFailures"]


def throughput(stage: Stage) -> list[Verdict]:
    """G8: turns a second with a model that takes no time, and how long a backlog of 10,000 takes."""
    steady = Mix(messages=6_000, conversations=3_000, tenants=50, span=20, duplicated=0, reordered=0, silent=0, media=0)
    house, wrong = stage.run(_undisturbed(steady, stage.seed, most_at_once=120))
    if house.measured["turns_per_second"] < TURNS_A_SECOND:
        wrong["G8"] = [f"{house.measured['turns_per_second']} turns a second of {TURNS_A_SECOND}"]
    first = Verdict("G8 throughput", house.measured, wrong)
    backlog = Mix(
        messages=10_000, conversations=5_000, tenants=50, span=1, duplicated=0, reordered=0, silent=0, media=0
    )
    house, wrong = stage.run(_undisturbed(backlog, stage.seed, most_at_once=100_000))
    if house.active > BACKLOG_SECONDS * stage.size:
        wrong["G8"] = [f"drained in {house.active:.0f} s of {BACKLOG_SECONDS * stage.size:.0f}"]
    return [first, Verdict("G8 backlog", {**house.measured, "drained_s": round(house.active, 1)}, wrong)]


def _undisturbed(mix: Mix, seed: int, *, most_at_once: int) -> Plan:
    return Plan(
        replace(mix, status_lost=0.6),
        seed=seed,
        kill_every=None,
        graph=QUIET,
        model_failing=0,
        entry_failed=0,
        hint_lost=0,
        delivered_twice=0,
        throttled=0,
        most_at_once=most_at_once,
    )


def recovery(stage: Stage) -> list[Verdict]:
    """G10: a turn whose worker is killed goes on within 40 virtual seconds, one that meets a failover within 15."""
    mix = Mix(messages=1_500, conversations=300, tenants=10, span=120, duplicated=0, booking=0.1)
    killed: list[float] = []
    caught: list[float] = []

    def prepare(house: World) -> None:
        ends: dict[str, tuple[list[float], float]] = {}
        note, begins, span = house.sources.on_end, house.sources.on_begin, stage.scaled(mix).span
        for number in range(FAILOVERS):
            house.clock.at(house.clock.now() + span * (number + 0.5) / FAILOVERS, lambda: _fail_over(house))

        def ended(name: str, batch: Any, outcome: Outcome) -> None:
            note(name, batch, outcome)
            if name == "turns" and not _all_done(outcome):
                ends.setdefault(batch[0].id, (killed if outcome.was_killed else caught, house.clock.now()))

        def begun(name: str, batch: Any) -> None:
            begins(name, batch)
            if name == "turns" and batch[0].id in ends:
                kind, at = ends.pop(batch[0].id)
                kind.append(house.clock.now() - at)

        house.sources.on_end, house.sources.on_begin = ended, begun
        house.sandboxes.failpoint = lambda function: (
            house.chance.choice(("after_claim", "after_model"))
            if function == "answer_conversation" and house.chance.random() < 0.15
            else ""
        )

    house, wrong = stage.run(_undisturbed(mix, stage.seed, most_at_once=60), prepare=prepare)
    told = house.measured
    for kind, took, most in (("killed", killed, KILLED_SECONDS), ("caught", caught, CAUGHT_SECONDS)):
        p99 = percentile(took, 99)
        told |= {kind: len(took), f"{kind}_p50_s": round(percentile(took, 50), 1), f"{kind}_p99_s": round(p99, 1)}
        if not took or p99 > most:
            wrong.setdefault("G10", []).append(f"{len(took)} {kind}, p99 {p99:.1f} s of {most:.0f}")
    return [Verdict("G10", told, wrong)]


def _fail_over(house: World) -> None:
    refuse_writes(house.place)
    house.clock.after(FAILOVER_SECONDS, lambda: take_writes(house.place))


def poison(stage: Stage) -> list[Verdict]:
    """G11: one message in a thousand kills whoever thinks about it: given up after five attempts, and nobody else waits."""
    # Not so much at once that whoever waits, waits for others.
    mix = Mix(messages=5_000, conversations=1_000, tenants=20, span=250, poison=0.001, duplicated=0)
    without, wrong = stage.run(_undisturbed(replace(mix, poison=0), stage.seed, most_at_once=60))
    house, more = stage.run(_undisturbed(mix, stage.seed, most_at_once=60))
    wrong |= more
    before, after = without.measured["answer_p95_s"], house.measured["answer_p95_s"]
    attempts = list(house.model.poisoned.values())
    missed: list[str] = []
    if not attempts or any(tried != 5 for tried in attempts) or house.measured["gave_up"] != len(attempts):
        missed.append(f"attempts {sorted(attempts)}, given up {house.measured['gave_up']}")
    if after > before * SLOWER_WITH_POISON:
        missed.append(f"others waited {after} s instead of {before}")
    if missed:
        wrong["G11"] = missed
    told = {**house.measured, "poisoned": len(attempts), "p95_without_s": before, "p95_with_s": after}
    return [Verdict("G11", told, wrong)]


def bookings(stage: Stage) -> list[Verdict]:
    """G14: 16 processes, 10,000 attempts each on 200 hours, places for one to three at a time, two groomers and a vet."""
    with cloned(template(clock=True)) as place:
        numbers, wrong = booking_race.race(place, seed=stage.seed, attempts=max(20, int(10_000 * stage.size)))
    return [Verdict("G14", numbers, wrong)]


def ambiguity(stage: Stage) -> list[Verdict]:
    """G20: one answer in twenty is lost; with statuses nobody reads anything twice, without them at most twice."""
    mix = Mix(messages=4_000, conversations=400, tenants=20, span=110)
    plan = Plan(mix, seed=stage.seed, kill_every=None, graph=Shares(ambiguous=0.05), throttled=0)
    house, wrong = stage.run(plan)
    doubled = house.measured["doubled"]
    if doubled:
        wrong["G20"] = [f"{doubled} doubled although a status came"]
    told = [Verdict("G20 with statuses", house.measured, wrong)]
    house, wrong = stage.run(replace(plan, graph=Shares(ambiguous=0.05, without_status=1.0)))
    return [*told, Verdict("G20 without statuses", house.measured, wrong)]


def model_outage(stage: Stage) -> list[Verdict]:
    """G27: half an hour without a model, for each way to fail: everybody hears something within a minute."""
    return [_outage(stage, fault) for fault in (*FAULTS, "hang")]


def _outage(stage: Stage, fault: Fault) -> Verdict:
    # Three rushes, so that what is waited for in real time is waited for together.
    many = 60 if fault == "hang" else 300
    mix = Mix(
        messages=many, conversations=many, tenants=10, span=1800, duplicated=0, reordered=0, silent=0, media=0, echo=0
    )
    sources = dict(world.SOURCES)
    sources["turns"] = replace(sources["turns"], concurrency=24)
    plan = replace(_undisturbed(mix, stage.seed, most_at_once=60), sources=sources)

    def prepare(house: World) -> None:
        now = house.clock.now()
        house.model.outage = (now, now + 1800, fault)
        house.crowd.rushes = 3

    house, wrong = replace(stage, size=1.0).run(plan, prepare=prepare)
    slow = house.measured["answer_max_s"]
    if slow > 60:
        wrong["G27"] = [f"somebody waited {slow:.0f} seconds"]
    return Verdict(f"G27 {fault}", house.measured, wrong)


def percentile(values: list[float], percent: int) -> float:
    if len(values) < 2:
        return values[0] if values else 0.0
    return statistics.quantiles(values, n=100, method="inclusive")[percent - 1]


def measured(house: World) -> dict[str, Any]:
    """What a run was, in numbers. Waits are for the agent alone: of nobody's whom a person had meanwhile."""
    waits = [
        float(each)
        for (each,) in house.rows(
            """
            SELECT extract(epoch FROM t.finished_at - m.recorded_at) FROM messages m
            JOIN turns t ON t.organization_id = m.organization_id AND t.id = m.turn_id
            WHERE m.sender = 'customer' AND t.finished_at IS NOT NULL
              AND NOT EXISTS (SELECT FROM conversation_moves v WHERE v.organization_id = m.organization_id
                AND v.conversation_id = m.conversation_id AND v.moved_at >= m.recorded_at AND v.moved_at < t.finished_at)
              AND NOT EXISTS (SELECT FROM turns given WHERE given.organization_id = t.organization_id
                AND given.conversation_id = t.conversation_id AND given.state = 'gave_up')
            """
        )
    ]
    states = dict(house.rows("SELECT state, count(*) FROM turns GROUP BY state"))
    turns = sum(states.values())
    accepted: dict[str, int] = {}
    for each in house.graph.accepted:
        accepted[each.tracker] = accepted.get(each.tracker, 0) + 1
    return {
        "messages": len(house.crowd.said),
        "deliveries": sum(said.deliveries for said in house.crowd.said.values()),
        "turns": turns,
        "gave_up": states.get("gave_up", 0),
        "kills": sum(house.sandboxes.killed.values()) + house.sandboxes.deaths,
        "sent": len(accepted),
        "doubled": sum(count - 1 for count in accepted.values()),
        "buried": sum(queue.buried for queue in house.aws.queues.values()),
        "seconds": round(house.took, 1),
        "virtual_seconds": round(house.took + house.clock.offset),
        "turns_per_second": round(turns / house.active, 1) if house.active else 0.0,
        "answer_p50_s": round(percentile(waits, 50), 1),
        "answer_p95_s": round(percentile(waits, 95), 1),
        "answer_max_s": round(max(waits, default=0.0), 1),
        "faults": {**house.aws.faults.met, **house.graph.met, **house.model.met},
    }


SCENARIOS: dict[str, Callable[[Stage], list[Verdict]]] = {
    "G1": chaos,
    "G3": failpoints,
    "G4": database_crashes,
    "G7": lambda stage: [*queue_down(stage), *database_away(stage)],
    "G8": throughput,
    "G10": recovery,
    "G11": poison,
    "G14": bookings,
    "G20": ambiguity,
    "G27": model_outage,
}
