"""Named places at which a test may kill the worker, as a machine might."""

import os
import signal


def reach(name: str) -> None:
    if os.environ.get("AUZAP_FAILPOINT") == name:
        os.kill(os.getpid(), signal.SIGKILL)
