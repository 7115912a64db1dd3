"""The deployed stack, driven from outside: webhooks in, messages out, and what is stored between."""

import base64
import json
from collections.abc import Iterator
from typing import Any, Literal

import boto3
import pytest

from infra.headers import API_HEADERS, security_headers
from tests.local.outside import Outside, wait_for, words

pytestmark = pytest.mark.xdist_group("local-stack")


@pytest.fixture(scope="module")
def outside(stack: dict[str, Any]) -> Iterator[Outside]:
    seen = Outside(stack)
    with seen.http:
        yield seen


def test_a_customer_books_a_bath_over_the_phone(outside: Outside) -> None:
    phone = "+5511900000001"
    before = len(outside.replies(phone))
    outside.writes(phone, "Oi! Quero marcar um banho para o Thor na próxima segunda de manhã")
    offer = words(outside.next_reply(phone, after=before))
    assert "Banho" in offer

    offered = offer.split(" às ")[1][:5]
    outside.writes(phone, f"às {offered}")
    question = outside.next_reply(phone, after=before + 1)
    assert question["kind"] == "interactive", words(question)
    yes = question["content"]["action"]["buttons"][0]["reply"]
    assert "R$ 120,00" in words(question)
    assert bookings_made(outside) == 0, "nothing is booked before the yes"

    outside.sends({"from": phone, "kind": "button_reply", "reply_id": yes["id"], "title": yes["title"]})
    confirmation = words(outside.next_reply(phone, after=before + 2))
    assert "Thor" in confirmation
    assert offered in confirmation
    assert bookings_made(outside) == 1


def test_a_batch_of_many_is_stored_once_each_and_answered_once_each(outside: Outside) -> None:
    people = [f"+55119800000{number:02d}" for number in range(6)]
    messages = [
        {"from": person, **content}
        for person in people
        for content in (
            {"kind": "text", "text": "Oi, tudo bem?"},
            {"kind": "location"},
            {"kind": "image", "caption": "olha a minha cachorra"},
            {"kind": "text", "text": "vocês dão banho?"},
        )
    ]
    sent = outside.sends({"messages": messages, "shape": {"entries": 3, "changes": 2, "messages": 4}, "copies": 2})
    assert sent["statuses"] == [200, 200]
    body, signature = base64.b64decode(sent["body"]), sent["signature"]
    assert post(outside, flip(body), signature) == 401

    for person in people:
        outside.next_reply(person, after=0)
    stored = outside.rows(
        "SELECT provider_id, count(*) FROM messages WHERE provider_id = ANY(%s) GROUP BY 1", [sent["wamids"]]
    )
    assert sorted(stored) == sorted((wamid, 1) for wamid in sent["wamids"])

    # Sent again after everything is answered: nothing is stored, nothing is said.
    assert post(outside, body, signature) == 200
    wait_for(lambda: queues_are_empty(outside) or None, "empty queues")
    assert [len(outside.replies(person)) for person in people] == [1] * len(people)


def test_what_a_customer_sends_beside_text_lies_in_the_bucket(outside: Outside) -> None:
    phone = "+5511900000004"
    kinds = {"image": "image/jpeg", "voice": "audio/ogg", "document": "application/pdf"}
    for kind in kinds:
        outside.sends({"from": phone, "kind": kind})

    def stored() -> list[tuple[Any, ...]] | None:
        found = outside.rows(
            """
            SELECT f.content_type, f.object_key, f.bytes FROM media f JOIN conversations c ON c.id = f.conversation_id
            JOIN contacts p ON p.id = c.contact_id WHERE p.phone = %s AND f.state = 'stored'
            """,
            [phone],
        )
        return found if len(found) == len(kinds) else None

    files = wait_for(stored, "the files")
    s3 = client(outside, "s3")
    (bucket,) = (each["Name"] for each in s3.list_buckets()["Buckets"] if "media" in each["Name"])
    assert sorted(type_ for type_, _, _ in files) == sorted(kinds.values())
    for type_, key, size in files:
        kept = s3.head_object(Bucket=bucket, Key=key)
        assert (kept["ContentType"], kept["ContentLength"]) == (type_, size)


