"""A client of one AWS service: one kept connection, signed calls, one retry on a dead one."""

import base64
import hashlib
import json
import os
import re
import ssl
import time
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO
from urllib.parse import quote, urlsplit

from auzap.aws.connection import Connection, HungUp
from auzap.aws.signing import Credentials, presigned, signed_headers

JSON_VERSIONS = {"sqs": "1.0", "secretsmanager": "1.1", "kms": "1.1", "dynamodb": "1.0"}
# Precondition failed.
IS_THERE = 412
# A name of ours holds nothing that XML would escape.
NAMED = re.compile(rb"<Key>([^<]+)</Key>")
AMZ_DATE = "%Y%m%dT%H%M%SZ"
TARGETS = {
    "sqs": "AmazonSQS",
    "secretsmanager": "secretsmanager",
    "kms": "TrentService",
    "dynamodb": "DynamoDB_20120810",
}


class AwsError(Exception):
    """AWS answered with an error, or not at all (status 0)."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(f"{code} ({status})")
        self.status = status
        self.code = code


class AwsClient:
    def __init__(
        self, service: str, *, region: str | None = None, endpoint: str | None = None, timeout: float = 2.5
    ) -> None:
        self.service = service
        self.region = region or os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION", "sa-east-1")
        url = urlsplit(
            endpoint or os.environ.get("AWS_ENDPOINT_URL") or f"https://{service}.{self.region}.amazonaws.com"
        )
        self.host = url.netloc
        self._scheme = url.scheme
        self._connection = Connection(url, timeout)

    def call(self, operation: str, parameters: dict[str, Any]) -> dict[str, Any]:
        """One call of the JSON protocol."""
        headers = {
            "Content-Type": f"application/x-amz-json-{JSON_VERSIONS[self.service]}",
            "X-Amz-Target": f"{TARGETS[self.service]}.{operation}",
        }
        # Lone surrogates have no UTF-8 form; as escapes they travel safely.
        body = json.dumps(parameters).encode()
        answer = self._send("POST", "/", headers, body, len(body), hashlib.sha256(body).hexdigest())
        return json.loads(answer) if answer else {}

    def request(self, method: str, path: str, body: bytes = b"") -> bytes:
        """One call of a service that speaks plain HTTP; the path as it goes over the wire."""
        headers = {"Content-Type": "application/json"} if body else {}
        return self._send(method, path, headers, body, len(body), hashlib.sha256(body).hexdigest())

    def put(self, path: str, body: bytes, content_type: str) -> None:
        """One object into S3; the path starts with the bucket."""
        headers = {"Content-Type": content_type}
        self._send("PUT", _encoded(path), headers, body, len(body), hashlib.sha256(body).hexdigest())

    def put_once(self, path: str, body: bytes, content_type: str) -> None:
        """One object into a bucket of S3 whose objects are locked, unless one has this name already."""
        digest = hashlib.sha256(body)
        headers = {
            "Content-Type": content_type,
            "If-None-Match": "*",
            # S3 locks nothing without a checksum.
            "X-Amz-Checksum-SHA256": base64.b64encode(digest.digest()).decode(),
            "X-Amz-Sdk-Checksum-Algorithm": "SHA256",
        }
        try:
            self._send("PUT", _encoded(path), headers, body, len(body), digest.hexdigest())
        except AwsError as refused:
            if refused.status != IS_THERE:
                raise

    def names(self, bucket: str, prefix: str, *, after: str = "") -> Iterator[str]:
        """The objects of S3 whose names begin so, in order, also those that were deleted since; page after page."""
        goes_on = True
        while goes_on:
            asked = {**({"key-marker": after} if after else {}), "prefix": prefix, "versions": ""}
            query = "&".join(f"{name}={quote(value, safe='-_.~')}" for name, value in asked.items())
            page = self._send("GET", f"/{bucket}?{query}", {}, b"", 0, hashlib.sha256().hexdigest())
            found = [name.decode() for name in NAMED.findall(page)]
            # Once each, whatever happened to it.
            yield from dict.fromkeys(found)
            goes_on = b"<IsTruncated>true" in page
            after = found[-1] if found else after

    def put_file(self, path: str, file: BinaryIO, *, length: int, sha256: bytes, content_type: str) -> None:
        """One object into S3, of a file that is never in memory as a whole."""
        self._send("PUT", _encoded(path), {"Content-Type": content_type}, file, length, sha256.hex())

    def get(self, path: str) -> bytes:
        """One object of S3, which fits into memory."""
        return self._send("GET", _encoded(path), {}, b"", 0, hashlib.sha256().hexdigest())

    def delete(self, path: str) -> None:
        """No object of S3 has this name any more, whether or not one had it."""
        self._send("DELETE", _encoded(path), {}, b"", 0, hashlib.sha256().hexdigest())

    def link(self, path: str, query: Mapping[str, str], *, seconds: int, now: float) -> str:
        """An address from which an object of S3 can be read without credentials, for as many seconds from now."""
        return presigned(
            _credentials(),
            origin=f"{self._scheme}://{self.host}",
            path=_encoded(path),
            query=query,
            seconds=seconds,
            region=self.region,
            amz_date=time.strftime(AMZ_DATE, time.gmtime(now)),
        )

    def link_to_put(self, path: str, headers: Mapping[str, str], *, seconds: int, now: float) -> str:
        """An address to which an object of S3 can be written once and again, with exactly these headers, without credentials."""
        return presigned(
            _credentials(),
            origin=f"{self._scheme}://{self.host}",
            path=_encoded(path),
            query={},
            seconds=seconds,
            region=self.region,
            amz_date=time.strftime(AMZ_DATE, time.gmtime(now)),
            method="PUT",
            headers=headers,
        )

    def _send(
        self, method: str, path: str, headers: dict[str, str], body: bytes | BinaryIO, length: int, body_hash: str
    ) -> bytes:
        sent = signed_headers(
            _credentials(),
            method=method,
            host=self.host,
            path=path,
            headers=headers,
            body_hash=body_hash,
            region=self.region,
            service=self.service,
            amz_date=time.strftime(AMZ_DATE, time.gmtime()),
        )
        sent |= {"Host": self.host, "Content-Length": str(length)}
        lines = "".join(f"{name}: {value}\r\n" for name, value in sent.items())
        head = f"{method} {path} HTTP/1.1\r\n{lines}\r\n".encode("ascii")
        kept = self._connection.sock is not None
        try:
            status, answer = self._exchange(head, body)
        except (HungUp, ConnectionResetError, BrokenPipeError, ssl.SSLEOFError) as gone:
            # The far side closed a connection that a frozen sandbox had kept: nothing was done, say it again.
            if not kept:
                raise AwsError(0, type(gone).__name__) from gone
            status, answer = self._retry(head, body)
        except OSError as failed:
            raise AwsError(0, type(failed).__name__) from failed
        if status >= 300:
            raise AwsError(status, _error_code(answer))
        return answer

    def _retry(self, head: bytes, body: bytes | BinaryIO) -> tuple[int, bytes]:
        try:
            return self._exchange(head, body)
        except OSError as failed:
            raise AwsError(0, type(failed).__name__) from failed

    def _exchange(self, head: bytes, body: bytes | BinaryIO) -> tuple[int, bytes]:
        try:
            if isinstance(body, bytes):
                return self._connection.exchange(head + body)
            body.seek(0)
            return self._connection.exchange(head, body)
        except OSError:
            self._connection.close()
            raise


def _encoded(path: str) -> str:
    return quote(path, safe="/-_.~")


def _credentials() -> Credentials:
    # Read for each call: Lambda renews them in the environment after a restore.
    return Credentials(
        access_key=os.environ["AWS_ACCESS_KEY_ID"],
        secret_key=os.environ["AWS_SECRET_ACCESS_KEY"],
        token=os.environ.get("AWS_SESSION_TOKEN") or None,
    )


def _error_code(answer: bytes) -> str:
    try:
        return str(json.loads(answer)["__type"]).rsplit("#", 1)[-1]
    except (ValueError, KeyError, TypeError):
        return "Unknown"
