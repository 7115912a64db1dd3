"""What a shop's days come to: figures that are counted from what happened, and nothing that is not known."""
