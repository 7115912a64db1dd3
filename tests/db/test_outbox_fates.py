"""What becomes of a message that is refused, overtaken or stale, and what else follows from it."""

from datetime import UTC, datetime, time, timedelta

import pytest

from auzap.channels.whatsapp.graph import Graph
from auzap.ids import ConversationId
from auzap.outbox import queries
from auzap.outbox.queries import Claimed
from auzap.outbox.queueing import Kind
from auzap.outbox.sending import SETTLED_AFTER, Sent, send_next
from tests import factories
from tests.db.committed import about
from tests.db.outside import accepted_as, hung_up, refused
from tests.db.posting import HOUR, MINUTE, Post
from tests.factories import new_wa_id

SECOND = timedelta(seconds=1)
BSUID = "BR.1502576394655843"


# Looked at again before it leaves


@pytest.mark.parametrize(
    ("kind", "hours"), [("reply", 12), ("handoff", 12), ("apology", 2), ("notice", 2), ("template", 24), ("staff", 24)]
)
def test_what_is_worth_nothing_any_more_is_not_sent_and_told_once(post: Post, kind: Kind, hours: int) -> None:
    ana = post.customer()
    post.change("UPDATE conversations SET last_inbound_at = app.now() + interval '3 hours'")
    post.queue(ana, "Bom dia!", "Tudo bem?", kind=kind)
    post.clock.move(hours * HOUR - MINUTE)
    post.queue(ana, "Ainda fresco.", kind=kind)
    post.clock.move(MINUTE)

    assert post.send_all(ana) == ["sent"]

    assert post.outside.texts == ["Ainda fresco."]
    assert post.states == ["expired", "expired", "sent"]
    assert post.rows("SELECT delivery FROM messages WHERE text = 'Bom dia!'") == [("failed",)]
    assert post.tasks == [("expired", "expired")]


def test_whoever_says_it_may_know_for_how_long(post: Post) -> None:
    ana = post.customer()
    post.queue(ana, "Seu banho começa já!", worth=10 * MINUTE, delay=MINUTE)
    post.clock.move(11 * MINUTE)

    assert post.send_all(ana) == ["empty"]
    assert post.states == ["expired"]


def test_a_blocked_customer_hears_nothing_of_the_agents(post: Post) -> None:
    ana = post.customer()
    post.queue(ana, "Sou a Luna.")
    post.queue(ana, "Aqui é a Rosa.", kind="staff", author="person")
    post.change("UPDATE contacts SET blocked_at = app.now()")

    post.send_all(ana)

    assert post.outside.texts == ["Aqui é a Rosa."]
    assert post.states == ["cancelled", "sent"]


@pytest.mark.parametrize(
    ("kind", "is_sent"),
    [("template", False), ("notice", False), ("reply", True), ("handoff", True), ("apology", True), ("staff", True)],
)
def test_who_wants_no_news_still_gets_answers(post: Post, kind: Kind, is_sent: bool) -> None:
    ana = post.customer()
    post.queue(ana, "Oi!", kind=kind)
    post.change("UPDATE contacts SET opted_out_at = app.now()")

    post.send_all(ana)

    assert post.states == ["sent" if is_sent else "cancelled"]
    assert post.outside.texts == (["Oi!"] if is_sent else [])


@pytest.mark.parametrize(
    ("change", "state"),
    [
        (factories.TAKE, "cancelled"),
        ("UPDATE contacts SET blocked_at = app.now()", "cancelled"),
        ("UPDATE outbox SET expires_at = app.now()", "failed"),
    ],
)
def test_a_send_that_nobody_spoke_of_is_looked_at_again_before_it_is_repeated(
    post: Post, change: str, state: str
) -> None:
    ana = post.customer()
    post.queue(ana, "Sou a Luna.")
    post.outside.script = [hung_up]
    post.send(ana)
    with post.database.transaction(post.shop.organization_id, "test") as tx:
        tx.connection.execute(change.encode())
    post.clock.move(61 * SECOND)

    assert post.send(ana) == Sent("empty")
    assert (post.outside.texts, post.states) == (["Sou a Luna."], [state])


