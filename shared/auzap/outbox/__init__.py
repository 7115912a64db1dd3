"""Everything that leaves: stored with its cause, sent once."""
