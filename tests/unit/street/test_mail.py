"""Mail on the street: taken as SES takes it, kept, and shown."""

from typing import Any

import pytest

from auzap.aws.client import AwsClient, AwsError
from auzap.channels import mail
from tests.unit.conftest import ClientTo
from tests.unit.scripted_server import Answer, scripted
from tests.unit.street.world import World


def sent(**changed: Any) -> dict[str, Any]:
    subject, text = {"Data": "Convite", "Charset": "UTF-8"}, {"Data": "Oi!\n\nhttps://app.example/invitation#x"}
    return {
        "FromEmailAddress": "AuZap <nao-responda@auzap.example>",
        "Destination": {"ToAddresses": ["julia@example.com"]},
        "Content": {"Simple": {"Subject": subject, "Body": {"Text": text}}},
        **changed,
    }


def send(world: World, **changed: Any) -> Any:
    return world.client.post("/v2/email/outbound-emails", json=sent(**changed))


def test_a_mail_that_is_sent_is_shown_the_newest_first(world: World) -> None:
    first = send(world).json()["MessageId"]
    world.clock.advance(60)
    second = send(world, Destination={"ToAddresses": ["bia@example.com"]}).json()["MessageId"]

    letters = world.client.get("/mail/letters").json()

    assert [letter["id"] for letter in letters] == [second, first]
    assert letters[1] == {
        "id": first,
        "at": "2026-11-20T12:00:00+00:00",
        "sender": "AuZap <nao-responda@auzap.example>",
        "to": "julia@example.com",
        "subject": "Convite",
        "text": "Oi!\n\nhttps://app.example/invitation#x",
    }
    assert [letter["id"] for letter in world.client.get("/mail/letters?to=bia@example.com").json()] == [second]


@pytest.mark.parametrize(
    "changed",
    [
        {"Destination": {}},
        {"Destination": {"ToAddresses": []}},
        {"Destination": {"ToAddresses": ["a@example.com", "b@example.com"]}},
        {"Content": {"Raw": {"Data": "x"}}},
        {"Content": {"Simple": {"Subject": {"Data": "two\nlines"}, "Body": {"Text": {"Data": "x"}}}}},
    ],
)
def test_what_is_no_simple_mail_is_refused(world: World, changed: dict[str, Any]) -> None:
    assert send(world, **changed).status_code == 400
    assert world.client.get("/mail/letters").json() == []


def test_a_street_that_is_cleared_has_no_mail(world: World) -> None:
    send(world)

    world.client.post("/street/reset")

    assert world.client.get("/mail/letters").json() == []


def test_the_page_loads_its_own_files_and_runs_nothing_of_a_mail(world: World) -> None:
    page = world.client.get("/mail")

    assert "text/html" in page.headers["content-type"]
    assert "default-src 'self'" in page.headers["content-security-policy"]
    for file in ("mail.js", "mail.css"):
        assert file in page.text
        assert world.client.get(f"/mail/screen/{file}").status_code == 200
    assert "innerHTML" not in world.client.get("/mail/screen/mail.js").text


def test_our_own_sender_speaks_what_ses_takes(client_to: ClientTo, world: World) -> None:
    letter = mail.Mail("julia@example.com", "Olá, Júlia", "Oi!\nAté já.")
    with scripted(Answer(body={"MessageId": "0100-abc"})) as ses:
        assert mail.send(client_to(ses.url, "ses"), "AuZap <a@auzap.example>", letter) == "0100-abc"

    (request,) = ses.requests
    assert (request.method, request.path) == ("POST", "/v2/email/outbound-emails")
    assert "/ses/aws4_request" in request.headers["Authorization"]
    assert world.client.post(request.path, content=request.body).status_code == 200
    assert world.client.get("/mail/letters").json()[0]["subject"] == "Olá, Júlia"


def test_a_refusal_of_ses_is_an_error_with_its_status() -> None:
    with scripted(Answer(400, body={"message": "Email address is not verified."})) as ses:
        client = AwsClient("ses", endpoint=ses.url)
        with pytest.raises(AwsError) as refused:
            mail.send(client, "a@auzap.example", mail.Mail("b@example.com", "x", "y"))
        client._connection.close()

    assert refused.value.status == 400
