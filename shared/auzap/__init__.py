"""AuZap's domain: the only package that the functions share."""
