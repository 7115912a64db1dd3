"""The house under test: its functions in sandboxes, its database, AWS around it, and everybody outside."""

import json
import random
import time
from collections import Counter
from collections.abc import Callable, Generator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg

from auzap.channels import credentials
from auzap.db.connection import Database
from auzap.ids import OrganizationId
from tests import factories
from tests.chaos.crowd import APP_SECRET, Crowd, Mix, Tenant, crowd_wa_id
from tests.chaos.outside.graph import Graph, Shares
from tests.chaos.outside.model import Model
from tests.chaos.sim.aws import Aws, Faults
from tests.chaos.sim.clock import Clock
from tests.chaos.sim.queues import Message
from tests.chaos.sim.sandboxes import Invocation, Outcome, Pool, Sandboxes, Zygote
from tests.chaos.sim.sources import KEEPER, SOURCES, Source, Sources
from tests.chaos.sim.wire import Wire
from tests.postgres import Place

SWEEP_SECONDS = 60.0
# Nothing of ours waits longer than this, unless for a person or for the clock of a hand-over.
QUIET_SECONDS = 360.0
LONGEST_AFTERMATH = 3600.0
MOST_AT_ONCE = 60
WATCH_SECONDS = 0.5
ENDED_BETWEEN_KILLS = 5
ZONES = ("UTC", "Asia/Kathmandu", "America/Los_Angeles")
# The queue of hints that there is news.
NEWS = "changes"
OWNER_TOOLS = {"receive_webhook": 2, "run_schedule": 1}


@dataclass(frozen=True, slots=True)
class Plan:
    """A run: what is written, and what goes wrong meanwhile."""

    mix: Mix
    seed: int = 1
    kill_every: float | None = 0.5
    graph: Shares = field(default_factory=lambda: Shares(too_many=0.02, failing=0.01, ambiguous=0.01))
    model_failing: float = 0.01
    entry_failed: float = 0.01
    hint_lost: float = 0.005
    delivered_twice: float = 0.01
    throttled: float = 0.002
    sweeping: bool = True
    mutant: str = ""
    # Of the invocations of any function: killed at this point, if they come by.
    failpoint: str = ""
    failpoint_share: float = 0.0
    most_at_once: int = MOST_AT_ONCE
    sources: dict[str, Source] = field(default_factory=lambda: dict(SOURCES))