def test_the_owner_is_answered_by_aurora_and_is_no_lead(outside: Outside) -> None:
    owner = outside.endpoints["owner_phone"]
    outside.writes(owner, "Bom dia!")
    outside.next_reply(owner, after=0)
    leads = outside.rows(
        """
        SELECT p.last_counted_month IS NOT NULL, coalesce((SELECT sum(amount) FROM usage_counters WHERE metric = 'leads'), 0)
        FROM contacts p WHERE p.phone = %s
        """,
        [owner],
    )
    counted = outside.rows(
        "SELECT count(*) FROM contacts WHERE last_counted_month IS NOT NULL AND phone <> %s", [owner]
    )
    assert leads == [(True, counted[0][0])], "everybody who wrote is counted but the owner"


def test_what_the_provider_says_of_a_message_is_kept(outside: Outside) -> None:
    phone = "+5511900000003"
    outside.writes(phone, "Quanto custa a hidratação?")
    outside.next_reply(phone, after=0)

    def delivery() -> bool | None:
        found = outside.rows(
            """
            SELECT m.delivery FROM messages m JOIN conversations c ON c.id = m.conversation_id
            JOIN contacts p ON p.id = c.contact_id WHERE p.phone = %s AND m.sender = 'agent'
            """,
            [phone],
        )
        return found == [("delivered",)] or found == [("read",)] or None

    wait_for(delivery, "the status webhooks")


def test_the_api_answers_in_its_envelope(outside: Outside) -> None:
    front_door = outside.endpoints["front_door"]
    healthy = outside.http.get(f"{front_door}/health/database")
    assert (healthy.status_code, healthy.json()["data"]) == (200, {"status": "ok"})
    unknown = outside.http.get(f"{front_door}/v1/nothing-here")
    assert unknown.status_code == 404
    assert unknown.json()["code"] == "not_found"


def test_the_front_door_tells_browsers_what_the_edge_tells_them(outside: Outside) -> None:
    front_door, aws = outside.endpoints["front_door"], outside.endpoints["aws"]

    answer = outside.http.get(f"{front_door}/v1/me", headers={"Origin": "null"})

    told = security_headers(sockets=front_door.replace("http", "ws"), media=aws) | API_HEADERS
    assert {name: answer.headers[name] for name in told} == told
    assert not [name for name in answer.headers if name.startswith("access-control-")]


def test_the_webhook_address_verifies(outside: Outside) -> None:
    verified = outside.http.post(f"{outside.endpoints['front_door']}/street/verify").json()
    assert verified == {"verified": True, "status": 200}


def bookings_made(outside: Outside) -> int:
    return outside.rows("SELECT count(*) FROM bookings WHERE source = 'agent' AND status = 'confirmed'")[0][0]


def post(outside: Outside, body: bytes, signature: str) -> int:
    headers = {"Content-Type": "application/json", "X-Hub-Signature-256": signature}
    return outside.http.post(outside.endpoints["webhook_whatsapp"], content=body, headers=headers).status_code


def flip(body: bytes) -> bytes:
    changed = json.loads(body)
    changed["entry"][0]["id"] += "0"
    return json.dumps(changed).encode()


def client(outside: Outside, service: Literal["s3", "sqs"]) -> Any:
    return boto3.client(
        service,
        endpoint_url=outside.endpoints["aws"],
        region_name="sa-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )


def queues_are_empty(outside: Outside) -> bool:
    sqs = client(outside, "sqs")
    names = [
        "ApproximateNumberOfMessages",
        "ApproximateNumberOfMessagesNotVisible",
        "ApproximateNumberOfMessagesDelayed",
    ]
    return all(
        sum(int(count) for count in sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"].values())
        == 0
        for url in sqs.list_queues()["QueueUrls"]
    )