def test_a_status_that_comes_after_all_says_that_it_was_sent(post: Post) -> None:
    ana = post.customer()
    (outbox_id,) = post.queue(ana, "Sou a Luna.")
    post.outside.script = [hung_up]
    post.send(ana)
    post.change(factories.TAKE)
    post.clock.move(61 * SECOND)
    post.send(ana)

    post.tell("delivered", wamid="wamid.late", tracker=outbox_id)

    assert post.states == ["sent"]
    assert post.rows("SELECT delivery FROM messages WHERE outbox_id IS NOT NULL") == [("delivered",)]


# The number


def test_a_void_token_stops_the_number_at_once_and_tells_staff_once_a_day(post: Post) -> None:
    at = post.clock.now()
    post.clock.move(datetime.combine(at.date() + timedelta(days=1), time(12), UTC) - at)
    ana, bruno = post.customer("Ana"), post.customer("Bruno")
    post.queue(ana, "Um.", "Dois.")
    post.queue(bruno, "Para Bruno.")
    post.outside.script = [refused(190, status=401)] * 2

    assert post.send(ana) == Sent("paused", again_in=900)
    assert post.send(bruno).outcome == "not_due"
    post.clock.move(15 * MINUTE)
    assert post.send(bruno).outcome == "paused"

    assert len(post.outside.asked) == 2
    assert post.notices == [("send_paused", "error")]
    assert post.rows("SELECT detail ->> 'reason' FROM notifications") == [("token_invalid",)]
    # Part of the number's history, as what its health checks find.
    assert post.rows("SELECT kind, was, is_now FROM channel_events") == [("status", "connected", "failing")]
    assert set(post.states) == {"queued"}
    post.clock.move(24 * HOUR)
    post.outside.script = [refused(190, status=401)]
    post.change("UPDATE outbox SET expires_at = app.now() + interval '1 hour'")
    post.change("UPDATE conversations SET last_inbound_at = app.now()")
    post.send(bruno)
    assert post.notices == [("send_paused", "error")] * 2


@pytest.mark.parametrize("code", [368, 131031, 131064])
def test_a_restricted_account_keeps_its_outbox_and_stops_its_campaigns(post: Post, code: int) -> None:
    ana = post.customer()
    post.queue(ana, "Um.")
    post.outside.script = [refused(code, status=403)]

    assert post.send(ana).outcome == "paused"

    assert post.states == ["queued"]
    assert post.rows(
        "SELECT status, campaigns_paused_until - app.now() BETWEEN '23 hours' AND '24 hours' FROM channel_accounts"
    ) == [("failing", True)]
    assert post.notices == [("send_paused", "error"), ("campaigns_paused", "warning")]


@pytest.mark.parametrize(("code", "reason"), [(131048, "spam_limit"), (131049, "too_much_marketing")])
def test_too_much_advertising_stops_campaigns_and_nothing_else(post: Post, code: int, reason: str) -> None:
    ana = post.customer()
    post.queue(ana, "Promoção!", "Seu horário é às 15h.")
    post.outside.script = [refused(code)]

    assert post.send_all(ana) == ["failed", "sent"]

    assert post.tasks == [("send_failed", reason)]
    assert post.rows("SELECT status, campaigns_paused_until > app.now() FROM channel_accounts") == [("connected", True)]
    assert post.notices == [("campaigns_paused", "warning")]


def test_a_refusal_that_is_told_later_means_the_same(post: Post) -> None:
    ana = post.customer()
    post.queue(ana, "Um.", "Dois.")
    post.outside.script = [accepted_as("wamid.unpaid")]
    post.send(ana)

    for _ in range(2):
        post.tell("failed", wamid="wamid.unpaid", code=131042)

    assert post.send(ana).outcome == "not_due"
    assert post.rows("SELECT status FROM channel_accounts") == [("failing",)]
    assert post.notices == [("send_paused", "error")]
    assert post.tasks == [("send_failed", "payment_missing")]


