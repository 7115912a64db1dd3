"""The audit trail: read, checked and taken away by owners; written by the database alone."""
