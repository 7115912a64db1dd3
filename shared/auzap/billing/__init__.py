"""What a shop's plan allows, and what of it is used."""
