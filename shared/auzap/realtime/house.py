"""The table of connections and the sockets of this installation, made when first used."""

import functools
import time

from auzap import runtime
from auzap.realtime.audience import Audience
from auzap.realtime.connections import Connections
from auzap.realtime.sockets import Sockets


def audience(*, seconds: float) -> Audience:
    """For as long as this invocation has."""
    return Audience(runtime.database(), connections(), sockets(), time.monotonic() + seconds)


@functools.cache
def connections() -> Connections:
    return Connections(runtime.aws("dynamodb"), runtime.settings().connections_table)


@functools.cache
def sockets() -> Sockets:
    return Sockets(runtime.settings().sockets_url)
