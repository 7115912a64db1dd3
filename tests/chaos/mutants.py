"""Our own code, broken on purpose in one place: what a checker is for, it must find.

A mutant is applied in the sandboxes before they work, or in the database before anybody writes.
"""

import importlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import psycopg


def nothing() -> None:
    """The sandboxes are as they are."""


@dataclass(frozen=True, slots=True)
class Mutant:
    # The invariant whose checker must find it.
    breaks: str
    mutate: Callable[[], None] = nothing
    # Told to the database, by its administrator.
    statement: str = ""
    # What a run needs for the fault to show: shares of the mix, and of what goes wrong.
    mix: dict[str, Any] = field(default_factory=dict)
    plan: dict[str, Any] = field(default_factory=dict)
    # Of a shop's settings.
    settings: str = ""
    # By then at the latest, in virtual seconds after the begin, SQS takes nothing for a while.
    queue_down: float = 0.0
    # Whether it can be seen before the run has come to rest.
    is_early: bool = True


def named(place: str, becomes: Any) -> Callable[[], None]:
    """A name of a module is bound to something else: `package.module:name`."""

    def mutate() -> None:
        module, _, name = place.partition(":")
        found = importlib.import_module(module)
        assert hasattr(found, name), f"{place} is no longer there"
        setattr(found, name, becomes)

    return mutate


def swallowed(place: str, error: str) -> Callable[[], None]:
    """A function's error is taken for success."""

    def mutate() -> None:
        module, _, name = place.partition(":")
        found = importlib.import_module(module)
        whole = getattr(found, name)
        kind = getattr(importlib.import_module(error.rpartition(".")[0]), error.rpartition(".")[2])

        def quiet(*given: Any, **named_: Any) -> Any:
            try:
                return whole(*given, **named_)
            except kind:
                return None

        setattr(found, name, quiet)

    return mutate


def in_sql(*replaced: tuple[str, str]) -> Callable[[], None]:
    """Words of our statements, on their way to the database."""

    def mutate() -> None:
        whole: Callable[..., Any] = psycopg.Cursor.execute

        def execute(cursor: Any, query: Any, *given: Any, **named_: Any) -> Any:
            if isinstance(query, str):
                for old, new in replaced:
                    query = query.replace(old, new)
            return whole(cursor, query, *given, **named_)

        psycopg.Cursor.execute = execute  # pyright: ignore[reportAttributeAccessIssue]

    return mutate


MUTANTS: dict[str, Mutant] = {
    "acknowledge_before_it_is_stored": Mutant(
        "I1",
        swallowed("functions.receive_webhook.handler:send_all", "auzap.aws.client.AwsError"),
        queue_down=10,
        is_early=False,
    ),
    "ignore_what_sqs_refused": Mutant(
        "I1", named("auzap.aws.queues:items", lambda _: []), plan={"entry_failed": 0.05}, is_early=False
    ),
    "claim_without_a_look_at_the_state": Mutant(
        "I2",
        in_sql(("WHERE oldest.state = 'queued' AND oldest.may_arrive", "WHERE oldest.may_arrive")),
        plan={"delivered_twice": 0.5, "graph": {"slow": 0.5}},
    ),
    "no_reconciliation_by_our_id": Mutant(
        "I2", named("auzap.outbox.statuses:_tracker", lambda _: None), plan={"graph": {"ambiguous": 0.15}}
    ),
    "claim_beside_what_is_under_way": Mutant(
        "I3",
        in_sql(
            (
                "AND o.state IN ('queued', 'sending') ORDER BY o.id LIMIT 1",
                "AND o.state = 'queued' ORDER BY o.id LIMIT 1",
            )
        ),
        plan={"failpoint": "before_send", "failpoint_share": 0.1},
    ),
    "read_in_any_order": Mutant(
        "I3", in_sql(("ORDER BY m.provider_at, m.id)", "ORDER BY m.id DESC)")), mix={"reordered": 0.3}
    ),
    "a_table_without_row_security": Mutant(
        "I4", statement="ALTER TABLE services DISABLE ROW LEVEL SECURITY", mix={"prices": 0.3}
    ),
    "no_exclusion_of_bookings": Mutant(
        "I5",
        statement="ALTER TABLE bookings DROP CONSTRAINT bookings_lane_free",
        mix={"booking": 0.4, "tenants": 1},
    ),
    "a_retry_forgets_the_journal": Mutant(
        "I7",
        in_sql(
            ("FROM turn_steps s, t WHERE s.turn_id = t.id", "FROM turn_steps s, t WHERE s.turn_id = t.id AND false")
        ),
        mix={"booking": 0.4},
        plan={"failpoint": "after_tool", "failpoint_share": 0.1},
    ),
    "steps_without_numbers": Mutant(
        "I7", in_sql(("RETURNING OLD.steps AS before", "RETURNING 0 AS before")), mix={"booking": 0.4}
    ),
    "no_sweep": Mutant("I8", plan={"sweeping": False, "hint_lost": 0.1}, is_early=False),
    "a_lease_never_ends": Mutant(
        "I8",
        in_sql(("(lease_until IS NULL OR lease_until <= app.now())", "(lease_until IS NULL)")),
        plan={"failpoint": "after_claim", "failpoint_share": 0.05},
        is_early=False,
    ),
    "a_turn_that_ends_without_a_word": Mutant(
        "I9", in_sql(("FROM go RETURNING id, due_at", "FROM go WHERE random() > 0.2 RETURNING id, due_at"))
    ),
    "consent_only_at_the_start": Mutant(
        "I10",
        in_sql(("o.author = 'bot' AND place.state = 'human' THEN", "false THEN")),
        mix={"echo": 0.3},
        settings="human_delay = '6 seconds'",
    ),
    "a_change_without_its_trail": Mutant(
        "I11", statement="ALTER TABLE bookings DISABLE TRIGGER audit", mix={"booking": 0.4}
    ),
    "no_cap": Mutant(
        "I12",
        in_sql(("'turn_token_cap', s.turn_token_cap", "'turn_token_cap', 100000000")),
        mix={"greedy": 0.2},
    ),
    "no_meter": Mutant("I12", statement="ALTER TABLE turns DISABLE TRIGGER metered", is_early=False),
}
