"""What the panel hears while it is open: a shop's changes in their order, and who of its people is where."""
