"""run_automation: due work is done once, and what came of it is told; a number's health decides what may be sent."""

import json
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from auzap.ids import id_floor
from auzap.texts import text
from tests import factories
from tests.functions.house import House, seal_token
from tests.functions.outside.model import Trouble, answer


def run(house: House, job: str, subject: UUID, at: str) -> str:
    """One job; what the metric says came of it."""
    work = {"organization_id": str(house.organization_id), "job": job, "subject": str(subject), "at": at}
    house.traffic.put("automations", json.dumps(work))
    (invocation,) = house.work("automations")
    assert invocation.failed == [], invocation.output
    return json.loads(invocation.output.splitlines()[-1])["outcome"]


def check(house: House, *, at: str) -> str:
    """One check of the shop's number, due at this time."""
    return run(house, "channel_health", house.one("SELECT id FROM channel_accounts"), at)


def asked(house: House) -> int:
    """How often the provider was asked."""
    return house.outside.requests.count(("GET", f"/graph/v26.0/{house.account.phone_number_id}"))


def known(house: House) -> tuple[Any, ...]:
    (row,) = house.rows("SELECT status, status_reason FROM channel_accounts")
    return row


def test_a_check_is_made_once_for_its_nominal_time(house: House) -> None:
    outcomes = [check(house, at=at) for at in ("2026-11-21T12:00:00Z", "2026-11-21T12:00:00Z", "2026-11-21T12:05:00Z")]

    assert outcomes == ["connected", "skipped", "connected"]
    assert asked(house) == 2
    assert house.one("SELECT health ->> 'quality_rating' FROM channel_accounts") == "GREEN"
    assert house.one("SELECT checked_at IS NOT NULL FROM channel_accounts")


def test_a_check_that_could_not_read_the_token_is_made_when_it_comes_again(house: House) -> None:
    work = {
        "organization_id": str(house.organization_id),
        "job": "channel_health",
        "subject": str(house.one("SELECT id FROM channel_accounts")),
        "at": "2026-11-21T12:00:00Z",
    }
    house.traffic.put("automations", json.dumps(work))
    house.installation.aws.refuse("Decrypt")
    (refused,) = house.work("automations")
    house.installation.aws.allow("Decrypt")

    (checked,) = house.work("automations")

    assert (len(refused.failed), checked.failed) == (1, [])
    assert house.one("SELECT checked_at IS NOT NULL FROM channel_accounts")


def test_what_is_kept_for_its_time_is_cleared_at_night_and_once(lonely_house: House) -> None:
    house = lonely_house
    house.change("INSERT INTO idempotency_keys (scope, key, fingerprint) VALUES ('s', 'k', 'f')")
    house.clock.move(timedelta(days=8))
    at = house.clock.now().replace(microsecond=0).isoformat()

    assert [run(house, "clear_old", house.organization_id, at) for _ in range(2)] == ["claimed", "done"]

    assert house.rows("SELECT * FROM idempotency_keys") == []


def test_a_number_falls_ill_and_recovers(house: House) -> None:
    health = house.outside.street.accounts
    health.change_health(house.account, {"quality_rating": "RED"})
    assert check(house, at="2026-11-21T12:00:00Z") == "degraded"
    assert known(house) == ("degraded", "sending available, quality red")

    health.change_health(house.account, {"status": "BANNED"})
    assert check(house, at="2026-11-21T12:05:00Z") == "failing"
    assert known(house) == ("failing", "status BANNED")

    health.reset()
    assert check(house, at="2026-11-21T12:10:00Z") == "connected"
    assert known(house) == ("connected", None)
    changes = house.one("SELECT count(*) FROM changes WHERE table_name = 'channel_accounts' AND operation = 'update'")
    assert changes == 3


def test_a_token_that_is_refused_keeps_the_account_paused_until_it_is_renewed(house: House) -> None:
    seal_token(house, "another-token")
    house.change("UPDATE channel_accounts SET sending_paused_until = app.now() + interval '15 minutes'")
    assert check(house, at="2026-11-21T12:00:00Z") == "failing"
    assert known(house)[1].startswith("190:")
    assert house.one("SELECT sending_paused_until > app.now() FROM channel_accounts")

    seal_token(house, house.account.access_token)

    assert check(house, at="2026-11-21T12:05:00Z") == "connected"
    assert house.one("SELECT sending_paused_until FROM channel_accounts") is None


def test_a_number_that_no_longer_reports_to_us_is_subscribed_again_and_both_are_told(house: House) -> None:
    accounts = house.outside.street.accounts
    check(house, at="2026-11-21T12:00:00Z")
    accounts.change_health(house.account, {"subscribed": False})

    check(house, at="2026-11-21T12:05:00Z")
    assert accounts.is_subscribed(house.account)
    check(house, at="2026-11-21T12:10:00Z")

    assert house.rows("SELECT kind, level FROM notifications ORDER BY id") == [
        ("channel_subscription", "error"),
        ("channel_subscription", "success"),
    ]
    assert house.rows("SELECT was, is_now FROM channel_events ORDER BY id") == [
        ("subscribed", "missing"),
        ("missing", "subscribed"),
    ]


