"""Counts for CloudWatch, in its embedded format on standard output."""

import json
import sys
import time

NAMESPACE = "AuZap"


def count(metric: str, amount: int = 1, **dimensions: str) -> None:
    line = {
        "_aws": {
            "Timestamp": int(time.time() * 1000),
            "CloudWatchMetrics": [
                {
                    "Namespace": NAMESPACE,
                    "Dimensions": [list(dimensions)],
                    "Metrics": [{"Name": metric, "Unit": "Count"}],
                }
            ],
        },
        metric: amount,
        **dimensions,
    }
    sys.stdout.write(json.dumps(line) + "\n")
