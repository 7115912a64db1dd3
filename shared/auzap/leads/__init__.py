"""Leads: how warm a customer is, and where it came from."""
