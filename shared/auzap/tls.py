"""The authorities that the world's servers are signed by, read once: each reading costs a cold start 21 ms."""

import functools
import ssl


@functools.cache
def world() -> ssl.SSLContext:
    return ssl.create_default_context()
