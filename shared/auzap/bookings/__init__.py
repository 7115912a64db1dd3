"""Appointments: when there is room, and what is booked."""
