"""One installation for the scenarios that pytest runs."""

from tests.functions.fixtures import installation

__all__ = ["installation"]
