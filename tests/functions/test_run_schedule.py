"""run_schedule: the clocks renew what was lost, once, and enqueue what is due."""

import json
from datetime import timedelta
from typing import Any

import pytest

from tests.functions.house import House
from tests.functions.outside.model import Trouble


def sweep(house: House) -> None:
    invocation = house.invoke("run_schedule", {"job": "hint_sweep"})
    assert invocation.answer is None, invocation.output


def lose(house: House, queue: str) -> None:
    """The hints on a queue never arrive."""
    house.traffic.take(queue)


def number_of_hints(house: House, queue: str) -> int:
    return len(house.traffic.hints(queue))


def test_a_lost_hint_is_renewed_once_in_two_minutes(lonely_house: House) -> None:
    house = lonely_house
    house.hear(house.person())
    lose(house, "turns")
    hinted = number_of_hints(house, "turns")

    sweep(house)
    assert number_of_hints(house, "turns") == hinted, "nobody is late yet"

    house.clock.move(timedelta(seconds=10))
    for _ in range(2):
        sweep(house)
    assert number_of_hints(house, "turns") == hinted + 1
    house.clock.move(timedelta(seconds=110))
    sweep(house)
    assert number_of_hints(house, "turns") == hinted + 1

    house.clock.move(timedelta(seconds=11))
    sweep(house)
    assert number_of_hints(house, "turns") == hinted + 2


def test_a_conversation_whose_every_hint_was_lost_is_answered(lonely_house: House) -> None:
    house = lonely_house
    house.says(house.person())
    house.traffic.pass_time(timedelta(0))
    lose(house, "turns")

    house.traffic.pass_time(timedelta(minutes=3), sweeping=True)

    assert len(house.outside.texts) == 1


@pytest.mark.parametrize(
    "held",
    [
        "state = 'waiting_human'",
        "lease_until = app.now() + interval '30 seconds'",
        "answer_at = app.now() + interval '1 minute'",
        "answer_at = NULL",
    ],
)
def test_a_conversation_that_waits_for_no_turn_is_not_hinted(lonely_house: House, held: str) -> None:
    house = lonely_house
    house.hear(house.person())
    lose(house, "turns")
    house.clock.move(timedelta(seconds=10))
    house.change(f"UPDATE conversations SET {held}")  # pyright: ignore[reportArgumentType]
    hinted = number_of_hints(house, "turns")

    sweep(house)

    assert number_of_hints(house, "turns") == hinted


def test_a_message_that_was_forgotten_in_the_outbox_is_hinted_once_in_two_minutes(lonely_house: House) -> None:
    house = lonely_house
    house.reply(house.person(), "Esquecida.")
    lose(house, "outbox")
    house.clock.move(timedelta(seconds=10))

    for _ in range(2):
        sweep(house)
    assert number_of_hints(house, "outbox") == 2
    house.clock.move(timedelta(seconds=121))
    sweep(house)

    assert number_of_hints(house, "outbox") == 3
    house.work("outbox")
    assert house.outside.texts == ["Esquecida."]


def test_what_waits_for_a_paused_account_is_not_hinted(lonely_house: House) -> None:
    house = lonely_house
    house.reply(house.person(), "Parada.")
    lose(house, "outbox")
    house.change("UPDATE channel_accounts SET sending_paused_until = app.now() + interval '15 minutes'")
    house.clock.move(timedelta(seconds=10))

    sweep(house)

    assert number_of_hints(house, "outbox") == 1


def crowd(house: House, count: int) -> None:
    """As many conversations as that, all of them waiting since a minute ago."""
    house.change(
        """
        WITH people AS (INSERT INTO contacts (name) SELECT 'Ana' FROM generate_series(1, %s) RETURNING id)
        INSERT INTO conversations (contact_id, channel_account_id, reply_to, answer_at)
        SELECT people.id, account.id, '5511900000000', app.now() - interval '1 minute' FROM people, channel_accounts account
        """,
        count,
    )