def test_old_news_of_a_refusal_stop_nobody(post: Post) -> None:
    ana = post.customer()
    post.queue(ana, "Um.", "Dois.")
    post.outside.script = [accepted_as("wamid.unpaid")]
    post.send(ana)

    post.tell("failed", wamid="wamid.unpaid", code=131042, at=post.clock.now() - HOUR)

    assert post.send(ana).outcome == "sent"
    assert post.rows("SELECT status FROM channel_accounts") == [("connected",)]


def test_waiting_for_the_number_to_be_put_in_order_is_no_attempt(post: Post) -> None:
    ana = post.customer()
    post.queue(ana, "Um.")
    post.outside.script = [refused(190, status=401)] * 12
    for _ in range(12):
        assert post.send(ana).outcome == "paused"
        post.clock.move(15 * MINUTE)
    post.outside.script = [refused(131000, status=500)]

    assert post.send(ana) == Sent("postponed", again_in=2)
    post.clock.move(2 * SECOND)
    assert post.send(ana).outcome == "sent"


# The line


def test_a_provider_that_cannot_be_reached_has_taken_nothing_and_is_tried_again(post: Post) -> None:
    ana = post.customer()
    post.queue(ana, "Um.", "Dois.")
    nobody = Graph("http://127.0.0.1:1/v26.0", timeout=1)

    sent = send_next(post.database, nobody, post.outside.kms(), post.shop.organization_id, ana, link=str)

    assert sent == Sent("postponed", again_in=2)
    assert post.rows("SELECT state, resent, attempts FROM outbox ORDER BY id") == [
        ("queued", False, 1),
        ("queued", False, 0),
    ]
    post.clock.move(2 * SECOND)
    assert post.send_all(ana) == ["sent", "sent"]
    assert post.outside.texts == ["Um.", "Dois."]


def test_a_sender_whose_claim_is_over_changes_nothing_of_the_next_ones(post: Post) -> None:
    ana = post.customer()
    post.queue(ana, "Um.")
    late, held = [_claimed(post, ana) for _ in range(2)]

    with post.database.transaction(post.shop.organization_id, "test") as tx:
        queries.record_postponed(tx, late, 131000, "failed", wait=SECOND)
        queries.record_failed(tx, late, ana, 131026, "refused", reason="undeliverable")
    assert (post.states, post.tasks) == (["sending"], [])

    with post.database.transaction(post.shop.organization_id, "test") as tx:
        queries.record_failed(tx, held, ana, 131026, "refused", reason="undeliverable")
    assert (post.states, post.tasks) == (["failed"], [("send_failed", "undeliverable")])


def _claimed(post: Post, conversation_id: ConversationId) -> Claimed:
    place = post.shop.organization_id, conversation_id
    found = queries.claim(post.database, *place, settled_after=SETTLED_AFTER)
    assert found
    assert found.wait is None
    post.clock.move(61 * SECOND)
    return found


# Refused after it was accepted


@pytest.mark.parametrize(("code", "wait"), [(131000, 2), (130429, 2), (131056, 4)])
def test_a_reply_that_the_service_fails_after_accepting_it_goes_once_more(post: Post, code: int, wait: int) -> None:
    ana = post.customer()
    post.queue(ana, "Um.")
    post.outside.script = [accepted_as("wamid.failed"), accepted_as("wamid.failed-again")]
    post.send(ana)

    for _ in range(2):
        assert post.tell("failed", wamid="wamid.failed", code=code).look_at == ana
    assert post.send(ana) == Sent("not_due", again_in=about(wait))
    assert post.tasks == []
    post.clock.move(wait * SECOND)
    assert post.send_all(ana) == ["sent"]
    post.tell("failed", wamid="wamid.failed-again", code=code)

    assert post.send_all(ana) == ["empty"]
    assert post.outside.texts == ["Um.", "Um."]
    assert post.states == ["failed", "failed"]
    assert [kind for kind, _ in post.tasks] == ["send_failed"]


