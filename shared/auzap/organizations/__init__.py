"""The tenant: a shop."""
