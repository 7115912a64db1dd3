"""Signature Version 4, for one request with a known body."""

import functools
import hashlib
import hmac
from dataclasses import dataclass
from urllib.parse import quote

ALGORITHM = "AWS4-HMAC-SHA256"


@dataclass(frozen=True, slots=True)
class Credentials:
    access_key: str
    secret_key: str
    token: str | None = None


def signed_headers(
    credentials: Credentials,
    *,
    method: str,
    host: str,
    path: str,
    headers: dict[str, str],
    body: bytes,
    region: str,
    service: str,
    amz_date: str,
) -> dict[str, str]:
    """The headers to send: the given ones, with the date, the session token and the signature.

    `path` is the path as it goes over the wire, already percent-encoded; there is no query string.
    `amz_date` is the moment as YYYYMMDD'T'HHMMSS'Z'.
    """
    body_hash = hashlib.sha256(body).hexdigest()
    sent = {**headers, "X-Amz-Date": amz_date}
    if credentials.token:
        sent["X-Amz-Security-Token"] = credentials.token
    if service == "s3":
        sent["X-Amz-Content-SHA256"] = body_hash

    canonical = sorted([("host", host), *((name.lower(), " ".join(value.split())) for name, value in sent.items())])
    names = ";".join([name for name, _ in canonical])
    lines = "".join([f"{name}:{value}\n" for name, value in canonical])
    # S3 signs the path as it is sent; every other service signs it encoded once more.
    canonical_path = path if service == "s3" else quote(path, safe="/-_.~")
    request = f"{method}\n{canonical_path}\n\n{lines}\n{names}\n{body_hash}"

    date = amz_date[:8]
    scope = f"{date}/{region}/{service}/aws4_request"
    to_sign = f"{ALGORITHM}\n{amz_date}\n{scope}\n{hashlib.sha256(request.encode()).hexdigest()}"
    key = _signing_key(credentials.secret_key, date, region, service)
    signature = hmac.digest(key, to_sign.encode(), "sha256").hex()

    sent["Authorization"] = (
        f"{ALGORITHM} Credential={credentials.access_key}/{scope}, SignedHeaders={names}, Signature={signature}"
    )
    return sent


# One a day for each service and key.
@functools.lru_cache(maxsize=8)
def _signing_key(secret_key: str, date: str, region: str, service: str) -> bytes:
    key = f"AWS4{secret_key}".encode()
    for part in (date, region, service, "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    return key
