"""Our own code, broken on purpose in one place: what a checker is for, it must find.

A mutant is applied in the sandboxes before they work, or in the database before anybody writes. One whose place is no longer
there says so.
"""

import importlib
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import psycopg
from psycopg.abc import Query

PACKAGE = Path(__file__).parents[2] / "shared/auzap"
# The functions of the database, whether a migration or a routine made them.
FUNCTIONS = "SELECT pg_get_functiondef(oid) FROM pg_proc WHERE pronamespace = 'app'::regnamespace AND prokind = 'f'"


class NoLongerThere(Exception):
    """What a mutant changes has gone elsewhere: the mutant must follow it."""


@dataclass(frozen=True, slots=True)
class Words:
    """Words of our SQL, wherever it is: in a statement of the client, or in a function of the database."""

    old: str
    new: str

    def replaced(self, text: str) -> str:
        # However the lines are broken.
        return re.sub(r"\s+".join(map(re.escape, self.old.split())), lambda _: self.new, text)

    def put_into(self, database: psycopg.Connection) -> None:
        """A function that holds them is made anew; otherwise the sandboxes' statements must hold them."""
        found = [(definition, self.replaced(definition)) for (definition,) in database.execute(FUNCTIONS)]
        changed = [new for old, new in found if new != old]
        for definition in changed:
            database.execute(cast(Query, definition))
        if not changed and not any(self.replaced(text) != text for text in _sources()):
            raise NoLongerThere(self.old)


@dataclass(frozen=True, slots=True)
class Name:
    """A name of a module, `package.module:name`, and what it stands for instead, made of what it stood for."""

    place: str
    becomes: Callable[[Any], Any]

    def whole(self) -> Any:
        module, _, name = self.place.partition(":")
        found = importlib.import_module(module)
        if not hasattr(found, name):
            raise NoLongerThere(self.place)
        return getattr(found, name)

    def put(self) -> None:
        module, _, name = self.place.partition(":")
        setattr(importlib.import_module(module), name, self.becomes(self.whole()))


@dataclass(frozen=True, slots=True)
class Mutant:
    # The invariant whose checker must find it.
    breaks: str
    words: tuple[Words, ...] = ()
    name: Name | None = None
    # Told to the database, by its owner.
    statement: str = ""
    # What a run needs for the fault to show: shares of the mix, and of what goes wrong.
    mix: dict[str, Any] = field(default_factory=dict)
    plan: dict[str, Any] = field(default_factory=dict)
    # By then at the latest, in virtual seconds after the begin, SQS takes nothing for a while.
    queue_down: float = 0.0
    # Whether it can be seen before the run has come to rest.
    is_early: bool = True

    def put_into_database(self, owner: str, admin: str) -> None:
        """And whether the sandboxes will find what they are to change."""
        if self.name:
            self.name.whole()
        if self.statement:
            with psycopg.connect(owner, autocommit=True) as connection:
                connection.execute(cast(Query, self.statement))
        with psycopg.connect(admin, autocommit=True) as connection:
            for words in self.words:
                words.put_into(connection)

    def put_into_sandbox(self) -> None:
        if self.name:
            self.name.put()
        if self.words:
            self._change_statements()

    def _change_statements(self) -> None:
        whole: Callable[..., Any] = psycopg.Cursor.execute

        def execute(cursor: Any, query: Any, *given: Any, **named: Any) -> Any:
            for words in self.words if isinstance(query, str) else ():
                query = words.replaced(query)
            return whole(cursor, query, *given, **named)

        psycopg.Cursor.execute = execute  # pyright: ignore[reportAttributeAccessIssue]


def always(value: Any) -> Callable[[Any], Any]:
    """A function that asks nothing any more."""
    return lambda _: lambda *given, **named: value


def without(error: str) -> Callable[[Any], Any]:
    """A function whose error is taken for success."""
    module, _, name = error.rpartition(".")

    def becomes(whole: Callable[..., Any]) -> Callable[..., Any]:
        kind = getattr(importlib.import_module(module), name)

        def quiet(*given: Any, **named: Any) -> Any:
            try:
                return whole(*given, **named)
            except kind:
                return None

        return quiet

    return becomes


def _sources() -> list[str]:
    return [path.read_text() for path in PACKAGE.rglob("*.py")]


