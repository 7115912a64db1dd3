"""What is left to people, over the API: tasks, notifications, proposed acts, incidents, dead letters, templates."""

import json
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from auzap.conversations import dead_letters
from auzap.notifications.notices import notify
from tests.api.surroundings import Surroundings
from tests.api.talking import Talk, open_talk, other_talk, talk

__all__ = ["open_talk", "other_talk", "talk"]

NOBODY = "0192f0c1-0000-7000-8000-000000000000"


# Tasks


def task(talk: Talk, kind: str = "call_back", place: str | None = None) -> str:
    query = "INSERT INTO staff_tasks (conversation_id, kind, detail) VALUES (%s, %s, 'asked') RETURNING id"
    return str(talk.one(query, place, kind))


def test_tasks_are_listed_newest_first_with_whom_they_are_about(talk: Talk) -> None:
    place = talk.say(name="Ana")
    made = [task(talk, place=place), task(talk, "send_failed"), task(talk, "review")]

    listed = talk.place.all_pages("/v1/tasks")

    assert [row["id"] for row in listed] == made[::-1]
    assert (listed[-1]["contact_name"], listed[-1]["conversation_id"], listed[0]["contact_id"]) == ("Ana", place, None)
    assert [row["id"] for row in talk.place.get("/v1/tasks?kind=review")] == [made[2]]
    assert [row["id"] for row in talk.place.get(f"/v1/tasks?conversation_id={place}")] == [made[0]]


def test_a_task_is_done_once_by_whoever_was_first(talk: Talk) -> None:
    done, bia = task(talk), talk.member()
    bia.place.post(f"/v1/tasks/{done}/completion")
    talk.place.post(f"/v1/tasks/{done}/completion")

    ((shown),) = talk.place.get("/v1/tasks?state=done")

    assert (shown["id"], shown["done_by"]) == (done, f"user:{bia.user_id}")
    assert talk.place.get("/v1/tasks") == []


def test_another_shops_task_is_not_there(talk: Talk, other_talk: Talk) -> None:
    theirs = task(other_talk)

    assert talk.place.get("/v1/tasks") == []
    assert talk.place.refused("POST", f"/v1/tasks/{theirs}/completion") == (404, "not_found")
    assert other_talk.one("SELECT done_at FROM staff_tasks") is None


# Notifications


def told(talk: Talk, kind: str = "handoff", **given: Any) -> None:
    with talk.place.tx() as tx:
        notify(tx, kind, **given)


def test_notifications_are_read_and_put_away(talk: Talk) -> None:
    for kind in ("handoff", "leads_80", "channel_failing"):
        told(talk, kind, level="warning")
    newest, middle, oldest = talk.place.all_pages("/v1/notifications")
    assert (newest["kind"], oldest["kind"], newest["read_at"]) == ("channel_failing", "handoff", None)
    assert talk.place.get("/v1/notifications/unread") == {"unread": 3}

    talk.place.put(f"/v1/notifications/{newest['id']}/read-mark")
    talk.place.put(f"/v1/notifications/{middle['id']}/archive-mark")

    assert [row["id"] for row in talk.place.get("/v1/notifications")] == [newest["id"], oldest["id"]]
    assert [row["id"] for row in talk.place.get("/v1/notifications?is_unread=true")] == [oldest["id"]]
    assert [row["id"] for row in talk.place.get("/v1/notifications?is_archived=true")] == [middle["id"]]
    assert talk.place.get("/v1/notifications?level=error") == []
    talk.place.put("/v1/notifications/read-mark")
    assert talk.place.get("/v1/notifications/unread") == {"unread": 0}


def test_what_is_meant_for_one_person_is_shown_to_them_alone(talk: Talk) -> None:
    bia = talk.member()
    told(talk, detail={"user_id": bia.user_id})
    told(talk, "leads_80")

    assert [row["kind"] for row in bia.place.get("/v1/notifications")] == ["leads_80", "handoff"]
    assert [row["kind"] for row in talk.place.get("/v1/notifications")] == ["leads_80"]
    assert bia.place.get("/v1/notifications/unread") == {"unread": 2}
    talk.place.put("/v1/notifications/read-mark")
    assert bia.place.get("/v1/notifications/unread") == {"unread": 1}


def test_another_shops_notifications_are_not_there(talk: Talk, other_talk: Talk) -> None:
    told(other_talk)
    ((theirs),) = other_talk.place.get("/v1/notifications")

    assert talk.place.get("/v1/notifications") == []
    for mark in ("read-mark", "archive-mark"):
        assert talk.place.refused("PUT", f"/v1/notifications/{theirs['id']}/{mark}") == (404, "not_found")
    talk.place.put("/v1/notifications/read-mark")
    assert other_talk.place.get("/v1/notifications/unread") == {"unread": 1}


# Proposed acts