def test_a_busy_number_that_falls_silent_is_counted_for_the_alarm_and_told_to_the_staff(house: House) -> None:
    house.hear(house.person())
    make_busy(house)
    assert check(house, at="2026-11-21T12:00:00Z") == "connected"
    assert house.rows("SELECT FROM notifications") == []
    house.change("UPDATE conversations SET last_inbound_at = app.now() - interval '4 hours'")

    told = [counted(house, at) for at in ("2026-11-21T12:05:00Z", "2026-11-21T12:10:00Z")]

    # The alarm rings for as long as it lasts; the staff hear of it once.
    assert told == [["ChannelSilent", "Automation"]] * 2
    assert house.rows("SELECT kind, level FROM notifications") == [("channel_silence", "error")]


def make_busy(house: House) -> None:
    """A dozen messages an hour before this hour, in each of the last four weeks."""
    for week in range(1, 5):
        start = id_floor(house.clock.now() - timedelta(weeks=week, hours=1)).int + week
        for number in range(12):
            house.change(
                """
                INSERT INTO messages (id, conversation_id, sender, kind, provider_at)
                SELECT %s, id, 'customer', 'text', app.now() FROM conversations
                """,
                UUID(int=start + 10 * number),
            )


def counted(house: House, at: str) -> list[str]:
    """The metrics of one check, by their names."""
    work = {"organization_id": str(house.organization_id), "job": "channel_health", "at": at}
    account = house.one("SELECT id FROM channel_accounts")
    house.traffic.put("automations", json.dumps({**work, "subject": str(account)}))
    (invocation,) = house.work("automations")
    assert invocation.failed == [], invocation.output
    lines = [json.loads(line) for line in invocation.output.splitlines() if '"_aws"' in line]
    return [line["_aws"]["CloudWatchMetrics"][0]["Metrics"][0]["Name"] for line in lines]


def test_a_number_that_recovers_wakes_what_waits_to_be_sent(house: House) -> None:
    house.reply(house.person(), "Oi! Como posso ajudar?")
    house.traffic.take("outbox")
    house.change("UPDATE channel_accounts SET sending_paused_until = app.now() + interval '15 minutes'")

    check(house, at="2026-11-21T12:00:00Z")
    house.work("outbox")

    assert house.outside.texts == ["Oi! Como posso ajudar?"]


def test_a_number_without_a_token_is_failing(house: House) -> None:
    house.change("UPDATE channel_accounts SET credentials = NULL")

    assert check(house, at="2026-11-21T12:00:00Z") == "failing"
    assert asked(house) == 0


def test_a_number_that_left_is_not_asked_about(house: House) -> None:
    house.change("UPDATE channel_accounts SET status = 'disconnected'")

    assert check(house, at="2026-11-21T12:00:00Z") == "skipped"
    assert asked(house) == 0


def test_an_unknown_job_fails(house: House) -> None:
    house.traffic.put("automations", json.dumps({"organization_id": str(house.organization_id), "job": "of no kind"}))

    (invocation,) = house.work("automations")

    assert len(invocation.failed) == 1


def hand_over(house: House, message: str = "Quero falar com uma pessoa!") -> UUID:
    """A customer writes, and nobody of the shop has taken the conversation yet."""
    house.hear(house.person(), message)
    house.traffic.take("turns")
    house.change(
        "UPDATE conversations SET state = 'waiting_human', handoff_reason = 'asked for a person', handoff_at = app.now(),"
        " returns_at = app.now() + interval '30 minutes'"
    )
    return house.one("SELECT id FROM conversations")


def minute(house: House) -> str:
    return house.clock.now().replace(second=0, microsecond=0).isoformat()


def test_what_nobody_took_is_apologised_for_once_and_answered_by_the_agent(house: House) -> None:
    conversation_id = hand_over(house)
    assert run(house, "conversation_return", conversation_id, minute(house)) == "skipped"
    house.clock.move(timedelta(minutes=31))

    outcomes = [run(house, "conversation_return", conversation_id, minute(house)) for _ in range(2)]
    house.traffic.pass_time(timedelta(minutes=1))

    assert outcomes == ["returned", "skipped"]
    apology, *answers = house.outside.texts
    assert apology == text("nobody_took", "pt-BR")
    assert len(answers) == 1


def test_after_the_shops_phone_the_agent_returns_without_a_word(house: House) -> None:
    conversation_id = hand_over(house)
    house.change("UPDATE messages SET awaits_answer = false")
    house.change("UPDATE conversations SET state = 'human', returns_at = app.now()")

    assert run(house, "conversation_return", conversation_id, minute(house)) == "returned"

    assert house.traffic.take("turns") == house.traffic.take("outbox") == []
    assert house.one("SELECT state FROM conversations") == "ai"


