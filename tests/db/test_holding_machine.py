"""A conversation in everybody's hands at once: whatever happens in whatever order, it stands where the rules say."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

import psycopg
import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from auzap.agent.reply import Reply
from auzap.agent.turn import Usage
from auzap.conversations import holding
from auzap.conversations.closing import close_stale
from auzap.conversations.holding import HeldByAnother, IllegalMove, NotWaiting
from auzap.conversations.returning import take_back
from auzap.db.connection import Database
from auzap.ids import ConversationId, UserId
from auzap.organizations import team
from auzap.turns.finishing import finish
from tests import factories
from tests.db.committed import read, write
from tests.db.machines import live_through
from tests.db.turning import GREETING, claimed
from tests.factories import PetShop, new_wa_id, say
from tests.postgres import Clock

HANDOFF = Reply(
    kind="reply",
    content={"type": "text", "text": "Entendi!"},
    intent="question",
    confidence=90,
    handoff_reason="wants a discount",
)
ZERO = timedelta(0)
BURST = timedelta(seconds=15)
WAITING_TIMEOUT, PHONE_PAUSE, PANEL_PAUSE = timedelta(minutes=30), timedelta(hours=1), timedelta(hours=12)
STALE = REOPENS = timedelta(days=7)
# Never exactly as long as any of the above, alone or together.
PASSES = [timedelta(minutes=7), timedelta(minutes=47), timedelta(hours=13, minutes=3), timedelta(days=8, minutes=11)]
# Less than the shortest of them.
SLOW_MACHINE = timedelta(minutes=5)
PEOPLE = st.sampled_from(["bia", "caio"])


@dataclass
class World:
    database: Database
    shop: PetShop
    clock: Clock
    people: dict[str, UserId]


@dataclass
class Talk:
    """What should be true of the conversation. Times count from its beginning."""

    state: str = "ai"
    holder: str | None = None
    unanswered: int = 0
    unsent_by_bot: int = 0
    unsent_by_person: int = 0
    returns_at: timedelta | None = None
    last_at: timedelta = ZERO
    closed_at: timedelta = ZERO
    path: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])

    def move(self, *states: str) -> None:
        for state in states:
            self.path.append((self.state, state))
            self.state = state
            if state == "human":
                self.unsent_by_bot = 0
            if state in {"ai", "closed"}:
                self.returns_at = None
            if state == "ai":
                self.holder = None

    def to_human(self) -> None:
        self.move(*{"ai": ("waiting_human", "human"), "waiting_human": ("human",), "human": ()}[self.state])


class Hands(RuleBasedStateMachine):
    world: World

    def __init__(self) -> None:
        super().__init__()
        self.wa_id = new_wa_id()
        self.passed = ZERO
        self.talk = Talk(unanswered=1)
        self.conversation_id = self.say("Oi!")

    # What customers and the agent do

    @rule()
    def customer_writes(self) -> None:
        conversation_id = self.say("E então?")
        self.reopen_or_begin(conversation_id)
        self.talk.unanswered += 1
        self.talk.last_at = self.passed

    @precondition(lambda self: self.talk.state == "ai" and self.talk.unanswered > 0)
    @rule()
    def agent_answers(self) -> None:
        self.finish(GREETING)

    @precondition(lambda self: self.talk.state == "ai" and self.talk.unanswered > 0)
    @rule()
    def agent_hands_over(self) -> None:
        self.finish(HANDOFF)
        self.talk.move("waiting_human")
        self.talk.returns_at = self.passed + WAITING_TIMEOUT

    @rule()
    def everything_is_sent(self) -> None:
        write(
            self.world.database,
            self.world.shop,
            "UPDATE outbox SET state = 'sent' WHERE conversation_id = %s AND state = 'queued'",
            self.conversation_id,
        )
        self.talk.unsent_by_bot = self.talk.unsent_by_person = 0

    # What people do

    @rule(who=PEOPLE)
    def somebody_takes(self, who: str) -> None:
        if self.talk.state == "closed":
            with pytest.raises(IllegalMove):
                self.act(holding.take, self.user(who))
        elif self.is_held_against(who):
            with pytest.raises(HeldByAnother):
                self.act(holding.take, self.user(who))
        else:
            self.act(holding.take, self.user(who))
            self.held_by(who)

    @rule(who=PEOPLE)
    def somebody_writes(self, who: str) -> None:
        if self.talk.state == "closed" or self.is_held_against(who):
            with pytest.raises((IllegalMove, HeldByAnother)):
                self.act(holding.write_as_staff, self.user(who), "Oi!")
            return
        self.act(holding.write_as_staff, self.user(who), "Oi!")
        self.held_by(who)
        self.talk.returns_at = self.passed + PANEL_PAUSE
        self.talk.unanswered = 0
        self.talk.unsent_by_person += 1
        self.talk.last_at = self.passed

    @rule(who=PEOPLE)
    def somebody_passes_it_on(self, who: str) -> None:
        if self.talk.state == "closed":
            with pytest.raises(IllegalMove):
                self.act(holding.transfer, self.user(who))
            return
        self.act(holding.transfer, self.user(who))
        self.held_by(who)

    @rule(who=PEOPLE)
    def somebody_is_meant_to_take_it(self, who: str) -> None:
        if self.talk.state != "waiting_human":
            with pytest.raises(NotWaiting):
                self.act(holding.assign, self.user(who))
            return
        self.act(holding.assign, self.user(who))
        self.talk.holder = who

    @rule()
    def staff_hand_over(self) -> None:
        if self.talk.state in {"human", "closed"}:
            with pytest.raises(IllegalMove):
                self.act(holding.hand_over, "by hand")
            return
        self.act(holding.hand_over, "by hand")
        if self.talk.state == "ai":
            self.talk.move("waiting_human")
            self.talk.returns_at = self.passed + WAITING_TIMEOUT

    @rule()
    def staff_give_back(self) -> None:
        if self.talk.state == "closed":
            with pytest.raises(IllegalMove):
                self.act(holding.give_back)
            return
        is_asked = self.act(holding.give_back)
        assert is_asked == (self.talk.state != "ai" and self.talk.unanswered > 0)
        if self.talk.state != "ai":
            self.talk.move("ai")

    @rule(who=PEOPLE)
    def somebody_closes(self, who: str) -> None:
        self.act(holding.close, self.user(who))
        if self.talk.state == "closed":
            return
        if self.talk.state != "human":
            self.talk.to_human()
            self.talk.holder = who
        self.close()

    @rule()
    def staff_reopen(self) -> None:
        self.act(holding.reopen)
        if self.talk.state == "closed":
            self.talk.move("ai")

    @rule()
    def the_shops_phone_answers(self) -> None:
        conversation_id = self.say("Deixa comigo!", echo=True)
        self.reopen_or_begin(conversation_id)
        kept_until = self.talk.returns_at if self.talk.state == "human" else None
        self.talk.to_human()
        self.talk.returns_at = max(kept_until or ZERO, self.passed + PHONE_PAUSE)
        self.talk.unanswered = 0
        self.talk.last_at = self.passed

    # What the clocks do

    @rule(by=st.sampled_from(PASSES))
    def time_passes(self, by: timedelta) -> None:
        self.wait(by)

    @rule()
    def a_week_of_silence_ends_in_a_night(self) -> None:
        self.wait(PASSES[-1])
        self.close_what_is_stale()

    @rule()
    def the_clock_of_returns_ticks(self) -> None:
        returned = take_back(self.world.database, self.world.shop.organization_id, self.conversation_id)
        is_due = self.talk.returns_at is not None and self.talk.returns_at <= self.passed
        assert returned.outcome == ("returned" if is_due else "skipped")
        if is_due:
            assert returned.is_asked == (self.talk.unanswered > 0)
            assert returned.has_outbox == (self.talk.state == "waiting_human")
            if self.talk.state == "waiting_human":
                self.talk.unsent_by_bot += 1
                self.talk.last_at = self.passed
            self.talk.move("ai")

    @rule()
    def the_night_closes_what_is_stale(self) -> None:
        self.close_what_is_stale()

    # What must be so after each of them

    @invariant()
    def it_stands_where_it_should(self) -> None:
        ((state, holder, closed, returns_in, merged),) = read(
            self.world.database,
            self.world.shop,
            """
            SELECT state, assigned_user_id, closed_at IS NOT NULL, returns_at - app.now(), merged_into
            FROM conversations WHERE id = %s
            """,
            self.conversation_id,
        )
        talk = self.talk
        assert (state, holder) == (talk.state, talk.holder and self.user(talk.holder))
        assert closed == (state == "closed")
        # Whenever the agent is silent, the panel says until when.
        assert (returns_in is not None) == (state in {"waiting_human", "human"}) == (talk.returns_at is not None)
        if talk.returns_at is not None:
            assert abs(returns_in - (talk.returns_at - self.passed)) < SLOW_MACHINE
        assert merged is None

    @invariant()
    def it_came_there_by_allowed_moves_only(self) -> None:
        rows = read(
            self.world.database,
            self.world.shop,
            "SELECT from_state, to_state FROM conversation_moves WHERE conversation_id = %s ORDER BY id",
            self.conversation_id,
        )
        assert [move for move in rows if move[0] != move[1]] == self.talk.path

    @invariant()
    def the_agent_says_nothing_over_a_person_and_forgets_nobody(self) -> None:
        ((by_bot, by_person, unanswered, running, is_waking),) = read(
            self.world.database,
            self.world.shop,
            """
            SELECT (SELECT count(*) FROM outbox WHERE conversation_id = c.id AND author = 'bot' AND state = 'queued'),
              (SELECT count(*) FROM outbox WHERE conversation_id = c.id AND author = 'person' AND state = 'queued'),
              (SELECT count(*) FROM messages WHERE conversation_id = c.id AND awaits_answer AND turn_id IS NULL),
              (SELECT count(*) FROM turns WHERE conversation_id = c.id AND state = 'running'), c.answer_at IS NOT NULL
            FROM conversations c WHERE c.id = %s
            """,
            self.conversation_id,
        )
        talk = self.talk
        assert (by_bot, by_person, unanswered) == (talk.unsent_by_bot, talk.unsent_by_person, talk.unanswered)
        assert running == 0
        if talk.state == "human":
            assert by_bot == 0
        if talk.state == "ai":
            assert is_waking == (unanswered > 0)

    # How

    def say(self, text: str, *, echo: bool = False) -> ConversationId:
        world = self.world
        said = say(world.database, world.shop, text, wa_id=self.wa_id, echo=echo, at=world.clock.now())
        return said.conversation_id

    def reopen_or_begin(self, conversation_id: ConversationId) -> None:
        """A customer who comes back in a week goes on where they were; later, a new conversation begins."""
        if self.talk.state == "closed" and self.passed - self.talk.closed_at < REOPENS:
            self.talk.move("ai")
        elif self.talk.state == "closed":
            assert conversation_id != self.conversation_id
            self.conversation_id, self.talk = conversation_id, Talk()
        assert conversation_id == self.conversation_id

    def wait(self, by: timedelta) -> None:
        self.world.clock.move(by)
        self.passed += by

    def close_what_is_stale(self) -> None:
        with self.world.database.transaction(self.world.shop.organization_id, "clock") as tx:
            close_stale(tx)
        waits = self.talk.unanswered + self.talk.unsent_by_bot + self.talk.unsent_by_person
        if self.talk.state == "ai" and not waits and self.passed - self.talk.last_at > STALE:
            self.close()

    def finish(self, reply: Reply) -> None:
        # The burst is over.
        self.world.clock.move(BURST)
        turn = claimed(self.world.database, self.world.shop, self.conversation_id)
        assert len(turn.unanswered) == self.talk.unanswered
        assert finish(turn, reply, Usage(), join=True).outcome == "replied"
        self.talk.unanswered = 0
        self.talk.unsent_by_bot += 1
        self.talk.last_at = self.passed

    def act[R](self, do: Callable[..., R], *arguments: object) -> R:
        with self.world.database.transaction(self.world.shop.organization_id, "panel") as tx:
            return do(tx, self.conversation_id, *arguments)

    def user(self, who: str) -> UserId:
        return self.world.people[who]

    def is_held_against(self, who: str) -> bool:
        return self.talk.state == "human" and self.talk.holder not in {None, who}

    def held_by(self, who: str) -> None:
        if (self.talk.state, self.talk.holder) != ("human", who):
            self.talk.to_human()
            self.talk.holder = who
            self.talk.returns_at = self.passed + PANEL_PAUSE

    def close(self) -> None:
        self.talk.move("closed")
        self.talk.unanswered = 0
        self.talk.closed_at = self.passed


def test_whatever_happens_a_conversation_stands_where_the_rules_say(
    owner: psycopg.Connection, database: Database, shop: PetShop, clock: Clock
) -> None:
    people = {
        name: factories.make_member(owner, shop.organization_id, name, most_conversations=200)
        for name in ("bia", "caio")
    }
    with database.transaction(shop.organization_id, "test") as tx:
        team.set_availability(tx, people["bia"], "online")
        tx.execute("UPDATE organization_settings SET handoff_most_turns = 100")

    live_through(Hands, World(database, shop, clock, people))
