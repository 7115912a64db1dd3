"""What staff should know."""