def test_at_most_five_hundred_are_hinted_at_a_tick(lonely_house: House) -> None:
    house = lonely_house
    crowd(house, 503)

    sweep(house)
    first = number_of_hints(house, "turns")
    sweep(house)

    assert (first, number_of_hints(house, "turns")) == (500, 503)
    assert len({hint["MessageBody"] for hint in house.traffic.hints("turns")}) == 503
    batches = house.installation.aws.of("SendMessageBatch")
    turns = [call for call in batches if call.asked["QueueUrl"] == house.traffic.urls["turns"]]
    assert len(turns) == 51, "ten at a time"


def tick(house: House, at: str) -> dict[str, Any]:
    """The only hint that one tick of the health clock gives."""
    before = number_of_hints(house, "automations")
    invocation = house.invoke("run_schedule", {"job": "channel_health", "at": at})
    assert invocation.answer is None, invocation.output
    (hint,) = house.traffic.hints("automations")[before:]
    return json.loads(hint["MessageBody"])


def test_the_health_clock_enqueues_every_connected_account_with_its_nominal_time(lonely_house: House) -> None:
    house = lonely_house
    house.change(
        "INSERT INTO channel_accounts (channel, external_id, business_id, display_name, status)"
        " VALUES ('whatsapp', '1', '1', 'Outra loja', 'disconnected')"
    )

    assert tick(house, "2026-11-21T12:05:00Z") == {
        "organization_id": str(house.organization_id),
        "job": "channel_health",
        "subject": str(house.one("SELECT id FROM channel_accounts WHERE status = 'connected'")),
        "at": "2026-11-21T12:05:00+00:00",
    }


def test_a_tick_looks_at_no_more_than_a_thousand_numbers_and_leaves_out_those_last_looked_at(
    lonely_house: House,
) -> None:
    house = lonely_house
    house.change(
        """
        INSERT INTO channel_accounts (channel, external_id, business_id, display_name, checked_at)
        SELECT 'whatsapp', n::text, '1', 'Outra loja', app.now() - n * interval '1 second' FROM generate_series(1, 1001) n
        """
    )

    house.invoke("run_schedule", {"job": "channel_health", "at": "2026-11-21T12:05:00Z"})

    looked_at = [json.loads(hint["MessageBody"])["subject"] for hint in house.traffic.hints("automations")]
    left_out = house.rows("SELECT external_id FROM channel_accounts WHERE id <> ALL (%s::uuid[])", looked_at)
    assert (len(set(looked_at)), sorted(left_out)) == (1000, [("1",), ("2",)])
    assert len(house.installation.aws.of("SendMessageBatch")) == 100, "ten at a time"


def test_a_tick_that_comes_late_or_twice_is_the_same_one(lonely_house: House) -> None:
    first, again, next_one = (
        tick(lonely_house, at) for at in ("2026-11-21T12:05:00Z", "2026-11-21T12:09:58Z", "2026-11-21T12:10:00Z")
    )

    assert first == again
    assert next_one["at"] == "2026-11-21T12:10:00+00:00"


def ring(house: House, job: str, at: str) -> list[dict[str, Any]]:
    """What one tick of a clock gives to do."""
    invocation = house.invoke("run_schedule", {"job": job, "at": at})
    assert invocation.answer is None, invocation.output
    return [json.loads(record["body"]) for record in house.traffic.take("automations")]


def test_a_hand_over_whose_summary_was_lost_is_summed_up_some_minutes_later(lonely_house: House) -> None:
    house = lonely_house
    house.hear(house.person(), "Quero falar com uma pessoa!")
    house.work("turns")
    lose(house, "automations")
    assert house.rows("SELECT state, summary FROM conversations") == [("waiting_human", None)]

    house.traffic.pass_time(timedelta(minutes=6), sweeping=True)

    assert "Quero falar com uma pessoa!" in house.one("SELECT summary FROM conversations")


def test_a_summary_is_not_tried_for_ever(lonely_house: House) -> None:
    house = lonely_house
    house.hear(house.person(), "Quero falar com uma pessoa!")
    house.work("turns")
    house.outside.model.script = [Trouble(400)] * 9
    asked = number_of_hints(house, "automations")

    house.traffic.pass_time(timedelta(minutes=20), sweeping=True)

    assert number_of_hints(house, "automations") == asked + 3
    assert house.one("SELECT summary FROM conversations") is None


