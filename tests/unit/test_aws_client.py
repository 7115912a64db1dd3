"""The client against a server of our own: what goes over the wire, and what each kind of failure becomes."""

import base64
import hashlib
import socket
import threading
from pathlib import Path

import pytest
from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from auzap.aws.client import AwsClient, AwsError
from tests.unit.conftest import ClientTo
from tests.unit.scripted_server import Answer, Hangs, HangsUp, Request, scripted


def signature_expected(request: Request, service: str) -> str:
    """What botocore says of the request as it arrived."""
    arrived = AWSRequest(
        method=request.method, url=f"http://{request.headers['Host']}{request.path}", data=request.body
    )
    names = request.headers["Authorization"].split("SignedHeaders=")[1].split(",")[0].split(";")
    for name, value in request.headers.items():
        if name.lower() in names:
            arrived.headers[name] = value
    arrived.context["timestamp"] = request.headers["X-Amz-Date"]
    signer = (S3SigV4Auth if service == "s3" else SigV4Auth)(Credentials("test", "test"), service, "sa-east-1")
    return str(signer.signature(signer.string_to_sign(arrived, signer.canonical_request(arrived)), arrived))


def test_a_call_is_json_with_its_target_and_a_signature_that_verifies(client_to: ClientTo) -> None:
    with scripted(Answer(body={"MessageId": "1"})) as aws:
        answer = client_to(aws.url).call("SendMessage", {"MessageBody": "olá \ud800"})

    (request,) = aws.requests
    assert answer == {"MessageId": "1"}
    assert (request.method, request.path) == ("POST", "/")
    assert request.headers["X-Amz-Target"] == "AmazonSQS.SendMessage"
    assert request.headers["Content-Type"] == "application/x-amz-json-1.0"
    assert request.json == {"MessageBody": "olá \ud800"}
    assert request.headers["Authorization"].endswith(f"Signature={signature_expected(request, 'sqs')}")


@pytest.mark.parametrize(("method", "body"), [("POST", b'{"type":"pong"}'), ("DELETE", b"")])
def test_a_socket_is_told_by_its_name_with_a_signature_that_verifies(
    client_to: ClientTo, method: str, body: bytes
) -> None:
    with scripted(Answer(body=b"")) as aws:
        client_to(aws.url, "execute-api").request(method, "/realtime/@connections/L0SM9cOFvHcCIhw%3D", body)

    (request,) = aws.requests
    assert (request.method, request.path, request.body) == (method, "/realtime/@connections/L0SM9cOFvHcCIhw%3D", body)
    assert request.headers["Authorization"].endswith(f"Signature={signature_expected(request, 'execute-api')}")


def test_an_object_is_put_under_its_encoded_path_with_a_signature_that_verifies(client_to: ClientTo) -> None:
    with scripted(Answer(body=b"")) as aws:
        client_to(aws.url, "s3").put("/bucket/whatsapp/a b+ç.json", b"{}", "application/json")

    (request,) = aws.requests
    assert (request.method, request.path) == ("PUT", "/bucket/whatsapp/a%20b%2B%C3%A7.json")
    assert request.body == b"{}"
    assert request.headers["Authorization"].endswith(f"Signature={signature_expected(request, 's3')}")


def test_a_file_is_put_whole_with_the_hash_it_was_said_to_have(client_to: ClientTo, tmp_path: Path) -> None:
    content = b"0123456789abcdef" * 100_000
    (tmp_path / "file").write_bytes(content)
    with scripted(Answer(body=b"")) as aws, (tmp_path / "file").open("rb") as file:
        said = hashlib.sha256(content).digest()
        client_to(aws.url, "s3").put_file(
            "/bucket/media/1", file, length=len(content), sha256=said, content_type="image/png"
        )

    (request,) = aws.requests
    assert (request.method, request.path, request.body) == ("PUT", "/bucket/media/1", content)
    assert request.headers["Content-Type"] == "image/png"
    assert request.headers["X-Amz-Content-SHA256"] == said.hex()
    assert request.headers["Authorization"].endswith(f"Signature={signature_expected(request, 's3')}")