def proposed(talk: Talk, place: str, state: str = "proposed") -> None:
    talk.write(
        """
        WITH turned AS (
          INSERT INTO turns (conversation_id, fence, state, message_ids) VALUES (%s, 1, 'answered', '{}')
          RETURNING id, conversation_id
        )
        INSERT INTO pending_actions (conversation_id, contact_id, turn_id, kind, arguments, summary, state)
        SELECT c.id, c.contact_id, turned.id, 'book_service', '{"secret": "argument"}', 'Banho do Rex', %s
        FROM turned JOIN conversations c ON c.id = turned.conversation_id
        """,
        place,
        state,
    )


def test_what_waits_for_a_yes_is_listed_with_what_became_of_the_rest(talk: Talk) -> None:
    place = talk.say(name="Ana")
    for state in ("done", "declined", "proposed"):
        proposed(talk, place, state)

    waiting, declined, done = talk.place.all_pages("/v1/pending-actions")

    assert (waiting["summary"], waiting["contact_name"], waiting["is_lapsed"]) == ("Banho do Rex", "Ana", False)
    assert (declined["state"], done["state"]) == ("declined", "done")
    assert "arguments" not in waiting
    assert [row["id"] for row in talk.place.get("/v1/pending-actions?state=proposed")] == [waiting["id"]]
    assert len(talk.place.get(f"/v1/pending-actions?conversation_id={place}")) == 3


def test_a_proposal_whose_time_is_over_has_lapsed(talk: Talk) -> None:
    proposed(talk, talk.say())
    talk.place.clock.move(timedelta(minutes=11))

    ((waiting),) = talk.place.get("/v1/pending-actions")

    assert (waiting["state"], waiting["is_lapsed"]) == ("proposed", True)


def test_another_shops_and_the_owners_proposals_are_not_there(talk: Talk, other_talk: Talk) -> None:
    proposed(other_talk, other_talk.say())
    proposed(talk, talk.say(wa_id="5511987654321"))
    talk.write("INSERT INTO authorized_owner_numbers (phone, name) VALUES ('+5511987654321', 'Helena')")

    assert talk.place.get("/v1/pending-actions") == []


# Incidents


def incident(talk: Talk, place: str, kind: str = "injection_attempt", severity: str = "high") -> str:
    query = """
        INSERT INTO security_incidents (conversation_id, kind, severity, layer, action, rules)
        VALUES (%s, %s, %s, 'input', 'flagged', '{ignore_previous}') RETURNING id
        """
    return str(talk.one(query, place, kind, severity))


def test_incidents_are_listed_and_looked_at_once(talk: Talk) -> None:
    place, bia = talk.say(), talk.member("manager")
    first, second, third = (incident(talk, place, severity=severity) for severity in ("low", "high", "high"))
    assert [row["id"] for row in talk.place.all_pages("/v1/incidents")] == [third, second, first]
    assert [row["id"] for row in talk.place.get("/v1/incidents?severity=low")] == [first]
    assert talk.place.get("/v1/incidents?kind=prompt_leak") == []

    bia.place.post(f"/v1/incidents/{first}/resolution")
    talk.place.post(f"/v1/incidents/{first}/resolution")

    assert [row["id"] for row in talk.place.get("/v1/incidents")] == [third, second]
    ((resolved),) = talk.place.get("/v1/incidents?is_resolved=true")
    assert (resolved["id"], resolved["resolved_by"]) == (first, f"user:{bia.user_id}")


def test_another_shops_incident_is_not_there(talk: Talk, other_talk: Talk) -> None:
    theirs = incident(other_talk, other_talk.say())

    assert talk.place.get("/v1/incidents") == []
    assert talk.place.refused("POST", f"/v1/incidents/{theirs}/resolution") == (404, "not_found")
    assert other_talk.one("SELECT resolved_at FROM security_incidents") is None


# Dead letters


def letter(talk: Talk, queue: str = "turns-dead", **body: Any) -> str:
    shop = {"organization_id": str(talk.place.organization_id)}
    dead_letters.keep(
        talk.place.database, queue=queue, message_id=str(uuid4()), body=json.dumps(shop | body), receives=12
    )
    return str(talk.one("SELECT id FROM dead_letters ORDER BY id DESC LIMIT 1"))


def test_letters_are_listed_with_their_reason_and_without_what_was_written(talk: Talk) -> None:
    place = talk.say("Meu segredo", wa_id="5511987654321")
    envelope = {
        "account": talk.account.external_id,
        "kind": "message",
        "id": "wamid.1",
        "person": {"wa_id": "5511987654321", "profile_name": "Ana"},
        "element": {"type": "text", "text": {"body": "Meu segredo"}},
    }
    first, second = letter(talk, conversation_id=place), letter(talk, "inbound-dead.fifo", **envelope)

    newest, oldest = talk.place.all_pages("/v1/dead-letters")

    assert ([newest["id"], oldest["id"]], oldest["reason"], newest["reason"]) == (
        [second, first],
        "turn_failed",
        "message_failed",
    )
    assert newest["payload"] == {
        "organization_id": str(talk.place.organization_id),
        "account": talk.account.external_id,
        "kind": "message",
        "id": "wamid.1",
        "type": "text",
    }
    assert oldest["payload"]["conversation_id"] == oldest["conversation_id"] == place
    for said in ("segredo", "5511987654321", "Ana"):
        assert said not in json.dumps([newest, oldest])


