"""As fast as a customer and a number may be written to, and no faster; who waits holds up nobody else."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

from auzap.db.connection import Database
from auzap.outbox.sending import Sent
from local.street.pair_rate import PairRate
from tests.db import outside as outsides
from tests.db.committed import about
from tests.db.outside import refused
from tests.db.posting import Post
from tests.factories import PetShop

SECOND = timedelta(seconds=1)


def texts(count: int) -> list[str]:
    return [f"mensagem {number:02d}" for number in range(count)]


def test_forty_five_messages_go_at_once_and_then_one_every_six_seconds(post: Post) -> None:
    ana = post.customer()
    post.queue(ana, *texts(47))
    # Meta's own count, for whether it would have refused any of them.
    meta = PairRate()
    allowed: list[bool] = []
    post.outside.on_send = lambda: allowed.append(meta.allows("ana", post.clock.now().timestamp()))

    outcomes = post.send_all(ana)

    assert outcomes == ["sent"] * 45 + ["not_due"]
    assert post.send(ana) == Sent("not_due", again_in=about(6, within=3))
    post.clock.move(7 * SECOND)
    assert post.send_all(ana) == ["sent", "not_due"]
    post.clock.move(7 * SECOND)
    assert post.send_all(ana) == ["sent"]
    assert post.outside.texts == texts(47)
    assert all(allowed)


def test_a_customer_who_waits_for_the_pace_holds_up_nobody_else(post: Post) -> None:
    ana, bruno = post.customer("Ana"), post.customer("Bruno")
    post.change("UPDATE conversations SET paced_until = app.now() + interval '10 minutes' WHERE id = %s", ana)
    post.queue(ana, "Para Ana.")
    post.queue(bruno, "Para Bruno.")

    assert post.send(ana) == Sent("not_due", again_in=about(600 - 264))
    assert post.send(bruno).outcome == "sent"
    assert post.rows("SELECT state, attempts FROM outbox ORDER BY id") == [("queued", 0), ("sent", 1)]


def test_a_quiet_customer_has_the_whole_credit_again(post: Post) -> None:
    ana = post.customer()
    post.change("UPDATE conversations SET paced_until = app.now() - interval '1 hour'")
    post.queue(ana, *texts(46))

    assert post.send_all(ana) == ["sent"] * 45 + ["not_due"]


def test_a_number_that_may_send_four_a_second_is_asked_to_send_four(post: Post) -> None:
    post.change("UPDATE channel_accounts SET per_second = 4")
    people = [post.customer(f"Pessoa {number}") for number in range(3)]
    for person in people:
        post.queue(person, "Oi!")
    # Three of the four have gone in this second.
    post.change(
        """
        INSERT INTO sending_pace (channel_account_id, paced_until)
        SELECT id, app.now() + interval '30.75 seconds' FROM channel_accounts
        """
    )
    post.clock.move(30 * SECOND)

    assert post.send(people[0]).outcome == "sent"
    # The row tells, whatever the machine's own speed: it was a quarter of a second that was taken.
    ((paced_until,),) = post.rows("SELECT paced_until - app.now() FROM sending_pace")
    assert timedelta(0) < paced_until <= SECOND
    post.change("UPDATE sending_pace SET paced_until = app.now() + interval '10 seconds'")
    assert [post.send(person) for person in people[1:]] == [Sent("not_due", again_in=about(9.25))] * 2
    post.clock.move(10 * SECOND)
    assert [post.send(person).outcome for person in people[1:]] == ["sent", "sent"]


def test_the_pace_of_a_number_is_kept_exactly(post: Post) -> None:
    """Told by the row that keeps it, whatever the machine's own speed: no send goes that the second does not hold."""
    post.change("UPDATE channel_accounts SET per_second = 1")
    ana, bruno = post.customer("Ana"), post.customer("Bruno")
    post.queue(ana, "Para Ana.")
    post.queue(bruno, "Para Bruno.")

    assert post.send(ana).outcome == "sent"
    assert post.send(bruno) == Sent("not_due", again_in=about(1, within=0.9))
    post.clock.move(SECOND)
    assert post.send(bruno).outcome == "sent"


def test_two_numbers_do_not_share_a_pace(post: Post, other_shop: PetShop) -> None:
    with post.database.transaction(other_shop.organization_id, "test") as tx:
        tx.execute(
            """
            INSERT INTO sending_pace (channel_account_id, paced_until)
            SELECT id, app.now() + interval '1 hour' FROM channel_accounts
            """
        )
    ana = post.customer()
    post.queue(ana, "Oi!")

    assert post.send(ana).outcome == "sent"
    assert post.rows("SELECT count(*) FROM sending_pace") == [(1,)]


def test_many_senders_of_one_number_take_no_more_than_it_may(post: Post, connect: Callable[[], Database]) -> None:
    """Each takes its share from the row itself, and not from what it has read before it waited."""
    post.change("UPDATE channel_accounts SET per_second = 10")
    people = [post.customer(f"Pessoa {number}") for number in range(8)]
    for person in people:
        post.queue(person, "Oi!")
    post.change(
        """
        INSERT INTO sending_pace (channel_account_id, paced_until)
        SELECT id, app.now() + interval '30.5 seconds' FROM channel_accounts
        """
    )
    before = post.rows("SELECT paced_until FROM sending_pace")[0][0]
    post.clock.move(30 * SECOND)
    together = Barrier(4)

    def work(sandbox: int) -> list[str]:
        worker = connect()
        together.wait()
        return [post.send(person, sandbox=sandbox, by=worker).outcome for person in people[sandbox - 1 :: 4]]

    with ThreadPoolExecutor(4) as pool:
        outcomes = [outcome for done in pool.map(work, outsides.SANDBOXES) for outcome in done]

    after = post.rows("SELECT paced_until FROM sending_pace")[0][0]
    # Where the row was ahead of the clock all the time, it went on by a tenth of a second for each send.
    assert after - before >= timedelta(seconds=0.1) * outcomes.count("sent")
    assert outcomes.count("sent") >= 5


def test_a_refused_pair_backs_off_four_times_longer_each_time_and_keeps_its_order(post: Post) -> None:
    ana, bruno = post.customer("Ana"), post.customer("Bruno")
    post.queue(ana, "Um.", "Dois.")
    post.queue(bruno, "Para Bruno.")
    post.outside.script = [refused(131056)] * 3

    waits: list[float | None] = []
    for _ in range(3):
        waits.append(post.send(ana).again_in)
        post.clock.move(timedelta(seconds=waits[-1] or 0))
    assert post.send_all(bruno) == ["sent"]
    assert post.send_all(ana) == ["sent", "sent"]

    assert waits == [4, 16, 64]
    assert post.outside.texts == ["Um.", "Um.", "Um.", "Para Bruno.", "Um.", "Dois."]
