"""Our signer against the one of botocore, which AWS's own tools use: the same bytes for any request."""

from datetime import UTC, datetime
from hashlib import sha256
from urllib.parse import quote

import time_machine
from botocore.auth import S3SigV4Auth, S3SigV4QueryAuth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as BotocoreCredentials
from hypothesis import given
from hypothesis import strategies as st

from auzap.aws.signing import Credentials, presigned, signed_headers

REGIONS = st.sampled_from(["sa-east-1", "us-east-1", "eu-central-1"])
HOSTS = st.sampled_from(["sqs.sa-east-1.amazonaws.com", "127.0.0.1:4566", "localhost:9", "s3.us-east-1.amazonaws.com"])
MOMENTS = st.datetimes(datetime(2000, 1, 1), datetime(2099, 12, 31))  # noqa: DTZ001 - hypothesis takes naive bounds
VISIBLE = st.characters(min_codepoint=0x20, max_codepoint=0x7E)
SECRETS = st.text(st.sampled_from("abcXYZ019/+="), min_size=1, max_size=40)
TOKENS = st.none() | SECRETS
HEADERS = st.dictionaries(
    st.sampled_from(["Content-Type", "X-Amz-Target", "x-amz-meta-day", "Zebra", "accept"]),
    # Several spaces in a row are signed as one.
    st.lists(st.text(VISIBLE, max_size=12), max_size=4).map("  ".join),
)
SEGMENTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
# S3 keys may hold anything, empty and dotted segments too; other services see plain paths.
OBJECT_PATHS = st.lists(SEGMENTS | st.sampled_from(["", ".", "..", "a b", "ção", "%2F", "+", "~", "🐾"]), max_size=4)
PLAIN_PATHS = st.lists(
    SEGMENTS.filter(lambda segment: segment not in {"", ".", ".."} and "/" not in segment), max_size=3
)


def encoded(segments: list[str]) -> str:
    return quote("/" + "/".join(segments), safe="/-_.~")


def signed_by_botocore(
    credentials: Credentials,
    *,
    method: str,
    host: str,
    path: str,
    headers: dict[str, str],
    body: bytes,
    region: str,
    service: str,
    moment: datetime,
) -> dict[str, str]:
    request = AWSRequest(method=method, url=f"https://{host}{path}", headers=dict(headers), data=body)
    theirs = BotocoreCredentials(credentials.access_key, credentials.secret_key, credentials.token)
    signer = (S3SigV4Auth if service == "s3" else SigV4Auth)(theirs, service, region)
    with time_machine.travel(moment, tick=False):
        signer.add_auth(request)
    return {name.lower(): value for name, value in request.headers.items()}


@given(
    service=st.sampled_from(["sqs", "secretsmanager", "kms", "dynamodb", "execute-api", "s3"]),
    method=st.sampled_from(["POST", "PUT", "GET", "DELETE"]),
    host=HOSTS,
    object_path=OBJECT_PATHS,
    plain_path=PLAIN_PATHS,
    headers=HEADERS,
    body=st.binary(max_size=200),
    region=REGIONS,
    moment=MOMENTS,
    access_key=SECRETS,
    secret_key=SECRETS,
    token=TOKENS,
)
def test_every_request_is_signed_as_botocore_signs_it(
    service: str,
    method: str,
    host: str,
    object_path: list[str],
    plain_path: list[str],
    headers: dict[str, str],
    body: bytes,
    region: str,
    moment: datetime,
    access_key: str,
    secret_key: str,
    token: str | None,
) -> None:
    credentials = Credentials(access_key, secret_key, token)
    path = encoded(object_path if service == "s3" else plain_path)
    aware = moment.replace(tzinfo=UTC)

    ours = signed_headers(
        credentials,
        method=method,
        host=host,
        path=path,
        headers=headers,
        body_hash=sha256(body).hexdigest(),
        region=region,
        service=service,
        amz_date=aware.strftime("%Y%m%dT%H%M%SZ"),
    )

    theirs = signed_by_botocore(
        credentials,
        method=method,
        host=host,
        path=path,
        headers=headers,
        body=body,
        region=region,
        service=service,
        moment=aware,
    )
    assert {name.lower(): value for name, value in ours.items()} == theirs


@given(
    scheme=st.sampled_from(["https", "http"]),
    host=HOSTS,
    object_path=OBJECT_PATHS,
    query=st.dictionaries(
        st.sampled_from(["response-content-disposition", "response-content-type", "versionId", "a b&c=ç"]),
        st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
    ),
    seconds=st.integers(1, 604_800),
    region=REGIONS,
    moment=MOMENTS,
    access_key=SECRETS,
    secret_key=SECRETS,
    token=TOKENS,
)
def test_a_link_is_byte_for_byte_the_one_that_botocore_makes(
    scheme: str,
    host: str,
    object_path: list[str],
    query: dict[str, str],
    seconds: int,
    region: str,
    moment: datetime,
    access_key: str,
    secret_key: str,
    token: str | None,
) -> None:
    aware = moment.replace(tzinfo=UTC)

    ours = presigned(
        Credentials(access_key, secret_key, token),
        origin=f"{scheme}://{host}",
        path=encoded(object_path),
        query=query,
        seconds=seconds,
        region=region,
        amz_date=aware.strftime("%Y%m%dT%H%M%SZ"),
    )

    request = AWSRequest(method="GET", url=f"{scheme}://{host}{encoded(object_path)}", params=query)
    signer = S3SigV4QueryAuth(BotocoreCredentials(access_key, secret_key, token), "s3", region, expires=seconds)
    with time_machine.travel(aware, tick=False):
        signer.add_auth(request)
    assert ours == request.url


def test_a_link_to_put_a_file_is_the_one_that_botocore_makes_and_binds_its_size_and_type() -> None:
    moment = datetime(2026, 11, 21, 12, tzinfo=UTC)
    url, headers = (
        "https://s3.sa-east-1.amazonaws.com/files/a%20b",
        {"content-length": "10", "content-type": "application/pdf"},
    )

    ours = presigned(
        Credentials("key", "secret"),
        origin="https://s3.sa-east-1.amazonaws.com",
        path="/files/a%20b",
        query={},
        seconds=900,
        region="sa-east-1",
        amz_date=moment.strftime("%Y%m%dT%H%M%SZ"),
        method="PUT",
        headers=headers,
    )

    request = AWSRequest(method="PUT", url=url, headers=headers)
    signer = S3SigV4QueryAuth(BotocoreCredentials("key", "secret"), "s3", "sa-east-1", expires=900)
    with time_machine.travel(moment, tick=False):
        signer.add_auth(request)
    assert ours == request.url


def test_the_given_headers_are_sent_and_not_changed() -> None:
    given_headers = {"Content-Type": "application/json"}

    sent = signed_headers(
        Credentials("key", "secret"),
        method="POST",
        host="sqs.sa-east-1.amazonaws.com",
        path="/",
        headers=given_headers,
        body_hash=sha256(b"{}").hexdigest(),
        region="sa-east-1",
        service="sqs",
        amz_date="20261121T120000Z",
    )

    assert given_headers == {"Content-Type": "application/json"}
    assert sent["Content-Type"] == "application/json"
    assert "secret" not in str(sent)
