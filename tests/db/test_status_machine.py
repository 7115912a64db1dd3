"""One message, whatever happens to it in whatever order: it is sent, or not; repeated once at most; and told of rightly."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import psycopg
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    MultipleResults,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from auzap.db.connection import Database
from auzap.db.locks import lock_conversation
from auzap.ids import OutboxId
from auzap.outbox import queries, statuses
from auzap.outbox.queueing import enqueue
from auzap.outbox.sending import SETTLED_AFTER
from auzap.outbox.statuses import Status
from tests import factories
from tests.factories import PetShop, say
from tests.postgres import Clock

# How far a message has come; a failure counts for more than what was sent, and for less than what has arrived.
RANKS = {"queued": 0, "sent": 1, "failed": 2, "delivered": 3, "read": 4, "played": 5}
TELLABLE = ("sent", "delivered", "read", "played", "failed")


class Life(RuleBasedStateMachine):
    """A sender claims it and asks Meta, dies or gets its answer; Meta tells of each sending it accepted, in any order."""

    database: Database
    shop: PetShop
    clock: Clock

    answered: Bundle[str] = Bundle("answered")
    unanswered: Bundle[str] = Bundle("unanswered")

    def __init__(self) -> None:
        super().__init__()
        # Each life in a time of its own: what was borrowed before is paid back.
        self.clock.move(timedelta(hours=1))
        conversation_id = say(
            self.database, self.shop, wa_id=factories.new_wa_id(), at=self.clock.now()
        ).conversation_id
        self.conversation_id = conversation_id
        with self.database.transaction(self.shop.organization_id, "test") as tx:
            lock_conversation(tx, conversation_id)
            content = {"type": "text", "text": "Oi!"}
            self.outbox_id: OutboxId = enqueue(
                tx, conversation_id=conversation_id, kind="reply", author="bot", content=content
            )
        self.sends = 0
        self.told: list[str] = []
        self.is_given_up = False

    def claim(self) -> queries.Claimed | None:
        place = self.shop.organization_id, self.conversation_id
        return queries.claim(self.database, *place, settled_after=SETTLED_AFTER)

    @initialize(target=unanswered)
    def send_first(self) -> str:
        return self.send_again()

    @rule(target=unanswered)
    def send(self) -> MultipleResults[str]:
        """Later: nobody may have spoken of it; or it is done, and another hint changes nothing."""
        self.clock.move(timedelta(seconds=61))
        claimed = self.claim()
        return multiple() if claimed is None or claimed.wait is not None else multiple(self.send_again(claimed))

    def send_again(self, claimed: queries.Claimed | None = None) -> str:
        """What Meta accepts has an id of its own, and ours; whether its answer is heard is another matter."""
        claimed = claimed or self.claim()
        assert claimed
        assert claimed.wait is None
        self.sends += 1
        return f"wamid.{uuid4().hex}"

    @rule(target=answered, wamid=consumes(unanswered))
    def answer(self, wamid: str) -> str:
        place = self.shop.organization_id, self.conversation_id
        queries.record_sent(self.database, *place, self.outbox_id, self.shop.account.id, wamid)
        self.told.append("sent")
        return wamid

    @rule(wamid=answered | unanswered, state=st.sampled_from(TELLABLE))
    def tell(self, wamid: str, state: str) -> None:
        code = 131026 if state == "failed" else None
        status = Status(self.shop.account.external_id, wamid, state, datetime.now(UTC), self.outbox_id, code, None)
        place = self.shop.organization_id, self.shop.account.id
        statuses.apply(self.database, *place, status)
        self.told.append(state)

    @invariant()
    def it_is_repeated_once_at_most(self) -> None:
        assert self.sends <= 2

    @invariant()
    def what_is_shown_is_the_furthest_that_was_told(self) -> None:
        delivery, state, tasks = self._stored()
        if state == "failed" and "failed" not in self.told:
            # Given up by ourselves: nobody had spoken of it for a minute, twice.
            self.is_given_up = True
        given_up = ["failed"] if self.is_given_up else []
        furthest = max(RANKS[word] for word in ["queued", *self.told, *given_up])
        assert RANKS[delivery] == furthest, (self.told, delivery, state)
        if RANKS[delivery] > RANKS["failed"]:
            assert state == "sent"
        if delivery == "failed":
            assert (state, tasks > 0) == ("failed", True)

    def _stored(self) -> tuple[str, str, int]:
        with self.database.transaction(self.shop.organization_id, "test") as tx:
            row = tx.execute(
                """
                SELECT m.delivery, o.state, (SELECT count(*) FROM staff_tasks t WHERE t.conversation_id = o.conversation_id)
                FROM outbox o JOIN messages m ON m.outbox_id = o.id WHERE o.id = %s
                """,
                [self.outbox_id],
            ).fetchone()
        assert row
        return row[0], row[1], row[2]


def test_whatever_happens_to_a_message_it_is_told_of_rightly(
    owner: psycopg.Connection, database: Database, clock: Clock
) -> None:
    shop = factories.make_pet_shop(owner, database)

    class Here(Life):
        pass

    Here.database, Here.shop, Here.clock = database, shop, clock
    run_state_machine_as_test(
        Here,
        settings=settings(
            max_examples=70,
            stateful_step_count=7,
            deadline=None,
            derandomize=True,
            database=None,
        ),
    )
