"""run_automation: a number's health is asked once for its nominal time, and the answer decides what may be sent."""

import json
from typing import Any

from tests.functions.house import House, seal_token


def check(house: House, *, at: str) -> str:
    """One check, due at this time; what the metric says came of it."""
    work = {
        "organization_id": str(house.organization_id),
        "job": "channel_health",
        "subject": str(house.one("SELECT id FROM channel_accounts")),
        "at": at,
    }
    house.traffic.put("automations", json.dumps(work))
    (invocation,) = house.work("automations")
    assert invocation.failed == [], invocation.output
    return json.loads(invocation.output.splitlines()[-1])["outcome"]


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
    seal_token(house, "another token")
    house.change("UPDATE channel_accounts SET sending_paused_until = app.now() + interval '15 minutes'")
    assert check(house, at="2026-11-21T12:00:00Z") == "failing"
    assert known(house)[1].startswith("190:")
    assert house.one("SELECT sending_paused_until > app.now() FROM channel_accounts")

    seal_token(house, house.account.access_token)

    assert check(house, at="2026-11-21T12:05:00Z") == "connected"
    assert house.one("SELECT sending_paused_until FROM channel_accounts") is None


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