def test_a_hand_over_is_summarized_for_the_team(house: House) -> None:
    conversation_id = hand_over(house)

    outcomes = [run(house, "summarize_handoff", conversation_id, minute(house)) for _ in range(2)]

    assert outcomes == ["summarized", "skipped"]
    summary = house.one("SELECT summary FROM conversations")
    assert "asked for a person" in summary
    assert "Quero falar com uma pessoa!" in summary


def test_without_a_model_there_is_no_summary_and_no_failure(house: House) -> None:
    conversation_id = hand_over(house)
    house.outside.model.script = [Trouble(400)]

    assert run(house, "summarize_handoff", conversation_id, minute(house)) == "unavailable"

    assert house.one("SELECT summary FROM conversations") is None


def test_the_older_part_of_a_long_talk_is_folded_after_an_answer(house: House) -> None:
    house.outside.model.script = [answer("Pode sim!")]
    house.hear(house.person(), "Posso levar meu gato?")
    house.change(
        """
        INSERT INTO messages (conversation_id, sender, kind, text, provider_at)
        SELECT id, 'customer', 'text', 'dito ' || n, app.now() - interval '1 hour' + n * interval '1 minute'
        FROM conversations, generate_series(1, 16) n
        """
    )
    house.work("turns")
    house.outside.model.script = [Trouble(400)]

    (invocation,) = house.work("automations")

    told = json.loads(invocation.output.splitlines()[-1])
    assert (told["job"], told["outcome"]) == ("fold_memory", "extracted")
    assert house.one("SELECT memory FROM conversations").splitlines()[0] == "Cliente: dito 1"


@pytest.mark.parametrize(
    ("said", "told"), [("Meu cachorro está convulsionando!", [text("emergency", "pt-BR")]), ("Alguém aí?", [])]
)
def test_danger_that_is_written_to_who_waits_for_a_person_is_answered_at_once(
    house: House, said: str, told: list[str]
) -> None:
    ana = house.person()
    house.hear(ana)
    house.change(factories.HAND_OVER)
    house.traffic.take("turns")
    house.says(ana, said)

    house.traffic.pass_time(timedelta(seconds=10))

    assert house.outside.texts == told
    assert house.outside.model.asked == []


@pytest.mark.parametrize(
    "job", ["embed_knowledge", "decay_scores", "close_stale", "review_replies", "make_series", "stay_reports_pending"]
)
def test_a_job_of_the_shops_clock_is_done_once_and_too_late_not_at_all(house: House, job: str) -> None:
    def at(ago: timedelta) -> str:
        return (datetime.fromisoformat(minute(house)) - ago).isoformat()

    times = [at(timedelta(0)), at(timedelta(0)), at(timedelta(days=1)), at(timedelta(days=1))]
    outcomes = [run(house, job, house.organization_id, each) for each in times]

    assert outcomes == ["claimed", "done", "expired", "done"]


def test_a_night_closes_and_cools_what_was_left(house: House) -> None:
    house.hear(house.person())
    house.traffic.take("turns")
    house.change("UPDATE messages SET awaits_answer = false")
    house.change(
        "UPDATE conversations SET last_message_at = app.now() - interval '8 days',"
        " last_inbound_at = app.now() - interval '8 days'"
    )
    house.change(
        "INSERT INTO leads (contact_id, stage, score, last_contact_at)"
        " SELECT contact_id, 'hot', 70, app.now() - interval '8 days' FROM conversations"
        " ON CONFLICT (organization_id, contact_id) DO UPDATE SET stage = 'hot', score = 70,"
        " last_contact_at = excluded.last_contact_at"
    )

    for job in ("decay_scores", "close_stale"):
        assert run(house, job, house.organization_id, minute(house)) == "claimed"

    assert house.one("SELECT closed_reason FROM conversations") == "stale"
    assert house.one("SELECT score FROM leads") == 40
    assert house.one("SELECT actor FROM conversation_moves") == "clock"


def test_replies_that_are_often_refused_are_told_to_the_house_too(house: House) -> None:
    house.hear(house.person())
    house.change(
        "INSERT INTO turns (conversation_id, fence, message_ids, state, validation, finished_at)"
        " SELECT c.id, 1, '{}', 'answered', CASE WHEN n < 3 THEN 'blocked' ELSE 'valid' END, app.now()"
        " FROM conversations c, generate_series(1, 30) n"
    )
    work = {"organization_id": str(house.organization_id), "subject": str(house.organization_id), "at": minute(house)}
    house.traffic.put("automations", json.dumps(work | {"job": "review_replies"}))

    (invocation,) = house.work("automations")

    assert '"RepliesOftenRefused": 1' in invocation.output
    assert house.one("SELECT kind FROM notifications") == "review_prompt"
