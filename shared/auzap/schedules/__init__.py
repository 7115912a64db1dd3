"""What is due by the clock of a shop."""
