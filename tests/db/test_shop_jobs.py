"""What the shops' clocks do: old conversations are closed, silent leads cool, refused replies are told."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import psycopg
import pytest

from auzap.conversations import holding
from auzap.conversations.closing import close_stale
from auzap.db.connection import Database, Tx
from auzap.leads.closing import lose
from auzap.leads.decaying import decay
from auzap.schedules.claiming import claim
from auzap.turns.reviewing import Judged, review
from tests import factories
from tests.db.committed import write
from tests.db.hands import Hands, queue_bot
from tests.db.recorded import answered
from tests.postgres import Clock

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def by_clock[R](hands: Hands, job: Callable[[Tx], R]) -> R:
    with hands.database.transaction(hands.shop.organization_id, "clock") as tx:
        return job(tx)


# Stale conversations


def test_a_conversation_without_a_word_for_days_is_closed_by_the_clock(hands: Hands, clock: Clock) -> None:
    answered(hands.database, hands.shop)
    clock.move(6 * DAY)
    assert by_clock(hands, close_stale) == 0

    clock.move(2 * DAY)

    assert [by_clock(hands, close_stale) for _ in range(2)] == [1, 0]
    assert (hands.state, hands.of("closed_at IS NOT NULL")) == ("closed", True)
    assert hands.many("SELECT from_state, to_state, actor, reason FROM conversation_moves") == [
        ("ai", "closed", "clock", "stale")
    ]


def test_a_shop_says_how_long_that_is(hands: Hands, clock: Clock) -> None:
    answered(hands.database, hands.shop)
    write(hands.database, hands.shop, "UPDATE organization_settings SET stale_after = '2 days'")
    clock.move(2 * DAY + HOUR)

    assert by_clock(hands, close_stale) == 1


def test_nobody_who_waits_is_closed(hands: Hands, clock: Clock) -> None:
    clock.move(8 * DAY)

    assert by_clock(hands, close_stale) == 0


@pytest.mark.parametrize("act", [holding.hand_over, holding.take])
def test_what_people_have_is_theirs_to_close(hands: Hands, clock: Clock, act: Callable[..., None]) -> None:
    answered(hands.database, hands.shop)
    hands.do(act, hands.bia if act is holding.take else "complaint")
    clock.move(8 * DAY)

    assert by_clock(hands, close_stale) == 0


def test_what_is_still_to_be_sent_keeps_it_open(hands: Hands, clock: Clock) -> None:
    answered(hands.database, hands.shop)
    hands.do(queue_bot)
    clock.move(8 * DAY)

    assert by_clock(hands, close_stale) == 0


def test_another_shops_conversations_stay_open(
    hands: Hands, owner: psycopg.Connection, database: Database, clock: Clock
) -> None:
    answered(hands.database, hands.shop)
    other = factories.make_pet_shop(owner, database)
    clock.move(8 * DAY)

    with database.transaction(other.organization_id, "clock") as tx:
        assert (close_stale(tx), lose(tx), decay(tx), review(tx)) == (0, 0, 0, Judged(0, 0))

    assert hands.state == "ai"


# Leads


def silent(hands: Hands, hours: int) -> None:
    write(hands.database, hands.shop, f"UPDATE leads SET last_contact_at = app.now() - interval '{hours} hours'")
    heard(hands, hours)


def heard(hands: Hands, hours: int) -> None:
    """When the customer last wrote, to whomever."""
    write(
        hands.database, hands.shop, f"UPDATE conversations SET last_inbound_at = app.now() - interval '{hours} hours'"
    )


def score(hands: Hands) -> tuple[int, str]:
    (row,) = hands.many("SELECT score, stage FROM leads")
    return row


def test_silence_costs_ten_points_after_a_day_and_thirty_in_all_after_two(hands: Hands) -> None:
    hands.lead(stage="hot", score=80)

    scores: list[int] = []
    for hours in (23, 24, 30, 47, 48, 100, 500):
        silent(hands, hours)
        by_clock(hands, decay)
        scores.append(score(hands)[0])

    assert scores == [80, 70, 70, 70, 50, 50, 50]
    assert hands.lead_events == [
        ("score_change", "scheduled"),
        ("score_change", "scheduled"),
        ("stage_change", "scheduled"),
    ]
    assert score(hands) == (50, "qualifying")
    assert hands.many("SELECT detail FROM lead_events WHERE kind = 'score_change' ORDER BY id") == [
        {"from": 80, "to": 70, "reason": "silence"},
        {"from": 70, "to": 50, "reason": "silence"},
    ]


def test_who_talks_with_a_person_of_the_shop_is_not_silent(hands: Hands) -> None:
    hands.lead(stage="hot", score=80)
    silent(hands, 100)
    heard(hands, 3)
    assert by_clock(hands, decay) == 0

    heard(hands, 30)
    assert by_clock(hands, decay) == 1
    assert score(hands) == (70, "hot")


def test_a_score_never_falls_below_nothing_and_nobody_is_new_again(hands: Hands) -> None:
    hands.lead(stage="qualifying", score=15)
    silent(hands, 72)

    assert [by_clock(hands, decay) for _ in range(2)] == [1, 0]
    assert score(hands) == (0, "qualifying")


@pytest.mark.parametrize("stage", ["human", "converted", "lost"])
def test_what_a_person_or_the_end_has_decided_does_not_cool(hands: Hands, stage: str) -> None:
    hands.lead(stage=stage, score=50)
    silent(hands, 72)

    assert by_clock(hands, decay) == 0
    assert score(hands) == (50, stage)


def test_a_lead_that_a_person_had_and_that_bought_nothing_is_lost_after_a_week(hands: Hands, clock: Clock) -> None:
    hands.lead(stage="hot")
    hands.do(holding.take, hands.bia)
    hands.do(holding.close, hands.bia)
    silent(hands, 0)
    clock.move(6 * DAY)
    assert by_clock(hands, lose) == 0

    clock.move(DAY + HOUR)

    assert [by_clock(hands, lose) for _ in range(2)] == [1, 0]
    assert score(hands)[1] == "lost"
    assert hands.lead_events[-2:] == [("stage_change", "scheduled"), ("lost", "scheduled")]


def test_the_week_begins_when_the_person_has_closed_it(hands: Hands, clock: Clock) -> None:
    hands.lead(stage="hot")
    hands.do(holding.take, hands.bia)
    clock.move(10 * DAY)
    hands.do(holding.close, hands.bia)

    assert by_clock(hands, lose) == 0
    clock.move(7 * DAY + HOUR)
    assert by_clock(hands, lose) == 1


def test_a_lead_that_somebody_has_in_hand_is_not_lost(hands: Hands, clock: Clock) -> None:
    hands.lead(stage="hot")
    hands.do(holding.take, hands.bia)
    clock.move(30 * DAY)

    assert by_clock(hands, lose) == 0


# Replies that were refused


def judge(hands: Hands, **verdicts: int) -> None:
    for verdict, count in verdicts.items():
        write(
            hands.database,
            hands.shop,
            """
            INSERT INTO turns (conversation_id, fence, message_ids, state, validation, finished_at)
            SELECT c.id, 1, '{}', 'answered', %s, app.now() FROM conversations c, generate_series(1, %s)
            """,
            verdict,
            count,
        )


def notices(hands: Hands) -> list[tuple[str, dict[str, int]]]:
    return hands.many("SELECT kind, detail FROM notifications")


def test_more_than_one_refused_reply_in_twenty_is_told_once_a_day(hands: Hands, clock: Clock) -> None:
    judge(hands, valid=37, regenerated=1, blocked=2)

    for _ in range(2):
        assert by_clock(hands, review) == Judged(40, 3)
    assert notices(hands) == [("review_prompt", {"replies": 40, "refused": 3})]

    clock.move(DAY)
    judge(hands, valid=18, blocked=2)
    by_clock(hands, review)
    assert len(notices(hands)) == 2


@pytest.mark.parametrize(
    "verdicts", [{"valid": 38, "blocked": 2}, {"valid": 10, "blocked": 5}, {"valid": 100}], ids=["5 %", "few", "none"]
)
def test_a_few_refused_replies_are_nothing_to_tell(hands: Hands, verdicts: dict[str, int]) -> None:
    judge(hands, **verdicts)

    assert not by_clock(hands, review).is_often

    assert notices(hands) == []


# Claims


def test_a_job_is_claimed_once_for_its_time_and_too_late_it_is_kept_as_missed(tx: Tx, clock: Clock) -> None:
    now, late = clock.now(), 2 * HOUR

    assert [claim(tx, "decay_scores", tx.organization_id, now, late=late) for _ in range(2)] == ["claimed", "done"]
    assert claim(tx, "close_stale", tx.organization_id, now, late=late) == "claimed"
    assert [claim(tx, "decay_scores", tx.organization_id, now - 3 * HOUR, late=late) for _ in range(2)] == [
        "expired",
        "done",
    ]
    kept = tx.execute("SELECT job, state FROM job_runs ORDER BY job, nominal_at").fetchall()
    assert kept == [("close_stale", "claimed"), ("decay_scores", "expired"), ("decay_scores", "claimed")]


def test_of_two_who_claim_at_once_one_does_it(hands: Hands, clock: Clock, connect: Callable[[], Database]) -> None:
    now, organization_id = clock.now(), hands.shop.organization_id
    together = Barrier(4)

    def run(database: Database) -> str:
        together.wait()
        with database.transaction(organization_id, "clock") as tx:
            return claim(tx, "decay_scores", organization_id, now, late=HOUR)

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(run, [connect() for _ in range(4)])) == ["claimed", "done", "done", "done"]


def test_what_fails_is_not_claimed(hands: Hands, clock: Clock) -> None:
    def failing(tx: Tx) -> None:
        claim(tx, "decay_scores", hands.shop.organization_id, clock.now(), late=HOUR)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        by_clock(hands, failing)

    assert hands.many("SELECT job FROM job_runs") == []
