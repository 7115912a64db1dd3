"""Who signs in: people, their sessions, and the keys of programs."""
