"""A client of one AWS service: one kept connection, signed calls, one retry on a dead one."""

import json
import os
import ssl
import time
from typing import Any
from urllib.parse import quote, urlsplit

from auzap.aws.connection import Connection, HungUp
from auzap.aws.signing import Credentials, signed_headers

JSON_VERSIONS = {"sqs": "1.0", "secretsmanager": "1.1", "kms": "1.1"}
TARGETS = {"sqs": "AmazonSQS", "secretsmanager": "secretsmanager", "kms": "TrentService"}


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
        self._connection = Connection(url, timeout)

    def call(self, operation: str, parameters: dict[str, Any]) -> dict[str, Any]:
        """One call of the JSON protocol."""
        headers = {
            "Content-Type": f"application/x-amz-json-{JSON_VERSIONS[self.service]}",
            "X-Amz-Target": f"{TARGETS[self.service]}.{operation}",
        }
        # Lone surrogates have no UTF-8 form; as escapes they travel safely.
        answer = self._send("POST", "/", headers, json.dumps(parameters).encode())
        return json.loads(answer) if answer else {}

    def put(self, path: str, body: bytes, content_type: str) -> None:
        """One object into S3; the path starts with the bucket."""
        self._send("PUT", quote(path, safe="/-_.~"), {"Content-Type": content_type}, body)

    def _send(self, method: str, path: str, headers: dict[str, str], body: bytes) -> bytes:
        sent = signed_headers(
            _credentials(),
            method=method,
            host=self.host,
            path=path,
            headers=headers,
            body=body,
            region=self.region,
            service=self.service,
            amz_date=time.strftime("%Y%m%dT%H%M%SZ", time.gmtime()),
        )
        sent |= {"Host": self.host, "Content-Length": str(len(body))}
        lines = "".join(f"{name}: {value}\r\n" for name, value in sent.items())
        request = f"{method} {path} HTTP/1.1\r\n{lines}\r\n".encode("ascii") + body
        kept = self._connection.sock is not None
        try:
            status, answer = self._exchange(request)
        except (HungUp, ConnectionResetError, BrokenPipeError, ssl.SSLEOFError) as gone:
            # The far side closed a connection that a frozen sandbox had kept: nothing was done, say it again.
            if not kept:
                raise AwsError(0, type(gone).__name__) from gone
            status, answer = self._retry(request)
        except OSError as failed:
            raise AwsError(0, type(failed).__name__) from failed
        if status >= 300:
            raise AwsError(status, _error_code(answer))
        return answer

    def _retry(self, request: bytes) -> tuple[int, bytes]:
        try:
            return self._exchange(request)
        except OSError as failed:
            raise AwsError(0, type(failed).__name__) from failed

    def _exchange(self, request: bytes) -> tuple[int, bytes]:
        try:
            return self._connection.exchange(request)
        except OSError:
            self._connection.close()
            raise


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