@dataclass(slots=True)
class World:
    plan: Plan
    place: Place
    clock: Clock
    wire: Wire
    aws: Aws
    graph: Graph
    model: Model
    crowd: Crowd
    sandboxes: Sandboxes
    sources: Sources
    tenants: list[Tenant]
    output: Path
    chance: random.Random
    kills: int = 0
    jumped: int = 0
    began: float = 0.0
    took: float = 0.0
    # Real seconds until the last message was dealt with.
    active: float = 0.0
    measured: dict[str, Any] = field(default_factory=dict)
    # What a scenario adds to each turn of the loop, and may end it by.
    on_turn: Callable[[], None] = lambda: None
    # Virtual seconds for which a scenario kept away what nobody can be answered without.
    away: float = 0.0
    # Messages whose status was on a batch that died: they may be sent once more.
    unsettled: set[str] = field(default_factory=set)
    _last_stir: float = 0.0
    _last_word: float = 0.0
    _next_kill: float = 0.0
    _ended_by: int = 0
    _next_watch: float = 0.0
    _swept: int = 0

    def run(self, *, most_seconds: float = 3600.0, until: Callable[[], bool] = lambda: False) -> None:
        """Until everything that was said is dealt with, and a while of nothing has passed."""
        self.began = time.monotonic()
        self.crowd.plan(self.clock.now() + 1)
        if self.plan.sweeping:
            self.clock.after(SWEEP_SECONDS, self._sweep)
        self._stir()
        while not until() and not self._is_over():
            if time.monotonic() - self.began > most_seconds:
                raise TimeoutError(f"not done after {most_seconds} seconds: {self.state()}")
            self._turn()
        self.took = time.monotonic() - self.began

    def state(self) -> dict[str, Any]:
        return {
            "queues": {name: len(queue) for name, queue in self.aws.queues.items() if len(queue)},
            "busy": Counter(sandbox.function for sandbox in self.sandboxes.busy),
            "starting": len(self.sandboxes.starting),
            "crowd": len(self.crowd._deliveries),
            "virtual": round(self.clock.now() - time.time()),
        }

    def rows(self, query: str, parameters: Any = None) -> list[tuple[Any, ...]]:
        """As the administrator, who sees every shop."""
        with psycopg.connect(self.place.admin, autocommit=True) as connection:
            return connection.execute(query, parameters).fetchall()  # type: ignore[arg-type]

    def _turn(self) -> None:
        self.on_turn()
        self.clock.fire()
        self.crowd.pump()
        self.sources.dispatch()
        self._watch()
        due = self._next_due()
        if self.sandboxes.is_idle and due is None:
            self.clock.jump(self.clock.now() + QUIET_SECONDS)
        if self.sandboxes.is_idle and due is not None:
            if due > self.clock.now():
                self.jumped += 1
                self.clock.jump(due)
            self.wire.turn(0)
            return
        patience = 0.2 if due is None else min(0.2, max(0.0, due - self.clock.now()))
        self.wire.turn(patience)

    def _next_due(self) -> float | None:
        due = [self.clock.next_due(), self.crowd.next_due(), self.sources.next_due() if self._may_dispatch() else None]
        return min((each for each in due if each is not None), default=None)

    def _may_dispatch(self) -> bool:
        """While every place is taken, what is visible is nothing to wake up for."""
        return self.sandboxes.is_idle or not self.sandboxes.busy

    def _watch(self) -> None:
        now = time.monotonic()
        if now >= self._next_watch:
            self._next_watch = now + WATCH_SECONDS
            self.sandboxes.end_overdue()
            if not self.clock.is_told:
                self.clock.tell()
        if self.plan.kill_every is not None and now >= self._next_kill and not self.crowd.is_done:
            self._next_kill = now + self.plan.kill_every
            # A machine that is busy otherwise is not killed to a standstill.
            if self.sandboxes.busy and self.sandboxes.ended - self._ended_by >= ENDED_BETWEEN_KILLS:
                self._ended_by = self.sandboxes.ended
                self.kills += 1
                self.sandboxes.kill(self.chance.choice(sorted(self.sandboxes.busy, key=lambda each: each.pid)))

    def _is_over(self) -> bool:
        now = self.clock.now()
        if not self.crowd.is_done:
            self._last_word = now
        # A clock that ticks is no work.
        if not self.crowd.is_done or self.sources.left():
            self._stir()
            self.active = time.monotonic() - self.began
        # What is still busy so long after the last word will be so for ever.
        return now - self._last_stir > QUIET_SECONDS or now - self._last_word > LONGEST_AFTERMATH

    def _stir(self) -> None:
        self._last_stir = self.clock.now()

    def note(self, name: str, batch: list[Message], outcome: Outcome) -> None:
        if name == "provider-events" and (outcome.was_killed or outcome.raised):
            told = (json.loads(message.body) for message in batch)
            self.unsettled |= {each.get("element", {}).get("biz_opaque_callback_data", "") for each in told}

    def _sweep(self) -> None:
        self.clock.after(SWEEP_SECONDS, self._sweep)
        self._swept += 1
        at = datetime.fromtimestamp(self.clock.now(), UTC).isoformat()
        for job in ("hint_sweep", "returns"):
            self.sandboxes.invoke(Invocation("run_schedule", {"job": job, "at": at}, lambda _: None, 30))