def test_an_object_that_is_to_stay_as_it_is_is_put_once_and_with_the_checksum_that_a_lock_asks_for(
    client_to: ClientTo,
) -> None:
    with scripted(Answer(body=b""), Answer(412, b"<Error/>"), Answer(403, b"<Error/>")) as aws:
        s3 = client_to(aws.url, "s3")
        s3.put_once("/bucket/heads/1", b"{}", "application/json")
        # It is there already.
        s3.put_once("/bucket/heads/1", b"{}", "application/json")
        with pytest.raises(AwsError):
            s3.put_once("/bucket/heads/1", b"{}", "application/json")

    request = aws.requests[0]
    assert (request.headers["If-None-Match"], request.headers["X-Amz-Sdk-Checksum-Algorithm"]) == ("*", "SHA256")
    assert base64.b64decode(request.headers["X-Amz-Checksum-SHA256"]) == hashlib.sha256(b"{}").digest()
    assert request.headers["Authorization"].endswith(f"Signature={signature_expected(request, 's3')}")


def test_names_are_asked_for_page_after_page_with_a_signature_that_covers_the_query(client_to: ClientTo) -> None:
    first = (
        b"<ListVersionsResult><IsTruncated>true</IsTruncated><Version><Key>heads/1/a-b</Key></Version>"
        b"<DeleteMarker><Key>heads/1/a-b</Key></DeleteMarker><Version><Key>heads/1/c-d</Key></Version></ListVersionsResult>"
    )
    last = b"<ListVersionsResult><Version><Key>heads/1/e-f</Key></Version><IsTruncated>false</IsTruncated></ListVersionsResult>"
    with scripted(Answer(body=first), Answer(body=last)) as aws:
        names = list(client_to(aws.url, "s3").names("bucket", "heads/1/"))

    assert names == ["heads/1/a-b", "heads/1/c-d", "heads/1/e-f"]
    assert [request.path for request in aws.requests] == [
        "/bucket?prefix=heads%2F1%2F&versions=",
        "/bucket?key-marker=heads%2F1%2Fc-d&prefix=heads%2F1%2F&versions=",
    ]
    for request in aws.requests:
        assert request.headers["Authorization"].endswith(f"Signature={signature_expected(request, 's3')}")


def test_a_file_is_sent_again_from_its_beginning(client_to: ClientTo, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"whole")
    with scripted(Answer(), HangsUp(), Answer(body=b"")) as aws, (tmp_path / "file").open("rb") as file:
        s3 = client_to(aws.url, "s3")
        s3.put("/bucket/before", b"", "text/plain")
        s3.put_file("/bucket/1", file, length=5, sha256=hashlib.sha256(b"whole").digest(), content_type="text/plain")

    assert [request.body for request in aws.requests] == [b"", b"whole", b"whole"]


def test_the_session_token_is_read_for_each_call(client_to: ClientTo, monkeypatch: pytest.MonkeyPatch) -> None:
    with scripted(Answer()) as aws:
        sqs = client_to(aws.url)
        sqs.call("SendMessage", {})
        monkeypatch.setenv("AWS_SESSION_TOKEN", "renewed")
        sqs.call("SendMessage", {})

    first, second = aws.requests
    assert "X-Amz-Security-Token" not in first.headers
    assert second.headers["X-Amz-Security-Token"] == "renewed"


@pytest.mark.parametrize(
    ("answer", "status", "code"),
    [
        (Answer(400, {"__type": "com.amazonaws.sqs#QueueDoesNotExist", "message": "x"}), 400, "QueueDoesNotExist"),
        (Answer(400, {"__type": "AccessDeniedException"}), 400, "AccessDeniedException"),
        (Answer(503, b"<html>Service Unavailable</html>"), 503, "Unknown"),
        (Answer(500, {"message": "no type"}), 500, "Unknown"),
        (Answer(500, ["a list"]), 500, "Unknown"),
        (Answer(500, b""), 500, "Unknown"),
        (Answer(301, b""), 301, "Unknown"),
    ],
)
def test_an_error_of_aws_is_raised_with_its_code(client_to: ClientTo, answer: Answer, status: int, code: str) -> None:
    with scripted(answer) as aws, pytest.raises(AwsError) as raised:
        client_to(aws.url).call("SendMessage", {})

    assert (raised.value.status, raised.value.code) == (status, code)
    assert len(aws.requests) == 1