def test_where_the_models_money_is_spent_nothing_is_summed_up(lonely_house: House) -> None:
    house = lonely_house
    house.hear(house.person(), "Quero falar com uma pessoa!")
    house.work("turns")
    lose(house, "automations")
    house.change("UPDATE organization_settings SET daily_cost_cap_micros = 0")
    asked = len(house.outside.model.asked)

    house.traffic.pass_time(timedelta(minutes=20), sweeping=True)

    assert len(house.outside.model.asked) == asked
    assert house.one("SELECT summary FROM conversations") is None


def test_what_the_agent_takes_back_by_now_is_looked_at_each_minute(lonely_house: House) -> None:
    house = lonely_house
    house.hear(house.person())
    house.hear(house.person("Bruno"))
    house.change("UPDATE conversations SET state = 'waiting_human', returns_at = app.now() + interval '30 minutes'")
    early = ring(house, "returns", "2026-11-21T12:00:00Z")
    house.change(
        "UPDATE conversations SET returns_at = app.now() WHERE id = (SELECT id FROM conversations ORDER BY id LIMIT 1)"
    )

    due = [ring(house, "returns", at) for at in ("2026-11-21T12:31:00Z", "2026-11-21T12:31:59Z")]

    hint = {
        "organization_id": str(house.organization_id),
        "job": "conversation_return",
        "subject": str(house.one("SELECT id FROM conversations ORDER BY id LIMIT 1")),
        "at": "2026-11-21T12:31:00+00:00",
    }
    assert (early, due) == ([], [[hint], [hint]])


REQUESTED = """
  WITH pet AS (
    INSERT INTO pets (contact_id, name, species) SELECT contact_id, 'Rex', 'dog' FROM conversations RETURNING id, contact_id
  ), service AS (
    SELECT id FROM services WHERE name = 'Banho'
  ), requested AS (
    INSERT INTO bookings (contact_id, pet_id, service_id, starts_at, ends_at, price_cents, status, source)
    SELECT pet.contact_id, pet.id, service.id, app.now() + interval '1 hour', app.now() + interval '2 hours', 6000, 'requested',
      'agent' FROM pet, service RETURNING id, starts_at, ends_at
  )
  INSERT INTO booking_places (booking_id, number, starts_at, ends_at) SELECT id, 1, starts_at, ends_at FROM requested
"""


def test_what_nobody_confirms_is_looked_at_for_reminders_and_at_its_hour_given_up_and_told(lonely_house: House) -> None:
    house = lonely_house
    house.reply(house.person(), "Pedido anotado! A equipe confirma em breve.")
    house.change(REQUESTED)
    early = [ring(house, clock, "2026-11-21T12:00:00Z") for clock in ("returns", "shop_clock")]
    house.traffic.pass_time(timedelta(hours=1))

    (hint,) = ring(house, "returns", "2026-11-21T13:00:00Z")
    house.traffic.put("automations", json.dumps(hint))
    (invocation,) = house.work("automations")
    house.work("outbox")

    assert invocation.failed == [], invocation.output
    rung = [[each["job"] for each in jobs if each["job"] == "undecided_requests"] for jobs in early]
    assert rung == [[], ["undecided_requests"]]
    assert (hint["job"], hint["subject"]) == ("undecided_requests", str(house.organization_id))
    assert house.rows("SELECT status, status_reason FROM bookings") == [("cancelled", "not_confirmed")]
    assert "não conseguiu confirmar a tempo Banho de Rex" in house.outside.texts[-1]
    assert [job for job in ring(house, "returns", "2026-11-21T13:01:00Z") if job["job"] == "undecided_requests"] == []


