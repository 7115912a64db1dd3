"""Which addresses a file may be fetched from: the provider's own hosts, and no machine of ours behind such a name."""

import re
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from ipaddress import IPv6Address, IPv6Network, ip_address
from urllib.parse import SplitResult, urlsplit

from auzap.media.errors import OutOfReach, Refused

LONGEST = 4096
# What RFC 3986 lets an address hold, but for a fragment: no space, no control, nothing that is not ASCII.
CHARACTERS = re.compile(r"[A-Za-z0-9\-._~:/?\[\]@!$&'()*+,;=%]+")
PROVIDERS = re.compile(r"graph\.facebook\.com|lookaside\.fbsbx\.com|(?:[a-z0-9-]+\.)+(?:fbcdn\.net|whatsapp\.net)")
# At least two labels, the last one no number: an address in digits is no page's.
PUBLIC_NAME = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+(?:[a-z]{2,63}|xn--[a-z0-9-]{2,59})")
# What the world uses of IPv6; the rest is local, translates into IPv4, or is for later.
GLOBAL_UNICAST = IPv6Network("2000::/3")

type Resolve = Callable[[str, int], Sequence[str]]


@dataclass(frozen=True, slots=True)
class Target:
    """Where to connect, whom to expect there, and what to ask for."""

    scheme: str
    host: str
    port: int
    address: str
    path: str

    @property
    def authority(self) -> str:
        return self.host if self.port == (443 if self.scheme == "https" else 80) else f"{self.host}:{self.port}"


def resolve(host: str, port: int) -> Sequence[str]:
    return [str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


def target(url: str, *, graph_url: str, resolve: Resolve = resolve) -> Target:
    """The one machine to fetch this from; its name is resolved here and nowhere else.

    Beside the provider's hosts, the origin of the configured Graph API is trusted as it is, wherever it may be.
    """
    parts = _parts(url)
    configured = urlsplit(graph_url)
    is_provider = _is_provider(parts)
    if not is_provider and _origin(parts) != _origin(configured):
        raise Refused("unsafe_address")
    return _found(parts, resolve, in_public=is_provider)


def public_target(url: str, *, resolve: Resolve = resolve) -> Target:
    """Of any page that the world can see: https at the usual port, by a name, without a login."""
    parts = _parts(url)
    host = parts.netloc.lower().removesuffix(":443")
    if parts.scheme != "https" or not PUBLIC_NAME.fullmatch(host):
        raise Refused("unsafe_address")
    return _found(parts, resolve, in_public=True)


def _found(parts: SplitResult, resolve: Resolve, *, in_public: bool) -> Target:
    host = parts.hostname or ""
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        addresses = resolve(host, port)
    except OSError as failed:
        raise OutOfReach("name") from failed
    if not addresses:
        raise OutOfReach("name")
    # One that is ours among them is one too many: which is connected to must not be a matter of luck.
    if in_public and not all(is_public(address) for address in addresses):
        raise Refused("unsafe_address")
    path = parts.path or "/"
    return Target(parts.scheme, host, port, addresses[0], f"{path}?{parts.query}" if parts.query else path)


def is_public(address: str) -> bool:
    try:
        found = ip_address(address)
    except ValueError:
        return False
    if isinstance(found, IPv6Address):
        tunnels = found.teredo is not None or found.sixtofour is not None
        return found in GLOBAL_UNICAST and found.is_global and not tunnels
    return found.is_global and not found.is_multicast


def _parts(url: str) -> SplitResult:
    if len(url) > LONGEST or not CHARACTERS.fullmatch(url):
        raise Refused("unsafe_address")
    try:
        parts = urlsplit(url)
        # Read here, because a port that is none is noticed when it is read.
        _ = parts.port
    except ValueError as failed:
        raise Refused("unsafe_address") from failed
    return parts


def _is_provider(parts: SplitResult) -> bool:
    """Spelled out: no login before the host, no port but the usual one, no dot behind."""
    host = parts.netloc.lower().removesuffix(":443")
    return parts.scheme == "https" and PROVIDERS.fullmatch(host) is not None


def _origin(parts: SplitResult) -> tuple[str, str]:
    return parts.scheme, parts.netloc.lower()
