"""Conversations: what is said, and who holds the word."""
