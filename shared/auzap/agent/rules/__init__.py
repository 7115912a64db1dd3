"""What guard and gate look for: words and patterns as data, compiled when first needed."""

import functools
import re


@functools.cache
def compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)
