"""What browsers are told beside every answer: one definition, for CloudFront and for the front door of a laptop."""

HSTS_SECONDS = 365 * 24 * 60 * 60
REFERRER_POLICY = "strict-origin-when-cross-origin"
# Those that CloudFront has no setting of its own for.
FURTHER_HEADERS = {
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
}
# Of the API: what one person may see is kept nowhere on the way.
API_HEADERS = {"cache-control": "no-store"}


def security_headers(*, sockets: str, media: str) -> dict[str, str]:
    """For every answer. `sockets` is where the panel listens, `media` where its files are shown from and put to."""
    return {
        "strict-transport-security": f"max-age={HSTS_SECONDS}; includeSubDomains",
        "content-security-policy": content_security_policy(sockets=sockets, media=media),
        "x-content-type-options": "nosniff",
        "referrer-policy": REFERRER_POLICY,
        **FURTHER_HEADERS,
    }


def content_security_policy(*, sockets: str, media: str) -> str:
    directives = {
        "default-src": "'self'",
        "script-src": "'self'",
        "style-src": "'self' 'unsafe-inline'",
        "object-src": "'none'",
        "base-uri": "'none'",
        "frame-ancestors": "'none'",
        # Files are put straight into the bucket, by links that the API signs.
        "connect-src": f"'self' {sockets} {media}",
        "img-src": f"'self' data: blob: {media}",
        "media-src": f"'self' blob: {media}",
        "worker-src": "'self'",
    }
    return "; ".join(f"{name} {sources}" for name, sources in directives.items())