def test_a_letter_is_sent_again_by_the_job_that_does_it(talk: Talk, around: Surroundings) -> None:
    kept = letter(talk, conversation_id=talk.say())

    talk.place.post(f"/v1/dead-letters/{kept}/redrive")

    ((hint),) = around.hints("automations")
    assert (hint["job"], hint["subject"]) == ("redrive_dead_letter", kept)
    ((shown),) = talk.place.get("/v1/dead-letters")
    assert (shown["state"], shown["asked_by"]) == ("kept", f"user:{talk.user_id}")
    assert talk.one("SELECT actor FROM audit WHERE table_name = 'dead_letters'") == f"user:{talk.user_id}"


def test_a_word_to_send_again_is_said_again_with_the_same_key(talk: Talk, around: Surroundings) -> None:
    path = f"/v1/dead-letters/{letter(talk, conversation_id=talk.say())}/redrive"

    for _ in range(2):
        assert talk.place.person.ask("POST", path, **{"idempotency-key": "r1"}).status_code == 200

    assert len(around.hints("automations")) == 2


def test_a_word_that_cannot_be_said_is_told_to_who_asked(talk: Talk, monkeypatch: pytest.MonkeyPatch) -> None:
    path = f"/v1/dead-letters/{letter(talk, conversation_id=talk.say())}/redrive"
    # Nobody listens there.
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")

    assert talk.place.refused("POST", path) == (503, "unavailable")


def test_a_letter_is_put_away_and_its_task_is_done(talk: Talk) -> None:
    kept = letter(talk, conversation_id=talk.say())

    talk.place.post(f"/v1/dead-letters/{kept}/discard")

    assert talk.place.get("/v1/dead-letters") == []
    ((away),) = talk.place.get("/v1/dead-letters?state=discarded")
    assert (away["id"], away["settled_by"]) == (kept, f"user:{talk.user_id}")
    assert talk.place.get("/v1/tasks?kind=dead_letter") == []
    for act in ("redrive", "discard"):
        assert talk.place.refused("POST", f"/v1/dead-letters/{kept}/{act}") == (409, "letter_settled")


def test_another_shops_letter_is_not_there(talk: Talk, other_talk: Talk, around: Surroundings) -> None:
    theirs = letter(other_talk, conversation_id=other_talk.say())

    assert talk.place.get("/v1/dead-letters") == []
    for act in ("redrive", "discard"):
        for unknown in (theirs, NOBODY):
            assert talk.place.refused("POST", f"/v1/dead-letters/{unknown}/{act}") == (404, "unknown_letter")
    assert around.hints("automations") == []


# Templates


def test_templates_are_listed_by_name_whatever_their_status(talk: Talk, other_talk: Talk) -> None:
    talk.template("retorno")
    talk.template("aviso", status="rejected")
    other_talk.template("deles")

    listed = talk.place.get("/v1/templates")

    assert [(row["name"], row["status"], row["is_reopening"]) for row in listed] == [
        ("aviso", "rejected", False),
        ("retorno", "approved", False),
    ]
    assert listed[1]["parameters"] == ["1", "2"]
    assert [row["name"] for row in talk.place.get("/v1/templates?status=approved")] == ["retorno"]
    assert len(talk.place.get(f"/v1/templates?channel_account_id={talk.account.id}")) == 2
    assert talk.place.get(f"/v1/templates?channel_account_id={other_talk.account.id}") == []


# Who may


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/v1/incidents", None),
        ("POST", f"/v1/incidents/{NOBODY}/resolution", None),
        ("GET", "/v1/dead-letters", None),
        ("POST", f"/v1/dead-letters/{NOBODY}/redrive", None),
        ("POST", f"/v1/dead-letters/{NOBODY}/discard", None),
        ("GET", "/v1/usage", None),
        ("GET", "/v1/dashboard", None),
        ("PUT", "/v1/dashboard/assumptions", {"seconds_per_message": 60, "hour_value_cents": 1}),
    ],
)
def test_staff_do_not_see_what_is_for_who_runs_the_shop(talk: Talk, method: str, path: str, body: object) -> None:
    talk.place.become("staff")

    assert talk.place.refused(method, path, body) == (403, "forbidden")


@pytest.mark.parametrize("path", ["/v1/tasks", "/v1/notifications", "/v1/pending-actions", "/v1/incidents"])
def test_a_cursor_that_is_no_cursor_is_refused(talk: Talk, path: str) -> None:
    assert talk.place.refused("GET", f"{path}?cursor=abc") == (422, "bad_cursor")


def test_lists_of_a_new_shop_are_empty(talk: Talk) -> None:
    for path in ("tasks", "notifications", "pending-actions", "incidents", "dead-letters", "templates"):
        assert talk.place.get(f"/v1/{path}") == []
