"""Long work that somebody waits for: in batches, each of which is kept, whoever is killed in between."""
