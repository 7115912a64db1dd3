"""Signature Version 4: of a request with a known body, and of a link that somebody else may open."""

import functools
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal
from urllib.parse import quote

ALGORITHM = "AWS4-HMAC-SHA256"
NO_HEADERS: Mapping[str, str] = {}


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
    body_hash: str,
    region: str,
    service: str,
    amz_date: str,
) -> dict[str, str]:
    """The headers to send: the given ones, with the date, the session token and the signature.

    `path` is the path as it goes over the wire, already percent-encoded; a query behind it is in the order of its names.
    `body_hash` is the body's SHA-256 in hexadecimal, `amz_date` the moment as YYYYMMDD'T'HHMMSS'Z'.
    """
    sent = {**headers, "X-Amz-Date": amz_date}
    if credentials.token:
        sent["X-Amz-Security-Token"] = credentials.token
    if service == "s3":
        sent["X-Amz-Content-SHA256"] = body_hash

    canonical = sorted([("host", host), *((name.lower(), " ".join(value.split())) for name, value in sent.items())])
    names = ";".join([name for name, _ in canonical])
    lines = "".join([f"{name}:{value}\n" for name, value in canonical])
    path, _, query = path.partition("?")
    # S3 signs the path as it is sent; every other service signs it encoded once more.
    canonical_path = path if service == "s3" else quote(path, safe="/-_.~")
    request = f"{method}\n{canonical_path}\n{query}\n{lines}\n{names}\n{body_hash}"

    scope = _scope(amz_date, region, service)
    signature = _signature(credentials.secret_key, scope, amz_date, request)
    sent["Authorization"] = (
        f"{ALGORITHM} Credential={credentials.access_key}/{scope}, SignedHeaders={names}, Signature={signature}"
    )
    return sent


def presigned(
    credentials: Credentials,
    *,
    origin: str,
    path: str,
    query: Mapping[str, str],
    seconds: int,
    region: str,
    amz_date: str,
    method: Literal["GET", "PUT"] = "GET",
    headers: Mapping[str, str] = NO_HEADERS,
) -> str:
    """A link to an object of S3, which whoever has it may read, or write, for as many seconds.

    `origin` is scheme and host, `path` percent-encoded; the parameters of `query` are signed with it, and so are the
    `headers`, with which it must be asked for.
    """
    scope = _scope(amz_date, region, "s3")
    shown = {"host": origin.partition("//")[2], **headers}
    names = ";".join(sorted(shown))
    parameters = {
        **query,
        "X-Amz-Algorithm": ALGORITHM,
        "X-Amz-Credential": f"{credentials.access_key}/{scope}",
        "X-Amz-Date": amz_date,
        "X-Amz-Expires": str(seconds),
        "X-Amz-SignedHeaders": names,
    }
    if credentials.token:
        parameters["X-Amz-Security-Token"] = credentials.token
    encoded = [f"{quote(name, safe='-_.~')}={quote(value, safe='-_.~')}" for name, value in parameters.items()]
    lines = "".join(f"{name}:{shown[name]}\n" for name in sorted(shown))
    request = f"{method}\n{path}\n{'&'.join(sorted(encoded))}\n{lines}\n{names}\nUNSIGNED-PAYLOAD"
    signature = _signature(credentials.secret_key, scope, amz_date, request)
    return f"{origin}{path}?{'&'.join(encoded)}&X-Amz-Signature={signature}"


def _scope(amz_date: str, region: str, service: str) -> str:
    return f"{amz_date[:8]}/{region}/{service}/aws4_request"


def _signature(secret_key: str, scope: str, amz_date: str, request: str) -> str:
    to_sign = f"{ALGORITHM}\n{amz_date}\n{scope}\n{hashlib.sha256(request.encode()).hexdigest()}"
    return hmac.digest(_signing_key(secret_key, scope), to_sign.encode(), "sha256").hex()


# One a day for each service and key.
@functools.lru_cache(maxsize=8)
def _signing_key(secret_key: str, scope: str) -> bytes:
    key = f"AWS4{secret_key}".encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    return key