@contextmanager
def opened(plan: Plan, zygote: Zygote, place: Place, directory: Path) -> Generator[World]:
    """A house with its shops, before anybody has written."""
    chance = random.Random(plan.seed)
    wire = Wire()
    with (
        psycopg.connect(place.owner, autocommit=True) as owner,
        closing(Database(lambda: place.app)) as database,
    ):
        clock = Clock(place.owner)
        clock.tell()
        faults = Faults(random.Random(plan.seed + 1), entry_failed=plan.entry_failed, hint_lost=plan.hint_lost)
        aws = Aws(clock, faults)
        aws.url = f"http://127.0.0.1:{wire.serve(aws)}"
        graph = Graph(clock, plan.graph, random.Random(plan.seed + 2))
        graph.origin = f"http://127.0.0.1:{wire.serve(graph)}"
        model = Model(clock, random.Random(plan.seed + 3), failing=plan.model_failing)
        tenants = [_furnish(number, owner, database, aws) for number in range(1, plan.mix.tenants + 1)]
        output = directory / f"{place.name}.log"
        environment = {
            "AWS_ACCESS_KEY_ID": "chaos",
            "AWS_SECRET_ACCESS_KEY": "chaos",
            "AWS_REGION": "sa-east-1",
            "AWS_ENDPOINT_URL": aws.url,
            # Nothing of ours may go by it.
            "TZ": ZONES[plan.seed % len(ZONES)],
            "AUZAP_DATABASE_URL": place.app,
            "AUZAP_QUARANTINE_BUCKET": "quarantine",
            "AUZAP_MEDIA_BUCKET": "media",
            "AUZAP_WHATSAPP_SECRET": "whatsapp",
            "AUZAP_MODEL_SECRET": "model",
            "AUZAP_MODEL_BASE_URL": f"http://127.0.0.1:{wire.serve(model)}/v1",
            "AUZAP_MODEL_NAME": "chaos-1",
            "AUZAP_MODEL_FALLBACK_NAME": "chaos-2",
            "AUZAP_GRAPH_URL": f"{graph.origin}/v26.0",
        }
        aws.secrets["whatsapp"] = {"verify_token": "chaos", "app_secrets": [APP_SECRET]}
        aws.secrets["model"] = {"api_key": "chaos"}
        drained = _draw_queues(plan, aws, environment)
        # Nobody listens here: that nothing is lost of the news is proved where somebody does.
        environment["AUZAP_CHANGES_QUEUE_URL"] = aws.queue_url(aws.make_queue(NEWS).name)
        pools: Counter[str] = Counter(OWNER_TOOLS)
        for _, source in drained.values():
            pools[source.function] += source.concurrency
        pools[KEEPER.function] = KEEPER.concurrency
        sandboxes = Sandboxes(
            wire, zygote, environment, output, plan.mutant, {name: Pool(most) for name, most in pools.items()}
        )
        if plan.failpoint_share:
            sandboxes.failpoint = lambda _: plan.failpoint if chance.random() < plan.failpoint_share else ""
        sandboxes.open()
        sources = Sources(clock, sandboxes, drained, throttled=plan.throttled, chance=random.Random(plan.seed + 4))
        crowd = Crowd(
            clock, plan.mix, random.Random(plan.seed), tenants, lambda event, heard: _post(sandboxes, event, heard)
        )
        crowd.is_full = lambda: (
            len(aws.queues["inbound.fifo"]) + crowd.in_flight + sources.running["turns"] > plan.most_at_once
        )
        graph.on_accept = crowd.hear
        crowd.is_silent = lambda tracker: tracker in graph.silent
        model.kill_asker = lambda port: _kill_asker(sandboxes, port)
        world = World(
            plan,
            place,
            clock,
            wire,
            aws,
            graph,
            model,
            crowd,
            sandboxes,
            sources,
            tenants,
            output,
            random.Random(plan.seed + 5),
        )
        sources.on_end = world.note
        if plan.mix.owners:
            make_owners(world)
        try:
            yield world
        finally:
            sandboxes.close()
            wire.close()
            clock.close()