MUTANTS: dict[str, Mutant] = {
    "acknowledge_before_it_is_stored": Mutant(
        "I1",
        name=Name("functions.receive_webhook.handler:send_all", without("auzap.aws.client.AwsError")),
        queue_down=10,
        is_early=False,
    ),
    "ignore_what_sqs_refused": Mutant(
        "I1", name=Name("auzap.aws.queues:items", always([])), plan={"entry_failed": 0.05}, is_early=False
    ),
    "claim_without_a_look_at_the_state": Mutant(
        "I2",
        (Words("IF oldest.state = 'sending' THEN", "IF false THEN"),),
        plan={"delivered_twice": 0.5, "graph": {"slow": 0.5}},
    ),
    "no_reconciliation_by_our_id": Mutant(
        "I2", name=Name("auzap.outbox.statuses:_tracker", always(None)), plan={"graph": {"ambiguous": 0.15}}
    ),
    "claim_beside_what_is_under_way": Mutant(
        "I3",
        (
            Words(
                "AND o.state IN ('queued', 'sending') ORDER BY o.id LIMIT 1",
                "AND o.state = 'queued' ORDER BY o.id LIMIT 1",
            ),
        ),
        plan={"failpoint": "before_send", "failpoint_share": 0.1},
    ),
    "read_in_any_order": Mutant(
        "I3",
        (Words("m.turn_id IS NULL ORDER BY m.provider_at, m.id)", "m.turn_id IS NULL ORDER BY m.id DESC)"),),
        mix={"reordered": 0.3},
    ),
    "a_table_without_row_security": Mutant(
        "I4", statement="ALTER TABLE services DISABLE ROW LEVEL SECURITY", mix={"prices": 0.3}
    ),
    # Either alone is enough: who books looks first, and the database refuses what was not seen.
    "no_look_and_no_exclusion_of_bookings": Mutant(
        "I5",
        (Words("WHERE p.starts_at > %(before)s", "WHERE false AND p.starts_at > %(before)s"),),
        statement="ALTER TABLE booking_places DROP CONSTRAINT booking_places_free",
        mix={"booking": 0.4, "tenants": 1},
    ),
    "a_retry_forgets_the_journal": Mutant(
        "I7",
        (Words("WHERE s.turn_id = turn.id)", "WHERE false)"),),
        mix={"booking": 0.4},
        plan={"failpoint": "after_tool", "failpoint_share": 0.1},
    ),
    "steps_without_numbers": Mutant(
        "I7", (Words("RETURNING OLD.steps AS before", "RETURNING 0 AS before"),), mix={"booking": 0.4}
    ),
    "no_sweep": Mutant("I8", plan={"sweeping": False, "hint_lost": 0.1}, is_early=False),
    "a_lease_never_ends": Mutant(
        "I8",
        (Words("WHEN place.lease_until > app.now() THEN", "WHEN place.lease_until IS NOT NULL THEN"),),
        plan={"failpoint": "after_claim", "failpoint_share": 0.05},
        is_early=False,
    ),
    "a_turn_that_ends_without_a_word": Mutant(
        "I9",
        (
            Words(
                "RETURNING o.id, o.due_at INTO sent;",
                """RETURNING o.id, o.due_at INTO sent;
                IF random() < 0.2 THEN UPDATE public.outbox SET state = 'cancelled' WHERE id = sent.id; END IF;""",
            ),
        ),
    ),
    "consent_only_at_the_start": Mutant(
        "I10",
        (Words("WHEN o.author = 'bot' AND held_by = 'human' THEN", "WHEN false THEN"),),
        # Asked when a person takes over, and again before each message.
        statement="ALTER TABLE conversations DISABLE TRIGGER silenced",
        # What has to wait is what a person may come before.
        mix={"echo": 0.5, "conversations": 80},
        plan={"graph": {"too_many": 0.6}},
    ),
    "a_change_without_its_trail": Mutant(
        "I11", statement="ALTER TABLE bookings DISABLE TRIGGER audit", mix={"booking": 0.4}
    ),
    "no_cap": Mutant(
        "I12",
        (Words("'turn_token_cap', s.turn_token_cap", "'turn_token_cap', 100000000"),),
        mix={"greedy": 0.2},
    ),
    "no_meter": Mutant("I12", statement="ALTER TABLE turns DISABLE TRIGGER metered", is_early=False),
}
