"""What the shop offers, for how long and how much."""
