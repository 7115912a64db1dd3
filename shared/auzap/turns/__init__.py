"""A turn: the agent reads what a customer wrote, acts, and answers once."""