def _draw_queues(plan: Plan, aws: Aws, environment: dict[str, str]) -> dict[str, tuple[Any, Source]]:
    """As the stack draws them: each with dead letters, which are drained like all others."""
    drained: dict[str, tuple[Any, Source]] = {}
    for name, source in plan.sources.items():
        suffix = ".fifo" if source.is_fifo else ""
        dead = aws.make_queue(f"{name}-dead{suffix}", {"VisibilityTimeout": str(6 * KEEPER.seconds)})
        queue = aws.make_queue(f"{name}{suffix}", {"VisibilityTimeout": str(6 * source.seconds)})
        queue.most_receives, queue.dead_letters = source.attempts, dead
        if not source.is_fifo:
            queue.disorder.twice, queue.disorder.window = plan.delivered_twice, 3
            queue.disorder.chance = random.Random(plan.seed)
        drained[name] = (queue, source)
        drained[f"{name}-dead"] = (dead, KEEPER)
        environment[f"AUZAP_{name.upper().replace('-', '_')}_QUEUE_URL"] = aws.queue_url(queue.name)
    return drained


def _post(sandboxes: Sandboxes, event: dict[str, Any], heard: Callable[[bool], None]) -> None:
    def done(outcome: Outcome) -> None:
        heard(bool(outcome.answer) and outcome.answer["statusCode"] == 200)

    sandboxes.invoke(Invocation("receive_webhook", event, done, 5))


def _kill_asker(sandboxes: Sandboxes, port: int) -> None:
    asker = sandboxes.asker(port)
    assert asker is not None, "nobody is at the far end"
    sandboxes.kill(asker)


def _furnish(number: int, owner: psycopg.Connection, database: Database, aws: Aws) -> Tenant:
    """A shop whose every text bears its mark."""
    organization_id = factories.make_organization(owner, shop_name=f"Pet Canary{number}")
    key = random.Random(number).randbytes(32)
    with database.transaction(organization_id, "chaos") as tx:
        factories.make_shop(tx, parallel_bookings=1)
        account = factories.make_account(tx)
        tx.execute(
            "UPDATE organization_settings SET burst_window = '1 second', about = %s, handoff_most_turns = 100, "
            "turn_token_cap = 60000, waiting_timeout = '2 minutes', phone_pause = '3 minutes'",
            [f"Casa Canary{number}"],
        )
        sealed = credentials.sealed(key, organization_id, f"token-of-{number}")
        wrapped = aws.wrapped(key, {"organization_id": str(organization_id)})
        tx.execute("INSERT INTO organization_keys (wrapped_key) VALUES (%s)", [wrapped])
        tx.execute("UPDATE channel_accounts SET credentials = %s, per_second = 1000", [sealed])
        factories.make_service(tx, "Banho", price_cents=7000)
        factories.make_service(tx, f"Tosa Canary{number}", price_cents=9000)
    return Tenant(number, str(organization_id), account.external_id)


def set_rules(world: World, rules: str) -> None:
    """The settings of every shop."""
    with closing(Database(lambda: world.place.app)) as database:
        for tenant in world.tenants:
            with database.transaction(OrganizationId(UUID(tenant.organization_id)), "chaos") as tx:
                tx.connection.execute(f"UPDATE organization_settings SET {rules}")  # type: ignore[arg-type]


def make_owners(world: World) -> None:
    """The first customer of each shop is its owner, who speaks with the owner's agent."""
    with closing(Database(lambda: world.place.app)) as database:
        for tenant in world.tenants:
            wa_id = crowd_wa_id(tenant.number - 1)
            with database.transaction(OrganizationId(UUID(tenant.organization_id)), "chaos") as tx:
                tx.execute("INSERT INTO authorized_owner_numbers (phone, name) VALUES (%s, 'Dona')", [f"+{wa_id}"])
