"""Daycare and hotel: rooms by the day, who may come, who is there, and what the tutors read of it."""