@pytest.mark.parametrize("kind", ["template", "notice", "staff"])
def test_what_is_no_chat_reply_is_not_sent_again_by_itself_when_it_failed_later(post: Post, kind: Kind) -> None:
    ana = post.customer()
    post.queue(ana, "Um.", kind=kind)
    post.outside.script = [accepted_as("wamid.failed")]
    post.send(ana)

    post.tell("failed", wamid="wamid.failed", code=131000)

    assert post.send_all(ana) == ["empty"]
    assert post.outside.texts == ["Um."]
    assert post.tasks == [("send_failed", "service_down")]


# The customer


@pytest.mark.parametrize("is_told_later", [False, True])
def test_who_turned_marketing_off_gets_no_more_of_it(post: Post, is_told_later: bool) -> None:
    ana, bruno = post.customer("Ana"), post.customer("Bruno")
    post.queue(ana, "Promoção!", kind="notice")
    post.outside.script = [accepted_as("wamid.unwanted") if is_told_later else refused(131050)]

    post.send(ana)
    if is_told_later:
        post.tell("failed", wamid="wamid.unwanted", code=131050)

    assert post.rows(
        "SELECT c.id, p.opted_out_at IS NOT NULL FROM contacts p JOIN conversations c ON c.contact_id = p.id ORDER BY c.id"
    ) == [(ana, True), (bruno, False)]
    assert post.tasks == [("send_failed", "opted_out")]


def test_a_message_that_needs_a_number_goes_to_the_customers_number(post: Post) -> None:
    wa_id = new_wa_id()
    ana = factories.say(post.database, post.shop, wa_id=wa_id, bsuid=f"BR.{wa_id}").conversation_id
    post.queue(ana, "Seu código é 1234.")
    post.outside.script = [refused(131062)]

    assert post.send_all(ana) == ["readdressed", "sent"]
    assert [message.get("recipient") or message["to"] for message in post.outside.asked] == [f"BR.{wa_id}", wa_id]


def test_a_message_that_needs_a_number_nobody_knows_fails(post: Post) -> None:
    ana = factories.say(post.database, post.shop, bsuid=BSUID).conversation_id
    post.queue(ana, "Seu código é 1234.")
    post.outside.script = [refused(131062)]

    assert post.send_all(ana) == ["failed", "empty"]
    assert post.tasks == [("send_failed", "phone_needed")]


def test_the_reason_is_told_by_its_key_and_the_providers_words_are_kept(post: Post) -> None:
    ana = post.customer()
    post.queue(ana, "Não chega.")
    post.outside.script = [refused(131026)]

    post.send_all(ana)

    assert post.tasks == [("send_failed", "undeliverable")]
    assert post.rows("SELECT state, error_code, error_detail FROM outbox") == [("failed", 131026, "refused")]


# How many times


@pytest.mark.parametrize(
    ("kind", "sends", "is_told", "resent"),
    [
        ("reply", 200, True, 0),
        ("reply", 200, False, 10),
        ("template", 40, False, 0),
        ("notice", 40, False, 0),
        ("staff", 40, False, 0),
    ],
)
def test_one_lost_answer_in_twenty_doubles_nothing_that_is_told_of_and_repeats_a_reply_at_most_once(
    post: Post, kind: Kind, sends: int, is_told: bool, resent: int
) -> None:
    people = [post.customer(f"Pessoa {number}") for number in range(10)]
    for number in range(sends):
        post.queue(people[number % len(people)], f"mensagem {number}", kind=kind)

    def lose() -> None:
        *before, now = (message["biz_opaque_callback_data"] for message in post.outside.asked)
        if now not in before and len(set(before)) % 20 == 19:
            post.outside.script = [hung_up]

    post.outside.on_send = lose
    while set(post.states) & {"queued", "sending"}:
        for person in people:
            post.send_all(person)
        for number, (lost,) in enumerate(post.rows("SELECT id FROM outbox WHERE state = 'sending'") if is_told else []):
            post.tell("delivered", wamid=f"wamid.{number}.{lost}", tracker=lost)
        post.clock.move(timedelta(seconds=62))

    asked = [message["biz_opaque_callback_data"] for message in post.outside.asked]
    times = [asked.count(tracker) for tracker in set(asked)]
    assert (len(times), max(times), times.count(2)) == (sends, 2 if resent else 1, resent)