def test_the_shops_clock_rings_at_its_own_hours_until_the_work_is_done(lonely_house: House) -> None:
    house = lonely_house
    house.change("UPDATE organization_settings SET time_zone = 'America/Manaus'")
    # Half past four in the morning after, in Manaus.
    night = (house.clock.now() + timedelta(days=2)).replace(hour=8, minute=30, second=0, microsecond=0)
    house.clock.move(night - timedelta(days=1) - house.clock.now())
    for hint in ring(house, "shop_clock", (night - timedelta(days=1)).isoformat()):
        house.traffic.put("automations", json.dumps(hint))
    house.work("automations")
    house.clock.move(timedelta(days=1))

    rung = [ring(house, "shop_clock", night.isoformat()) for _ in range(2)]
    assert rung[0] == rung[1]
    assert [
        (hint["job"], hint["at"]) for hint in rung[0] if hint["at"] > (night - timedelta(hours=12)).isoformat()
    ] == [
        ("count_days", f"{night:%Y-%m-%d}T05:00:00+00:00"),
        ("embed_knowledge", f"{night:%Y-%m-%d}T06:00:00+00:00"),
        ("clear_old", f"{night:%Y-%m-%d}T06:00:00+00:00"),
        ("decay_scores", f"{night:%Y-%m-%d}T07:00:00+00:00"),
        ("close_stale", f"{night:%Y-%m-%d}T08:00:00+00:00"),
        ("stay_reports_pending", f"{night - timedelta(days=1):%Y-%m-%d}T22:00:00+00:00"),
    ]
    assert {hint["subject"] for hint in rung[0]} == {str(house.organization_id)}

    for hint in rung[0]:
        house.traffic.put("automations", json.dumps(hint))
    house.work("automations")
    assert ring(house, "shop_clock", night.isoformat()) == []


def test_what_was_written_into_the_trail_is_sealed_within_the_quarter_of_an_hour(lonely_house: House) -> None:
    house = lonely_house
    house.change("INSERT INTO contacts (name) VALUES ('Ana')")
    at = "2026-11-21T12:15:00Z"
    # Before the shop has lived for as long as any job of its own waits.
    assert [hint["job"] for hint in ring(house, "shop_clock", at)] == []
    house.clock.move(timedelta(minutes=2))

    (hint,) = ring(house, "shop_clock", at)
    house.traffic.put("automations", json.dumps(hint))
    house.work("automations")

    assert hint == {
        "organization_id": str(house.organization_id),
        "job": "seal_audit",
        "subject": str(house.organization_id),
        "at": "2026-11-21T12:15:00+00:00",
    }
    assert house.one("SELECT count(*) FROM audit WHERE segment IS NULL") == 0
    assert house.rows("SELECT * FROM app.broken_audit(0, 1)") == []
    assert ring(house, "shop_clock", at) == []


def test_what_a_seal_comes_to_is_kept_outside_of_the_database_or_at_the_next_tick(lonely_house: House) -> None:
    house = lonely_house
    aws, s3 = house.installation.aws, house.installation.clients["s3"]
    bucket = house.environment["AUZAP_AUDIT_BUCKET"] = f"heads-{house.organization_id}"
    where = {"LocationConstraint": "sa-east-1"}
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration=where, ObjectLockEnabledForBucket=True)
    house.change("INSERT INTO contacts (name) VALUES ('Ana')")
    house.clock.move(timedelta(minutes=2))
    aws.refuse("PUT object")
    (hint,) = ring(house, "shop_clock", "2026-11-21T12:15:00Z")
    house.traffic.put("automations", json.dumps(hint))
    (invocation,) = house.work("automations")
    assert invocation.failed == []
    assert '"HeadsNotKept"' in invocation.output
    aws.allow("PUT object")

    (hint,) = ring(house, "shop_clock", "2026-11-21T12:30:00Z")
    house.traffic.put("automations", json.dumps(hint))
    house.work("automations")

    assert hint["job"] == "seal_audit"
    digest = house.one("SELECT digest FROM audit_segments WHERE kept_at IS NOT NULL")
    (kept,) = s3.list_objects_v2(Bucket=bucket)["Contents"]
    assert kept["Key"] == f"heads/{house.organization_id}/000000000001-{digest.hex()}"
    assert ring(house, "shop_clock", "2026-11-21T12:45:00Z") == []


def test_an_unknown_clock_is_an_error(lonely_house: House) -> None:
    invocation = lonely_house.invoke("run_schedule", {"job": "of no kind"})

    assert invocation.answer == {"raised": "ValueError"}