def test_the_connection_is_kept_after_an_error(client_to: ClientTo) -> None:
    with scripted(Answer(500), Answer(body={"ok": True})) as aws:
        sqs = client_to(aws.url)
        with pytest.raises(AwsError):
            sqs.call("SendMessage", {})
        used = sqs._connection.sock
        assert sqs.call("SendMessage", {}) == {"ok": True}

        assert used is not None
        assert sqs._connection.sock is used


def test_a_connection_that_the_far_side_will_close_is_not_kept(client_to: ClientTo) -> None:
    with scripted(Answer(headers={"Connection": "close"}), Answer(body={"ok": True})) as aws:
        sqs = client_to(aws.url)
        sqs.call("SendMessage", {})
        assert sqs._connection.sock is None
        assert sqs.call("SendMessage", {}) == {"ok": True}


def test_a_kept_connection_that_died_is_opened_again_and_the_call_repeated(client_to: ClientTo) -> None:
    with scripted(Answer(), HangsUp(), Answer(body={"ok": True})) as aws:
        sqs = client_to(aws.url)
        sqs.call("SendMessage", {})
        assert sqs.call("SendMessage", {}) == {"ok": True}

    assert len(aws.requests) == 3


def test_a_call_is_repeated_only_once(client_to: ClientTo) -> None:
    with scripted(Answer(), HangsUp()) as aws:
        sqs = client_to(aws.url)
        sqs.call("SendMessage", {})
        with pytest.raises(AwsError) as raised:
            sqs.call("SendMessage", {})

    assert raised.value.status == 0
    assert len(aws.requests) == 3


def test_a_fresh_connection_that_is_closed_is_a_failure(client_to: ClientTo) -> None:
    with scripted(HangsUp()) as aws, pytest.raises(AwsError) as raised:
        client_to(aws.url).call("SendMessage", {})

    assert (raised.value.status, raised.value.code) == (0, "HungUp")
    assert len(aws.requests) == 1


def test_silence_ends_with_the_timeout_and_the_next_call_is_made_afresh(client_to: ClientTo) -> None:
    with scripted(Hangs(), Answer(body={"ok": True})) as aws:
        sqs = client_to(aws.url, timeout=0.5)
        with pytest.raises(AwsError) as raised:
            sqs.call("SendMessage", {})
        assert sqs.call("SendMessage", {}) == {"ok": True}

    assert raised.value.status == 0


def test_nobody_listening_is_a_failure(client_to: ClientTo) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        address = f"http://127.0.0.1:{listening.getsockname()[1]}"

    with pytest.raises(AwsError) as raised:
        client_to(address).call("SendMessage", {})

    assert (raised.value.status, raised.value.code) == (0, "ConnectionRefusedError")


def test_an_answer_cut_short_is_a_failure(client_to: ClientTo) -> None:
    def half_an_answer(listening: socket.socket) -> None:
        accepted, _ = listening.accept()
        with accepted:
            accepted.recv(65536)
            accepted.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{")

    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = threading.Thread(target=half_an_answer, args=[listening])
        server.start()
        with pytest.raises(AwsError) as raised:
            client_to(f"http://127.0.0.1:{listening.getsockname()[1]}").call("SendMessage", {})
        server.join()

    assert raised.value.code in {"BadAnswer", "ConnectionResetError"}


def test_the_endpoint_and_region_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    assert AwsClient("sqs").host == "sqs.sa-east-1.amazonaws.com"
    assert AwsClient("s3", region="us-east-1").host == "s3.us-east-1.amazonaws.com"
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:4566")
    assert AwsClient("sqs").host == "127.0.0.1:4566"


def test_amazons_roots_are_the_only_authorities_it_trusts() -> None:
    context = AwsClient("sqs")._connection.tls
    assert context is not None

    subjects = [str(authority["subject"]) for authority in context.get_ca_certs()]
    assert context.check_hostname
    assert len(subjects) == 5
    assert all("'organizationName', 'Amazon'" in subject or "'Starfield" in subject for subject in subjects)
